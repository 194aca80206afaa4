from pathlib import Path

import pytest

from pipeline.errors import MaterialError
from sandbox.classes import read_classes


def test_queries_are_split_at_bars(tmp_path: Path) -> None:
    path = tmp_path / "classes.csv"
    path.write_text("class_id,name,series,queries_en,queries_de\na,A,W1|W2,one| two |,eins\n", encoding="utf-8")
    (known,) = read_classes(path)
    assert (known.queries_en, known.queries_de, known.series) == (("one", "two"), ("eins",), "W1")


def test_classes_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "classes.csv"
    path.write_text("class_id,name\na,Same\nb,Same\n", encoding="utf-8")
    assert [known.name for known in read_classes(path)] == ["Same a", "Same b"]


def test_a_table_without_ids_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "classes.csv"
    path.write_text("name\nA\n", encoding="utf-8")
    with pytest.raises(MaterialError, match=r"classes\.csv: no row with a class_id"):
        read_classes(path)


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(MaterialError, match=r"nothing\.csv: cannot be read"):
        read_classes(tmp_path / "nothing.csv")
