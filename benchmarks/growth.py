"""How the searches grow, from 1,000 to 1,000,000 made-up pictures.

    python -m benchmarks.growth [--counts 1000 10000 100000 1000000]

Random 64-bit and 256-bit hashes, one in ten a near copy of another. ``whole``: the 64-bit hashes of whole pictures
against each other; ``views``: dedupe's search over them, five views and all turns; ``fine``: that over 256 bits;
``flat``: the search of ``whole`` by comparing all with all (faiss), as a yardstick; ``local``: that over 128 local
features a picture, one thread. Each up to so many pictures.
"""

import argparse
import resource
import time
from collections.abc import Callable, Iterable

import faiss
import numpy as np

from curate.candidates import find_by_fine_hash, find_by_views
from curate.duplicates import SEARCHED
from curate.geometry import UNIT
from curate.hash_search import search_hamming, search_words
from curate.hashes import VIEW_NAMES
from curate.local_search import CODEBOOK, find_matches
from curate.params import DedupeParams


def make(count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return views (count, 5) uint64 and fine hashes (count, 32) uint8; a tenth are copies but for up to four bits."""
    random = np.random.default_rng(seed)
    views = random.integers(0, 2 ** 64, (count, len(VIEW_NAMES)), dtype=np.uint64)
    fine = random.integers(0, 256, (count, 32), dtype=np.uint8)
    copies = random.integers(0, count, count // 10)
    rows = np.arange(len(copies))
    flips = np.bitwise_or.reduce(np.uint64(1) << random.integers(0, 64, (len(copies), 4), dtype=np.uint64), axis=1)
    views[rows] = views[copies] ^ flips[:, None]
    fine[rows] = fine[copies]
    return views, fine


def make_descriptors(count: int, seed: int = 1) -> list[np.ndarray]:
    """Return descriptors (128, 128) uint8 of each picture, spread about the codebook's centres; a tenth are copies."""
    random = np.random.default_rng(seed)
    centres = np.load(CODEBOOK)["centres"].astype(np.float32)
    pictures: list[np.ndarray] = []
    for n in range(count):
        if n % 10 == 9:
            spread, base = 3, pictures[int(random.integers(0, n))].astype(np.float32)
        else:
            spread, base = 18, centres[random.integers(0, len(centres), SEARCHED)]
        values = np.abs(base + random.normal(0, spread, base.shape).astype(np.float32))
        values *= UNIT / np.linalg.norm(values, axis=1, keepdims=True)
        pictures.append(np.clip(np.rint(values), 0, 255).astype(np.uint8))
    return pictures


def main() -> None:
    """Run the benchmark that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", type=int, nargs="+", default=[1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--views", type=int, default=100_000)
    parser.add_argument("--flat", type=int, default=100_000)
    parser.add_argument("--local", type=int, default=10_000)
    arguments = parser.parse_args()
    params = DedupeParams()
    faiss.omp_set_num_threads(1)
    print(f"{'pictures':>10}{'whole':>10}{'views':>10}{'fine':>10}{'flat':>10}{'local':>10}   CPU s; peak memory")
    for count in arguments.counts:
        views, fine = make(count)
        whole, carries, distance = views[:, 0], np.ones(count, bool), params.phash_distance
        octets = whole.astype(">u8").view(np.uint8).reshape(count, 8)
        found: dict[str, Callable[[], Iterable[object]]] = {
            "whole": lambda: search_words(whole, whole, distance)}  # noqa: B023
        if count <= arguments.views:
            found["views"] = lambda: find_by_views(views, carries, distance)  # noqa: B023
            found["fine"] = lambda: find_by_fine_hash(fine, whole, carries, params.phash256_distance)  # noqa: B023
        if count <= arguments.flat:
            found["flat"] = lambda: search_hamming(octets, octets, distance)  # noqa: B023
        if count <= arguments.local:
            descriptors = make_descriptors(count)
            found["local"] = lambda: [find_matches(descriptors)]  # noqa: B023
        seconds = {name: measure(search) for name, search in found.items()}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{count:>10}" + "".join(f"{seconds[name]:>10.2f}" if name in seconds else f"{'-':>10}" for name in (
            "whole", "views", "fine", "flat", "local")) + f"   {peak:.2f} GB", flush=True)


def measure(search: Callable[[], Iterable[object]]) -> float:
    """Return the CPU seconds in which a search yields all that it finds."""
    start = time.process_time()
    for _ in search():
        pass
    return time.process_time() - start


if __name__ == "__main__":
    main()
