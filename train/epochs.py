"""One line of the log for each epoch."""

from collections.abc import Callable
from typing import Any

import click


def echo_epoch(stage: str) -> Callable[[dict[str, Any]], None]:
    """Return what prints an epoch's row as a line of ``stage``."""
    def echo(row: dict[str, Any]) -> None:
        what = "the head" if row["step"] == "head" else "all layers"
        height, width = row["size"]
        fold = f"fold {row['fold']}, " if "fold" in row else ""
        click.echo(f"{stage}: {fold}{what}, epoch {row['epoch']}, {height} × {width} px: loss {row['train_loss']:.4f} "
                   f"in training, {row['valid_loss']:.4f} in validation, {row['accuracy']:.2%} right, "
                   f"{row['seconds']:.0f} s" + (" (kept from a run before)" if row.get("resumed") else ""), err=True)

    return echo
