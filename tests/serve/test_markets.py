import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve.markets import choose_market

MARKETS = ["de_DE", "en_DE", "en_GB", "fr_FR", "de_CH", "fr_CH", "sv_SE", "nl_BE"]


@pytest.mark.parametrize(("header", "market"), [
    ("de", "de_DE"), ("de-CH", "de_CH"), ("de-AT,de;q=0.9", "de_DE"), ("en", "en_GB"), ("en-US,en;q=0.9", "en_GB"),
    ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr_CH"), ("sv", "sv_SE"), ("nl", "nl_BE"),
    ("ja;q=1.0,fr;q=0.1", "fr_FR"), ("de;q=0,fr", "fr_FR"), ("zh-Hant-TW,de-Latn-CH;q=0.5", "de_CH"),
    ("", "en_DE"), ("*", "en_DE"), ("ja", "en_DE"), (";;;=,,q", "en_DE")])
def test_the_best_market_for_a_browser(header, market):
    assert choose_market(header, MARKETS, "en_DE") == market


def test_a_default_that_the_bundle_lacks_gives_its_first_market():
    assert choose_market("ja", ["fr_FR", "de_DE"], "en_GB") == "fr_FR"


@given(st.text(max_size=300))
def test_any_header_gives_a_market(header):
    assert choose_market(header, MARKETS, "en_DE") in MARKETS
