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
        leaks: pairs of a picture in train and one in valid that are one photograph, a variant, or in doubt.
        straddling: split groups that stand on both sides. The split remembers sides, so a picture found later may
            join two groups that it does not move.
    """

    rows: pd.DataFrame
    effective: float
    leaks: int
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
    return Balance(rows, _effective(rows["total"].to_numpy(float)), count_leaks(manifest, material.pairs),
                   count_straddling(manifest))


def _effective(totals: np.ndarray) -> float:
    shares = totals[totals > 0] / totals.sum() if totals.sum() else np.array([])
    return float(np.exp(-(shares * np.log(shares)).sum())) if len(shares) else 0.0


def count_leaks(manifest: pd.DataFrame, pairs: pd.DataFrame) -> int:
    """Return how many linked pairs have one picture in train and the other in valid.

    A picture that stands under two classes on different sides is a pair with itself.
    """
    sides = {split: set(manifest.loc[manifest["split"] == split, "sha256"]) for split in ("train", "valid")}
    linked = pairs.loc[pairs["verdict"] != "different", ["sha256_a", "sha256_b"]].itertuples(index=False, name=None)
    across = sum((a in sides["train"] and b in sides["valid"]) or (b in sides["train"] and a in sides["valid"])
                 for a, b in linked)
    return across + len(sides["train"] & sides["valid"])


def count_straddling(manifest: pd.DataFrame) -> int:
    """Return how many split groups have pictures in train and in valid."""
    return int((manifest.groupby("split_group_id")["split"].nunique() > 1).sum())
