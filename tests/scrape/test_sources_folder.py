import os
import random
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tables
from pipeline.errors import MaterialError
from scrape.sources.folder import Folder


def put(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")
    return folder


def urls(folder: Path, known: list[str] | None = None) -> list[str]:
    return [row["url"] for row in Folder(folder).read(known).rows]


def test_every_file_below_a_class_folder_is_a_candidate_with_a_relative_address(tmp_path):
    put(tmp_path, "c-sedan/b.jpg", "c-sedan/2019/a.jpg", "b/x.png")
    material = Folder(tmp_path).read(None)
    assert [(row["class_id"], row["rank"], row["url"], row["title"]) for row in material.rows] == [
        ("b", 0, "folder:b/x.png", "x.png"),
        ("c-sedan", 0, "folder:c-sedan/2019/a.jpg", "a.jpg"), ("c-sedan", 1, "folder:c-sedan/b.jpg", "b.jpg"),
    ]
    assert material.problems == []
    assert len(tables.make(tables.CANDIDATES, material.rows)) == 3


def test_odd_names_are_quoted_and_can_be_read_back(tmp_path):
    names = {"c/a b.jpg", "c/50%.jpg", "c/what?#.jpg", "c/ümlaut.jpg", "c/new\nline.jpg", "c/jpg x/y;z=1&.jpg"}
    found = urls(put(tmp_path, *names))
    assert {unquote_to_bytes(url.removeprefix("folder:")).decode() for url in found} == names
    assert not any(set(" ?#\n") & set(url) for url in found)


def test_a_name_that_is_not_utf8_is_kept_byte_for_byte(tmp_path):
    (tmp_path / "c").mkdir()
    (Path(os.fsdecode(os.fsencode(tmp_path / "c") + b"/caf\xe9.jpg"))).write_bytes(b"x")
    row, = Folder(tmp_path).read(None).rows
    assert row["url"] == "folder:c/caf%E9.jpg"
    assert row["title"] == "caf\ufffd.jpg"


def test_files_that_are_no_pictures_are_left_to_the_download_to_judge(tmp_path):
    put(tmp_path, "c/a.jpg", "c/notes.txt", "c/Thumbs.db", "c/noending")
    assert len(urls(tmp_path)) == 4


def test_hidden_files_and_folders_are_left_out(tmp_path):
    put(tmp_path, "c/a.jpg", "c/.DS_Store", "c/.cache/b.jpg", ".git/c.jpg")
    assert urls(tmp_path) == ["folder:c/a.jpg"]


def test_files_beside_the_class_folders_are_named(tmp_path):
    material = Folder(put(tmp_path, "c/a.jpg", "stray.jpg")).read(None)
    assert len(material.rows) == 1
    assert "left out, since they are no class folders: stray.jpg" in material.notes[0]


def test_a_class_folder_that_is_not_among_the_classes_is_named_and_the_others_kept(tmp_path):
    material = Folder(put(tmp_path, "c-sedn/a.jpg", "b/a.jpg")).read(["b", "c-sedan"])
    assert [row["class_id"] for row in material.rows] == ["b"]
    assert "class 'c-sedn' is not among the classes; did you mean 'c-sedan'?" in material.problems[0]


def test_links_to_folders_are_named_and_not_followed(tmp_path):
    put(tmp_path / "elsewhere", "a.jpg")
    put(tmp_path / "dir", "c/a.jpg")
    (tmp_path / "dir" / "c" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "dir" / "d").symlink_to(tmp_path / "elsewhere")
    material = Folder(tmp_path / "dir").read(None)
    assert len(material.rows) == 1
    assert any("c/link is a link to a folder and not followed" in note for note in material.notes)
    assert any("d" in note and "no class folders" in note for note in material.notes)


def test_a_broken_link_is_named(tmp_path):
    put(tmp_path, "c/a.jpg")
    (tmp_path / "c" / "b.jpg").symlink_to(tmp_path / "gone")
    material = Folder(tmp_path).read(None)
    assert [row["title"] for row in material.rows] == ["a.jpg"]
    assert "c/b.jpg: No such file or directory" in material.problems[0]


def test_a_pipe_is_no_candidate_that_a_download_would_wait_for(tmp_path):
    put(tmp_path, "c/a.jpg")
    os.mkfifo(tmp_path / "c" / "pipe.jpg")
    material = Folder(tmp_path).read(None)
    assert [row["title"] for row in material.rows] == ["a.jpg"]
    assert "pipe.jpg is no regular file" in material.notes[0]


def test_the_time_is_that_of_the_file(tmp_path):
    put(tmp_path, "c/a.jpg")
    os.utime(tmp_path / "c" / "a.jpg", ns=(0, 1_700_000_000_123_456_789))
    row, = Folder(tmp_path).read(None).rows
    assert row["found_at"] == datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC)


@pytest.mark.parametrize("prepare", [
    lambda path: None, lambda path: path.write_bytes(b"x"), lambda path: path.mkdir(),
    lambda path: (path / "c").mkdir(parents=True),
])
def test_a_folder_without_pictures_is_an_error_that_names_it(tmp_path, prepare):
    path = tmp_path / "pictures"
    prepare(path)
    with pytest.raises(MaterialError, match=r"scrape\.folder: .*pictures: "):
        Folder(path).read(None)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(st.sampled_from("aB.-_ é1"), min_size=1, max_size=4), min_size=1, max_size=6, unique=True),
       st.randoms(use_true_random=False))
def test_the_order_in_which_files_were_made_changes_nothing(tmp_path_factory, names, chance: random.Random):
    names = [f"c/{name}x" for name in names]
    first = put(tmp_path_factory.mktemp("a"), "c/first", *names)
    chance.shuffle(names)
    second = put(tmp_path_factory.mktemp("b"), *names, "c/first")
    assert urls(first) == urls(second)
