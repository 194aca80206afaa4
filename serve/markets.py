"""Which market a request means: the one it names, else the best for its Accept-Language, else the default."""

import re
from collections.abc import Iterable, Sequence

# Languages whose country has another code.
_HOME = {"en": "GB", "sv": "SE", "da": "DK", "cs": "CZ", "el": "GR", "et": "EE", "nb": "NO", "sl": "SI", "uk": "UA",
         "ja": "JP", "ko": "KR", "zh": "CN"}
_TAG = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-([A-Za-z0-9-]{1,35}))?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")


def choose_market(accept_language: str, markets: Sequence[str], default: str) -> str:
    """Return the market of ``markets`` (language_COUNTRY) that fits the header best.

    A tag with its country (de-CH) takes that market. A language alone takes its home country, else the first market in
    that language. Where nothing fits: ``default``, or the first where the bundle does not have that.
    """
    for language, region in _tags(accept_language):
        for wanted in (f"{language}_{region}", f"{language}_{_HOME.get(language, language.upper())}"):
            if wanted in markets:
                return wanted
        for market in markets:
            if market.startswith(f"{language}_"):
                return market
    return default if default in markets or not markets else markets[0]


def _tags(header: str) -> Iterable[tuple[str, str]]:
    """Yield language and region of each tag, the most wanted first."""
    found = []
    for part in header[:500].split(","):
        match = _TAG.fullmatch(part)
        if match and match[1] != "*" and float(match[3] or 1) > 0:
            region = next((piece for piece in (match[2] or "").split("-") if re.fullmatch("[A-Za-z]{2}", piece)), "")
            found.append((float(match[3] or 1), match[1].lower(), region.upper()))
    return [(language, region) for _, language, region in sorted(found, key=lambda tag: -tag[0])]
