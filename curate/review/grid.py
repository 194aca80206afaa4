"""A screenful of one flag and class, the surest first: what can be judged at a glance and decided at once."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from curate.review.history import History
from curate.review.items import SURE, Item
from curate.review.order import Ranked, default_of

ENOUGH = 10  # decisions under a flag before they tell what is usual


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


def choose_screenful(queue: Sequence[Ranked], history: History, hold: Collection[str], count: int,
                     flag: str | None = None, class_id: str | None = None) -> Screenful:
    """Return the flag and class with most sure items in the queue, at most ``count`` of them, the surest first.

    Photographs under several classes are left out: each of them needs an answer of its own.

    Args:
        queue: what is left to decide.
        history: the decisions so far, which tell what is usual under a flag.
        hold: flags whose pictures stay out until they are decided.
        count: tiles on the screen.
        flag, class_id: the filters in force, if any.
    """
    batches: dict[tuple[str, str, str], list[Ranked]] = defaultdict(list)
    for ranked in queue:
        if ranked.item.kind != "conflict":
            key = (flag or ranked.item.flag_names[0], class_id or ranked.item.class_ids[0], ranked.item.kind)
            batches[key].append(ranked)
    if not batches:
        return Screenful(None, None, 0, None, (), ())

    def sureness(key: tuple[str, str, str]) -> tuple[float, tuple[str, str, str]]:
        chances = sorted(ranked.chance for ranked in batches[key])[:count]
        return -sum(1 - chance for chance in chances), key

    key = min(batches, key=sureness)
    batch = sorted(batches[key], key=lambda ranked: (ranked.chance, ranked.item.id))
    items = tuple(ranked.item for ranked in batch)
    return Screenful(key[0], key[1], len(items), propose(items[0], key[0], history, hold), items[:count],
                     items[count:2 * count])


def propose(item: Item, flag: str, history: History, hold: Collection[str]) -> str:
    """Return the decision that is usual under ``flag``, or what happens without one while too few are known."""
    usual = Counter(row.decision for subject in history.subjects if (row := history.latest(subject))
                    and row.flag == flag and row.decision != "relabel")
    if sum(usual.values()) >= ENOUGH:
        return max(sorted(usual), key=lambda decision: usual[decision])
    return {"drop": "drop", "held": "keep", SURE: "same",
            "review": "different" if item.kind == "compare" else "keep"}[default_of(item, hold)]
