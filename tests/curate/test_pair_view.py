import cv2
import numpy as np
import pytest
from click.testing import CliRunner

import tables
from curate.pair_view import AGREEING, DIFFERING, PANEL, find_picture, show
from curate.params import DedupeParams
from pipeline.errors import TableError
from tests.curate.photographs import Run, draw, encode
from whatbenz import main


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = Run(tmp_path_factory.mktemp("view"))
    run.add("photo", draw(50))
    run.add("crop", draw(50).crop((100, 80, 520, 380)))
    run.add("studio", draw(50, white=True))
    run.add("trim", draw(50, white=True, trim=9))
    run.add("other", draw(51))
    run.add("broken", b"<html>")
    run.images = run.inspect()
    run.pairs, run.groups = run.dedupe()
    return run


def sheet(run, a, b):
    return show(run.sha[a][:10], run.sha[b][:10], run.images, run.pairs, run.workshop, DedupeParams())


def count(pixels, colour):
    return int((np.abs(pixels[:PANEL].astype(int) - colour).max(axis=2) < 30).sum())


def test_a_duplicate_is_green(run):
    name, pixels, lines = sheet(run, "photo", "crop")
    assert name == "-".join(sorted(run.sha[n][:12] for n in ("photo", "crop")))
    assert "duplicate" in lines[0] and pixels.shape[1] == 4 * PANEL
    right = pixels[:, 3 * PANEL:]
    assert count(right, AGREEING) > 10 * count(right, DIFFERING)


def test_another_trim_is_red_where_it_differs(run):
    _, pixels, lines = sheet(run, "studio", "trim")
    assert "duplicate" not in lines[0] and count(pixels[:, 3 * PANEL:], DIFFERING) > 200


def test_the_order_of_the_two_changes_nothing(run):
    one, other = sheet(run, "photo", "crop"), sheet(run, "crop", "photo")
    assert one[0] == other[0] and np.array_equal(one[1], other[1]) and one[2] == other[2]


def test_pictures_that_no_search_found_are_compared_anew(run):
    _, pixels, lines = sheet(run, "photo", "other")
    assert "different" in lines[0] and pixels.size


def test_the_numbers_are_those_of_the_table(run):
    row = run.pairs[(run.pairs["verdict"] == "duplicate")].iloc[0]
    _, _, lines = sheet(run, "photo", "crop")
    assert f"residual {row['residual']:.3g}" in lines[2]


@pytest.mark.parametrize(("digits", "message"), [("ffff00", "no inspected pictures begin so"), ("", "6 inspected")])
def test_digits_must_name_one_picture(run, digits, message):
    with pytest.raises(TableError, match=message):
        find_picture(digits, run.images)


def test_a_picture_that_cannot_be_decoded_cannot_be_compared(run):
    with pytest.raises(TableError, match="cannot be compared"):
        find_picture(run.sha["broken"], run.images)


def test_the_command_writes_a_png_and_says_where(run, tmp_path):
    tables.write(tables.IMAGES, run.images, run.layout.inspected)
    tables.write(tables.PAIRS, run.pairs, run.layout.pairs)
    target = tmp_path / "pair.png"
    result = CliRunner().invoke(main, ["-C", str(run.layout.root), "pairs", "show", run.sha["photo"],
                                       run.sha["crop"], "-o", str(target)])
    assert result.exit_code == 0, result.output
    assert str(target) in result.output and "duplicate" in result.output
    assert cv2.imread(str(target)).shape[1] == 4 * PANEL


def test_a_picture_of_one_pixel_can_be_shown(tmp_path):
    run = Run(tmp_path)
    run.add("dot", encode(draw(1).resize((1, 1))))
    run.add("photo", draw(1))
    images = run.inspect()
    _, pixels, lines = show(run.sha["dot"], run.sha["photo"], images, tables.make(tables.PAIRS), run.workshop,
                            DedupeParams())
    assert "different" in lines[0] and pixels.size
