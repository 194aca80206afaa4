"""Train the codebook of local features from a folder of photographs; run once, the result is kept in the repository.

    python tools/train_codebook.py PHOTOGRAPHS curate/models/codebook.npz

The codebook is CENTRES centres of SIFT descriptors (k-means). The nearest centre decides in which cell a feature is
looked up, so any photographs of cars serve; a centre is a mean of dozens of descriptors and shows no picture.
"""

import argparse
import sys
from pathlib import Path

import cv2
import faiss
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from curate.decoding import DecodeError, decode, read_grey
from curate.geometry import find_features
from curate.local_search import CENTRES, canonical

PICTURES = 2500
FEATURES = 256
ROUNDS = 10
SEED = 7


def collect(folder: Path) -> np.ndarray:
    """Return the descriptors of up to PICTURES pictures below ``folder``, float32 (n, 128)."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    chosen = np.random.default_rng(SEED).permutation(len(paths))[:PICTURES]
    found = []
    for n in sorted(chosen):
        try:
            picture = decode(paths[n].read_bytes(), 512)
        except DecodeError:
            continue
        found.append(canonical(find_features(read_grey(picture.pixels)).descriptors[:FEATURES])[0])
    return np.concatenate(found).astype(np.float32)


def train(descriptors: np.ndarray) -> np.ndarray:
    """Return the centres, uint8 (CENTRES, 128)."""
    kmeans = faiss.Kmeans(descriptors.shape[1], CENTRES, niter=ROUNDS, seed=SEED, max_points_per_centroid=64,
                          verbose=True)
    kmeans.train(descriptors)
    assert kmeans.centroids is not None
    return np.clip(np.rint(kmeans.centroids), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photographs", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)
    data = collect(arguments.photographs)
    np.savez_compressed(arguments.output, centres=train(data))
    print(f"{arguments.output}: {len(data)} descriptors, {arguments.output.stat().st_size / 1e3:.0f} kB")
