"""The stage: tables → reports/."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from curate.documents.attribution import attribute
from curate.documents.credits import format_credits
from curate.documents.facts import gather_facts
from curate.inspect import read_thumbnail
from curate.params import ReportParams
from curate.report.balance import weigh_classes
from curate.report.doubts import await_review, summarise_flags
from curate.report.duplicates import sum_up
from curate.report.funnel import count_steps, unaccounted
from curate.report.losses import list_picture_losses
from curate.report.material import Material
from curate.report.metrics import Findings, make_metrics, make_plots
from curate.report.origins import trace_origins
from curate.report.page import make_page, render_page
from curate.report.pictures import Gallery, encode_thumbnail
from curate.report.planted import count_false_alarms, judge_planted
from pipeline.errors import TableError
from pipeline.files import write_text
from pipeline.layout import Layout

Reader = Callable[[str], "np.ndarray | None"]


@dataclass(frozen=True)
class Report:
    """What the stage writes: texts by their place."""

    html: str
    metrics: dict[str, int | float]
    plots: dict[str, str]
    credits: str


def find(material: Material, gallery: Gallery, params: ReportParams) -> Findings:
    """Return all findings of a run."""
    return Findings(
        facts=gather_facts(material.manifest, material.dropped, material.hits, material.names),
        steps=count_steps(material.hits, material.manifest, material.dropped),
        balance=weigh_classes(material),
        losses=list_picture_losses(material, gallery, params.examples),
        duplicates=sum_up(material, gallery, params.examples),
        flags=summarise_flags(material, gallery),
        origins=trace_origins(material),
        planted=judge_planted(material, gallery, 3),
        false_alarms=count_false_alarms(material),
        awaiting=len(await_review(material)),
        unaccounted=unaccounted(material.hits, material.manifest, material.dropped))


def report(material: Material, read: Reader, params: ReportParams) -> Report:
    """Return page, metrics, plots and credits of a run.

    Args:
        material: the tables.
        read: sha256 → pixels, RGB uint8 (height, width, 3), or None where there is no such picture.
        params: sizes and numbers of pictures.
    """
    gallery = Gallery(material.hits, material.names)
    found = find(material, gallery, params)

    def thumbnail(sha256: str) -> bytes | None:
        pixels = read(sha256)
        return None if pixels is None else encode_thumbnail(pixels, params.thumbnail_side, params.thumbnail_quality)

    html = render_page(make_page(found, material, gallery, params), thumbnail, params.max_bytes)
    credits = format_credits(attribute(material.manifest, material.hits), material.names,
                             material.split_params.max_side)
    return Report(html, make_metrics(found), make_plots(found), credits)


def write_report(layout: Layout, made: Report) -> None:
    """Write the report below reports/; plots of an earlier version that are made no more are removed."""
    write_text(layout.report, made.html)
    write_text(layout.metrics, json.dumps(made.metrics, indent=2) + "\n")
    write_text(layout.credits, made.credits)
    for name, text in made.plots.items():
        write_text(layout.plots / name, text)
    for path in layout.plots.iterdir():
        if path.name not in made.plots:
            path.unlink()


def read_pixels(thumbnails: Path) -> Reader:
    """Return a reader of the thumbnails that the stage inspect wrote."""
    def read(sha256: str) -> np.ndarray | None:
        try:
            return read_thumbnail(thumbnails, sha256)
        except TableError:
            return None
    return read
