from collections import Counter

import pytest

from mercedes_api.markets import EUROPE, choose_markets, market_of
from mercedes_api.parse import parse_markets


@pytest.fixture
def known(excerpt):
    return parse_markets(excerpt("v1_markets"), Counter())


def ids(markets):
    return [market.market_id for market in markets]


def test_europe_leaves_out_the_rest_of_the_world(known):
    assert "en_AE-AZ" not in ids(choose_markets(known, "europe", "all"))
    assert "en_AE-AZ" in ids(choose_markets(known, "all", "all"))


def test_all_languages_of_a_country_are_asked(known):
    assert [m for m in ids(choose_markets(known, "europe", "all")) if m.endswith("CH")] == [
        "en_CH", "fr_CH", "it_CH", "de_CH"]


def test_a_preferred_language_leaves_one_market_a_country(known):
    assert ids(choose_markets(known, "europe", "fr")) == ["de_DE", "fr_CH", "en_GB"]


def test_thirty_countries_are_europe():
    assert len(EUROPE) == 30 and not {"CY", "LI", "AE"} & EUROPE


def test_a_market_id_names_language_and_country():
    market = market_of("en_AE-AZ")
    assert (market.language, market.country) == ("en", "AE-AZ")
