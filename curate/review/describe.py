"""One question in words and numbers, as the page shows it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from curate.review.answers import keeper_of
from curate.review.board import DISAGREEMENTS, SECOND, Board, Filters
from curate.review.history import Decision
from curate.review.items import DOUBT, SURE, Item
from curate.review.material import Material

LABEL_FLAGS = ("label_suspect", "outlier")


def describe(item: Item, board: Board, filters: Filters) -> dict[str, Any]:
    """Return all that the page shows of an item, as plain values for JSON.

    Others' decisions stay hidden while a second opinion is asked for.
    """
    material, ranking = board.material, board.ranking
    about = _classes_beside(item, material)
    return {
        "id": item.id,
        "kind": item.kind,
        "class_ids": item.class_ids,
        "flags": item.flag_names,
        "reasons": _reasons(item),
        "pictures": [_picture(sha256, class_id, material) for sha256, class_id in item.subjects],
        "likeliest": ranking.rank(item) if item.kind != "compare" else [],
        "suggested": _suggested(item, material),
        "examples": {class_id: _examples(class_id, item, board) for class_id in about},
        "decided": _decided(item, board, filters),
        **(_comparison(item, board, filters) if item.kind == "compare" else {}),
    }


def describe_decision(row: Decision) -> dict[str, Any]:
    """Return a decision for the page."""
    return {"reviewer": row.reviewer, "decision": row.decision, "label": row.label,
            "at": row.decided_at.isoformat(), "note": row.note, "flag": row.flag}


def safe_link(url: str | None) -> str | None:
    """Return the address if a browser may open it from the page: http and https alone."""
    try:
        return url if url and urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None


def _classes_beside(item: Item, material: Material) -> list[str]:
    """Return the classes whose examples stand beside the picture: its own, and those that it may be of instead."""
    classes = list(item.class_ids)
    label = material.labels.get(item.subjects[0])
    if item.kind != "compare" and label and label["suggested_class_id"] and set(item.flag_names) & set(LABEL_FLAGS):
        classes.append(label["suggested_class_id"])
    return list(dict.fromkeys(classes))


def _examples(class_id: str, item: Item, board: Board) -> list[dict[str, Any]]:
    examples, history = board.examples, board.history
    return [{"sha256": sha256, "doubtful": examples.is_doubtful(class_id, sha256, history)}
            for sha256 in examples.of_class(class_id, history, [sha256 for sha256, _ in item.subjects])]


def _reasons(item: Item) -> list[dict[str, Any]]:
    texts = {SURE: "found to be one photograph; one file of it is kept",
             DOUBT: "they may be one photograph; what was measured leaves it open",
             "decided": "a person decided it"}
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for row in item.flags[:1] if item.kind == "conflict" else item.flags:  # each of its rows says the same
        words = row["detail"] or texts.get(row["flag"], f"decided under the flag {row['flag']}")
        seen.setdefault((row["flag"], words), {"flag": row["flag"], "words": words, "score": row["score"],
                                               "threshold": row["threshold"], "action": row["action"]})
    return list(seen.values())


def _picture(sha256: str, class_id: str, material: Material) -> dict[str, Any]:
    image = material.images.get(sha256, {})
    return {"sha256": sha256, "class_id": class_id, "width": image.get("width"), "height": image.get("height"),
            "bytes": image.get("bytes"), "format": image.get("format"), "jpeg_quality": image.get("jpeg_quality"),
            "sources": [_source(row) for row in material.sources.get((sha256, class_id), ())][:5]}


def _source(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"source": row["source"], "title": row["title"], "author": row["author"], "license": row["license"],
            "license_url": safe_link(row["license_url"]), "page_url": safe_link(row["page_url"]),
            "url": safe_link(row["url"]), "query": row["query"]}


def _suggested(item: Item, material: Material) -> dict[str, Any] | None:
    label = material.labels.get(item.subjects[0])
    if item.kind == "compare" or not label or not label["suggested_class_id"]:
        return None
    return {"class_id": label["suggested_class_id"], "probability": label["suggested_probability"],
            "label_quality": label["label_quality"]}


def _decided(item: Item, board: Board, filters: Filters) -> list[dict[str, Any]]:
    """Return the decisions in view, the one that counts last."""
    rows = [row for subject in item.asks for row in board.history.by_reviewer(subject).values()]
    if filters.who == SECOND:
        rows = [row for row in rows if row.reviewer == filters.reviewer]
    elif filters.who != DISAGREEMENTS:
        rows = [row for subject in item.asks if (row := board.history.latest(subject))]
    return [describe_decision(row) for row in sorted(rows, key=lambda row: row.decided_at)]


def _comparison(item: Item, board: Board, filters: Filters) -> dict[str, Any]:
    material = board.material
    keeper = keeper_of(item, material)
    group = material.groups.get(keeper, {})
    reviewer = filters.reviewer if filters.who == SECOND else None
    return {
        "keeper": keeper,
        "keeper_reason": group.get("reason") if DOUBT not in item.flag_names else "most pixels",
        "states": {other: board.relation(item, other, reviewer) for other in item.others},
        "measured": {other: _measured(row) for other, row in item.pairs.items()},
        "mirrored": [other for other, row in item.pairs.items() if row["mirrored"]],
    }


def _measured(row: Mapping[str, Any]) -> list[str]:
    """Return what was measured of a pair, a phrase each."""
    phrases = [
        ("hash_distance", lambda v: f"{v} bits of their hashes differ" if v != 1 else "1 bit of their hashes differs"),
        ("inliers", lambda v: f"{v} local features agree on how one lies on the other"),
        ("overlap", lambda v: f"{v:.0%} of the smaller one lies in the larger"),
        ("scale", lambda v: f"scale {v:.2f}"),
        ("mirrored", lambda v: "one is the mirror image of the other" if v else None),
        ("residual", lambda v: f"{v:.0%} of the parts with structure differ once aligned"),
        ("shift", lambda v: f"parts lie {v:.1f} px apart"),
        ("tone", lambda v: f"difference in tone {v:.1f} grey levels"),
        ("chroma", lambda v: f"difference in colour {v:.1f}"),
    ]
    words = [say(row[name]) for name, say in phrases if row[name] is not None]
    return [f"found by {row['found_by'].replace(',', ', ')}", *(word for word in words if word)]
