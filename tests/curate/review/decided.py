"""Decisions for the tests of the review page."""

import datetime as dt

from curate.review.history import Decision, History

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
A, B, C = "a" * 64, "b" * 64, "c" * 64


def decide(decision="keep", sha=A, other=None, who="ann", second=0, flag="blurry", label=None, class_id="c-sedan",
           note=None):
    """Return one row, ``second`` seconds after the start."""
    return Decision(START + dt.timedelta(seconds=second), who, sha, class_id, flag, decision, label, other, note)


def history_of(*rows):
    """Return the history of the rows."""
    history = History()
    for row in rows:
        history.add(row)
    return history
