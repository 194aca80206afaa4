"""Which pictures of the data set show a class in the app, and whom they are credited to."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from curate.documents.markup import plain, web_address
from scrape.licence import Licence, parse_licence
from serve.params import BundleParams


def choose_examples(attribution: pd.DataFrame, params: BundleParams) -> pd.DataFrame:
    """Return the rows of ``params.examples`` pictures of each class: of the train side, wide, under a free licence.

    Pictures of the sandbox are its own and may always be shown. The widest come first, up to the side they are shown
    at, then by sha256, so that the choice does not change from run to run.

    Args:
        attribution: :func:`curate.documents.attribution.attribute`, with columns width and height.
    """
    allowed = [parse_licence(name) for name in params.licenses]
    train = attribution[attribution["split"] == "train"]
    free = [row.source == "sandbox" or _permitted(row.license, row.license_url, allowed) for row in train.itertuples()]
    chosen = train[free]
    chosen = chosen.assign(small=-chosen[["width", "height"]].max(axis=1).clip(upper=params.example_side))
    chosen = chosen.sort_values(["class_id", "small", "sha256"], kind="stable")
    return chosen.groupby("class_id", sort=True).head(params.examples).drop(columns="small")


def _permitted(name: object, url: object, allowed: list[Licence | None]) -> bool:
    found = parse_licence(plain(name) or None, plain(url) or None)
    return any(licence is not None and licence.permits(found) for licence in allowed)


def render_examples(chosen: pd.DataFrame, dataset: Path,
                    params: BundleParams) -> Iterator[tuple[str, dict[str, Any], bytes]]:
    """Yield the class, the credit (with ``file`` below examples/) and the JPEG bytes of each chosen picture."""
    for class_id, rows in chosen.groupby("class_id", sort=True):
        for number, row in enumerate(rows.to_dict("records"), start=1):
            credit = {"file": f"{class_id}/{number}.jpg", **_credit(row)}
            yield str(class_id), credit, _shrink(dataset / row["file"], params)


def _credit(row: dict[str, Any]) -> dict[str, Any]:
    """Return title, author, license, license_url and page_url; the sandbox's people and pages do not exist."""
    if row["source"] == "sandbox":
        return {"title": "Drawn car", "author": "What Benz' sandbox", "license": None, "license_url": None,
                "page_url": None}
    return {name: plain(row[name]) or None for name in ("title", "author", "license")} | {
        name: web_address(row[name]) for name in ("license_url", "page_url")}


def _shrink(path: Path, params: BundleParams) -> bytes:
    """Return a picture of the data set (upright RGB JPEG) at the example's size."""
    file = io.BytesIO()
    with Image.open(path) as image:
        image.thumbnail((params.example_side, params.example_side), Image.Resampling.LANCZOS)
        image.convert("RGB").save(file, "JPEG", quality=params.example_quality, optimize=True, progressive=True)
    return file.getvalue()
