"""A screenful of one flag and class, the surest first: what can be judged at a glance and decided at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from curate.review.items import Item
from curate.review.order import Ranked


@dataclass(frozen=True)
class Screenful:
    """Items of one flag, class and kind; ``proposal`` is the decision that most of them are likely to get."""

    flag: str | None
    class_id: str | None
    left: int  # items of this flag and class, these ones included
    proposal: str | None
    items: tuple[Item, ...]
    following: tuple[Item, ...]  # the next screenful, so that its pictures can be fetched

    def as_json(self) -> dict[str, Any]:
        """Return all but the items, for the page."""
        return {"flag": self.flag, "class_id": self.class_id, "batch_left": self.left, "proposal": self.proposal}


def choose_screenful(queue: Sequence[Ranked], count: int, flag: str | None = None,
                     class_id: str | None = None) -> Screenful:
    """Return the flag and class with most sure items in the queue, at most ``count`` of them, the surest first.

    Photographs under several classes are left out: each of them needs an answer of its own.

    Args:
        queue: what is left to decide.
        count: tiles on the screen.
        flag, class_id: the filters in force, if any.
    """
    batches: dict[tuple[str, str, str], list[Ranked]] = defaultdict(list)
    for ranked in queue:
        if ranked.item.kind != "conflict":
            name = (flag or ranked.item.flag_names[0], class_id or ranked.item.class_ids[0], ranked.item.kind)
            batches[name].append(ranked)
    if not batches:
        return Screenful(None, None, 0, None, (), ())

    def sureness(name: tuple[str, str, str]) -> tuple[float, tuple[str, str, str]]:
        surest = sorted((abs(ranked.likely - 0.5) for ranked in batches[name]), reverse=True)
        return -sum(surest[:count]), name

    chosen = min(batches, key=sureness)
    batch = batches[chosen]
    borne_out = fmean(ranked.likely for ranked in batch) >= 0.5
    batch = sorted(batch, key=lambda ranked: (-ranked.likely if borne_out else ranked.likely, ranked.item.id))
    choices = ("same", "different") if chosen[2] == "compare" else ("drop", "keep")
    items = tuple(ranked.item for ranked in batch)
    return Screenful(chosen[0], chosen[1], len(items), choices[0 if borne_out else 1], items[:count],
                     items[count:2 * count])
