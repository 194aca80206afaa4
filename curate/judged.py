"""What people said of pairs: same is passed on, different holds between all that are the same; measures yield."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

import tables
from curate.decisions import latest_on_pairs
from curate.params import DedupeParams
from curate.verdicts import judge, loosen

VERDICTS: dict[str | None, str] = {"same": "duplicate", "different": "different"}  # decision → verdict of the pair


class Relations:
    """The decisions on pairs and what follows from them.

    Args:
        judged: (one sha256, another, ``same`` or ``different``). Where they contradict each other, a chain of
            ``same`` outweighs a ``different`` within it.
    """

    def __init__(self, judged: Iterable[tuple[str, str, str]]):
        judged = list(judged)
        self._root: dict[str, str] = {}
        for a, b, decision in judged:
            for sha256 in (a, b):
                self._root.setdefault(sha256, sha256)
            if decision == "same":
                self._root[self.root(a)] = self.root(b)
        self.direct = {(a, b) if a < b else (b, a): decision for a, b, decision in judged}
        self._apart = {frozenset((self.root(a), self.root(b))) for a, b, decision in judged if decision == "different"}

    @classmethod
    def of(cls, decisions: pd.DataFrame) -> "Relations":
        """Return what the ``tables.DECISIONS`` say."""
        return cls((row.sha256_a, row.sha256_b, row.decision) for row in latest_on_pairs(decisions).itertuples())

    def root(self, sha256: str) -> str:
        """Return the same sha256 for all pictures that are one photograph by what people said."""
        root = self._root.get(sha256, sha256)
        while root != self._root.get(root, root):
            root = self._root[root]
        return root

    @property
    def pictures(self) -> set[str]:
        """Every picture that something was said of."""
        return set(self._root)

    def between(self, a: str, b: str) -> str | None:
        """Return ``same``, ``different`` or None where nothing was said."""
        a, b = self.root(a), self.root(b)
        return "same" if a == b else "different" if frozenset((a, b)) in self._apart else None


def judge_pairs(pairs: pd.DataFrame, relations: Relations, shas: Collection[str]) -> pd.DataFrame:
    """Return ``tables.PAIRS`` with the verdicts that people gave: same → duplicate, different → different.

    What follows from several decisions counts as well. A pair of pictures of ``shas`` that no search found but a
    person judged becomes a row of its own, found by ``review``; what is said of others waits for them to return.
    """
    known = list(zip(pairs["sha256_a"], pairs["sha256_b"], strict=True))
    said = [relations.between(a, b) for a, b in known]
    pairs = pairs.assign(verdict=[VERDICTS.get(s, v) for s, v in zip(said, pairs["verdict"], strict=True)])
    here, there = set(shas), set(known)
    more = [{"sha256_a": a, "sha256_b": b, "found_by": "review", "verdict": VERDICTS[relations.between(a, b)]}
            for a, b in sorted(relations.direct) if (a, b) not in there and {a, b} <= here]
    if more:
        pairs = pd.concat([pairs, tables.make(tables.PAIRS, more)], ignore_index=True)
    return pairs.sort_values(["sha256_a", "sha256_b"], ignore_index=True)


def find_near(pairs: pd.DataFrame, relations: Relations, params: DedupeParams) -> pd.DataFrame:
    """Return the ``tables.PAIRS`` that must not straddle the split: anything but ``different``, and what looser
    thresholds than dedupe's do not call different, unless a person does.
    """
    looser = loosen(params)
    near = [row["verdict"] != "different" or (relations.between(row["sha256_a"], row["sha256_b"]) != "different"
                                              and judge(row, looser) != "different")
            for row in pairs.to_dict("records")]
    return pairs[np.array(near, bool)]


def respect(group: npt.NDArray[np.int64], edges: Sequence[tuple[int, int]], shas: Sequence[str],
            relations: Relations) -> npt.NDArray[np.int64]:
    """Return the groups with what people said respected: what is the same is together, what is different is not.

    Args:
        group: for each picture the least row of its group, as measured; int64 (n,).
        edges: pairs of rows that were measured to be duplicates.
        shas: sha256 of each row.
        relations: what people said.
    """
    if not relations.pictures:
        return group
    root = np.arange(len(shas))

    def find(row: int) -> int:
        while root[row] != row:
            root[row] = row = int(root[root[row]])
        return row

    members = {row: [row] for row in range(len(shas))}

    def join(a: int, b: int, forced: bool) -> None:
        a, b = sorted((find(a), find(b)))
        if a == b:
            return
        crossing = ((shas[x], shas[y]) for x in members[a] for y in members[b])
        if not forced and any(relations.between(x, y) == "different" for x, y in crossing):
            return
        root[b] = a
        members[a] += members.pop(b)

    by_person: dict[str, int] = {}
    for row, sha256 in enumerate(shas):  # first what is the same; then what was measured, where nobody objects
        join(by_person.setdefault(relations.root(sha256), row), row, forced=True)
    for a, b in sorted((min(edge), max(edge)) for edge in edges):
        if group[a] == group[b]:
            join(a, b, forced=False)
    return np.array([find(row) for row in range(len(shas))], np.int64)
