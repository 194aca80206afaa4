"""Stanford Cars as its archives unpack, in small: .mat annotations as the devkit has them, boxes, both layouts."""

import numpy as np
import pytest
import scipy.io
from PIL import Image

from pipeline.errors import MaterialError
from train.stanford_cars import SIDE, TEST_LABELS, crop_all, read_annotations

NAMES = ["Acura RL Sedan 2012", "Mercedes-Benz C-Class Sedan 2012"]
WITH_CLASS = [("bbox_x1", "O"), ("bbox_y1", "O"), ("bbox_x2", "O"), ("bbox_y2", "O"), ("class", "O"), ("fname", "O")]


def write_annotations(path, rows):
    """Write rows of (file, class number, box) as the devkit's struct array."""
    array = np.empty((1, len(rows)), dtype=WITH_CLASS)
    for n, (name, number, box) in enumerate(rows):
        cells = [np.array([[value]], np.uint16) for value in (*box, number)]
        array[0, n] = (*cells, name)
    scipy.io.savemat(path, {"annotations": array})


def paint(path, box, size=(300, 200)):
    """Write a grey picture whose box is red."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", size, (90, 90, 90))
    image.paste((220, 20, 20), box)
    image.save(path, quality=95)


@pytest.fixture
def archives(tmp_path):
    (tmp_path / "devkit").mkdir()
    scipy.io.savemat(tmp_path / "devkit" / "cars_meta.mat", {"class_names": np.array([NAMES], dtype=object)})
    box = (60, 50, 240, 150)
    for folder in ("cars_train", "cars_test"):
        paint(tmp_path / folder / "00001.jpg", box)
        paint(tmp_path / folder / "00002.jpg", box)
    rows = [("00001.jpg", 2, box), ("00002.jpg", 1, box)]
    write_annotations(tmp_path / "devkit" / "cars_train_annos.mat", rows)
    write_annotations(tmp_path / TEST_LABELS, rows)
    return tmp_path


def test_the_archives_are_read_with_class_names_and_boxes(archives):
    train, test = read_annotations(archives)
    assert [(a.file.name, a.class_id, a.box) for a in train] == [
        ("00001.jpg", NAMES[1], (60, 50, 240, 150)), ("00002.jpg", NAMES[0], (60, 50, 240, 150))]
    assert [a.file.parent.name for a in test] == ["cars_test"] * 2


def test_pictures_are_cropped_to_their_box_with_a_margin_and_not_written_twice(archives, tmp_path):
    train, _ = read_annotations(archives)
    (first, name), _ = crop_all(train, tmp_path / "crops")
    with Image.open(first) as image:
        assert name == NAMES[1] and image.size == (202, 112) and max(image.size) <= SIDE  # 180 + 2 × 11, 100 + 2 × 6
        assert image.getpixel((100, 56))[0] > 200 and image.getpixel((3, 3))[0] < 130
    written = first.stat().st_mtime_ns
    crop_all(train, tmp_path / "crops")
    assert first.stat().st_mtime_ns == written


def test_class_folders_are_read_too(tmp_path):
    for side in ("train", "test"):
        paint(tmp_path / side / "a" / "1.jpg", (0, 0, 9, 9))
        (tmp_path / side / "a" / "notes.txt").write_text("no picture")
    train, test = read_annotations(tmp_path)
    assert [(a.file.name, a.class_id, a.box) for a in (*train, *test)] == [("1.jpg", "a", None)] * 2


def test_test_pictures_without_labels_are_named(archives):
    (archives / TEST_LABELS).unlink()
    with pytest.raises(MaterialError, match="cars_test_annos_withlabels.mat: there is no such file"):
        read_annotations(archives)


def test_a_picture_that_is_gone_is_named_with_its_row(archives):
    (archives / "cars_train" / "00002.jpg").unlink()
    with pytest.raises(MaterialError, match=r"cars_train_annos.mat: row 2 names .*00002.jpg"):
        read_annotations(archives)


def test_a_folder_that_is_neither_is_refused(tmp_path):
    with pytest.raises(MaterialError, match="neither the archives of Stanford Cars"):
        read_annotations(tmp_path)


def test_a_broken_annotation_file_is_named(archives):
    (archives / "devkit" / "cars_train_annos.mat").write_bytes(b"torn")
    with pytest.raises(MaterialError, match="cars_train_annos.mat: cannot be read"):
        read_annotations(archives)
