"""dataset.html: findings told as one page that needs no network and no script."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from curate.documents.markup import plain
from curate.params import ReportParams
from curate.report.advice import Advice, advise
from curate.report.doubts import Suggestion, suggest_labels
from curate.report.losses import FetchLoss, list_fetch_losses
from curate.report.material import Material
from curate.report.metrics import Findings
from curate.report.origins import Sizes, measure_sizes
from curate.report.pictures import Gallery, Picture, embed_thumbnails
from curate.report.planted import FAMILIES
from mercedes_api.overview import MarketTable, market_tables

_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True)
class Sheet:
    """The contact sheet of one class."""

    class_id: str
    name: str
    train: int
    valid: int
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Page:
    """All that the template needs."""

    found: Findings
    material: Material
    advice: list[Advice]
    fetch_losses: list[FetchLoss]
    suggestions: list[Suggestion]
    sizes: Sizes
    markets: list[MarketTable]
    sheets: list[Sheet]

    def pictures(self) -> Iterator[Picture]:
        """Yield every picture of the page, the most important first: evidence, then contact sheets in turn."""
        found = self.found
        yield from chain.from_iterable(loss.pictures for loss in found.losses)
        yield from chain.from_iterable(g.pictures for g in (*found.duplicates.shown, *found.duplicates.doubts))
        yield from chain.from_iterable(conflict.pictures for conflict in found.duplicates.conflicts)
        yield from chain.from_iterable((*flag.passed, *flag.flagged) for flag in found.flags)
        yield from chain.from_iterable(suggestion.pictures for suggestion in self.suggestions)
        yield from chain.from_iterable(planted.pictures for planted in found.planted)
        for row in zip_longest(*(sheet.pictures for sheet in self.sheets)):
            yield from (picture for picture in row if picture)


def make_page(found: Findings, material: Material, gallery: Gallery, params: ReportParams) -> Page:
    """Return the page's contents."""
    return Page(
        found=found, material=material, advice=advise(found, material), fetch_losses=list_fetch_losses(material),
        suggestions=suggest_labels(material, gallery, 3)[:params.examples], sizes=measure_sizes(material.images),
        markets=market_tables(material.summary, material.models, material.names),
        sheets=list_sheets(material, gallery, params.sheet))


def list_sheets(material: Material, gallery: Gallery, size: int) -> list[Sheet]:
    """Return each class's contact sheet of up to ``size`` pictures, chosen by sha256 and so at random for the eye."""
    sheets = []
    rows = material.manifest.sort_values(["class_id", "sha256"])
    for class_id, members in rows.groupby("class_id"):
        sides = members["split"].value_counts()
        pictures = tuple(gallery.show(row.sha256, str(class_id), mark="valid" if row.split == "valid" else "")
                         for row in members.head(size).itertuples())
        sheets.append(Sheet(str(class_id), material.name_of(str(class_id)), int(sides.get("train", 0)),
                            int(sides.get("valid", 0)), pictures))
    return sorted(sheets, key=lambda sheet: (sheet.name, sheet.class_id))


def render_page(page: Page, read_thumbnail: Callable[[str], bytes | None], max_bytes: int) -> str:
    """Return the page as HTML of at most ``max_bytes``, as many thumbnails in it as fit.

    Args:
        page: the contents.
        read_thumbnail: returns a small JPEG of a picture, or None where there is none.
        max_bytes: size of the page as UTF-8. What the page says goes first: it may be larger if its text is.
    """
    environment = _environment()
    figure: Any = environment.get_template("pictures.html").module

    def render(thumbnails: Mapping[str, str]) -> str:
        return environment.get_template("page.html").render(page=page, found=page.found, thumbnails=thumbnails,
                                                            families=FAMILIES)

    def measure(picture: Picture) -> int:
        return len(figure.thumb(picture, {picture.sha256: ""}).encode())

    budget = max_bytes - len(render({}).encode())
    return render(embed_thumbnails(page.pictures(), budget, read_thumbnail, measure))


def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"n": _number, "share": _share, "tick": _tick, "size": _size, "short": _short, "zip": _zip}
    return environment


def _number(value: Any) -> str:
    return f"{value:,}".replace(",", "\u202f")  # a narrow space, as ISO 80000-1 has it


def _share(part: float, whole: float) -> str:
    if not whole:
        return "–"
    share = 100 * part / whole
    number = "<1" if 0 < share < 1 else ">99" if 99 < share < 100 else f"{share:.0f}"
    return f"{number}\u00a0%"  # a space at which no line breaks


def _tick(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else "0" if abs(value) < 0.001 else f"{value:.2g}"


def _size(value: int) -> str:
    return f"{value / 1e9:.1f} GB" if value >= 1e9 else f"{value / 1e6:.0f} MB"


def _short(text: str) -> str:
    """Return a sentence with every sha256 cut to its first 12 digits, which find the picture as well."""
    return _SHA256.sub(lambda match: match[0][:12], plain(text))


def _zip(left: Iterable[Any], right: Iterable[Any]) -> list[tuple[Any, Any]]:
    return list(zip(left, right, strict=True))
