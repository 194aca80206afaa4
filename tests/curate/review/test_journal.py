import csv
import fcntl
import multiprocessing
import os
import threading

import pytest

from curate.decisions import read_decisions
from curate.review.journal import HEADER, Journal, format_row
from pipeline.errors import TableError
from tests.curate.review.decided import A, B, decide


@pytest.fixture
def path(tmp_path):
    return tmp_path / "reviews" / "decisions.csv"


def test_a_new_file_has_the_tables_columns_and_a_line_for_each_decision(path):
    Journal(path).append(lambda history: [decide("keep"), decide("same", other=B, second=1)])
    assert path.read_bytes().decode() == (
        f"{HEADER}\r\n"
        f"2026-01-01T00:00:00.000000Z,ann,{A},c-sedan,blurry,keep,,,\r\n"
        f"2026-01-01T00:00:01.000000Z,ann,{A},c-sedan,blurry,same,,{B},\r\n")


def test_the_pipeline_reads_what_the_page_wrote(path):
    Journal(path).append(lambda history: [decide("relabel", label="c-coupe", note='a "quoted", note')])
    row = read_decisions(path).iloc[0]
    assert (row["decision"], row["label"], row["note"]) == ("relabel", "c-coupe", 'a "quoted", note')


def test_a_line_break_in_a_note_leaves_one_line_a_decision(path):
    Journal(path).append(lambda history: [decide(note="first\r\nsecond\nthird\u2028fourth")])
    assert path.read_bytes().count(b"\n") == 2
    assert read_decisions(path)["note"].tolist() == ["first second third fourth"]


@pytest.mark.parametrize("note", ["plain", 'a "b"', "a,b", "=1+1", "ü €", ""])
def test_every_line_is_rfc_4180(note):
    line = format_row(decide(note=note))
    assert next(csv.reader([line], strict=True))[8] == note


def test_a_file_with_other_line_ends_keeps_them(path):
    path.parent.mkdir()
    path.write_bytes(f"{HEADER}\n".encode())
    Journal(path).append(lambda history: [decide()])
    assert b"\r" not in path.read_bytes()


def test_rows_that_another_writer_appends_are_seen(path):
    first, second = Journal(path), Journal(path)
    first.append(lambda history: [decide("keep")])
    second.append(lambda history: [decide("drop", B)])
    assert [row.decision for row in first.read().rows] == ["keep", "drop"]


def test_what_is_appended_is_chosen_with_the_others_rows_in_view(path):
    first, second = Journal(path), Journal(path)
    first.read()
    second.append(lambda history: [decide("keep")])
    seen = []
    first.append(lambda history: seen.extend(history.rows) or [])
    assert [row.decision for row in seen] == ["keep"]


def test_a_file_that_was_replaced_is_read_anew_and_written_to(path, tmp_path):
    journal = Journal(path)
    journal.append(lambda history: [decide("keep")])
    other = tmp_path / "other.csv"
    Journal(other).append(lambda history: [decide("drop", B)])
    os.replace(other, path)
    journal.append(lambda history: [decide("keep", B, second=5)])
    assert [row.decision for row in Journal(path).read().rows] == ["drop", "keep"]


def test_while_one_writer_chooses_the_other_waits_and_then_sees_its_rows(path):
    first, second, seen = Journal(path), Journal(path), []
    waiting = threading.Thread(target=lambda: second.append(lambda history: seen.extend(history.rows) or []))

    def choose(history):
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        return [decide("keep")]

    first.append(choose)
    waiting.join()
    assert [row.decision for row in seen] == ["keep"]


def test_a_file_that_is_replaced_while_a_writer_waits_gets_the_row(path, tmp_path):
    Journal(path).append(lambda history: [decide("keep")])
    other = tmp_path / "other.csv"
    Journal(other).append(lambda history: [decide("drop", B)])
    writer = threading.Thread(target=lambda: Journal(path).append(lambda history: [decide("keep", B, second=5)]))
    with open(path, "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        writer.start()
        writer.join(0.2)
        os.replace(other, path)
    writer.join()
    assert [row.decision for row in Journal(path).read().rows] == ["drop", "keep"]


def torn(path, tail):
    Journal(path).append(lambda history: [decide("keep")])
    with open(path, "ab") as file:
        file.write(tail)
    Journal(path).append(lambda history: [decide("drop", B, second=9)])
    return Journal(path).read().rows


WHOLE = format_row(decide("drop", second=1)).encode()


@pytest.mark.parametrize("cut", [1, 20, 60, 100, len(WHOLE) - 8])
def test_a_torn_last_line_is_taken_out_with_a_warning(path, cut, capsys):
    assert [row.sha256 for row in torn(path, WHOLE[:cut])] == [A, B]
    assert "decisions.csv, line 3: the last line was torn" in capsys.readouterr().err


def test_a_line_torn_within_a_letter_or_a_quote_is_taken_out(path):
    line = format_row(decide("drop", second=1, note='a, "ü'))
    assert len(torn(path, line.encode().partition("ü".encode())[0] + b"\xc3")) == 2


@pytest.mark.parametrize("end", [b"", b"\r"])
def test_a_whole_last_line_gets_its_end(path, end, capsys):
    rows = torn(path, WHOLE + end)
    assert [row.decision for row in rows] == ["keep", "drop", "drop"]
    assert path.read_bytes().endswith(b"\r\n") and path.read_bytes().count(b"\r\n") == 4
    assert "lacked its end" in capsys.readouterr().err


def test_a_torn_header_is_written_anew(path):
    path.parent.mkdir()
    path.write_bytes(HEADER[:20].encode())
    Journal(path).append(lambda history: [decide()])
    assert path.read_bytes().splitlines()[0].decode() == HEADER


def test_a_wrong_row_in_the_middle_is_named_and_nothing_is_written(path):
    path.parent.mkdir()
    path.write_bytes(f"{HEADER}\r\nnonsense\r\n{format_row(decide())}\r\n".encode())
    before = path.read_bytes()
    with pytest.raises(TableError, match="line 2"):
        Journal(path).append(lambda history: [decide()])
    assert path.read_bytes() == before


def write_many(path, who, count):
    journal = Journal(path)
    for n in range(count):
        journal.append(lambda history, n=n: [decide("keep", sha=f"{n:064x}", who=who)])


def test_two_processes_at_once_lose_nothing_and_tear_nothing(path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_many, args=(path, who, 30)) for who in ("ann", "bob")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    rows = Journal(path).read().rows
    assert sorted((row.reviewer, row.sha256) for row in rows) == sorted(
        (who, f"{n:064x}") for who in ("ann", "bob") for n in range(30))


def test_a_decision_is_synced_before_it_is_confirmed(path, monkeypatch):
    journal = Journal(path)
    journal.append(lambda history: [])
    synced, sync = [], os.fsync

    def note_and_sync(descriptor):
        sync(descriptor)
        synced.append(path.read_bytes())

    monkeypatch.setattr(os, "fsync", note_and_sync)
    journal.append(lambda history: [decide()])
    assert synced[-1] == path.read_bytes() and b",keep," in synced[-1]
