"""What hashing and inspecting cost a picture: ours beside imagehash, imagededup and cleanvision, same files, same run.

    python -m benchmarks.hashing FOLDER [--pictures 300]

CPU milliseconds a picture, one process each, files read once before. Hash alone: from the file's bytes to 64 bits.
With scores: ``inspect``'s whole work on a file (hashes of all views, scores, thumbnail) beside cleanvision's checks.
"""

import argparse
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from benchmarks.corpus import find_photographs
from benchmarks.workspaces import cpu_seconds
from curate.hashes import hash_file
from curate.inspect import inspect_bytes
from curate.params import InspectParams


def hash_ours(path: Path) -> int:
    """Return our hash of a file."""
    return hash_file(path.read_bytes())


def hash_imagehash(path: Path) -> object:
    import imagehash
    from PIL import Image

    return imagehash.phash(Image.open(path))


def load_imagededup() -> Callable[[Path], object]:
    """Return imagededup's hash of one file."""
    from imagededup.methods import PHash

    hasher = PHash(verbose=False)
    return lambda path: hasher.encode_image(str(path))


def measure(work: Callable[[Path], object], files: list[Path]) -> float:
    """Return CPU milliseconds a file."""
    work(files[0])  # imports and tables
    start = time.process_time()
    for path in files:
        work(path)
    return (time.process_time() - start) / len(files) * 1e3


def measure_cleanvision(files: list[Path]) -> float:
    """Return CPU milliseconds a file of all checks of cleanvision, in one process."""
    from cleanvision import Imagelab

    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            shutil.copyfile(path, Path(folder) / path.name)
        start = cpu_seconds()
        with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing), contextlib.redirect_stderr(nothing):
            Imagelab(data_path=folder).find_issues(n_jobs=1, verbose=False)
        return (cpu_seconds() - start) / len(files) * 1e3


def main() -> None:
    """Run the benchmark that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=int, default=300)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    files = find_photographs(arguments.folder)[:arguments.pictures]
    hashes = {"ours": hash_ours, "imagehash.phash": hash_imagehash, "imagededup.PHash": load_imagededup()}
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files) / len(files) / 1e3:.0f} kB on average")
    cost = {name: measure(work, files) for name, work in hashes.items()}
    for name, milliseconds in cost.items():
        print(f"hash alone, {name:<18}{milliseconds:>8.2f} ms{milliseconds / cost['ours']:>8.1f} x")
    ours = measure(lambda path: inspect_bytes(path.read_bytes(), InspectParams()), files)
    peer = measure_cleanvision(files)
    print(f"with scores, ours {ours:.2f} ms, cleanvision {peer:.2f} ms: {peer / ours:.1f} x")


if __name__ == "__main__":
    main()
