"""The whole story of one picture: from the query that found it to its place in the split, or why not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import tables
from curate.decisions import read_decisions
from pipeline.errors import MaterialError
from pipeline.files import sha256_of
from pipeline.layout import Layout

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Records:
    """The tables that hold the story; a stage that has not run yet gives an empty one."""

    candidates: pd.DataFrame
    hits: pd.DataFrame
    images: pd.DataFrame
    content: pd.DataFrame
    pairs: pd.DataFrame
    groups: pd.DataFrame
    flags: pd.DataFrame
    labels: pd.DataFrame
    decisions: pd.DataFrame
    manifest: pd.DataFrame
    dropped: pd.DataFrame


def read_records(layout: Layout) -> Records:
    """Read every table that is there."""
    def read(table: tables.Table, path: Path) -> pd.DataFrame:
        return tables.read(table, path) if path.exists() else tables.make(table)

    return Records(
        candidates=read(tables.CANDIDATES, layout.candidates), hits=read(tables.HITS, layout.hits),
        images=read(tables.IMAGES, layout.inspected), content=read(tables.CONTENT, layout.content),
        pairs=read(tables.PAIRS, layout.pairs), groups=read(tables.GROUPS, layout.groups),
        flags=read(tables.FLAGS, layout.flags), labels=read(tables.LABELS, layout.labels),
        decisions=read_decisions(layout.decisions), manifest=read(tables.MANIFEST, layout.manifest),
        dropped=read(tables.DROPPED, layout.dropped))


def explain(subject: str, records: Records) -> str:
    """Return the story of ``subject`` as text.

    Args:
        subject: a sha256 or the first digits of one (at least 6), a URL of a candidate, or the path of a
            file: one of the data set, one of data/raw/images, or any copy of a picture's bytes.
        records: the tables.

    Raises:
        MaterialError: nothing is known of it, or the digits fit several pictures.
    """
    if "://" in subject or subject.startswith("folder:"):
        return "\n".join(_tell_url(subject, records))
    return "\n".join(_tell_picture(_find_sha256(subject, records), records))


def _find_sha256(subject: str, records: Records) -> str:
    known = set(records.hits["sha256"].dropna()) | set(records.images["sha256"])
    digits = Path(subject).stem if _SHA256.fullmatch(Path(subject).stem) else subject
    fitting = sorted(s for s in known if s.startswith(digits)) if re.fullmatch(r"[0-9a-f]{6,64}", digits) else []
    if len(fitting) == 1:
        return fitting[0]
    if len(fitting) > 1:
        raise MaterialError(f"{subject}: {len(fitting)} pictures begin so ({', '.join(s[:16] for s in fitting[:4])}); "
                            "give more digits")
    if Path(subject).is_file() and (sha256 := sha256_of(subject)) in known:
        return sha256
    raise MaterialError(f"{subject}: no picture of this run; give a sha256, a URL of candidates.parquet or a file")


def _tell_url(url: str, records: Records) -> Iterator[str]:
    hits = records.hits[records.hits["url"] == url]
    if hits.empty and not (records.candidates["url"] == url).any():
        raise MaterialError(f"{url}: no candidate has this URL; see data/candidates/candidates.parquet")
    yield url
    if hits.empty:
        yield "  found, not downloaded yet: run whatbenz download"
    for sha256 in hits["sha256"].dropna().unique():
        yield from _tell_picture(sha256, records)
    unsaved = hits[hits["sha256"].isna()]
    if not unsaved.empty:
        yield from _tell_hits(unsaved)


def _tell_picture(sha256: str, records: Records) -> Iterator[str]:
    yield f"picture {sha256}"
    yield from _tell_hits(records.hits[records.hits["sha256"] == sha256])
    yield from _tell_facts(sha256, records)
    yield from _tell_group(sha256, records)
    yield from _tell_doubts(sha256, records)
    yield from _tell_end(sha256, records)


def _tell_hits(hits: pd.DataFrame) -> Iterator[str]:
    for hit in hits.itertuples():
        yield (f"  searched  {hit.class_id}: “{hit.query}” at {hit.source}, place {hit.rank + 1}, "
               f"{hit.found_at:%Y-%m-%d}")
        yield f"            {hit.url}"
        for name, value in (("page", hit.page_url), ("title", hit.title), ("author", hit.author),
                            ("licence", hit.license)):
            if isinstance(value, str):
                yield f"            {name}: {value}"
        reason = f" ({hit.reason})" if isinstance(hit.reason, str) else ""
        when = f", {hit.fetched_at:%Y-%m-%d %H:%M}" if pd.notna(hit.fetched_at) else ""
        yield f"  download  {hit.status}{reason}{when}"


def _tell_facts(sha256: str, records: Records) -> Iterator[str]:
    for row in records.images[records.images["sha256"] == sha256].itertuples():
        if isinstance(row.error, str):
            yield f"  inspect   could not be decoded: {row.error}"
        else:
            yield (f"  inspect   {row.format} {row.mode}, {row.width} × {row.height} px, {row.bytes} bytes, "
                   f"brightness {row.brightness:.2f}, contrast {row.contrast:.2f}, sharpness {row.sharpness:.3g}")
    for row in records.content[records.content["sha256"] == sha256].itertuples():
        yield (f"  embed     car from outside {row.car:.2f}, detail {row.detail:.2f}, photograph {row.photo:.2f}, "
               f"looks like “{row.top_label}”")


def _tell_group(sha256: str, records: Records) -> Iterator[str]:
    pairs = records.pairs[(records.pairs["sha256_a"] == sha256) | (records.pairs["sha256_b"] == sha256)]
    for row in pairs[pairs["verdict"] != "different"].itertuples():
        other = row.sha256_b if row.sha256_a == sha256 else row.sha256_a
        measured = [f"{name} {value:.3g}" for name, value in
                    (("distance", row.hash_distance), ("inliers", row.inliers), ("overlap", row.overlap),
                     ("residual", row.residual), ("chroma", row.chroma)) if pd.notna(value)]
        yield f"  dedupe    {row.verdict} of {other} (found by {row.found_by}{''.join(', ' + m for m in measured)})"
    for row in records.groups[records.groups["sha256"] == sha256].itertuples():
        size = int((records.groups["group_id"] == row.group_id).sum())
        loose = int((records.groups["split_group_id"] == row.split_group_id).sum())
        yield (f"            {'keeper' if row.keeper else 'not the keeper'} of a group of {size}: {row.reason}; "
               f"{loose} stay on one side of the split")


def _tell_doubts(sha256: str, records: Records) -> Iterator[str]:
    for row in records.flags[records.flags["sha256"] == sha256].itertuples():
        yield f"  flag      {row.flag} under {row.class_id} → {row.action}: {row.detail}"
    for row in records.labels[records.labels["sha256"] == sha256].itertuples():
        if pd.notna(row.label_quality):
            yield (f"            label {row.class_id}: quality {row.label_quality:.2f}; the features suggest "
                   f"{row.suggested_class_id} ({row.suggested_probability:.2f})")
    own = (records.decisions["sha256"] == sha256) | (records.decisions["other_sha256"] == sha256)
    for row in records.decisions[own].itertuples():
        detail = f" {row.label}" if isinstance(row.label, str) else ""
        detail += f" as {row.other_sha256}" if isinstance(row.other_sha256, str) else ""
        yield f"  review    {row.reviewer}, {row.decided_at:%Y-%m-%d %H:%M}: {row.decision}{detail} ({row.class_id})"


def _tell_end(sha256: str, records: Records) -> Iterator[str]:
    manifest = records.manifest[records.manifest["sha256"] == sha256]
    dropped = records.dropped[records.dropped["sha256"] == sha256]
    for row in manifest.itertuples():
        yield f"  split     {row.split} of {row.class_id}: {row.file}"
    for row in dropped.itertuples():
        yield f"  split     not under {row.class_id}: dropped by {row.stage}, {row.reason}: {row.detail}"
    if manifest.empty and dropped.empty:
        yield "  split     has not run since this picture came"
