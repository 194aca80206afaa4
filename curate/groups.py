"""Pairs → groups of one photograph with the file that is kept, and groups that must not straddle the split."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

import tables
from curate.judged import Relations, find_near, respect
from curate.keepers import choose, find_flaws
from curate.params import DedupeParams


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
    same = _edges(pairs[pairs["verdict"] == "duplicate"], number)
    group = respect(cluster_average(len(shas), same, params.cut), same, shas, relations)
    loose = _edges(find_near(pairs, relations, params), number)
    loose += _page_edges(hits, number, params.max_page_pictures)
    loose += [(int(group[n]), n) for n in range(len(shas))]
    split_group = unite(len(shas), loose)
    return _with_keepers(good, pairs, shas, group, split_group, _licensed(hits))


def _edges(pairs: pd.DataFrame, number: dict[str, int]) -> list[tuple[int, int]]:
    return [(number[a], number[b]) for a, b in zip(pairs["sha256_a"], pairs["sha256_b"], strict=True)]


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
    members, inside = defaultdict(list), defaultdict(list)
    for row in sorted({row for edge in edges for row in edge}):
        members[int(component[row])].append(row)
    for edge in edges:
        inside[int(component[edge[0]])].append(edge)
    cluster = np.arange(count)
    for first, rows in members.items():
        near = np.searchsorted(rows, inside[first])
        apart = 1 - np.eye(len(rows))
        apart[near[:, 0], near[:, 1]] = apart[near[:, 1], near[:, 0]] = 0
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


def _with_keepers(good: pd.DataFrame, pairs: pd.DataFrame, shas: list[str], group: np.ndarray,
                  split_group: np.ndarray, licensed: set[str]) -> pd.DataFrame:
    facts = good.set_index("sha256").to_dict("index")
    of = dict(zip(shas, group.tolist(), strict=True))
    within = [pair for pair in pairs[pairs["verdict"] == "duplicate"].to_dict("records")
              if of[pair["sha256_a"]] == of[pair["sha256_b"]]]
    crops, marked = find_flaws(within, facts)
    members = defaultdict(list)
    for n, first in enumerate(group):
        members[int(first)].append(shas[n])
    chosen = {first: choose(group_shas, facts, crops, marked, licensed) for first, group_shas in members.items()}
    rows = []
    for n, sha in enumerate(shas):
        keeper, reasons = chosen[int(group[n])]
        rows.append({"sha256": sha, "group_id": shas[int(group[n])], "keeper": sha == keeper, "reason": reasons[sha],
                     "split_group_id": shas[int(split_group[n])]})
    return tables.make(tables.GROUPS, rows)
