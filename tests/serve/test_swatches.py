import re

import pytest

from serve.swatches import BY_CODE, BY_GROUP, NEUTRAL, choose_swatch


@pytest.mark.parametrize(("paint", "swatch"), [
    (("LU-197", "obsidianschwarz", "Black"), BY_CODE["197"][1]), (("L-149", None, None), BY_CODE["149"][1]),
    (("LU-001", "rouge jupiter", "Red"), BY_GROUP["red"]), (("LU-001", "czerwień hiacyntowa", None), BY_GROUP["red"]),
    (("SA-C23", "two-tone obsidian black / iridium silver", None), BY_GROUP["black"]),
    (("SA-C24", "Zweifarbenlackierung silber / schwarz", None), BY_GROUP["silver"]),
    (("LU-001", "blanc polaire", "Neon"), BY_GROUP["white"]), (("LU-001", "ambiente", None), NEUTRAL)])
def test_a_paint_goes_by_its_code_then_its_group_then_its_name(paint, swatch):
    assert choose_swatch(*paint) == swatch


def test_every_swatch_is_a_colour():
    colours = [colour for _, colour in BY_CODE.values()] + [*BY_GROUP.values(), NEUTRAL]
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)
