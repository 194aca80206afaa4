"""What was lost, by reason: answers that brought no picture, and pictures that were left out, with examples."""

from dataclasses import dataclass

from curate.report.funnel import distinct_candidates
from curate.report.material import Material
from curate.report.pictures import Gallery, Picture
from scrape.reasons import look_up


@dataclass(frozen=True)
class FetchLoss:
    """Candidates that brought no picture, for one reason."""

    status: str
    reason: str
    count: int
    help: str


@dataclass(frozen=True)
class PictureLoss:
    """Pictures left out for one reason, with the sentence of the first and some of them to look at."""

    stage: str
    reason: str
    count: int
    example: str
    pictures: tuple[Picture, ...]


def list_fetch_losses(material: Material) -> list[FetchLoss]:
    """Return status and reason of the addresses that brought no picture, most frequent first."""
    hits = distinct_candidates(material.hits)
    lost = hits[hits["status"].isin(["failed", "rejected"])]
    counts = lost.groupby(["status", lost["reason"].fillna("unknown")]).size()
    rows = [FetchLoss(status, reason, int(count), _explain(reason)) for (status, reason), count in counts.items()]
    return sorted(rows, key=lambda row: (-row.count, row.status, row.reason))


def _explain(reason: str) -> str:
    try:
        return look_up(reason).help
    except KeyError:
        return ""


def list_picture_losses(material: Material, gallery: Gallery, examples: int) -> list[PictureLoss]:
    """Return the reasons why pictures were left out, most frequent first, each with ``examples`` pictures.

    Args:
        material: the tables.
        gallery: what to say beside each picture.
        examples: pictures a reason, at most.
    """
    decodable = set(material.images.loc[material.images["error"].isna(), "sha256"])
    losses = []
    for (stage, reason), rows in material.dropped.sort_values(["sha256", "class_id"]).groupby(["stage", "reason"]):
        shown = rows[rows["sha256"].isin(decodable)].head(examples)
        pictures = tuple(gallery.show(row.sha256, row.class_id, material.name_of(row.class_id))
                         for row in shown.itertuples())
        losses.append(PictureLoss(str(stage), str(reason), len(rows), rows["detail"].iloc[0], pictures))
    return sorted(losses, key=lambda loss: (-loss.count, loss.stage, loss.reason))
