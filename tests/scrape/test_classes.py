from pathlib import Path

import pytest

from pipeline.errors import MaterialError
from scrape.classes import queries_of, read_classes

HEADER = "class_id,label,name,start_year,all_terrain,queries_en,queries_de,exclude_words\n"
ROW = "c-sedan,C_sedan_2018,C-Class Sedan,2014,false,Mercedes W205|C-Class sedan,Mercedes W205|C-Klasse,W204|estate\n"


def write(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "classes.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_the_classes_of_the_repository_can_be_read():
    classes = read_classes(Path(__file__).parents[2] / "classes.csv")
    assert len(classes) == 33
    assert all(len(queries_of(row)) >= 2 for _, row in classes.iterrows())


def test_cells_have_the_types_of_the_table_and_empty_ones_are_null(tmp_path):
    row = read_classes(write(tmp_path, HEADER + ROW + "b,B_2019,B-Class,,,,,\n"))
    assert row["start_year"].tolist()[0] == 2014
    assert row["all_terrain"].tolist()[0] is False
    assert row.iloc[1][["start_year", "all_terrain", "queries_en", "api_class_id"]].isna().all()


def test_queries_are_those_of_both_languages_each_once(tmp_path):
    row = read_classes(write(tmp_path, HEADER + ROW)).iloc[0]
    assert queries_of(row) == ("Mercedes W205", "C-Class sedan", "C-Klasse")


def test_a_byte_order_mark_and_blank_lines_do_no_harm(tmp_path):
    assert len(read_classes(write(tmp_path, "\ufeff" + HEADER + "\n" + ROW + ",,,,,,,\n"))) == 1


@pytest.mark.parametrize(("text", "named"), [
    ("", "column class_id, label, name is missing"),
    (HEADER, "no class below the header"),
    ("class_id,label,name,query_en\n", "unknown column 'query_en'; did you mean queries_en?"),
    ("class_id,label,name,name\n", "column name stands there twice"),
    (HEADER + ROW + "b,B_2019,B-Class,2018,false\n", "line 3: 5 cells, but the header has 8"),
    (HEADER + ROW + ROW, "line 3: column class_id: 'c-sedan' stands already in line 2"),
    (HEADER + ROW + ROW.replace("c-sedan", "d"), "line 3: column label: 'C_sedan_2018' stands already in line 2"),
    (HEADER + ROW + ROW.replace("c-sedan", "C-Sedan").replace("_2018", ""), "'C-Sedan' stands already in line 2"),
    (HEADER + ROW.replace("2014", "MMXIV"), "line 2: column start_year: expected a whole number, found 'MMXIV'"),
    (HEADER + ROW.replace("false", "no"), "line 2: column all_terrain: expected true or false, found 'no'"),
    (HEADER + ROW.replace("c-sedan", ""), "line 2: column class_id is empty"),
    (HEADER + ROW.replace("c-sedan", "c/sedan"), "line 2: column class_id: 'c/sedan' has a slash"),
    (HEADER + ROW.replace("c-sedan", ".."), "line 2: column class_id: '..' begins with a dot"),
    (HEADER + ROW + '"b,B\n', "unexpected end of data"),
])
def test_what_is_wrong_is_named_with_its_line_and_column(tmp_path, text, named):
    path = write(tmp_path, text)
    with pytest.raises(MaterialError) as error:
        read_classes(path)
    assert str(path) in error.value.message
    assert named in error.value.message


def test_a_file_that_is_not_there_says_what_to_do(tmp_path):
    with pytest.raises(MaterialError, match=r"no-such\.csv: there is no such file.*scrape\.classes: found"):
        read_classes(tmp_path / "no-such.csv")


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    with pytest.raises(MaterialError, match="not UTF-8 at byte"):
        read_classes(write(tmp_path, HEADER.encode() + "c,C,Coupé,,,,,\n".encode("latin-1")))
