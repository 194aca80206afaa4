import sqlite3

import pytest

from pipeline.errors import TableError
from scrape.ledger import Row, open_ledger, read_ledger

SAVED = Row("http://a/1.jpg", "saved", None, 200, "0" * 64, "jpg", 5, 17, "http://a/1.jpg")
FAILED = Row("http://a/2.jpg", "failed", "gave_up_429", 429, fetched_at=18, runs=2)


def test_rows_come_back_as_they_were_written(tmp_path):
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([SAVED, FAILED])
    assert read_ledger(tmp_path / "ledger.sqlite") == {SAVED.url: SAVED, FAILED.url: FAILED}


def test_the_last_row_of_a_url_counts(tmp_path):
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([FAILED])
        ledger.write([FAILED._replace(status="saved", reason=None, sha256="1" * 64)])
        assert [row.status for row in ledger.rows()] == ["saved"]


def test_after_a_clean_end_it_is_one_file(tmp_path):
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([SAVED])
        assert (tmp_path / "ledger.sqlite-wal").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.sqlite"]


def test_opening_it_to_read_changes_no_byte(tmp_path):
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([SAVED, FAILED])
    before = (tmp_path / "ledger.sqlite").read_bytes()
    read_ledger(tmp_path / "ledger.sqlite")
    assert (tmp_path / "ledger.sqlite").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.sqlite"]


def test_without_a_ledger_nothing_was_tried(tmp_path):
    assert read_ledger(tmp_path / "ledger.sqlite") == {}
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_a_batch_writes_none_of_it(tmp_path):
    with pytest.raises(TableError, match=r"ledger\.sqlite.*everything is then fetched again"):
        with open_ledger(tmp_path / "ledger.sqlite") as ledger:
            ledger.write([SAVED, FAILED._replace(runs="many")])
    assert read_ledger(tmp_path / "ledger.sqlite") == {}


def test_a_file_that_is_no_ledger_is_refused_by_name(tmp_path):
    (tmp_path / "ledger.sqlite").write_bytes(b"something else" * 100)
    with pytest.raises(TableError, match=r"ledger\.sqlite"):
        read_ledger(tmp_path / "ledger.sqlite")


def test_a_ledger_of_a_later_version_is_refused(tmp_path):
    connection = sqlite3.connect(tmp_path / "ledger.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.commit()
    connection.close()
    with pytest.raises(TableError, match="version 99"):
        read_ledger(tmp_path / "ledger.sqlite")
