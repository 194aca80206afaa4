"""Which markets a run asks: a list, the European ones or all, in every language or one preferred."""

from collections.abc import Iterable

from mercedes_api.parse import Market

# Countries of Europe that the API has a market for; there is none for CY and LI.
EUROPE = frozenset((
    "AT", "BE", "BG", "CH", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU",
    "IE", "IS", "IT", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"))


def market_of(market_id: str) -> Market:
    """Return the market that an id such as ``de_DE`` or ``en_AE-AZ`` names."""
    language, _, country = market_id.partition("_")
    return Market(market_id, country or None, language or None)


def choose_markets(known: Iterable[Market], markets: str, language: str) -> list[Market]:
    """Return the markets to ask, in the order in which the API lists them.

    Args:
        known: all markets of the API.
        markets: ``europe`` or ``all``.
        language: ``all``, or the language preferred; a country without it gives its first market.
    """
    chosen = [market for market in known if markets == "all" or market.country in EUROPE]
    if language == "all":
        return chosen
    by_country: dict[str | None, list[Market]] = {}
    for market in chosen:
        by_country.setdefault(market.country, []).append(market)
    return [next((market for market in group if market.language == language), group[0])
            for group in by_country.values()]
