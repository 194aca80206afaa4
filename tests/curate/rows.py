"""Small tables for the tests of the curating stages."""

import datetime as dt

import tables

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def sha(name: str) -> str:
    """Return a made-up sha256 that begins with ``name`` in hex and sorts by it."""
    return name.encode().hex().ljust(64, "0")


def make_hits(*subjects, **columns):
    """Return hits, one saved row for each (name, class_id)."""
    return tables.make(tables.HITS, [
        {"class_id": class_id, "source": "urls", "query": "q", "rank": n, "url": f"http://host/{name}",
         "found_at": NOW, "status": "saved", "sha256": sha(name), **columns}
        for n, (name, class_id) in enumerate(subjects)])


def make_images(*names, errors=(), sizes=None):
    """Return images, one row for each name; those in ``errors`` could not be decoded."""
    sizes = sizes or {}
    return tables.make(tables.IMAGES, [
        {"sha256": sha(n), "path": f"{sha(n)[:2]}/{sha(n)}.jpg", "bytes": 10,
         **({"error": "truncated"} if n in errors else
            {"width": sizes.get(n, 100), "height": 100, "format": "JPEG", "mode": "RGB"})} for n in names])


def make_groups(*groups, loose=()):
    """Return groups from tuples of names, the first of each being the keeper; ``loose`` joins for the split."""
    split_group = {n: sha(min(together)) for together in loose for n in together}
    return tables.make(tables.GROUPS, [
        {"sha256": sha(n), "group_id": sha(min(group)), "keeper": n == group[0], "reason": "largest",
         "split_group_id": split_group.get(n, sha(min(group)))} for group in groups for n in group])


def make_flags(*rows):
    """Return flags from (name, class_id, flag, action)."""
    return tables.make(tables.FLAGS, [
        {"sha256": sha(n), "class_id": c, "flag": f, "action": a, "score": 0.1, "threshold": 0.2,
         "detail": f"{f} 0.1"} for n, c, f, a in rows])


def make_decisions(*rows):
    """Return decisions from (name, class_id, decision[, label or other name])."""
    return tables.make(tables.DECISIONS, [
        {"decided_at": NOW, "reviewer": "ann", "sha256": sha(r[0]), "class_id": r[1], "decision": r[2],
         "label": r[3] if r[2] == "relabel" else None,
         "other_sha256": sha(r[3]) if r[2] in ("same", "different") else None} for r in rows])
