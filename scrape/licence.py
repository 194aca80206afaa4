"""Licences as the sources name them, brought to one code so that scrape.licenses can be held against them.

A code is a family and its versions. The families of Creative Commons are ``by``, ``by-sa``, ``by-nc``,
``by-nd``, ``by-nc-sa``, ``by-nc-nd``, ``cc0`` and ``pdm`` (public domain); any other licence is its own name
in lower case with dashes (``gfdl``, ``no-known-copyright-restrictions``). All of these are ``by-sa``:
``CC BY-SA 4.0``, ``cc-by-sa``, ``by-sa``, ``CC BY-SA 3.0 de``, ``Attribution-ShareAlike License`` and
``https://creativecommons.org/licenses/by-sa/2.0/``.
"""

import re
from dataclasses import dataclass

_LICENSE_URL = re.compile(r"creativecommons\.org/licenses/([a-z+-]+)(?:/(\d\.\d))?", re.IGNORECASE)
_PUBLIC_DOMAIN_URL = re.compile(
    r"creativecommons\.org/(?:publicdomain/(zero|mark|certification)|licenses/publicdomain)", re.IGNORECASE)
_LONG_NAMES = (("creative commons", "cc"), ("attribution", "by"), ("share alike", "sa"), ("sharealike", "sa"),
               ("non commercial", "nc"), ("noncommercial", "nc"), ("no derivatives", "nd"), ("noderivatives", "nd"),
               ("no derivs", "nd"), ("noderivs", "nd"))
_ELEMENTS = ("by", "nc", "nd", "sa")
_FILLERS = {"cc", "license", "licence", "international", "unported", "generic"}


@dataclass(frozen=True)
class Licence:
    """A licence: its family, and its versions where it names any."""

    family: str
    versions: tuple[str, ...] = ()

    def permits(self, found: "Licence | None") -> bool:
        """Whether a picture under ``found`` is welcome where ``self`` is asked for; no version means any."""
        if found is None or found.family != self.family:
            return False
        return not self.versions or bool(set(self.versions) & set(found.versions))


def parse_licence(name: str | None, url: str | None = None) -> Licence | None:
    """Return the licence that a source names, or None where it names none. A Creative Commons URL goes first."""
    if url:
        public = _PUBLIC_DOMAIN_URL.search(url)
        if public:
            return Licence("cc0") if (public[1] or "").lower() == "zero" else Licence("pdm")
        match = _LICENSE_URL.search(url)
        if match:
            return Licence(_ordered(match[1].lower().strip("-").split("-")), (match[2],) if match[2] else ())
    if not name or not re.search(r"[^\W_]", name):
        return None
    if "creativecommons.org/" in name:
        return parse_licence(None, name)
    return _parse_name(name.casefold())


def _parse_name(name: str) -> Licence:
    if re.search(r"\bcc[ -]?0\b|\bcc[ -]zero\b", name):
        return Licence("cc0")
    if re.search(r"\bpublic domain\b|^pdm?\b", name):
        return Licence("pdm")
    versions = tuple(re.findall(r"(?<![\d.])\d\.\d(?![\d.])", name))
    loose = re.sub(r"(?<![\d.])\d\.\d(?![\d.])|[\s_-]+", " ", name)
    for long, short in _LONG_NAMES:
        loose = re.sub(rf"\b{long}\b", short, loose)
    words, elements = _words(loose), [word for word in _words(loose) if word in _ELEMENTS]
    # "Attribution" alone is a licence of Commons' own, not Creative Commons'.
    creative_commons = words[:1] == ["cc"] or set(words) <= {*_ELEMENTS, *_FILLERS}
    if elements[:1] == ["by"] and creative_commons and name.strip() != "attribution":
        return Licence(_ordered(elements), versions)
    own = _words(re.sub(r"(?<![\d.])\d\.\d(?![\d.])", " ", name))
    return Licence("-".join(word for word in own if word not in _FILLERS) or "-".join(own), versions)


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9+\u0080-\U0010ffff]+", text) if word]


def _ordered(elements: list[str]) -> str:
    """Return the elements in Creative Commons' own order: by-nc-nd, by-nc-sa."""
    known = [element for element in _ELEMENTS if element in elements]
    return "-".join(known) if len(known) == len(elements) else "-".join(elements)
