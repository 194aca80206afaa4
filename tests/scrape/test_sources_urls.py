import os
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tables
from pipeline.errors import MaterialError
from scrape.sources.material import ranges
from scrape.sources.urls import Urls

CLASSES = ["b", "c-sedan", "c-estate"]


def write(tmp_path: Path, text: str | bytes, name: str = "list.csv") -> Urls:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Urls(path)


def found(source: Urls, known: list[str] | None = CLASSES) -> list[tuple[str, str]]:
    return [(row["class_id"], row["url"]) for row in source.read(known).rows]


def test_each_column_that_is_a_candidate_field_is_taken_over(tmp_path):
    source = write(tmp_path, "url,class_id,title,author,license,license_url,page_url,width,height,query,rank,found_at\n"
                             "https://e.org/a.jpg,b,\"A, b\",Jane,CC BY 4.0,https://l,https://p,640,480,B-Class,7,"
                             "2024-05-01T12:00:00+02:00\n")
    row, = source.read(CLASSES).rows
    assert row == {
        "url": "https://e.org/a.jpg", "class_id": "b", "title": "A, b", "author": "Jane", "license": "CC BY 4.0",
        "license_url": "https://l", "page_url": "https://p", "width": 640, "height": 480, "query": "B-Class", "rank": 7,
        "found_at": datetime(2024, 5, 1, 10, tzinfo=UTC), "source": "urls",
    }


def test_what_the_list_does_not_say_comes_from_the_file(tmp_path):
    source = write(tmp_path, "url,class_id\nhttps://e.org/a.jpg,b\nhttps://e.org/b.jpg,b\n")
    os.utime(source.path, (0, 1_700_000_000))
    material = source.read(CLASSES)
    assert [(row["query"], row["rank"]) for row in material.rows] == [("list.csv", 0), ("list.csv", 1)]
    assert material.rows[0]["found_at"] == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert len(tables.make(tables.CANDIDATES, material.rows)) == 2


def test_the_same_address_twice_is_two_rows(tmp_path):
    source = write(tmp_path, "class_id,url\nb,https://e.org/a\nb,https://e.org/a\nc-sedan,https://e.org/a\n")
    assert len(found(source)) == 3


def test_a_table_of_candidates_is_a_list_too(tmp_path):
    frame = tables.make(tables.CANDIDATES, [{
        "class_id": "b", "source": "commons", "query": "B", "rank": 3, "url": "https://e.org/a", "width": 10,
        "found_at": datetime(2024, 5, 1, tzinfo=UTC)}])
    tables.write(tables.CANDIDATES, frame, tmp_path / "list.parquet")
    row, = Urls(tmp_path / "list.parquet").read(CLASSES).rows
    assert row == frame.iloc[0].dropna().to_dict() | {"source": "urls", "found_at": datetime(2024, 5, 1, tzinfo=UTC)}


def test_parquet_rows_that_cannot_be_used_are_named_by_row(tmp_path):
    frame = pd.DataFrame({"url": ["https://e.org/a", None, "https://e.org/c"], "class_id": ["b", "b", "x"],
                          "width": [640.0, 1.0, None], "extra": [1, 2, 3]})
    frame.to_parquet(tmp_path / "list.parquet")
    material = Urls(tmp_path / "list.parquet").read(CLASSES)
    assert [row["width"] for row in material.rows] == [640]
    assert "2 of 3 rows cannot be used: row 1: url is empty; row 2: class 'x' is not among" in material.problems[0]
    assert "columns not taken over: extra" in material.notes[0]


def test_a_tsv_is_read_with_tabs(tmp_path):
    assert found(write(tmp_path, "class_id\turl\nb\thttps://e.org/a,b\n", "list.tsv")) == [("b", "https://e.org/a,b")]


@pytest.mark.parametrize(("line", "expected"), [
    ("c-sedan\thttps://e.org/a,b.jpg", ("c-sedan", "https://e.org/a,b.jpg")),
    ("c-sedan,https://e.org/a.jpg", ("c-sedan", "https://e.org/a.jpg")),
    ("c-sedan , https://e.org/a.jpg ", ("c-sedan", "https://e.org/a.jpg")),
    ("https://e.org/a,b.jpg", ("b", "https://e.org/a,b.jpg")),
    ("  https://e.org/a.jpg\r", ("b", "https://e.org/a.jpg")),
    ("file:///etc/passwd", ("b", "file:///etc/passwd")),
    ("../a.jpg", ("b", "../a.jpg")),
])
def test_a_line_of_text_is_an_address_with_or_without_its_class(tmp_path, line, expected):
    assert found(write(tmp_path, line + "\n", "b.txt")) == [expected]


def test_blank_lines_and_comments_are_left_out_of_a_text(tmp_path):
    assert found(write(tmp_path, "\n# mine\n   \nhttps://e.org/a\n", "b.txt")) == [("b", "https://e.org/a")]


def test_a_list_without_classes_takes_the_class_it_is_named_after(tmp_path):
    assert found(write(tmp_path, "url\nhttps://e.org/a\n", "c-estate.csv")) == [("c-estate", "https://e.org/a")]
    assert found(write(tmp_path, "https://e.org/a\n", "my-class.txt"), known=None) == [("my-class", "https://e.org/a")]


def test_a_list_without_classes_and_not_named_after_one_is_named_line_by_line(tmp_path):
    material = write(tmp_path, "https://e.org/a\nb,https://e.org/b\n", "all.txt").read(CLASSES)
    assert len(material.rows) == 1
    assert "line 1: no class_id, and the list is not named after a class ('all' is none)" in material.problems[0]


def test_bad_rows_are_named_by_line_and_spoil_no_other(tmp_path):
    source = write(tmp_path, b"\xef\xbb\xbfclass_id,url,width,title\r\n"
                             b"b,https://e.org/1,640,one\r\n"
                             b"b,https://e.org/2,wide,two\r\n"
                             b"b,https://e.org/3\r\n"
                             b"b,https://e.org/4,1,2,3\r\n"
                             b"b,,640,no address\r\n"
                             b"\r\n"
                             b"c-sedn,https://e.org/5,1,five\r\n"
                             b"b,https://e.org/6,1,caf\xe9\r\n"
                             b"b,https://e.org/7,1,\"two\nlines\"\r\n"
                             b"../b,https://e.org/8,1,eight\r\n"
                             b"b,https://e.org/9,9,nine")
    material = source.read(CLASSES)
    assert [row["url"][-1] for row in material.rows] == ["1", "7", "9"]
    problem, = material.problems
    for said in ("7 of 10 rows", "line 3: width: expected a whole number from 1, found 'wide'", "line 4: 2 cells, but",
                 "line 5: 5 cells", "line 6: url is empty", "line 8: class 'c-sedn' is not among the classes; did you "
                 "mean 'c-sedan'?", "line 9: title: not UTF-8", "line 12: class_id '../b' begins with a dot"):
        assert said in problem


def test_a_quote_that_is_never_closed_spoils_its_own_line_alone(tmp_path):
    source = write(tmp_path, 'class_id,url\nb,"https://e.org/1\nb,https://e.org/2\nb,"https://e.org/3"\n')
    material = source.read(CLASSES)
    assert [row["url"][-1] for row in material.rows] == ["2", "3"]
    assert "1 of 3 rows cannot be used: line 2: " in material.problems[0]


def test_every_bad_line_is_named_however_many(tmp_path):
    material = write(tmp_path, "class_id,url\n" + "b,\n" * 30 + "b,https://e.org/a\n" + "b,\n").read(CLASSES)
    assert "31 of 32 rows" in material.problems[0]
    assert "line 21: url is empty; and lines 22-31, 33" in material.problems[0]


def test_the_lists_own_source_is_not_taken_over(tmp_path):
    material = write(tmp_path, "class_id,url,source\nb,https://e.org/a,folder\n").read(CLASSES)
    assert material.rows[0]["source"] == "urls"
    assert "columns not taken over: source" in material.notes[0]


@pytest.mark.parametrize(("name", "content", "said"), [
    ("list.csv", b"", "no column url; found none"),
    ("list.csv", b"class_id,link\n", "no column url; found class_id, link"),
    ("list.csv", b"url,url\na,b\n", "column url stands there twice"),
    ("list.csv", b"class_id,url\n", "the list is empty"),
    ("list.csv", b'"url\n', "line 1: "), ("list.txt", b"# nothing\n", "the list is empty"),
    ("list.parquet", b"url\n", "not a Parquet file"),
])
def test_a_list_that_cannot_be_read_at_all_is_an_error(tmp_path, name, content, said):
    with pytest.raises(MaterialError) as error:
        write(tmp_path, content, name).read(CLASSES)
    assert said in error.value.message
    assert str(tmp_path / name) in error.value.message


def test_a_list_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(MaterialError, match=r"scrape\.urls: .*gone\.csv: No such file"):
        Urls(tmp_path / "gone.csv").read(None)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"").replace(b"\r", b"")), max_size=8))
def test_every_line_is_a_candidate_or_named(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("lists") / "list.csv"
    path.write_bytes(b"\n".join([b"class_id,url", b"b,https://e.org/first", *lines, b"b,https://e.org/last"]))
    material = Urls(path).read(CLASSES)
    kept = [row["url"] for row in material.rows]
    assert kept[0] == "https://e.org/first"
    # A line of an open quote may hold the last one, then it is part of a named record; it is never silently gone.
    assert "https://e.org/last" in kept or any("https://e.org/last" in url for url in kept)
    filled = sum(any(cell.strip() for cell in line.decode("utf-8", "replace").split(",")) for line in lines)
    assert filled == 0 or len(kept) > 2 or material.problems


@given(st.lists(st.integers(1, 60), unique=True).map(sorted))
def test_ranges_name_every_number_and_no_other(numbers):
    named = [n for run in ranges(numbers).split(", ") if run
             for n in range(int(run.split("-")[0]), int(run.split("-")[-1]) + 1)]
    assert named == numbers
