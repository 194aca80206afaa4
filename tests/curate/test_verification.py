"""Two pictures, from their bytes to what is said of them: every kind of change, and what must stay apart."""

import random

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from benchmarks.corpus import HARD_KINDS, KINDS
from curate.params import DedupeParams
from curate.verification import split_net
from tests.curate.photographs import compare, draw, encode


def change(kind, image, seed=0):
    """Return the bytes of a drawn kind of change, as it is found on the web."""
    made, ending, options = (KINDS | HARD_KINDS)[kind]
    form = {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP"}[ending]
    return encode(made(image, random.Random(seed)), form, **options)


@pytest.mark.parametrize("kind", sorted(KINDS | HARD_KINDS))
def test_a_changed_picture_is_one_photograph_with_its_original(kind):
    verdict, row = compare(draw(1), change(kind, draw(1)))
    assert verdict == "duplicate", row


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [0.9, 0.6, 0.4])
def test_an_off_centre_window_of_another_aspect_is_one_photograph(share, seed):
    image = draw(10 + seed)
    chance = random.Random(seed)
    width, height = round(image.width * share), round(image.height * share * 0.75)
    left, top = chance.randint(0, image.width - width), chance.randint(0, image.height - height)
    verdict, row = compare(image, image.crop((left, top, left + width, top + height)))
    assert verdict == "duplicate", row
    assert row["overlap"] > 0.95 and not row["mirrored"]


def test_a_car_cut_out_onto_white_is_one_photograph_with_the_street():
    street, car = draw(3), Image.new("RGB", draw(3).size, "white")
    box = (round(car.width * 0.12), round(car.height * 0.2), round(car.width * 0.88), round(car.height * 0.87))
    car.paste(street.crop(box), box)
    assert compare(street, car)[0] == "duplicate"


def test_a_transparent_cut_out_is_laid_on_white():
    car = draw(3).convert("RGBA")
    mask = Image.new("L", car.size, 0)
    mask.paste(255, (80, 80, 560, 400))
    car.putalpha(mask)
    flat = Image.new("RGB", car.size, "white")
    flat.paste(draw(3), mask=mask)
    verdict, row = compare(encode(car, "PNG"), flat)
    assert verdict == "duplicate" and row["residual"] < 0.05


@pytest.mark.parametrize("degrees", [1, -4, 90, 180, 270])
def test_a_turned_picture_is_one_photograph(degrees):
    verdict, row = compare(draw(4), draw(4).rotate(degrees, expand=degrees % 90 == 0))
    assert verdict == "duplicate" and not row["mirrored"], row


def test_a_mirror_image_is_said_to_be_one():
    verdict, row = compare(draw(5), draw(5).transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    assert verdict == "duplicate" and row["mirrored"]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("white", [True, False])
def test_another_trim_at_the_same_angle_is_no_duplicate(seed, white):
    one, other = draw(seed, white=white, trim=100 + seed), draw(seed, white=white, trim=200 + seed)
    assert compare(one, other, ("phash", "neighbour"))[0] != "duplicate"


@pytest.mark.parametrize("paints", [((200, 20, 20), (20, 60, 190)), ((160, 160, 165), (190, 20, 20)),
                                    ((60, 60, 70), (120, 30, 40))])
def test_a_repainted_car_is_a_variant(paints):
    verdict, row = compare(draw(6, paint=paints[0]), draw(6, paint=paints[1]))
    assert verdict == "variant", row


def test_a_repainted_mirror_image_is_a_variant():
    other = draw(6, paint=(20, 60, 190)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert compare(draw(6, paint=(200, 20, 20)), other)[0] == "variant"


@pytest.mark.parametrize("edit", [
    lambda image: image.convert("L"), lambda image: ImageEnhance.Color(image).enhance(1.8),
    lambda image: ImageEnhance.Brightness(image).enhance(0.7), lambda image: image.filter(ImageFilter.GaussianBlur(1)),
    lambda image: Image.merge("RGB", [band.point(lambda v, n=n: min(255, v + 12 * n))
                                      for n, band in enumerate(image.split())])],
    ids=["grey", "saturated", "darker", "softer", "warmer"])
def test_an_edit_of_the_whole_picture_is_no_repaint(edit):
    assert compare(draw(7), edit(draw(7)))[0] == "duplicate"


def test_a_grey_picture_says_nothing_of_colour():
    assert compare(draw(7), draw(7).convert("L"))[1]["chroma"] is None


@pytest.mark.parametrize("seed", range(5))
def test_different_photographs_are_different(seed):
    assert compare(draw(20 + seed), draw(30 + seed), ("phash", "neighbour"))[0] == "different"


@pytest.mark.parametrize("seed", range(3))
def test_another_car_before_the_same_street_is_no_duplicate(seed):
    street, box = draw(3), (160, 140, 480, 340)
    other = street.copy()
    other.paste(draw(40 + seed).crop(box), box)
    verdict, row = compare(street, other)
    assert verdict == "variant" and row["residual"] < 0.45, row


def test_two_pictures_of_one_place_that_share_a_strip_are_different():
    scene = Image.new("RGB", (1160, 448))
    scene.paste(draw(50), (0, 0))
    scene.paste(draw(51).crop((120, 0, 640, 448)), (640, 0))
    verdict, row = compare(scene.crop((0, 0, 640, 448)), scene.crop((520, 0, 1160, 448)))
    assert row["residual"] < 0.2 and row["span"] < 0.25 and verdict == "different", row


def test_other_wheels_on_one_picture_make_a_variant():
    plain = draw(9)
    other = plain.copy()
    for left in (120, 428):
        box = (left, 290, left + 92, 382)
        other.paste(draw(9, trim=77).crop(box).rotate(90), box)
    verdict, row = compare(plain, other)
    assert verdict == "variant" and row["residual"] < 0.3 and abs(row["marked"]) < 0.15, row


@pytest.mark.parametrize("share", [0.75, 0.9])
def test_a_panel_that_shows_a_part_of_a_photograph_is_one_with_it(share):
    whole = draw(52)
    part = whole.crop((0, 0, round(640 * share), round(448 * share)))
    sheet = Image.new("RGB", (2 * part.width + 8, part.height), "white")
    sheet.paste(part, (0, 0))
    sheet.paste(draw(53).resize(part.size), (part.width + 8, 0))
    verdict, row = compare(whole, sheet)
    assert verdict == "duplicate", row


def test_a_picture_without_any_detail_is_never_called_a_duplicate():
    flat, other = Image.new("RGB", (300, 200), (90, 90, 90)), Image.new("RGB", (300, 200), (91, 91, 91))
    assert compare(flat, other, ("phash", "phash256", "neighbour"))[0] in ("different", "review")


def test_small_pictures_without_features_are_laid_on_each_other_as_their_hashes_say():
    small = draw(8).resize((72, 50), Image.Resampling.LANCZOS)
    verdict, row = compare(draw(8).resize((144, 100), Image.Resampling.LANCZOS), small, ("phash",))
    assert row["residual"] is not None and verdict in ("duplicate", "review")


def test_the_order_of_the_two_changes_no_verdict():
    crop = draw(9).crop((150, 60, 500, 330))
    assert compare(draw(9), crop)[0] == compare(crop, draw(9))[0] == "duplicate"


def test_a_looser_threshold_says_duplicate_of_what_a_stricter_one_does_not():
    crop = draw(2).crop((100, 80, 560, 400)).rotate(2)
    residual = compare(draw(2), crop)[1]["residual"]
    assert compare(draw(2), crop, params=DedupeParams(max_residual=min(1.0, residual + 0.01)))[0] == "duplicate"
    assert compare(draw(2), crop, params=DedupeParams(max_residual=residual - 1e-6))[0] != "duplicate"


@pytest.mark.parametrize(("net", "view"), [
    ("phash", ("whole", "")), ("crop10+mirror", ("crop10", "mirror")), ("turn90", ("whole", "turn90")),
    ("trim", ("trim", "")), ("phash256+mirror", ("whole", "mirror")), ("exact", ("whole", ""))])
def test_a_nets_name_says_view_and_turn(net, view):
    assert split_net(net) == view
