"""Which classes a picture may be of, the likeliest first, and pictures that show what a class looks like."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from curate.review.history import History
from curate.review.items import Item
from curate.review.material import Material

Floats = npt.NDArray[np.float32]
BATCH = 4096  # pictures in memory at a time
ABOUT_LABEL = {"label_suspect", "label_conflict", "outlier"}  # flags that say nothing against the picture itself


class ClassRanking:
    """Classes by likeness: the mean features of each class's unflagged pictures, and how near a picture is to them."""

    def __init__(self, material: Material):
        self._material = material
        self._class_ids = list(material.classes)
        self._centres = _class_centres(material, self._class_ids)

    def rank(self, item: Item) -> list[str]:
        """Return all class_ids: those that a conflict is about, what is suggested, then by likeness, then by name."""
        sha256, class_id = item.subjects[0]
        label = self._material.labels.get((sha256, class_id))
        suggested = [label["suggested_class_id"]] if label and label["suggested_class_id"] else []
        about = item.class_ids if item.kind == "conflict" else ()
        likeness = self._likeness(sha256)
        by_likeness = sorted((c for c in self._class_ids if c in likeness), key=lambda c: (-likeness[c], c))
        by_name = sorted(self._class_ids, key=lambda c: str(self._material.classes[c]["name"]))
        return [c for c in dict.fromkeys((*about, *suggested, *by_likeness, *by_name)) if c in self._material.classes]

    def _likeness(self, sha256: str) -> dict[str, float]:
        row = self._material.features.get(sha256)
        if row is None or not self._centres:
            return {}
        features = self._material.embeddings[row].astype(np.float32)
        return {class_id: float(features @ centre) for class_id, centre in self._centres.items()}


def _class_centres(material: Material, class_ids: Sequence[str]) -> dict[str, Floats]:
    """Return class_id → mean of the features of its unflagged pictures, float32 (size,), of unit length."""
    rows: dict[str, list[int]] = defaultdict(list)
    for (sha256, class_id) in material.sources:
        if (sha256, class_id) not in material.flags and sha256 in material.features:
            rows[class_id].append(material.features[sha256])
    centres = {}
    for class_id in class_ids:
        if rows[class_id]:
            total = sum(material.embeddings[rows[class_id][n:n + BATCH]].astype(np.float32).sum(axis=0)
                        for n in range(0, len(rows[class_id]), BATCH))
            centres[class_id] = total / max(float(np.linalg.norm(total)), 1e-12)
    return centres


class Examples:
    """For each class the pictures that show it best: kept by people first, then undoubted, then by label quality."""

    def __init__(self, material: Material, count: int):
        self._material, self._count = material, count
        self._of_class: dict[str, list[str]] = defaultdict(list)
        for sha256, class_id in sorted(material.sources, key=self._rank):
            group = material.groups.get(sha256)
            flags = {row["flag"] for row in material.flags.get((sha256, class_id), ())}
            if flags <= ABOUT_LABEL and not (group and not group["keeper"]) \
                    and not material.images.get(sha256, {"error": "not inspected"})["error"]:
                self._of_class[class_id].append(sha256)

    def _rank(self, subject: tuple[str, str]) -> tuple[bool, float, str]:
        label = self._material.labels.get(subject)
        return subject in self._material.flags, -(label["label_quality"] or 0.0) if label else 0.0, subject[0]

    def of_class(self, class_id: str, history: History, without: Sequence[str] = ()) -> list[str]:
        """Return the sha256 of at most ``count`` pictures, none of ``without`` and none that a person took out."""
        shas = [sha256 for sha256 in self._of_class.get(class_id, ()) if sha256 not in without]
        said = {sha256: history.latest(("picture", sha256, class_id)) for sha256 in shas}
        kept = [s for s in shas if (row := said[s]) and row.decision == "keep"]
        return [*kept, *(s for s in shas if said[s] is None)][:self._count]

    def is_doubtful(self, class_id: str, sha256: str, history: History) -> bool:
        """Return whether the label of an example is doubtful itself: it has a flag and nobody kept it."""
        return (sha256, class_id) in self._material.flags and history.latest(("picture", sha256, class_id)) is None
