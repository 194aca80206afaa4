"""Duplicates: groups of one photograph with the file that is kept, pairs in doubt, and classes in conflict."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

import tables
from curate.report.material import Material
from curate.report.pictures import Gallery, Picture
from curate.subjects import find_label_conflicts, list_subjects

MEMBERS = 4  # pictures of a group that are shown


@dataclass(frozen=True)
class Group:
    """One photograph in several files, the kept one first; ``note`` says how they were found."""

    size: int
    note: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Conflict:
    """One photograph under several classes: its classes with how each ended."""

    classes: tuple[tuple[str, str], ...]
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Duplicates:
    """What deduplication found.

    Attributes:
        groups: photographs that came in more than one file.
        surplus: files that yield to another.
        sizes: files a group → groups, ``2`` to ``5`` and ``6 or more``.
        verdicts: verdict → pairs.
        nets: search → pairs it proposed that were judged to be one photograph; several may propose the same.
    """

    groups: int
    surplus: int
    sizes: dict[str, int]
    verdicts: dict[str, int]
    nets: dict[str, int]
    shown: tuple[Group, ...]
    doubts: tuple[Group, ...]
    conflict_count: int
    conflicts: tuple[Conflict, ...]


def sum_up(material: Material, gallery: Gallery, examples: int) -> Duplicates:
    """Return what deduplication found, with up to ``examples`` groups, doubts and conflicts to look at."""
    groups, pairs = material.groups, material.pairs
    several = groups[groups.groupby("group_id")["sha256"].transform("size") > 1]
    counts = several.groupby("group_id").size()
    sizes = Counter("6 or more" if n > 5 else str(n) for n in counts)
    conflicts = _conflicts(material)
    return Duplicates(
        groups=len(counts), surplus=int((~several["keeper"].astype(bool)).sum()),
        sizes={name: sizes[name] for name in ("2", "3", "4", "5", "6 or more") if sizes[name]},
        verdicts={v: int((pairs["verdict"] == v).sum()) for v in tables.VERDICTS},
        nets=_count(pairs.loc[pairs["verdict"] == "duplicate", "found_by"].str.split(",").explode()),
        shown=tuple(_show_groups(material, several, counts, gallery, examples)),
        doubts=tuple(_show_doubts(material, gallery, examples)),
        conflict_count=len(conflicts),
        conflicts=tuple(_show_conflict(rows, material, gallery) for rows in conflicts[:examples]))


def _count(values: pd.Series) -> dict[str, int]:
    return {str(k): int(v) for k, v in sorted(values.value_counts().items(), key=lambda item: (-item[1], item[0]))}


def _show_groups(material: Material, several: pd.DataFrame, counts: pd.Series, gallery: Gallery,
                 examples: int) -> Iterator[Group]:
    """Yield groups of every way in which duplicates are found in turn, in each the largest first."""
    group_of = several.set_index("sha256")["group_id"].to_dict()
    notes: dict[str, list[str]] = {}
    for pair in material.pairs[material.pairs["verdict"] == "duplicate"].itertuples():
        if pair.sha256_a in group_of and group_of.get(pair.sha256_b) == group_of[pair.sha256_a]:
            notes.setdefault(group_of[pair.sha256_a], []).append(_describe(pair))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    seen: Counter[str] = Counter()
    ranked = []
    for group_id, size in ordered:
        note = notes.get(group_id, [""])[0]
        seen[note] += 1
        ranked.append((seen[note], -size, group_id, note))
    classes = _class_of(material)
    members = dict(list(several.sort_values(["keeper", "sha256"], ascending=[False, True]).groupby("group_id")))
    for _, size, group_id, note in sorted(ranked)[:examples]:
        pictures = tuple(
            gallery.show(row.sha256, classes.get(row.sha256, ""), *((row.reason, "keeper") if row.keeper else ()))
            for row in members[group_id].head(MEMBERS).itertuples())
        yield Group(-size, note, pictures)


def _describe(pair: Any) -> str:
    """Return what the geometry of a pair says and which searches proposed it, for a caption."""
    facts = []
    if pd.notna(pair.mirrored) and pair.mirrored:
        facts.append("mirrored")
    if pd.notna(pair.scale):
        facts.append(f"scale {pair.scale:.1f}")
    if pd.notna(pair.overlap):
        facts.append(f"{100 * pair.overlap:.0f} % overlap")
    return ", ".join([*facts, "proposed by " + pair.found_by.replace(",", ", ").replace("+", " and ")])


def _class_of(material: Material) -> Mapping[str, str]:
    subjects = list_subjects(material.hits).drop_duplicates("sha256")
    return dict(zip(subjects["sha256"], subjects["class_id"], strict=True))


def _show_doubts(material: Material, gallery: Gallery, examples: int) -> Iterator[Group]:
    classes = _class_of(material)
    rows = material.pairs[material.pairs["verdict"] == "review"]
    rows = rows.sort_values(["inliers", "sha256_a", "sha256_b"], ascending=[False, True, True], na_position="last")
    for pair in rows.head(examples).itertuples():
        pictures = tuple(gallery.show(sha, classes.get(sha, ""), material.name_of(classes.get(sha, "")))
                         for sha in (pair.sha256_a, pair.sha256_b))
        yield Group(2, _describe(pair), pictures)


def _conflicts(material: Material) -> list[pd.DataFrame]:
    """Return the photographs that stand under several classes, one frame of sha256 and class_id each."""
    subjects = list_subjects(material.hits)
    found = find_label_conflicts(subjects, material.groups)
    return [rows for _, rows in found.sort_values(["group_id", "class_id", "sha256"]).groupby("group_id")]


def _show_conflict(rows: pd.DataFrame, material: Material, gallery: Gallery) -> Conflict:
    kept = set(material.manifest[["sha256", "class_id"]].itertuples(index=False, name=None))
    reasons = {(row.sha256, row.class_id): row.detail for row in material.dropped.itertuples()}
    ends: dict[str, str] = {}
    for sha, class_id in rows[["sha256", "class_id"]].itertuples(index=False, name=None):
        end = "kept" if (sha, class_id) in kept else reasons.get((sha, class_id), "not in the data set")
        if ends.get(class_id) != "kept":
            ends[class_id] = end
    pictures = tuple(gallery.show(row.sha256, row.class_id)
                     for row in rows.drop_duplicates("sha256").head(3).itertuples())
    return Conflict(tuple((material.name_of(c), end) for c, end in sorted(ends.items())), pictures)
