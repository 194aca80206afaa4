import datetime as dt

import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import tables
from pipeline.errors import TableError
from whatbenz import main

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
CANDIDATE = {"class_id": "b", "source": "urls", "query": "b.csv", "rank": 0, "url": "http://a/1", "found_at": NOW}


def test_a_table_comes_back_as_it_was_written(tmp_path):
    rows = [CANDIDATE, CANDIDATE | {"rank": 1, "width": 640, "title": "a “b” ü"}]
    frame = tables.make(tables.CANDIDATES, rows)
    tables.write(tables.CANDIDATES, frame, tmp_path / "c.parquet")
    back = tables.read(tables.CANDIDATES, tmp_path / "c.parquet")
    pd.testing.assert_frame_equal(back, frame)
    assert back["width"].tolist() == [pd.NA, 640]


def test_writing_the_same_rows_twice_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        tables.write(tables.CANDIDATES, [CANDIDATE], tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_hash_above_2_to_63_survives(tmp_path):
    row = {"sha256": "a", "path": "p", "bytes": 1, "phash": 2**64 - 1, "phash256": bytes(range(32))}
    tables.write(tables.IMAGES, [row], tmp_path / "i.parquet")
    back = tables.read(tables.IMAGES, tmp_path / "i.parquet").iloc[0]
    assert (int(back["phash"]), back["phash256"]) == (2**64 - 1, bytes(range(32)))


@pytest.mark.parametrize(("row", "message"), [
    ({"class_id": "b"}, "table 'candidates', row 0: source is missing"),
    (CANDIDATE | {"rank": "first"}, "column rank"),
    (CANDIDATE | {"colour": "red"}, "has no column colour"),
])
def test_a_wrong_row_is_refused_by_column(row, message):
    with pytest.raises(TableError, match=message):
        tables.make(tables.CANDIDATES, [row])


def test_a_missing_table_names_the_file_and_the_next_step(tmp_path):
    with pytest.raises(TableError, match=r"hits.parquet: table 'hits' is not there; run the stage"):
        tables.read(tables.HITS, tmp_path / "hits.parquet")


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(TableError, match="x.parquet: not a Parquet file"):
        tables.read(tables.HITS, tmp_path / "x.parquet")


def test_a_table_of_an_older_version_names_the_lacking_column(tmp_path):
    tables.write(tables.CANDIDATES, [CANDIDATE], tmp_path / "c.parquet")
    with pytest.raises(TableError, match="lacks status, reason"):
        tables.read(tables.HITS, tmp_path / "c.parquet")


def test_units_stand_in_the_metadata_of_the_file(tmp_path):
    tables.write(tables.MODELS, [], tmp_path / "m.parquet")
    field = pq.read_schema(tmp_path / "m.parquet").field("power_kw")
    assert field.metadata[b"unit"] == b"kW"


def test_the_tables_command_prints_every_table_and_column():
    result = CliRunner().invoke(main, ["tables"])
    assert result.exit_code == 0
    for table in tables.ALL:
        assert f"{table.name}: " in result.output
        assert all(f"  {name} " in result.output for name in table.names)


def test_the_tables_command_refuses_an_unknown_name():
    result = CliRunner().invoke(main, ["tables", "hitz"])
    assert result.exit_code == 2 and "no table hitz" in result.output
