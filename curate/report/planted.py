"""How the sandbox's planted faults ended, held against the truth it keeps."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import pandas as pd

from curate.report.funnel import distinct_candidates
from curate.report.material import Material
from curate.report.pictures import Gallery, Picture

FAMILIES = {
    "change": "One photograph in another shape",
    "doubt": "Poor quality and wrong labels",
    "off_topic": "No car from outside, or another car",
    "answer": "Answers that bring no picture",
    "odd": "Good pictures that come oddly",
    "plain": "Good pictures",
}


@dataclass(frozen=True)
class Planted:
    """All plantings of one name.

    Attributes:
        family: a key of :data:`FAMILIES`.
        expected: how a good run ends with it.
        count: how many were planted among the candidates.
        met: how many ended as expected.
        instead: how the others ended, most frequent first, as texts with their number.
        pictures: some of the others.
    """

    family: str
    name: str
    expected: str
    count: int
    met: int
    instead: tuple[str, ...]
    pictures: tuple[Picture, ...]

    @property
    def missed(self) -> int:
        """How many ended otherwise."""
        return self.count - self.met


@dataclass(frozen=True)
class _Ends:
    """What became of each planted URL: lookups over the run's tables."""

    status: dict[tuple[str, str], tuple[str, str | None]]  # (url, class) → status, sha256
    kept: set[tuple[str, str]]
    dropped: dict[tuple[str, str], tuple[str, str]]  # (sha256, class) → stage, reason
    flags: dict[tuple[str, str], list[str]]
    group: dict[str, str]
    photographs_kept: set[tuple[str, str]]  # (picture_id, class)


def judge_planted(material: Material, gallery: Gallery, examples: int) -> list[Planted]:
    """Return how each kind of planting ended, by family, the worst first; empty without a truth.

    Plantings that no search of this run found do not count. What "as expected" means:

    - ``rejected`` and ``failed``: the candidate has that status.
    - ``duplicate``: its bytes, or those of its original, counted as bytes that the class has already.
    - ``dropped``: it is not in the data set, or it stands in one group with its original, whichever of the
      two is kept. Where the original could not be fetched, a variant may stay.
    - ``review``: a flag or a person asked about it or dropped it.
    - ``saved``: its photograph is in the data set under its class, in whichever file.
    """
    ends = _look_up(material)
    outcomes: dict[tuple[str, str, str], list[tuple[bool, str, str, str | None]]] = defaultdict(list)
    for row in material.truth.sort_values(["url", "searched_class_id"]).itertuples():
        if (row.url, row.searched_class_id) in ends.status:
            met, text = _end_of(row, ends)
            sha = ends.status[(row.url, row.searched_class_id)][1]
            outcomes[(*_kind_of(row), row.expected)].append((met, text, row.searched_class_id, sha))
    rows = [_sum_up(family, name, expected, found, material, gallery, examples)
            for (family, name, expected), found in outcomes.items()]
    order = list(FAMILIES)
    return sorted(rows, key=lambda p: (order.index(p.family), -p.missed / p.count, p.name, p.expected))


def _sum_up(family: str, name: str, expected: str, found: list[tuple[bool, str, str, str | None]], material: Material,
            gallery: Gallery, examples: int) -> Planted:
    missed = [row for row in found if not row[0]]
    instead = Counter(text for _, text, _, _ in missed)
    pictures = tuple(gallery.show(sha, class_id, text) for _, text, class_id, sha in missed if sha)[:examples]
    return Planted(family, name, expected, len(found), len(found) - len(missed),
                   tuple(f"{text} ({n})" for text, n in sorted(instead.items(), key=lambda i: (-i[1], i[0]))), pictures)


def _look_up(material: Material) -> _Ends:
    hits = material.hits
    flags: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in material.flags.itertuples():
        flags[(row.sha256, row.class_id)].append(row.flag)
    status = {(row.url, row.class_id): (row.status, row.sha256 if pd.notna(row.sha256) else None)
              for row in distinct_candidates(hits).itertuples()}
    kept = set(material.manifest[["sha256", "class_id"]].itertuples(index=False, name=None))
    photographs = {(row.picture_id, row.searched_class_id) for row in material.truth.itertuples()
                   if not (pd.notna(row.variant_of) and row.expected == "saved")  # another car on the same photograph
                   and (status.get((row.url, row.searched_class_id), ("", None))[1], row.searched_class_id) in kept}
    return _Ends(
        status=status, kept=kept,
        dropped={(row.sha256, row.class_id): (row.stage, row.reason) for row in material.dropped.itertuples()},
        flags=dict(flags), group=dict(zip(material.groups["sha256"], material.groups["group_id"], strict=True)),
        photographs_kept=photographs)


def _kind_of(row: Any) -> tuple[str, str]:
    """Return family and name of a planting."""
    if pd.notna(row.change) and pd.isna(row.fault):
        return "change", row.change
    if row.kind != "car":
        return "off_topic", row.kind
    if pd.isna(row.fault):
        return "plain", "plain" if row.expected == "saved" else "plain, its double is planted"
    families = {"saved": "odd", "rejected": "answer", "failed": "answer"}
    return families.get(row.expected, "doubt"), row.fault


def _end_of(row: Any, ends: _Ends) -> tuple[bool, str]:
    """Return whether a planting ended as expected, and in words how it ended."""
    class_id: str = row.searched_class_id
    expected: str = row.expected
    status, sha = ends.status[(row.url, class_id)]
    subject = (sha or "", class_id)
    stage, reason = ends.dropped.get(subject, ("", ""))
    text = f"{stage}: {reason}" if stage else "in the data set" if subject in ends.kept else status
    if status == "duplicate":
        text = "duplicate bytes"
    variant_of = row.variant_of if pd.notna(row.variant_of) else None
    original_status, original = ends.status.get((variant_of, class_id), ("", None)) if variant_of else ("", None)
    if expected in ("rejected", "failed"):
        return status == expected, text
    if variant_of and expected in ("duplicate", "dropped") and (status, original) == ("saved", None):
        return True, text  # its original was not to be had, so nothing is there twice
    if expected == "duplicate":
        return "duplicate" in (status, original_status) or (sha is not None and sha == original), text
    if expected == "dropped":
        together = bool(original and sha) and ends.group.get(sha or "") == ends.group.get(original or "", "none")
        return status == "duplicate" or subject not in ends.kept or together, text
    if expected == "review":
        return bool(ends.flags.get(subject)) or stage in ("flag", "review"), text
    in_another_file = pd.isna(row.variant_of) and (row.picture_id, class_id) in ends.photographs_kept
    return subject in ends.kept or in_another_file, text


def count_false_alarms(material: Material) -> tuple[int, int]:
    """Return how many good pictures of the data set carry a flag for review, and how many good ones it has."""
    good = material.truth.loc[material.truth["expected"] == "saved", ["url", "searched_class_id"]]
    subjects = material.hits.merge(good, left_on=["url", "class_id"], right_on=["url", "searched_class_id"])
    subjects = subjects[["sha256", "class_id"]].drop_duplicates().merge(material.manifest[["sha256", "class_id"]])
    asked = material.flags.loc[material.flags["action"] == "review", ["sha256", "class_id"]].drop_duplicates()
    return len(subjects.merge(asked)), len(subjects)
