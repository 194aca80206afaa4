import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from benchmarks.corpus import text_overlay, watermark, watermark_bar
from curate.keepers import choose, find_flaws
from tests.curate.photographs import Run, draw, encode

PLAIN = {"width": 1000, "height": 700, "border": 0.0, "jpeg_quality": 85, "format": "JPEG", "colourfulness": 40.0}


def kept(licensed=(), crops=(), marked=(), **others):
    """Return which of ``plain`` and the others is kept, and the reason it is stored with."""
    facts = {"plain": PLAIN} | {name: PLAIN | changed for name, changed in others.items()}
    keeper, reasons = choose(sorted(facts), facts, crops, marked, licensed)
    assert all(reason.startswith(f"yields to {keeper}: ") for name, reason in reasons.items() if name != keeper)
    return keeper, reasons[keeper]


@pytest.mark.parametrize(("other", "reason"), [
    ({"width": 2000, "height": 1400}, "most pixels"),
    ({"jpeg_quality": 97}, "higher JPEG quality"),
    ({"jpeg_quality": None, "format": "PNG"}, "higher JPEG quality")])
def test_the_better_file_is_kept(other, reason):
    assert kept(other=other) == ("other", f"kept: {reason}")


@pytest.mark.parametrize(("other", "reason"), [
    ({"width": 600, "height": 420}, "most pixels"),
    ({"width": 1040, "height": 728, "border": 0.08}, "no border or watermark"),
    ({"jpeg_quality": 40}, "higher JPEG quality"),
    ({"colourfulness": 0.0}, "in colour"),
    ({"jpeg_quality": None, "format": "WEBP"}, "the smaller sha256 of equals")])
def test_the_plain_file_is_kept(other, reason):
    assert kept(zother=other) == ("plain", f"kept: {reason}")


def test_a_border_is_no_pixels():
    assert kept(other={"width": 1400, "height": 1000, "border": 0.6})[0] == "plain"


def test_a_file_with_a_licence_is_kept_of_equals():
    assert kept(licensed=["zother"], zother={}) == ("zother", "kept: its source has a licence")


def test_a_file_without_a_watermark_is_kept():
    assert kept(marked=["plain"], zother={}) == ("zother", "kept: no border or watermark")


def test_a_crop_yields_to_its_original_though_it_has_more_pixels():
    assert kept(crops=["big"], big={"width": 1100, "height": 900}) == ("plain", "kept: the whole scene, not a crop")


def test_quality_counts_before_colour_and_pixels_before_quality():
    assert kept(other={"jpeg_quality": 97, "colourfulness": 0.0})[0] == "other"
    assert kept(other={"jpeg_quality": 40, "width": 2000})[0] == "other"


def test_a_picture_alone_says_so():
    assert choose(["a"], {}, (), (), ()) == ("a", {"a": "only picture of its group"})


@settings(deadline=None)
@given(st.permutations("abcd"), st.lists(st.sampled_from([400, 1000, 1010, 1600]), min_size=4, max_size=4))
def test_no_order_changes_the_keeper(names, widths):
    facts = {name: PLAIN | {"width": width} for name, width in zip("abcd", widths, strict=True)}
    assert choose(names, facts, (), (), ()) == choose(["a", "b", "c", "d"], facts, (), (), ())


def keeper_of(tmp_path, **pictures):
    """Return the name of the picture that a run keeps, and its reason; all must be one group."""
    run = Run(tmp_path)
    for name, picture in pictures.items():
        run.add(name, picture)
    _, groups = run.dedupe()
    assert groups["group_id"].nunique() == 1
    row = groups[groups["keeper"]].iloc[0]
    return run.names([row["sha256"]]).pop(), row["reason"]


@pytest.mark.parametrize(("change", "reason"), [
    (lambda image: image.crop((60, 40, 560, 400)), "the whole scene, not a crop"),
    (lambda image: image.crop((60, 40, 560, 400)).resize((700, 504)), "the whole scene, not a crop"),
    (lambda image: image.resize((320, 224)), "most pixels"),
    (lambda image: ImageOps.expand(image, 40, (10, 10, 10)), "no border or watermark"),
    (lambda image: watermark(image, random.Random(0)), "no border or watermark"),
    (lambda image: text_overlay(image, random.Random(0)), "no border or watermark"),
    (lambda image: image.convert("L").convert("RGB"), "in colour")],
    ids=["crop", "enlarged crop", "small", "border", "watermark", "text", "grey"])
@pytest.mark.parametrize("seed", [41, 42])
def test_the_original_is_kept_of_drawn_pictures(tmp_path, change, reason, seed):
    assert keeper_of(tmp_path, original=draw(seed), changed=change(draw(seed))) == ("original", f"kept: {reason}")


def test_the_original_is_kept_of_many(tmp_path):
    image = draw(43)
    name, _ = keeper_of(
        tmp_path, low=encode(image, quality=35), original=encode(image, quality=92), small=image.resize((400, 280)),
        crop=image.crop((30, 20, 600, 430)), bar=watermark_bar(image, random.Random(0)),
        mirror=image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((600, 420)))
    assert name == "original"


def pair(**measured):
    return {"sha256_a": "a", "sha256_b": "b", "extent": 1.0, "overlap": 1.0, "marked": None, "residual": 0.0,
            "blocks": 400} | measured


def test_a_panel_of_a_collage_is_no_crop_of_it():
    """The collage shows the picture at half its resolution: which is the original cannot be told from the area."""
    crops, _ = find_flaws([pair(extent=0.25)], {"a": PLAIN, "b": PLAIN})
    assert not crops


def test_a_border_makes_the_picture_inside_no_crop():
    crops, _ = find_flaws([pair(extent=0.7)], {"a": PLAIN | {"border": 0.3, "width": 1200, "height": 833}, "b": PLAIN})
    assert not crops


def test_a_picture_marked_against_one_and_clean_against_none_is_marked():
    _, marked = find_flaws([pair(marked=0.9, residual=0.1)], {"a": PLAIN, "b": PLAIN})
    assert marked == {"b"}
