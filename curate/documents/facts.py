"""The numbers of a finished data set that its card, its Croissant metadata and the report all tell."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from curate.documents.markup import plain

# The licences that Hugging Face has an identifier for (hub-docs, "Licenses").
_HUB_LICENCES = {
    "cc0": "cc0-1.0", "cc0 1.0": "cc0-1.0", "public domain": "unlicense", "cc by 2.0": "cc-by-2.0",
    "cc by 2.5": "cc-by-2.5", "cc by 3.0": "cc-by-3.0", "cc by 4.0": "cc-by-4.0", "cc by-sa 3.0": "cc-by-sa-3.0",
    "cc by-sa 4.0": "cc-by-sa-4.0", "cc by-nc 4.0": "cc-by-nc-4.0", "cc by-nc-sa 4.0": "cc-by-nc-sa-4.0",
    "cc by-nd 4.0": "cc-by-nd-4.0", "cc by-nc-nd 4.0": "cc-by-nc-nd-4.0",
}


@dataclass(frozen=True)
class DatasetFacts:
    """What a reader asks first of a data set.

    Attributes:
        fingerprint: first 12 hex digits of the sha256 over every (sha256, class_id, split): the same
            pictures on the same sides have the same fingerprint.
        classes: class_id, name, train, valid; one row a class, sorted by class_id.
        losses: stage, reason, count; one row a reason, most frequent first.
        sources: source → pictures, most first.
        licences: licence → pictures, most first; ``licence unknown`` where none is given.
        drawn: whether the pictures are the sandbox's drawings.
        first_found, last_found: when the searches answered, ``YYYY-MM-DD``; None without hits.
    """

    fingerprint: str
    train: int
    valid: int
    candidates: int
    classes: pd.DataFrame
    losses: pd.DataFrame
    sources: Mapping[str, int]
    licences: Mapping[str, int]
    drawn: bool
    first_found: str | None
    last_found: str | None

    @property
    def total(self) -> int:
        """Pictures in train and valid."""
        return self.train + self.valid

    @property
    def version(self) -> str:
        """A version for metadata (semver 2.0.0): the fingerprint as build metadata."""
        return f"1.0.0+{self.fingerprint}"

    @property
    def hub_licence(self) -> str:
        """The Hub's identifier of the one licence of all pictures, or ``other``."""
        if len(self.licences) != 1:
            return "other"
        return _HUB_LICENCES.get(next(iter(self.licences)).lower(), "other")


def gather_facts(manifest: pd.DataFrame, dropped: pd.DataFrame, hits: pd.DataFrame,
                 names: Mapping[str, str]) -> DatasetFacts:
    """Return the facts of a data set.

    Args:
        manifest, dropped, hits: the tables of these names.
        names: class_id → name as people say it; a class without one goes by its class_id.
    """
    classes = count_classes(manifest, sorted(set(hits["class_id"]) | set(manifest["class_id"])), names)
    losses = dropped.groupby(["stage", "reason"]).size().rename("count").reset_index()
    losses = losses.sort_values(["count", "stage", "reason"], ascending=[False, True, True], ignore_index=True)
    used = hits[hits["sha256"].notna() & hits["sha256"].isin(manifest["sha256"])]
    sources = used.sort_values(["sha256", "found_at", "source"]).drop_duplicates("sha256")["source"]
    licences = manifest["license"].map(plain).replace("", "licence unknown")
    return DatasetFacts(
        fingerprint=fingerprint(manifest),
        train=int((manifest["split"] == "train").sum()), valid=int((manifest["split"] == "valid").sum()),
        candidates=len(hits), classes=classes, losses=losses,
        sources=count_values(sources), licences=count_values(licences),
        drawn=bool(len(hits)) and bool((hits["source"] == "sandbox").all()),
        first_found=f"{hits['found_at'].min():%Y-%m-%d}" if len(hits) else None,
        last_found=f"{hits['found_at'].max():%Y-%m-%d}" if len(hits) else None)


def count_classes(manifest: pd.DataFrame, class_ids: list[str], names: Mapping[str, str]) -> pd.DataFrame:
    """Return class_id, name, train, valid for each of ``class_ids``, in their order."""
    counts = manifest.groupby(["class_id", "split"]).size()
    return pd.DataFrame([
        {"class_id": c, "name": names.get(c, c), "train": int(counts.get((c, "train"), 0)),
         "valid": int(counts.get((c, "valid"), 0))} for c in class_ids
    ], columns=["class_id", "name", "train", "valid"])


def count_values(values: pd.Series) -> dict[str, int]:
    """Return value → count, most frequent first, equal ones by name."""
    counts = values.value_counts()
    return {str(k): int(v) for k, v in sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))}


def fingerprint(manifest: pd.DataFrame) -> str:
    """Return 12 hex digits that name the contents of a data set, whatever the order of its rows."""
    lines = sorted(f"{row.sha256} {row.class_id} {row.split}\n" for row in manifest.itertuples())
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:12]
