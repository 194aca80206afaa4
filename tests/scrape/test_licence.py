import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrape.licence import Licence, parse_licence


@pytest.mark.parametrize(("name", "family"), [
    ("CC BY-SA 4.0", "by-sa"), ("cc-by-sa", "by-sa"), ("by-sa", "by-sa"), ("by-sa 2.0", "by-sa"),
    ("CC BY-SA 3.0 de", "by-sa"), ("CC BY-SA 2.5-2.0-1.0", "by-sa"), ("Attribution-ShareAlike License", "by-sa"),
    ("Creative Commons Attribution-Share Alike 4.0 International", "by-sa"), ("CC BY 2.0", "by"), ("by", "by"),
    ("Attribution License", "by"), ("cc-by-nc-nd", "by-nc-nd"), ("CC BY-NC-SA 2.0", "by-nc-sa"),
    ("CC0", "cc0"), ("cc0 1.0", "cc0"), ("CC Zero", "cc0"), ("Public Domain Dedication (CC0)", "cc0"),
    ("Public domain", "pdm"), ("pdm 1.0", "pdm"), ("Public Domain Mark", "pdm"), ("PD-USGov", "pdm"),
    ("GFDL 1.2", "gfdl"), ("No known copyright restrictions", "no-known-copyright-restrictions"),
    ("All Rights Reserved", "all-rights-reserved"),
    # A licence of Commons' own, which is not Creative Commons Attribution.
    ("Attribution", "attribution"),
])
def test_names_of_all_sources_come_to_one_family(name, family):
    assert parse_licence(name).family == family


@pytest.mark.parametrize(("url", "licence"), [
    ("https://creativecommons.org/licenses/by-sa/2.0/", Licence("by-sa", ("2.0",))),
    ("http://creativecommons.org/licenses/by-nc-nd/4.0/deed.de", Licence("by-nc-nd", ("4.0",))),
    ("https://creativecommons.org/publicdomain/zero/1.0/", Licence("cc0")),
    ("https://creativecommons.org/publicdomain/mark/1.0/", Licence("pdm")),
])
def test_a_creative_commons_address_is_surer_than_the_name(url, licence):
    assert parse_licence("Attribution License", url) == licence


@pytest.mark.parametrize(("wanted", "found", "permits"), [
    ("by-sa", "CC BY-SA 4.0", True), ("CC BY-SA 4.0", "CC BY-SA 4.0", True), ("CC BY-SA 4.0", "CC BY-SA 3.0", False),
    ("CC BY-SA 4.0", "by-sa", False), ("CC BY-SA 2.0", "CC BY-SA 2.5-2.0-1.0", True), ("by", "CC BY-SA 4.0", False),
    ("by-sa", "CC BY 4.0", False), ("by-sa", "CC BY-NC-SA 4.0", False), ("pdm", "CC0", False),
    ("cc0", "cc0 1.0", True), ("by-sa", None, False), ("by-sa", " ", False),
])
def test_a_family_permits_every_version_and_a_version_only_itself(wanted, found, permits):
    assert parse_licence(wanted).permits(parse_licence(found)) is permits


@given(st.text(max_size=60), st.none() | st.text(max_size=60))
def test_any_text_a_source_may_send_gives_a_licence_or_none(name, url):
    licence = parse_licence(name, url)
    assert licence is None or isinstance(licence.family, str)
    assert licence is None or licence.permits(licence)
