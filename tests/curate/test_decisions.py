import pandas as pd
import pytest

from curate.decisions import count_gone, latest_on_pairs, latest_on_pictures, parse_decisions, read_decisions
from pipeline.errors import TableError

A, B = "a" * 64, "b" * 64
HEADER = "decided_at,reviewer,sha256,class_id,flag,decision,label,other_sha256,note\n"


def line(decision="keep", sha=A, class_id="b", label="", other="", note="", time="2026-01-01T00:00:00Z", who="ann"):
    return f"{time},{who},{sha},{class_id},,{decision},{label},{other},{note}\n"


def test_a_missing_file_holds_no_decisions(tmp_path):
    assert read_decisions(tmp_path / "decisions.csv").empty


def test_the_last_row_on_a_picture_counts():
    frame = parse_decisions(HEADER + line("keep") + line("drop", who="bob"), "d.csv")
    last = latest_on_pictures(frame)
    assert last[["reviewer", "decision"]].to_numpy().tolist() == [["bob", "drop"]]


def test_the_last_row_on_a_pair_counts_whichever_picture_comes_first():
    frame = parse_decisions(HEADER + line("same", A, other=B) + line("different", B, other=A), "d.csv")
    assert latest_on_pairs(frame)[["sha256_a", "sha256_b", "decision"]].to_numpy().tolist() == [[A, B, "different"]]


def test_a_decision_on_a_pair_leaves_the_one_on_the_picture():
    frame = parse_decisions(HEADER + line("drop") + line("same", A, other=B), "d.csv")
    assert latest_on_pictures(frame)["decision"].tolist() == ["drop"]


def test_a_quoted_note_with_comma_quote_and_line_break_is_one_row():
    frame = parse_decisions(HEADER + line(note='"a, ""b""\nc"'), "d.csv")
    assert frame["note"].tolist() == ['a, "b"\nc']


def test_a_torn_last_line_is_left_out_with_a_warning(capsys):
    frame = parse_decisions(HEADER + line() + "2026-01-01T00:00:00Z,ann,aaaa", "d.csv")
    assert len(frame) == 1
    assert "d.csv, line 3" in capsys.readouterr().err


@pytest.mark.parametrize(("row", "message"), [
    (line(decision="maybe"), "decision 'maybe' is none of"),
    (line(sha="abc"), "sha256 'abc' is not 64"),
    (line(decision="relabel"), "relabel needs the right class"),
    (line(decision="same"), "same needs the other picture"),
    (line(time="yesterday"), "decided_at 'yesterday' is no ISO 8601"),
    (line(who=""), "reviewer is empty"),
    ("a,b\n", "2 values where 9 belong"),
])
def test_a_wrong_row_is_named_by_file_and_line(row, message):
    with pytest.raises(TableError, match=message) as caught:
        parse_decisions(HEADER + line() + row + line(), "d.csv")
    assert "d.csv, line 3" in caught.value.message


def test_another_header_is_refused():
    with pytest.raises(TableError, match="line 1: expected the columns"):
        parse_decisions("sha256,decision\n", "d.csv")


def test_an_undo_lets_stand_again_what_stood_before():
    frame = parse_decisions(HEADER + line("keep") + line("drop") + line("undo"), "d.csv")
    assert latest_on_pictures(frame)["decision"].tolist() == ["keep"]


def test_undoing_the_only_decision_leaves_none():
    frame = parse_decisions(HEADER + line("same", other=B) + line("undo", B, other=A), "d.csv")
    assert latest_on_pairs(frame).empty


def test_an_undo_takes_back_only_its_own_reviewers_row():
    rows = line("drop", who="ann") + line("keep", who="bob") + line("undo", who="ann")
    frame = parse_decisions(HEADER + rows, "d.csv")
    assert latest_on_pictures(frame)[["reviewer", "decision"]].to_numpy().tolist() == [["bob", "keep"]]


def test_an_undo_of_a_pair_leaves_the_picture_alone():
    frame = parse_decisions(HEADER + line("drop") + line("same", other=B) + line("undo", other=B), "d.csv")
    assert latest_on_pictures(frame)["decision"].tolist() == ["drop"]
    assert latest_on_pairs(frame).empty


def test_an_undo_that_finds_nothing_is_ignored():
    frame = parse_decisions(HEADER + line("undo") + line("keep"), "d.csv")
    assert latest_on_pictures(frame)["decision"].tolist() == ["keep"]


def test_decisions_on_pictures_that_are_gone_are_counted():
    rows = line("keep") + line("keep", class_id="c") + line("drop", B) + line("undo", B) + line("same", A, other=B)
    subjects = pd.DataFrame({"sha256": [A], "class_id": ["b"]})
    assert count_gone(parse_decisions(HEADER + rows, "d.csv"), subjects) == 2
