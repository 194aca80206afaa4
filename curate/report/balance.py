"""Class balance: how many pictures each class has on each side, and how uneven that is."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from curate.documents.facts import count_classes
from curate.report.material import Material


@dataclass(frozen=True)
class Balance:
    """The classes by size.

    Attributes:
        rows: class_id, name, train, valid, total, saved (pictures that were saved for it); the largest first.
        effective: exp of the entropy of the class shares: as many equally large classes would be as even
            (Hill number of order 1).
        straddling: groups that stand on both sides of the split.
    """

    rows: pd.DataFrame
    effective: float
    straddling: int

    @property
    def smallest(self) -> int:
        """Pictures of the smallest class; 0 without classes."""
        return int(self.rows["total"].min()) if len(self.rows) else 0

    @property
    def largest(self) -> int:
        """Pictures of the largest class; 0 without classes."""
        return int(self.rows["total"].max()) if len(self.rows) else 0

    @property
    def ratio(self) -> float | None:
        """Largest class divided by smallest; None where a class is empty."""
        return self.largest / self.smallest if self.smallest else None


def weigh_classes(material: Material) -> Balance:
    """Return the balance of all classes that were searched for or are in the data set."""
    manifest, hits = material.manifest, material.hits
    class_ids = sorted(set(hits["class_id"]) | set(manifest["class_id"]))
    rows = count_classes(manifest, class_ids, material.names)
    rows["total"] = rows["train"] + rows["valid"]
    saved = hits[hits["status"] == "saved"].drop_duplicates(["sha256", "class_id"]).groupby("class_id").size()
    rows["saved"] = [int(saved.get(class_id, 0)) for class_id in class_ids]
    rows = rows.sort_values(["total", "class_id"], ascending=[False, True], ignore_index=True)
    return Balance(rows, _effective(rows["total"].to_numpy(float)), count_straddling(manifest))


def _effective(totals: np.ndarray) -> float:
    shares = totals[totals > 0] / totals.sum() if totals.sum() else np.array([])
    return float(np.exp(-(shares * np.log(shares)).sum())) if len(shares) else 0.0


def count_straddling(manifest: pd.DataFrame) -> int:
    """Return how many split groups have pictures in train and in valid."""
    return int((manifest.groupby("split_group_id")["split"].nunique() > 1).sum())
