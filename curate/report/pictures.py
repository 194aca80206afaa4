"""Pictures as the report shows them: a thumbnail with its words, its credit and its page."""

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd

from curate.documents.attribution import credit_line
from curate.documents.markup import plain, web_address


@dataclass(frozen=True)
class Picture:
    """One picture on the page.

    Attributes:
        alt: what a reader who does not see it is told.
        credit: title, author and licence.
        page: the web page that shows the original, None where there is none.
        caption: a few words below it.
        mark: one word that sets it apart: keeper, valid; empty for none.
    """

    sha256: str
    alt: str
    credit: str
    page: str | None
    caption: str = ""
    mark: str = ""


class Gallery:
    """Knows for each picture what to say beside it.

    Args:
        hits: ``tables.HITS``.
        names: class_id → name as people say it.
    """

    def __init__(self, hits: pd.DataFrame, names: Mapping[str, str]):
        known = hits[hits["sha256"].notna()].sort_values(["sha256", "class_id", "rank", "url"])
        self._facts = {row.sha256: (row.title, row.author, row.license, row.page_url, row.url) for row in
                       known.drop_duplicates("sha256").itertuples()}
        self._names = names

    def show(self, sha256: str, class_id: str, caption: str = "", mark: str = "") -> Picture:
        """Return the picture with its words under the given class."""
        title, author, license, page_url, url = self._facts.get(sha256, (None, None, None, None, None))
        name = self._names.get(class_id, class_id)
        return Picture(sha256, f"{name}: {plain(title) or 'untitled'}"[:120], credit_line(title, author, license)[:200],
                       web_address(page_url) or web_address(url), caption, mark)


def encode_thumbnail(pixels: np.ndarray, side: int, quality: int) -> bytes:
    """Return RGB uint8 (height, width, 3) as a JPEG of at most ``side`` pixels on its longer side."""
    scale = min(1.0, side / max(pixels.shape[:2]))
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    ok, encoded = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR),
                               [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1])
    assert ok
    return encoded.tobytes()


def embed_thumbnails(pictures: Iterable[Picture], budget: int, read: Callable[[str], bytes | None],
                     measure: Callable[[Picture], int]) -> dict[str, str]:
    """Return sha256 → ``data:`` address for the first pictures that fit into the budget.

    Args:
        pictures: all uses of pictures on the page, the most important first; one used twice counts twice.
        budget: bytes that all pictures may take, words and thumbnails together.
        read: returns a thumbnail's JPEG bytes, or None where there is no such picture.
        measure: bytes that a picture takes on the page without its thumbnail.
    """
    uses: dict[str, list[Picture]] = {}
    for picture in pictures:
        uses.setdefault(picture.sha256, []).append(picture)
    embedded: dict[str, str] = {}
    for sha256, shown in uses.items():
        data = read(sha256)
        if data is None:
            continue
        address = "data:image/jpeg;base64," + base64.b64encode(data).decode()
        budget -= sum(len(address) + measure(picture) for picture in shown)
        if budget < 0:
            break
        embedded[sha256] = address
    return embedded
