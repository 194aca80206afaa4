"""Run one peer over a folder of pictures and print what it found and what it cost, as one line of JSON.

    python benchmarks/peers.py imagehash|imagededup|cleanvision FOLDER [DISTANCE]

Imports nothing of this project, so that it runs in an environment of the peers' own.
"""

import contextlib
import json
import os
import resource
import sys
import time
from itertools import combinations
from pathlib import Path


def cpu_seconds() -> float:
    """Return the CPU time of this process and its finished children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used)


def run_imagehash(folder: Path, distance: int) -> tuple[list[tuple[str, str]], dict[str, float]]:
    """phash of every file, then all pairs at most ``distance`` bits apart by numpy."""
    import imagehash
    import numpy as np
    from PIL import Image

    names = sorted(path.name for path in folder.iterdir())
    start = cpu_seconds()
    bits = np.array([imagehash.phash(Image.open(folder / name)).hash.ravel() for name in names])
    hashing = cpu_seconds() - start
    signs = bits.astype(np.float32) * 2 - 1
    pairs = []
    for row in range(0, len(names), 2000):
        apart = (64 - signs[row:row + 2000] @ signs.T) / 2
        for a, b in zip(*np.nonzero(apart <= distance), strict=True):
            if row + a < b:
                pairs.append((names[row + a], names[b]))
    return pairs, {"hashing": hashing}


def run_imagededup(folder: Path, distance: int) -> tuple[list[tuple[str, str]], dict[str, float]]:
    """PHash with its own search, in as many processes as it takes by itself."""
    from imagededup.methods import PHash

    hasher = PHash(verbose=False)
    start = cpu_seconds()
    encodings = hasher.encode_images(image_dir=str(folder))
    hashing = cpu_seconds() - start
    found = hasher.find_duplicates(encoding_map=encodings, max_distance_threshold=distance)
    return sorted({tuple(sorted((a, b))) for a, others in found.items() for b in others}), {"hashing": hashing}


def run_cleanvision(folder: Path, quality: int) -> tuple[list[tuple[str, str]], dict[str, float]]:
    """Exact and near duplicates; with ``quality`` 1 all its other checks as well."""
    from cleanvision import Imagelab

    lab = Imagelab(data_path=str(folder))
    lab.find_issues(None if quality else {"exact_duplicates": {}, "near_duplicates": {}}, verbose=False)
    pairs = set()
    for kind in ("exact_duplicates", "near_duplicates"):
        for members in lab.info.get(kind, {}).get("sets", []):
            pairs |= {tuple(sorted(map(os.path.basename, pair))) for pair in combinations(members, 2)}
    return sorted(pairs), {}


RUN = {"imagehash": run_imagehash, "imagededup": run_imagededup, "cleanvision": run_cleanvision}


def main() -> None:
    """Run the peer that the command line names."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    distance = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    wall, cpu = time.perf_counter(), cpu_seconds()
    with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing), contextlib.redirect_stderr(nothing):
        pairs, parts = RUN[name](folder, distance)
    print(json.dumps({"pairs": pairs, "cpu": cpu_seconds() - cpu, "wall": time.perf_counter() - wall, "parts": parts}))


if __name__ == "__main__":
    main()
