import csv

import pytest
from click.testing import CliRunner

from curate.review.exchange import export_decisions, import_decisions
from curate.review.journal import HEADER, Journal
from pipeline.errors import TableError
from tests.curate.review.decided import A, B, decide
from whatbenz import main


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "reviews" / "decisions.csv")


def other(tmp_path, *rows, name="other.csv"):
    path = tmp_path / name
    Journal(path).append(lambda history: list(rows))
    return path


def test_an_export_comes_back_as_it_was(journal, tmp_path):
    rows = [decide("keep", note='a, "b"'), decide("same", A, B, second=1), decide("undo", A, B, second=2)]
    journal.append(lambda history: rows)
    export_decisions(journal, tmp_path / "out.csv")
    fresh = Journal(tmp_path / "fresh.csv")
    import_decisions(fresh, tmp_path / "out.csv")
    assert fresh.read().rows == rows


def test_an_export_of_one_reviewer_has_only_these_rows(journal, tmp_path):
    journal.append(lambda history: [decide(who="ann"), decide(who="bob")])
    assert export_decisions(journal, tmp_path / "out.csv", "bob") == 1
    with open(tmp_path / "out.csv", newline="", encoding="utf-8") as file:
        assert [row["reviewer"] for row in csv.DictReader(file)] == ["bob"]


def test_importing_twice_changes_nothing(journal, tmp_path):
    path = other(tmp_path, decide("drop", who="bob"), decide("keep", B, who="bob", second=1))
    assert import_decisions(journal, path).taken == 2
    again = import_decisions(journal, path)
    assert (again.taken, again.known) == (0, 2)
    assert len(journal.read().rows) == 2


def test_what_its_reviewer_decided_anew_since_stays(journal, tmp_path):
    journal.append(lambda history: [decide("keep", second=100)])
    found = import_decisions(journal, other(tmp_path, decide("drop", second=50), decide("drop", B, second=50)))
    assert (found.taken, found.outdated) == (1, 1)
    assert journal.read().latest(("picture", A, "c-sedan")).decision == "keep"


def test_another_reviewers_opinion_becomes_a_disagreement(journal, tmp_path):
    journal.append(lambda history: [decide("keep", who="ann")])
    import_decisions(journal, other(tmp_path, decide("drop", who="bob", second=5)))
    assert journal.read().disagree(("picture", A, "c-sedan"))


def test_columns_may_stand_in_another_order_and_after_a_byte_order_mark(journal, tmp_path):
    source = other(tmp_path, decide("drop", note="n"))
    with open(source, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    turned = tmp_path / "turned.csv"
    with open(turned, "w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, HEADER.split(",")[::-1])
        writer.writeheader()
        writer.writerows(rows)
    import_decisions(journal, turned)
    assert journal.read().rows == [decide("drop", note="n")]


@pytest.mark.parametrize(("header", "message"), [
    (HEADER.replace(",note", ""), "column note is missing"),
    (HEADER + ",colour", "'colour' is unknown"),
    (HEADER.replace("label", "note"), "label is missing, note stands there twice"),
    (HEADER.replace(",", ";"), "decided_at is missing"),
])
def test_wrong_columns_are_named(journal, tmp_path, header, message):
    path = tmp_path / "bad.csv"
    path.write_text(header + "\n", encoding="utf-8")
    with pytest.raises(TableError, match=message):
        import_decisions(journal, path)


def test_one_wrong_row_is_named_and_nothing_is_taken(journal, tmp_path):
    path = other(tmp_path, decide("drop"))
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"2026-01-01T00:00:00Z,ann,{A},c-sedan,,maybe,,,\n")
    with pytest.raises(TableError, match=r"other.csv, line 3: decision 'maybe'"):
        import_decisions(journal, path)
    assert journal.read().rows == []


def test_the_command_imports_and_exports(journal, tmp_path):
    path = other(tmp_path, decide("drop", who="bob"))
    run = CliRunner().invoke(main, ["-C", str(tmp_path), "review", "--import", str(path)])
    assert run.exit_code == 0 and "1 decisions taken" in run.output
    run = CliRunner().invoke(main, ["-C", str(tmp_path), "review", "--export", str(tmp_path / "all.csv")])
    assert run.exit_code == 0 and "1 decisions written" in run.output
    assert (tmp_path / "all.csv").read_bytes() == journal.path.read_bytes()


def test_the_command_names_a_file_that_is_not_there(tmp_path):
    run = CliRunner().invoke(main, ["-C", str(tmp_path), "review", "--import", str(tmp_path / "none.csv")])
    assert run.exit_code == 1 and "none.csv: there is no such file" in run.output
