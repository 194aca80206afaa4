"""Pictures → pairs with a verdict and groups: candidates, verification, what people said, grouping."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from threadpoolctl import threadpool_limits

import tables
from curate.candidates import Candidates, find_candidates, find_neighbours
from curate.consistency import find_consistent
from curate.geometry import COUNT, FEATURE_SIDE, ROW, describe
from curate.glance import look
from curate.groups import make_groups
from curate.inspect import read_bytes, read_thumbnail
from curate.judged import Relations, judge_pairs
from curate.local_search import find_matches, match_pairs
from curate.params import DedupeParams
from curate.rowstore import RowStore
from curate.verdicts import judge, to_row
from curate.verification import Pair, Pictures, verify
from pipeline.errors import TableError
from pipeline.memory import keep_freed_memory

# Raise them when a change of code changes what is measured of pairs, or the local features: what another version kept
# is made anew.
VERSION = 10
FEATURES = 6
SEARCHED = 128  # of a picture's features, the strongest, that look for others
# Agreeing features times the share of agreeing blocks (curate.glance) from which two pictures are compared, by the net
# that found them: of neighbours all features are asked, twice as many, and so many more must agree.
WORTH = {"features": 2.25, "neighbour": 4.5}
FEATURE_BATCH = 24  # pictures a task
PAIR_BATCH = 64  # pairs a task
SERIAL_BELOW = 200  # starting worker processes takes longer than so few tasks' work
MEASURES = ("inliers", "miss", "scale", "mirrored", "overlap", "span", "clash", "extent", "side", "blocks", "residual",
            "structure", "shift", "tone", "chroma", "marked")

Row = dict[str, Any]


@dataclass(frozen=True)
class Workshop:
    """Where dedupe finds thumbnails and keeps local features, and how many processes it may use."""

    thumbnails: Path
    kept: Path
    jobs: int = -1

    @property
    def threads(self) -> int:
        """As many threads as processes, for what one process does."""
        return cpu_count() if self.jobs < 0 else self.jobs


def dedupe(images: pd.DataFrame, hits: pd.DataFrame, embeddings: npt.NDArray[np.float16] | None,
           params: DedupeParams, decisions: pd.DataFrame, workshop: Workshop, known: pd.DataFrame | None = None,
           on_rows: Callable[[list[Row]], None] | None = None,
           note: Callable[[str, int, int], None] = lambda what, done, total: None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return tables.PAIRS of all pairs that were compared and tables.GROUPS of all decodable pictures.

    Args:
        images: tables.IMAGES. hits: tables.HITS.
        embeddings: float16 (decodable pictures in sha256 order, size) of unit length, or None.
        params: the section dedupe.
        decisions: tables.DECISIONS; they overrule what was measured.
        workshop: folders and processes.
        known: tables.PAIRS of an earlier run of the same version: a pair that is there is not measured again.
        on_rows: called with the rows of each finished batch of pairs.
        note: called with what is being done, how much of it is done and how much there is.
    """
    good = images[images["error"].isna()].sort_values("sha256", ignore_index=True)
    shas = good["sha256"].tolist()
    features = collect_features(shas, workshop, note)
    with threadpool_limits(workshop.threads):
        near = [] if embeddings is None else find_neighbours(embeddings, params.neighbours, params.neighbour_similarity)
        alike = find_alike(features, np.arange(len(features)), params, workshop.threads, near)
        candidates = find_candidates(good, alike, params)

    def judged(measured: list[Row]) -> list[Row]:
        return [row | {"verdict": judge(row, params)} for row in measured]

    def finish(measured: list[Row]) -> None:
        if on_rows:
            on_rows(judged(measured))

    rows = judged(measure_pairs(candidates, shas, workshop, known, finish, note))
    relations = Relations.of(decisions)
    pairs = judge_pairs(tables.make(tables.PAIRS, rows), relations, shas)
    return pairs, make_groups(images, pairs, hits, params, relations)


def version_of_features() -> str:
    """Return what kept local features depend on."""
    return json.dumps({"code": FEATURES, "count": COUNT, "side": FEATURE_SIDE})


def collect_features(shas: list[str], workshop: Workshop,
                     note: Callable[[str, int, int], None] = lambda what, done, total: None) -> npt.NDArray[np.void]:
    """Return the local features of the pictures, rows of :data:`curate.geometry.ROW`, mapped from the kept file."""
    store = RowStore(workshop.kept, version_of_features(), ("local_features",))
    there = store.known()
    missing = [sha for sha in shas if sha not in there]
    batches = [missing[n:n + FEATURE_BATCH] for n in range(0, len(missing), FEATURE_BATCH)]
    done = 0
    work = delayed(find_features_of)
    for names, rows in _parallel(workshop.jobs, len(missing), (work(names, workshop.thumbnails) for names in batches)):
        store.add(names, rows)
        done += len(names)
        note("features", done, len(missing))
    store.merge(shas)
    return store.read("local_features") if shas else np.zeros(0, ROW)


def read_features(shas: list[str], workshop: Workshop) -> npt.NDArray[np.void]:
    """Return the local features that dedupe kept of exactly these pictures, mapped.

    Raises:
        TableError: it kept those of others.
    """
    store = RowStore(workshop.kept, version_of_features(), ("local_features",))
    if not shas or store.merged() != shas:
        raise TableError(f"{workshop.kept}: the local features there are not those of the inspected pictures; "
                         "run whatbenz dedupe again")
    return store.read("local_features")


def find_alike(features: npt.NDArray[np.void], rows: npt.NDArray[np.int64], params: DedupeParams, threads: int = 1,
               neighbours: Sequence[tuple[int, int]] = ()) -> Iterator[tuple[int, int, str]]:
    """Yield pictures whose local features look and lie alike, and the name of the net that found them.

    Args:
        features: rows of :data:`curate.geometry.ROW`. rows: those among which is searched.
        threads: that search.
        neighbours: sorted pairs of places in ``rows``, the lower first, that are likely to be alike; their features
            are all compared.

    Yields:
        two places in ``rows`` and features, features+mirror, neighbour or neighbour+mirror.
    """
    keep_freed_memory()
    descriptors = [features[row]["descriptors"][:int(features[row]["count"])] for row in rows]
    found = {"features": find_matches([strongest[:SEARCHED] for strongest in descriptors], threads),
             "neighbour": match_pairs(neighbours, descriptors)}
    for net, matches in found.items():
        alike = find_consistent(matches, features, rows, params.min_matches)
        alike = alike[look(alike, features, rows, WORTH[net])]
        for a, b, mirrored in zip(alike.picture_a.tolist(), alike.picture_b.tolist(), alike.mirrored.tolist(),
                                  strict=True):
            yield a, b, f"{net}+mirror" if mirrored else net


def find_features_of(shas: list[str], thumbnails: Path) -> tuple[list[str], npt.NDArray[np.void]]:
    """Return the pictures and their local features as rows of :data:`curate.geometry.ROW`."""
    cv2.setNumThreads(1)
    keep_freed_memory()
    rows = [describe(read_thumbnail(thumbnails, sha, cv2.IMREAD_GRAYSCALE)) for sha in shas]
    return shas, np.stack(rows)


def measure_pairs(candidates: Candidates, shas: list[str], workshop: Workshop, known: pd.DataFrame | None = None,
                  on_rows: Callable[[list[Row]], None] = lambda rows: None,
                  note: Callable[[str, int, int], None] = lambda what, done, total: None) -> list[Row]:
    """Return every candidate pair as a row of tables.PAIRS without its verdict; known ones are not measured again."""
    kept = _measures_by_pair(known)
    rows: dict[tuple[int, int], Row] = {}
    to_do: list[Pair] = []
    for key in sorted(candidates.nets):
        rows[key] = {"sha256_a": shas[key[0]], "sha256_b": shas[key[1]],
                     "found_by": ",".join(sorted(candidates.nets[key])), "hash_distance": candidates.hash_distance(key)}
        before = kept.get((shas[key[0]], shas[key[1]]))
        if before is not None and before["found_by"] == rows[key]["found_by"]:
            rows[key] |= {name: before[name] for name in MEASURES}
        else:
            to_do.append(candidates.pair(key))
    for done, found in _measure(to_do, shas, workshop):
        for a, b, row in found:
            rows[a, b] |= dict.fromkeys(MEASURES) | row
        on_rows([rows[a, b] for a, b, _ in found])
        note("pairs", done, len(to_do))
    return [rows[key] for key in sorted(rows)]


def _measure(pairs: list[Pair], shas: list[str],
             workshop: Workshop) -> Iterator[tuple[int, list[tuple[int, int, Row]]]]:
    batches = [pairs[n:n + PAIR_BATCH] for n in range(0, len(pairs), PAIR_BATCH)]
    work, done = delayed(verify_pairs), 0
    tasks = (work(batch, {row: shas[row] for pair in batch for row in (pair.a, pair.b)}, workshop) for batch in batches)
    for found in _parallel(workshop.jobs, len(pairs), tasks):
        done += len(found)
        yield done, found


def verify_pairs(pairs: list[Pair], shas: dict[int, str], workshop: Workshop) -> list[tuple[int, int, Row]]:
    """Return the rows of each pair and its measured columns of tables.PAIRS."""
    cv2.setNumThreads(1)
    keep_freed_memory()
    features = np.load(workshop.kept / "local_features.npy", mmap_mode="r")
    pictures = Pictures(lambda row: read_bytes(workshop.thumbnails, shas[row]), features)
    with threadpool_limits(1):
        return [(pair.a, pair.b, to_row(verify(pair, pictures))) for pair in pairs]


def _measures_by_pair(known: pd.DataFrame | None) -> dict[tuple[str, str], Row]:
    if known is None or not len(known):
        return {}
    columns = known[["sha256_a", "sha256_b", "found_by", *MEASURES]].astype(object)
    columns = columns.where(columns.notna(), None)
    return {(row["sha256_a"], row["sha256_b"]): row for row in columns.to_dict("records")}


def _parallel(jobs: int, count: int, tasks: Iterable[Any]) -> Iterable[Any]:
    return Parallel(n_jobs=1 if count < SERIAL_BELOW else jobs, return_as="generator", batch_size=1,
                    pre_dispatch="3*n_jobs")(tasks)
