import io

import numpy as np
import pytest
from PIL import Image

import tables
from curate.dataset import describe_subjects, write_folders
from curate.params import SplitParams
from curate.rendering import render
from pipeline.errors import MaterialError
from tests.curate.rows import make_hits, make_images, sha

DEFAULTS = SplitParams()


def scene(width=900, height=600, seed=0):
    noise = np.random.default_rng(seed).integers(0, 255, (6, 9, 3), np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


def place(images_dir, name, image=None, **options):
    path = images_dir / sha(name)[:2] / f"{sha(name)}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    (image or scene(seed=ord(name[0]))).save(path, options.pop("format", "JPEG"), **options)
    return path


def subjects_of(*rows, hits=None):
    import pandas as pd

    placed = pd.DataFrame([(sha(n), c, c, sha(n), side) for n, c, side in rows], dtype="str",
                          columns=["sha256", "class_id", "found_class_id", "split_group_id", "split"])
    return describe_subjects(placed, make_hits(*((n, c) for n, c, _ in rows)) if hits is None else hits)


def files_in(dataset):
    return sorted(p.relative_to(dataset).as_posix() for p in dataset.rglob("*.jpg"))


@pytest.fixture
def folders(tmp_path):
    images_dir, dataset = tmp_path / "images", tmp_path / "dataset"
    for name in "xyz":
        place(images_dir, name)

    def write(*rows, params=DEFAULTS):
        manifest = write_folders(subjects_of(*rows), make_images(*"xyz"), images_dir, dataset, params)
        tables.write(tables.MANIFEST, manifest, dataset / "manifest.parquet")
        return manifest

    write.dataset, write.images_dir = dataset, images_dir
    return write


def test_the_folders_hold_what_the_manifest_says(folders):
    manifest = folders(("x", "b", "train"), ("y", "b", "valid"))
    assert files_in(folders.dataset) == sorted(manifest["file"])
    assert sorted(manifest["file"]) == [f"train/b/{sha('x')}.jpg", f"valid/b/{sha('y')}.jpg"]
    with Image.open(folders.dataset / manifest["file"].iloc[0]) as image:
        assert image.size == (640, 427) == (manifest["width"].iloc[0], manifest["height"].iloc[0])


def test_what_is_no_longer_chosen_leaves_the_folders(folders):
    folders(("x", "b", "train"), ("y", "c", "valid"))
    folders(("x", "b", "train"))
    assert files_in(folders.dataset) == [f"train/b/{sha('x')}.jpg"]
    assert not (folders.dataset / "valid" / "c").exists()


def test_what_is_there_is_not_written_again(folders):
    folders(("x", "b", "train"))
    file = folders.dataset / "train" / "b" / f"{sha('x')}.jpg"
    before = file.stat().st_mtime_ns
    folders(("x", "b", "train"), ("y", "b", "valid"))
    assert file.stat().st_mtime_ns == before


def test_another_size_makes_every_file_anew(folders):
    folders(("x", "b", "train"))
    manifest = folders(("x", "b", "train"), params=SplitParams(max_side=150))
    with Image.open(folders.dataset / manifest["file"].iloc[0]) as image:
        assert image.size == (150, 100)


def test_a_half_written_file_of_a_killed_run_is_removed(folders):
    folders(("x", "b", "train"))
    (folders.dataset / "train" / "b" / ".half-1.jpg.part").write_bytes(b"\xff\xd8")
    folders(("x", "b", "train"))
    assert not list(folders.dataset.rglob("*.part"))


def test_the_hit_with_a_licence_speaks_for_the_picture():
    hits = make_hits(("x", "b"), ("x", "b"))
    hits.loc[1, ["status", "url", "license"]] = ["duplicate", "http://licensed/", "CC BY 4.0"]
    assert subjects_of(("x", "b", "train"), hits=hits)["url"].tolist() == ["http://licensed/"]


def test_a_sideways_photograph_is_turned_upright_and_its_metadata_left_behind(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    source = place(tmp_path, "x", exif=exif.tobytes())
    assert render(source, tmp_path / "out.jpg", 640, 90) == (427, 640)
    with Image.open(tmp_path / "out.jpg") as image:
        assert not image.getexif() and "icc_profile" not in image.info


def test_a_transparent_picture_stands_on_white(tmp_path):
    path = tmp_path / "t.png"
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(path)
    render(path, tmp_path / "out.jpg", 640, 90)
    with Image.open(tmp_path / "out.jpg") as image:
        assert image.getpixel((25, 25)) == (255, 255, 255)


def test_a_small_picture_is_not_enlarged(tmp_path):
    assert render(place(tmp_path, "x", scene(80, 60)), tmp_path / "out.jpg", 640, 90) == (80, 60)


def test_a_colour_profile_is_converted_to_srgb(tmp_path):
    from PIL import ImageCms

    lab = ImageCms.createProfile("LAB", 6500)
    swapped = ImageCms.ImageCmsProfile(lab).tobytes()  # not an RGB profile: must be borne as damaged
    source = place(tmp_path, "x", Image.new("RGB", (40, 40), (200, 30, 30)), icc_profile=swapped, quality=100)
    render(source, tmp_path / "out.jpg", 640, 100)
    with Image.open(tmp_path / "out.jpg") as image:
        assert image.getpixel((20, 20)) == pytest.approx((200, 30, 30), abs=3)


def test_a_file_that_was_damaged_since_is_named(tmp_path):
    source = place(tmp_path, "x")
    source.write_bytes(source.read_bytes()[:2000])
    with pytest.raises(MaterialError, match=sha("x")):
        render(source, tmp_path / "out.jpg", 640, 90)


def test_the_same_picture_gives_the_same_bytes(tmp_path):
    source = place(tmp_path, "x")
    render(source, tmp_path / "1.jpg", 640, 90)
    render(source, tmp_path / "2.jpg", 640, 90)
    data = (tmp_path / "1.jpg").read_bytes()
    assert data == (tmp_path / "2.jpg").read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        image.load()
