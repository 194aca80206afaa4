import hashlib
import os
import stat
from threading import Event

import pytest

from scrape.store import Store


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "images")


def keep(store: Store, *chunks: bytes, extension: str = "jpg") -> str:
    incoming = store.receive(chunks)
    try:
        return store.keep(incoming, extension)
    finally:
        incoming.discard()


def files(tmp_path) -> list[str]:
    root = tmp_path / "images"
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize("chunks", [(b"abc", b"def"), (b"x" * (1 << 20), b"y" * 5), (b"z" * (3 << 20),)])
def test_bytes_lie_under_their_sha256(store, tmp_path, chunks):
    sha256 = keep(store, *chunks)
    assert sha256 == hashlib.sha256(b"".join(chunks)).hexdigest()
    assert files(tmp_path) == [f"{sha256[:2]}/{sha256}.jpg"]
    assert (tmp_path / "images" / files(tmp_path)[0]).read_bytes() == b"".join(chunks)


@pytest.mark.parametrize("size", [10, 3 << 20])
def test_bytes_are_durable_before_they_have_their_name_and_the_name_before_they_are_kept(store, monkeypatch, size):
    done = []

    def watch(function, name):
        def call(*arguments):
            kind = "directory" if name == "fsync" and stat.S_ISDIR(os.fstat(arguments[0]).st_mode) else "file"
            function(*arguments)
            done.append(f"{name} {kind}")
        monkeypatch.setattr(os, name, call)
    watch(os.fsync, "fsync")
    watch(os.replace, "replace")
    keep(store, b"x" * size)
    made = ["fsync directory"]  # of images, for the new folder images/ab
    assert done == [*made, "fsync file", "replace file", "fsync directory"]


def test_others_may_read_the_pictures(store, tmp_path):
    umask = os.umask(0o022)
    try:
        keep(store, b"abc")
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "images" / files(tmp_path)[0]).stat().st_mode) == 0o644


def test_few_bytes_stay_in_memory_until_they_are_kept(store, tmp_path):
    incoming = store.receive([b"x" * 1000])
    assert files(tmp_path) == []
    assert incoming.reader().read() == b"x" * 1000


@pytest.mark.parametrize("size", [10, 3 << 20])
def test_discarded_bytes_leave_nothing(store, tmp_path, size):
    store.receive([b"x" * size]).discard()
    assert files(tmp_path) == []


def test_a_body_that_breaks_off_leaves_nothing(store, tmp_path):
    def broken():
        yield b"x" * (2 << 20)
        raise ConnectionError
    with pytest.raises(ConnectionError):
        store.receive(broken())
    assert files(tmp_path) == []


def test_the_same_bytes_twice_are_one_file(store, tmp_path):
    assert keep(store, b"abc") == keep(store, b"a", b"bc")
    assert len(files(tmp_path)) == 1


def test_a_damaged_file_is_found_and_removed(store, tmp_path):
    whole, damaged, missing = keep(store, b"whole"), keep(store, b"damaged"), "0" * 64
    path = tmp_path / "images" / damaged[:2] / f"{damaged}.jpg"
    path.write_bytes(b"damagEd")
    assert store.intact([(whole, "jpg"), (damaged, "jpg"), (missing, "jpg")], Event()) == {whole}
    assert not path.exists()


def test_a_sweep_removes_what_is_not_wanted_and_nothing_else(store, tmp_path):
    wanted, unwanted = keep(store, b"wanted"), keep(store, b"unwanted")
    keep(store, b"wanted", extension="png")
    (tmp_path / "images" / ".gitignore").write_text("*")
    (tmp_path / "images" / wanted[:2] / "notes.txt").write_text("mine")
    (tmp_path / "images" / wanted[:2] / ".0abc.part").write_text("left by a killed run")
    assert store.sweep({(wanted, "jpg")}) == 2
    assert files(tmp_path) == sorted([".gitignore", f"{wanted[:2]}/{wanted}.jpg", f"{wanted[:2]}/notes.txt"])
    assert not (tmp_path / "images" / unwanted[:2]).exists()
