import os

import pytest

from tests.scrape.download_web import Host, candidate, ends, quick, run, stored
from tests.scrape.pictures import jpeg


@pytest.fixture
def host():
    with Host().running() as running:
        yield running


def write_pictures(folder, names):
    for n, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(jpeg(n))


def test_pictures_of_a_folder_are_copied_into_the_store(tmp_path):
    folder = tmp_path / "mine"
    write_pictures(folder, ["c-sedan/a b.jpg", "c-sedan/ü.JPEG"])
    (folder / "c-sedan/notes.txt").write_text("notes")
    rows = [candidate(f"folder:c-sedan/{name}", source="folder") for name in ("a%20b.jpg", "%C3%BC.JPEG", "notes.txt",
                                                                              "absent.jpg")]
    result = run(tmp_path, None, rows, quick(), folder=folder)
    assert ends(result) == [("saved", None), ("saved", None), ("rejected", "not_an_image"), ("failed", "not_found")]
    assert len(stored(tmp_path)) == 2


@pytest.mark.parametrize("path", ["../secret.jpg", "%2e%2e/secret.jpg", "c/../../secret.jpg", "link.jpg",
                                  "dir/secret.jpg", "/etc/hostname", "", "."])
def test_nothing_outside_the_folder_is_read(tmp_path, path):
    folder = tmp_path / "mine"
    write_pictures(tmp_path, ["secret.jpg", "elsewhere/secret.jpg"])
    folder.mkdir()
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "dir").symlink_to(tmp_path / "elsewhere")
    result = run(tmp_path, None, [candidate(f"folder:{path}", source="folder")], quick(), folder=folder)
    assert ends(result) == [("rejected", "outside_folder")]


def test_without_scrape_folder_no_file_is_read(tmp_path):
    result = run(tmp_path, None, [candidate("folder:/etc/hostname", source="folder")], quick())
    assert ends(result) == [("rejected", "outside_folder")]


def test_a_pipe_in_the_folder_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    result = run(tmp_path, None, [candidate("folder:pipe.jpg", source="folder")], quick(), folder=tmp_path)
    assert ends(result) == [("rejected", "not_an_image")]


def test_a_changed_file_of_the_folder_is_read_again(tmp_path):
    folder, rows = tmp_path / "mine", [candidate("folder:a.jpg", source="folder")]
    write_pictures(folder, ["a.jpg"])
    before = run(tmp_path, None, rows, quick(), folder=folder).hits["sha256"][0]
    (folder / "a.jpg").write_bytes(jpeg(5, quality=95))
    after = run(tmp_path, None, rows, quick(), folder=folder).hits["sha256"][0]
    assert before != after
    assert stored(tmp_path) == [f"{after}.jpg"]
