import numpy as np
import pytest
from PIL import Image

from sandbox.cars import draw_car
from sandbox.kinds import CHANGES
from sandbox.variants import change_picture

SIZE = (360, 240)


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    return draw_car("c-estate", 11, SIZE)


def changed(picture: Image.Image, change: str, seed: int = 0) -> Image.Image:
    return change_picture(picture, change, np.random.default_rng(seed))


@pytest.mark.parametrize("change", [kind.name for kind in CHANGES])
def test_a_change_follows_from_its_seed_and_leaves_the_original_alone(picture: Image.Image, change: str) -> None:
    before = picture.tobytes()
    assert changed(picture, change, 4).tobytes() == changed(picture, change, 4).tobytes()
    assert picture.tobytes() == before


@pytest.mark.parametrize(("change", "size"), [
    ("resize60", (216, 144)), ("crop10", (324, 216)), ("crop20", (288, 192)), ("crop_aspect", (360, 180)),
    ("mirror", SIZE), ("watermark", SIZE), ("watermark_bar", SIZE), ("grey", SIZE), ("brighter", SIZE), ("copy", SIZE)])
def test_a_change_gives_the_size_it_promises(picture: Image.Image, change: str, size: tuple[int, int]) -> None:
    assert changed(picture, change).size == size


def test_a_mirrored_picture_has_left_and_right_swapped(picture: Image.Image) -> None:
    assert (np.asarray(changed(picture, "mirror")) == np.asarray(picture)[:, ::-1]).all()


def test_a_mirrored_picture_mirrored_again_is_the_original(picture: Image.Image) -> None:
    assert changed(changed(picture, "mirror"), "mirror").tobytes() == picture.tobytes()


def test_an_off_centre_crop_leaves_the_middle(picture: Image.Image) -> None:
    crop = np.asarray(changed(picture, "crop_off_centre", 3)).astype(int)
    height, width = crop.shape[:2]
    whole = np.asarray(picture).astype(int)
    places = [(y, x) for y in range(SIZE[1] - height + 1) for x in (round((SIZE[0] - width) * s) for s in (0.05, 0.95))]
    found = [(y, x) for y, x in places if (whole[y:y + height, x:x + width] == crop).all()]
    assert found


def test_a_grey_picture_has_no_colour(picture: Image.Image) -> None:
    channels = np.asarray(changed(picture, "grey"))
    assert (np.ptp(channels, axis=2) == 0).all()


def test_a_border_surrounds_the_picture(picture: Image.Image) -> None:
    bordered = np.asarray(changed(picture, "border"))
    margin = (bordered.shape[1] - SIZE[0]) // 2
    assert margin >= 9
    assert (bordered[margin:margin + SIZE[1], margin:margin + SIZE[0]] == np.asarray(picture)).all()
    assert len(np.unique(bordered[:margin].reshape(-1, 3), axis=0)) == 1


@pytest.mark.parametrize("change", ["watermark", "watermark_bar"])
def test_a_watermark_covers_a_part(picture: Image.Image, change: str) -> None:
    touched = (np.asarray(changed(picture, change)) != np.asarray(picture)).any(axis=2).mean()
    assert 0.005 < touched < 0.3
