"""Pairs → groups of one photograph, the picture that is kept of each, and groups that must not straddle the split."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

import tables
from curate.judged import Relations, respect
from curate.params import DedupeParams

SPLIT_TOGETHER = ("duplicate", "variant", "review")


def make_groups(images: pd.DataFrame, pairs: pd.DataFrame, hits: pd.DataFrame, params: DedupeParams,
                relations: Relations) -> pd.DataFrame:
    """Return tables.GROUPS for every decodable picture.

    Args:
        images: tables.IMAGES. pairs: tables.PAIRS with their verdicts. hits: tables.HITS.
        params: the section dedupe.
        relations: what people said of pairs; it overrules how they would be grouped.
    """
    good = images[images["error"].isna()].sort_values("sha256", ignore_index=True)
    shas = good["sha256"].tolist()
    number = {sha: n for n, sha in enumerate(shas)}
    pairs = pairs[pairs["sha256_a"].isin(number) & pairs["sha256_b"].isin(number)]
    edges = [(number[a], number[b], verdict)
             for a, b, verdict in zip(pairs["sha256_a"], pairs["sha256_b"], pairs["verdict"], strict=True)]
    same = [(a, b) for a, b, verdict in edges if verdict == "duplicate"]
    group = respect(cluster_average(len(shas), same, params.cut), same, shas, relations)
    loose = [(a, b) for a, b, verdict in edges if verdict in SPLIT_TOGETHER]
    loose += _page_edges(hits, number, params.max_page_pictures)
    loose += [(int(group[n]), n) for n in range(len(shas))]
    split_group = unite(len(shas), loose)
    return _with_keepers(good, shas, group, split_group, _licensed(hits))


def unite(count: int, edges: Iterable[tuple[int, int]]) -> np.ndarray:
    """Return for each of ``count`` rows the least row that a chain of edges joins it to; int64 (count,)."""
    edges = list(edges)
    a, b = (np.array([edge[side] for edge in edges], np.int64) for side in (0, 1))
    graph = coo_matrix((np.ones(len(edges)), (a, b)), shape=(count, count))
    _, component = connected_components(graph, directed=False)
    least = np.full(component.max(initial=-1) + 1, count, np.int64)
    np.minimum.at(least, component, np.arange(count))
    return least[component]


def cluster_average(count: int, edges: list[tuple[int, int]], cut: float) -> np.ndarray:
    """Return for each row the least row of its cluster: average linkage inside each component; int64 (count,).

    Two rows are 0 apart where they have an edge, else 1. A chain of pictures of which the ends were never found
    alike does not become one group, as it would by union alone.
    """
    component = unite(count, edges)
    members = defaultdict(list)
    for row in sorted({row for edge in edges for row in edge}):
        members[int(component[row])].append(row)
    near = {(min(a, b), max(a, b)) for a, b in edges}
    cluster = np.arange(count)
    for rows in members.values():
        apart = np.array([[float((min(a, b), max(a, b)) not in near) if a != b else 0.0 for b in rows] for a in rows])
        if not apart.any():
            cluster[rows] = rows[0]
            continue
        labels = fcluster(linkage(squareform(apart), "average"), cut, "distance")
        for label in np.unique(labels):
            part = np.array(rows)[labels == label]
            cluster[part] = part.min()
    return cluster


def _page_edges(hits: pd.DataFrame, number: dict[str, int], most: int) -> list[tuple[int, int]]:
    saved = hits[(hits["status"] == "saved") & hits["page_url"].notna() & hits["sha256"].isin(number)]
    edges = []
    for _, shas in saved.groupby("page_url")["sha256"]:
        rows = sorted({number[sha] for sha in shas})
        if len(rows) <= most:
            edges += [(rows[0], row) for row in rows[1:]]
    return edges


def _licensed(hits: pd.DataFrame) -> set[str]:
    saved = hits[(hits["status"] == "saved") & hits["license"].notna()]
    return set(saved["sha256"])


def _with_keepers(good: pd.DataFrame, shas: list[str], group: np.ndarray, split_group: np.ndarray,
                  licensed: set[str]) -> pd.DataFrame:
    facts = good.set_index("sha256")
    members = defaultdict(list)
    for n, first in enumerate(group):
        members[int(first)].append(shas[n])
    rows = []
    for n, sha in enumerate(shas):
        group_shas = members[int(group[n])]
        keeper = min(group_shas, key=lambda s: (-facts.at[s, "width"] * facts.at[s, "height"], s))
        reason = "only picture of its group" if len(group_shas) == 1 else \
            "most pixels" if sha == keeper else f"yields to {keeper}"
        rows.append({"sha256": sha, "group_id": shas[int(group[n])], "keeper": sha == keeper, "reason": reason,
                     "split_group_id": shas[int(split_group[n])]})
    return tables.make(tables.GROUPS, rows)
