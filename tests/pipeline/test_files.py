import os

import pytest

from pipeline.files import TEMPORARY_SUFFIX, atomic_open, remove_leftovers, sha256_of, write_bytes, write_text


def test_a_written_file_is_whole_and_readable_by_others(tmp_path):
    write_bytes(tmp_path / "deep" / "a.bin", b"abc")
    assert (tmp_path / "deep" / "a.bin").read_bytes() == b"abc"
    assert os.stat(tmp_path / "deep" / "a.bin").st_mode & 0o777 == 0o644


def test_a_failure_leaves_the_old_file_and_no_leavings(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError):
        with atomic_open(path) as file:
            file.write("half")
            raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_of_a_killed_run_are_removed_and_counted(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / f".x-1.jpg{TEMPORARY_SUFFIX}").write_bytes(b"half")
    write_text(tmp_path / "sub" / "whole.jpg", "whole")
    assert remove_leftovers(tmp_path) == 1
    assert [p.name for p in (tmp_path / "sub").iterdir()] == ["whole.jpg"]


def test_the_sha256_is_that_of_the_bytes(tmp_path):
    write_bytes(tmp_path / "a", b"abc")
    assert sha256_of(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
