"""One value of a JSON body → an object, a text or a number, or nothing where it is none."""

import math
import re
from typing import Any


def as_object(value: Any) -> dict[str, Any]:
    """Return an object, or an empty one."""
    return value if isinstance(value, dict) else {}


def as_text(value: Any) -> str | None:
    """Return a text with its spaces in order; ids may come as numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return " ".join(value.split()) or None if isinstance(value, str) else None


def as_number(value: Any) -> float | None:
    """Return a finite number; it may come as a plain decimal text."""
    if isinstance(value, str) and not re.fullmatch(r"-?\d+(\.\d+)?", value.strip(), re.ASCII):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except OverflowError:  # an integer beyond what a float holds
        return None
    return number if math.isfinite(number) else None


def as_positive(value: Any) -> float | None:
    """Return a number above 0."""
    number = as_number(value)
    return number if number is not None and number > 0 else None
