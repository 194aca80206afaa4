"""The user's own material as candidates: what both the list of URLs and the folder give."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar


@dataclass
class Material:
    """What a list or a folder holds.

    Attributes:
        rows: rows of tables.CANDIDATES.
        notes: what was left out for good reason, as sentences.
        problems: what the user has to mend, as sentences; the rows beside them are good.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class ListSource:
    """A source that is read at once and asks no network."""

    name: ClassVar[str]
    path: Path

    def read(self, known: Collection[str] | None) -> Material:
        """Return the candidates; ``known`` are the class ids of classes.csv, or None to take any.

        Raises:
            MaterialError: nothing of it can be read.
        """
        raise NotImplementedError


def listed(items: list[str], limit: int = 20) -> str:
    """Return the first items of a list, and how many more there are."""
    more = f" … and {len(items) - limit} more" if len(items) > limit else ""
    return "; ".join(items[:limit]) + more


def ranges(numbers: list[int]) -> str:
    """Return rising numbers in short: 3, 5-9, 12."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
