import pytest
from click.testing import CliRunner

import tables
from curate.calibrate import calibrate, describe, find_folds
from curate.params import DedupeParams
from pipeline.layout import Layout
from tests.curate.rows import make_decisions, sha
from whatbenz import main

LOW = {"inliers": 90, "miss": 0.004, "residual": 0.1, "structure": 0.02, "shift": 0.1, "tone": 1.0, "chroma": 1.0,
       "blocks": 300, "side": 256, "span": 0.9, "clash": 0.0}


def judged(*rows):
    """Return pairs and decisions from (name, name, decision, measures or None where no search found the pair)."""
    pairs = tables.make(tables.PAIRS, [
        {"sha256_a": sha(a), "sha256_b": sha(b), "found_by": "features", "verdict": "different", **measured}
        for a, b, _, measured in rows if measured is not None])
    return pairs, make_decisions(*((a, "c", said, b) for a, b, said, _ in rows))


def at(residual):
    return LOW | {"residual": residual}


def test_precision_and_recall_are_those_of_duplicate_against_same():
    found = calibrate(*judged(("a", "b", "same", at(0.1)), ("c", "d", "same", at(0.7)), ("e", "f", "same", None),
                              ("g", "h", "different", at(0.2)), ("i", "j", "different", at(0.9))), DedupeParams())
    assert (found.score.found, found.score.right, found.score.true) == (2, 1, 3)
    assert found.score.precision == 0.5 and found.score.recall == pytest.approx(1 / 3)
    assert found.score.f1 == pytest.approx(0.4) and (found.judged, found.unmeasured) == (5, 1)


def test_the_pairs_on_which_people_and_thresholds_differ_are_named():
    found = calibrate(*judged(("a", "b", "same", at(0.7)), ("c", "d", "different", at(0.2)),
                              ("e", "f", "same", at(0.2))), DedupeParams())
    assert {row["sha256_a"] for row in found.wrong} == {sha("a"), sha("c")}
    assert sha("a")[:12] in describe(found)


def test_the_best_threshold_parts_what_people_part():
    rows = [(f"a{n}", f"b{n}", "same", at(0.50 + n / 100)) for n in range(5)]
    rows += [(f"c{n}", f"d{n}", "different", at(0.70 + n / 100)) for n in range(5)]
    found = calibrate(*judged(*rows), DedupeParams())
    best = next(best for best in found.best if best.name == "max_residual")
    assert best.score.f1 == 1 and 0.54 <= best.low <= best.high <= 0.70
    assert found.score.f1 == 0


def test_thresholds_that_are_best_already_stay():
    rows = [(f"a{n}", f"b{n}", "same", at(n / 50)) for n in range(5)]
    rows += [(f"c{n}", f"d{n}", "different", at(0.9)) for n in range(5)]
    found = calibrate(*judged(*rows), DedupeParams())
    assert all(best.low <= best.now <= best.high for best in found.best) and found.held_out.f1 == 1


def test_held_out_pairs_share_no_picture_with_those_that_were_fitted():
    rows = [{"sha256_a": sha(a), "sha256_b": sha(b)} for a, b in ("ab", "bc", "de", "cf", "gh")]
    fold = find_folds(rows)
    assert fold[0] == fold[1] == fold[3]


def test_a_threshold_fitted_to_one_odd_pair_does_worse_on_the_others():
    rows = [(f"a{n}", f"b{n}", "same", at(0.05)) for n in range(12)]
    rows += [(f"c{n}", f"d{n}", "different", at(0.95)) for n in range(12)]
    rows += [("x", "y", "same", at(0.94))]
    found = calibrate(*judged(*rows), DedupeParams())
    assert found.held_out.f1 <= max(best.score.f1 for best in found.best)


def test_without_decisions_it_says_how_to_decide(tmp_path):
    tables.write(tables.PAIRS, tables.make(tables.PAIRS), Layout(tmp_path).pairs)
    result = CliRunner().invoke(main, ["-C", str(tmp_path), "calibrate"])
    assert result.exit_code == 0 and "whatbenz review" in result.output


def test_the_command_reads_decisions_and_writes_nothing(tmp_path):
    layout = Layout(tmp_path)
    pairs, _ = judged(("a", "b", "same", at(0.1)))
    tables.write(tables.PAIRS, pairs, layout.pairs)
    layout.decisions.parent.mkdir()
    layout.decisions.write_text("decided_at,reviewer,sha256,class_id,flag,decision,label,other_sha256,note\n"
                                f"2026-01-01T00:00:00Z,ann,{sha('a')},c,,same,,{sha('b')},\n", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    result = CliRunner().invoke(main, ["-C", str(tmp_path), "calibrate"])
    assert result.exit_code == 0, result.output
    assert "precision 1.000, recall 1.000" in result.output and sorted(tmp_path.rglob("*")) == before
