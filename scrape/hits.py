"""From candidates and ledger to the table hits: every candidate has exactly one status."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

import tables
from pipeline.errors import ConservationError
from scrape import reasons
from scrape.addresses import canonical
from scrape.fetch import FOLDER_SCHEME
from scrape.ledger import Row

_TYPES = {"status": "string", "reason": "string", "http_status": "Int64", "sha256": "string", "bytes": "Int64",
          "fetched_at": "Int64", "final_url": "string"}
_PENDING = {**dict.fromkeys(_TYPES), "status": "pending"}


def key_of(url: str) -> str:
    """Return the key of a candidate in the ledger: what is fetched once, however often it is named."""
    return url if url.startswith(FOLDER_SCHEME) else canonical(url)


def make_hits(candidates: pd.DataFrame, keys: Sequence[str], ledger: Mapping[str, Row],
              intact: Collection[str]) -> pd.DataFrame:
    """Return the table hits: the candidates in their order, each with what came of it.

    Among the candidates of a class whose bytes are the same, the first in the table is ``saved`` and the
    others are ``duplicate``, in whatever order they arrived.

    Args:
        candidates: the table candidates.
        keys: the ledger's key of each candidate.
        ledger: rows by key.
        intact: the sha256 of the files that are there; a row that names another counts as not tried.
    """
    taken: set[tuple[str, str]] = set()
    outcomes: list[dict[str, Any]] = []
    for class_id, key in zip(candidates["class_id"], keys, strict=True):
        row = ledger.get(key)
        if row is None or (row.status == "saved" and row.sha256 not in intact):
            outcomes.append(_PENDING)
            continue
        status = row.status
        if row.sha256 is not None:
            status = "duplicate" if (class_id, row.sha256) in taken else "saved"
            taken.add((class_id, row.sha256))
        outcomes.append({"status": status, "reason": row.reason, "http_status": row.http_status, "sha256": row.sha256,
                         "bytes": row.bytes, "fetched_at": row.fetched_at, "final_url": row.final_url})
    columns = {name: pd.Series([outcome[name] for outcome in outcomes], dtype=dtype) for name, dtype in _TYPES.items()}
    columns["fetched_at"] = pd.to_datetime(columns["fetched_at"], unit="us", utc=True)
    return tables.make(tables.HITS, candidates.reset_index(drop=True).assign(**columns))


def check_conservation(candidates: pd.DataFrame, hits: pd.DataFrame, intact: Collection[str]) -> None:
    """Check that every candidate has exactly one status, and that the statuses say what is there.

    Raises:
        ConservationError: naming the first row that breaks the law.
    """
    if len(hits) != len(candidates):
        raise ConservationError(f"{len(candidates)} candidates became {len(hits)} hits; this is a fault of the program")
    for name in tables.CANDIDATES.names:
        ours, theirs = hits[name].reset_index(drop=True), candidates[name].reset_index(drop=True)
        wrong = ~((ours == theirs) | (ours.isna() & theirs.isna())).fillna(False).astype(bool)
        _refuse(hits, wrong, f"is not candidate's {name}")
    has_bytes = hits["status"].isin(["saved", "duplicate"])
    again = hits.duplicated(["class_id", "sha256"])
    _refuse(hits, ~hits["status"].isin(tables.HIT_STATUSES), "has no known status")
    _refuse(hits, has_bytes & ~hits["sha256"].isin(list(intact)), "names a file that is not there")
    _refuse(hits, ~has_bytes & hits["sha256"].notna(), "has bytes although it was not saved")
    _refuse(hits, (hits["status"] == "saved") & again, "is saved twice for its class")
    _refuse(hits, (hits["status"] == "duplicate") & ~again, "is a duplicate of nothing")
    _refuse(hits, hits["status"].isin(["rejected", "failed"]) & hits["reason"].isna(), "has no reason")


def _refuse(hits: pd.DataFrame, wrong: pd.Series, what: str) -> None:
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        hit = hits.iloc[row]
        raise ConservationError(f"hits, row {row} ({hit['class_id']}, {hit['url']}): status {hit['status']} {what}; "
                                "this is a fault of the program, and the table was not written")


def describe(hits: pd.DataFrame, top: int = 10) -> str:
    """Return the conservation table, one class a line and the total, and the most frequent reasons."""
    counts = pd.crosstab(hits["class_id"], hits["status"]).reindex(columns=list(tables.HIT_STATUSES), fill_value=0)
    counts.insert(0, "candidates", counts.sum(axis=1))
    counts.loc["total"] = counts.sum()
    width = max(len(name) for name in ["class", *map(str, counts.index)])
    lines = [" ".join([f"{'class':<{width}}", *(f"{name:>10}" for name in counts.columns)])]
    lines += [" ".join([f"{name:<{width}}", *(f"{count:>10}" for count in row)])
              for name, row in zip(counts.index, counts.to_numpy().tolist(), strict=True)]
    frequent = hits["reason"].value_counts().sort_index().sort_values(ascending=False, kind="stable").head(top)
    if len(frequent):
        lines += ["", "most frequent reasons"]
        lines += [f"{count:>7}  {slug:<19} {reasons.look_up(str(slug)).help}" for slug, count in frequent.items()]
    return "\n".join(lines)
