import io
import threading

import numpy as np
import pytest
from PIL import Image

from curate.params import ReviewParams
from curate.review.pictures import Kept, PictureMissing, Pictures
from pipeline.layout import Layout
from tests.curate.review.drawn import draw, encode

SHA = "ab" * 32


def pictures(tmp_path, data, name="a.jpg", **params):
    layout = Layout(tmp_path)
    layout.images.mkdir(parents=True)
    (layout.images / name).write_bytes(data)
    return Pictures(layout, ReviewParams(**params), lambda: {SHA: {"path": name}})


def opened(data):
    return Image.open(io.BytesIO(data))


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_a_large_picture_is_scaled_for_the_screen(tmp_path):
    found = pictures(tmp_path, encode(draw(1, 3000, 2000)), screen_side=900)
    assert opened(found.screen(SHA)).size == (900, 600)
    assert opened(found.thumb(SHA)).size == (360, 240)


def test_a_small_picture_is_not_enlarged(tmp_path):
    assert opened(pictures(tmp_path, encode(draw(1, 90, 60))).screen(SHA)).size == (90, 60)


@pytest.mark.parametrize(("kind", "mode"), [
    ("JPEG", "CMYK"), ("HEIF", "RGB"), ("PNG", "RGBA"), ("GIF", "P"), ("WEBP", "RGB")])
def test_what_a_browser_cannot_show_comes_as_jpeg(tmp_path, kind, mode):
    found = opened(pictures(tmp_path, saved(draw(1).convert(mode), kind)).screen(SHA))
    assert (found.format, found.mode, found.size) == ("JPEG", "RGB", (240, 160))
    assert np.abs(np.asarray(found, int) - np.asarray(draw(1), int)).mean() < 16


def test_a_picture_lies_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    found = pictures(tmp_path, saved(draw(1), "JPEG", exif=exif))
    assert opened(found.screen(SHA)).size == (160, 240)


def test_no_metadata_leaves_the_server(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "secret camera"
    assert b"secret" not in pictures(tmp_path, saved(draw(1), "JPEG", exif=exif)).screen(SHA)


@pytest.mark.parametrize(("sha", "data", "message"), [
    ("cd" * 32, encode(draw(1)), "no such picture"), (SHA, b"no picture", "cannot be decoded")])
def test_what_cannot_be_shown_says_why(tmp_path, sha, data, message):
    with pytest.raises(PictureMissing, match=message):
        pictures(tmp_path, data).screen(sha)


def test_a_file_that_is_gone_says_what_to_do(tmp_path):
    found = pictures(tmp_path, b"")
    (Layout(tmp_path).images / "a.jpg").unlink()
    with pytest.raises(PictureMissing, match="run whatbenz download"):
        found.screen(SHA)


def test_a_mirrored_crop_is_laid_on_its_original(tmp_path):
    # flat shapes have few features: a picture of many random boxes has enough
    random = np.random.default_rng(3)
    whole = np.full((400, 600, 3), 128, np.uint8)
    for _ in range(260):
        y, x = random.integers(0, 380), random.integers(0, 570)
        h, w = random.integers(6, 40, 2)
        whole[y:y + h, x:x + w] = random.integers(0, 255, 3)
    crop = whole[50:350, 100:500, ::1][:, ::-1]
    layout = Layout(tmp_path)
    layout.images.mkdir(parents=True)
    rows = {}
    for name, pixels in (("a" * 64, whole), ("b" * 64, crop)):
        (layout.images / f"{name}.png").write_bytes(saved(Image.fromarray(np.ascontiguousarray(pixels)), "PNG"))
        rows[name] = {"path": f"{name}.png"}
    laid = np.asarray(opened(Pictures(layout, ReviewParams(), lambda: rows).aligned("a" * 64, "b" * 64)), int)
    inside = np.s_[60:340, 110:490]
    assert laid.shape == whole.shape
    assert np.abs(laid[inside] - whole[inside].astype(int)).mean() < 15


def test_what_is_kept_stays_within_its_bound():
    kept = Kept(1000)
    for n in range(50):
        kept.get((str(n),), lambda: b"x" * 100)
    assert kept.size <= 1000
    assert kept.get(("49",), lambda: b"made anew") == b"x" * 100
    assert kept.get(("0",), lambda: b"made anew") == b"made anew"


def test_several_threads_make_a_rendering_once():
    kept, made, start = Kept(1000), [], threading.Barrier(8)

    def ask():
        start.wait()
        kept.get(("a",), lambda: made.append(1) or b"x")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_a_failure_is_not_kept():
    kept = Kept(1000)
    with pytest.raises(ZeroDivisionError):
        kept.get(("a",), lambda: 1 // 0)
    assert kept.get(("a",), lambda: b"x") == b"x"
