from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.gallery import Gallery
from sandbox.params import SandboxParams
from sandbox.plan import Item, Plan, make_plan
from tests.sandbox.webs import two_classes

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return make_plan(SandboxParams(images_per_class=4), two_classes(tmp_path_factory.mktemp("plan")))


def plain(plan: Plan) -> list[Item]:
    return [item for item in plan.items if item.fault is None and item.change is None]


def test_a_second_gallery_reads_what_the_first_one_drew(plan: Plan, tmp_path: Path) -> None:
    item = plain(plan)[0]
    drawn = Gallery(1, tmp_path / "pictures", MEGABYTE).read(item)
    (kept,) = (tmp_path / "pictures").iterdir()
    kept.write_bytes(b"image/jpeg\nfrom the folder")
    assert Gallery(1, tmp_path / "pictures", MEGABYTE).read(item) == (b"from the folder", "image/jpeg")
    assert drawn[0].startswith(b"\xff\xd8")


def test_the_folder_never_holds_more_than_its_limit(plan: Plan, tmp_path: Path) -> None:
    gallery = Gallery(1, tmp_path / "pictures", MEGABYTE // 4)
    for item in plain(plan):
        gallery.read(item)
    kept = list((tmp_path / "pictures").iterdir())
    assert 0 < sum(path.stat().st_size for path in kept) <= MEGABYTE // 4
    assert len(kept) < len(plain(plan))


def test_without_a_limit_nothing_is_written(plan: Plan, tmp_path: Path) -> None:
    assert Gallery(1, tmp_path / "pictures", 0).read(plain(plan)[0])[1] == "image/jpeg"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_gone_is_drawn_again(plan: Plan, tmp_path: Path) -> None:
    item = plain(plan)[0]
    first = Gallery(1, tmp_path / "pictures", MEGABYTE).read(item)
    second = Gallery(1, tmp_path / "pictures", MEGABYTE)
    for path in (tmp_path / "pictures").iterdir():
        path.unlink()
    assert second.read(item) == first


def test_many_readers_at_once_get_the_same_bytes(plan: Plan, tmp_path: Path) -> None:
    items = plain(plan)[:3] * 4
    alone = {item.path: Gallery(1, None, 0).read(item) for item in items[:3]}
    gallery = Gallery(1, tmp_path / "pictures", MEGABYTE)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(gallery.read, items)) == [alone[item.path] for item in items]


def test_another_seed_draws_another_picture(plan: Plan) -> None:
    item = plain(plan)[0]
    assert Gallery(1, None, 0).read(item) != Gallery(2, None, 0).read(item)


def test_no_half_written_file_is_left(plan: Plan, tmp_path: Path) -> None:
    Gallery(1, tmp_path / "pictures", MEGABYTE).read(plain(plan)[0])
    assert [path.name for path in tmp_path.iterdir()] == ["pictures"]
