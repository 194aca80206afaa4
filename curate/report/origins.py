"""Where the pictures are from: sources, hosts, queries and licences; and how large they are."""

from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from curate.documents.markup import plain, web_address
from curate.report.material import Material

WORST_QUERIES = 8
LEAST_ASKED = 10  # a query with fewer candidates says little
HOSTS = 12


@dataclass(frozen=True)
class Origin:
    """A source, host or query: addresses that it gave, pictures that came of them, and how many are in the data set.

    A picture that two queries found counts for both.
    """

    name: str
    candidates: int
    saved: int
    used: int

    @property
    def share(self) -> float:
        """Share of the addresses that led to a picture of the data set."""
        return self.used / self.candidates if self.candidates else 0.0


@dataclass(frozen=True)
class LicenceCount:
    """A licence, the address of its text, and how many pictures of the data set have it."""

    name: str
    url: str | None
    count: int


@dataclass(frozen=True)
class Origins:
    """All that is known of where the pictures come from."""

    sources: tuple[Origin, ...]
    hosts: tuple[Origin, ...]
    host_count: int
    queries: tuple[Origin, ...]
    licences: tuple[LicenceCount, ...]
    without_licence: int
    without_author: int


def trace_origins(material: Material) -> Origins:
    """Return sources, the hosts with most candidates, the queries that yield least, and the licences."""
    hits = material.hits
    subjects = set(material.manifest[["sha256", "class_id"]].itertuples(index=False, name=None))
    pairs = list(hits[["sha256", "class_id"]].itertuples(index=False, name=None))
    there = hits["status"].isin(["saved", "duplicate"]).to_numpy(bool)
    frame = pd.DataFrame({
        "source": hits["source"], "query": hits["query"], "host": hits["url"].map(_host),
        "address": hits["class_id"] + " " + hits["url"], "picture": [" ".join(map(str, pair)) for pair in pairs],
        "saved": there, "used": there & np.array([pair in subjects for pair in pairs], bool)})
    hosts = _count(frame, "host")
    queries = [q for q in _count(frame, "query") if q.candidates >= LEAST_ASKED]
    queries.sort(key=lambda q: (q.share, -q.candidates, q.name))
    licences = material.manifest["license"].map(plain)
    return Origins(
        sources=tuple(_count(frame, "source")), hosts=tuple(hosts[:HOSTS]), host_count=len(hosts),
        queries=tuple(queries[:WORST_QUERIES]), licences=tuple(_count_licences(material.manifest)),
        without_licence=int((licences == "").sum()),
        without_author=int((material.manifest["author"].map(plain) == "").sum()))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "this machine"
    except ValueError:
        return "an address that cannot be read"


def _count(frame: pd.DataFrame, column: str) -> list[Origin]:
    origins = [Origin(plain(str(name)), rows["address"].nunique(), rows.loc[rows["saved"], "picture"].nunique(),
                      rows.loc[rows["used"], "picture"].nunique()) for name, rows in frame.groupby(column)]
    return sorted(origins, key=lambda o: (-o.candidates, o.name))


def _count_licences(manifest: pd.DataFrame) -> list[LicenceCount]:
    named = manifest.assign(license=manifest["license"].map(plain))
    counts = [LicenceCount(str(name) or "licence unknown", _first_address(rows["license_url"]), len(rows))
              for name, rows in named.groupby("license")]
    return sorted(counts, key=lambda row: (-row.count, row.name))


def _first_address(urls: pd.Series) -> str | None:
    found = sorted({address for address in urls.map(web_address) if address})
    return found[0] if found else None


@dataclass(frozen=True)
class Sizes:
    """How large the pictures are.

    Attributes:
        sides: upper bound of the shorter side in px (None for the last, open one) → pictures, of all that were saved.
        shapes: name of a range of width divided by height → pictures.
        formats: file format → pictures.
        bytes: of all saved files together.
    """

    sides: tuple[tuple[str, int], ...]
    shapes: tuple[tuple[str, int], ...]
    formats: tuple[tuple[str, int], ...]
    bytes: int
    median: int | None


SIDE_EDGES = (0, 128, 240, 360, 480, 720, 1080, 2160, np.inf)
SHAPES = (("upright, below 0.95", 0.95), ("square, to 1.05", 1.05), ("4:3 and less", 1.36), ("3:2", 1.55),
          ("16:9", 1.85), ("2:1 and wider", np.inf))


def measure_sizes(images: pd.DataFrame) -> Sizes:
    """Return sizes, shapes and formats of all pictures that could be decoded.

    Args:
        images: ``tables.IMAGES``.
    """
    known = images[images["width"].notna() & images["height"].notna()]
    width, height = known["width"].to_numpy(float), known["height"].to_numpy(float)
    short = np.minimum(width, height)
    counts, _ = np.histogram(short, SIDE_EDGES)
    labels = [f"{a:.0f} to {b - 1:.0f}" if np.isfinite(b) else f"{a:.0f} and more"
              for a, b in pairwise(SIDE_EDGES)]
    shapes, _ = np.histogram(width / height, [0, *(edge for _, edge in SHAPES)])
    formats = known["format"].fillna("unknown").value_counts()
    return Sizes(
        sides=tuple(zip(labels, map(int, counts), strict=True)),
        shapes=tuple((name, int(n)) for (name, _), n in zip(SHAPES, shapes, strict=True)),
        formats=tuple(sorted(((str(k), int(v)) for k, v in formats.items()), key=lambda item: (-item[1], item[0]))),
        bytes=int(images["bytes"].sum()), median=int(np.median(short)) if len(short) else None)
