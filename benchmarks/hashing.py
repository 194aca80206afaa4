"""What hashing and inspecting cost a picture: ours beside imagehash, imagededup and cleanvision, same files, same run.

    python -m benchmarks.hashing FOLDER [--pictures N] [--rounds 3]

Twice, each time in rounds of one contestant after the other, of which the median counts:

1. CPU milliseconds a picture of one process on one core. Hash alone: from the file to 64 bits, and what of that is
   libjpeg's decode at an eighth, which no hash of the whole JPEG can save. With scores: all that ``inspect`` does to a
   file (hashes of all views, scores, thumbnail) beside all checks of cleanvision.
2. Pictures a second by the clock, on all cores, as a user gets them for a folder: ``hash_files``, imagehash in a loop,
   imagededup's ``encode_images`` with its own number of processes; ``inspect`` as the stage runs it, its thumbnails
   written, beside cleanvision's ``find_issues`` with its own number of processes. Worth a look from 1,000 files on.
"""

import argparse
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import simplejpeg

import tables
from benchmarks.corpus import find_photographs
from benchmarks.workspaces import cpu_seconds, fill
from curate.hashes import hash_files
from curate.inspect import inspect, inspect_bytes
from curate.params import InspectParams

Work = Callable[[], object]


def hash_imagehash(path: Path) -> object:
    """Return imagehash's hash of one file."""
    import imagehash
    from PIL import Image

    return imagehash.phash(Image.open(path))


def decode_eighth(path: Path) -> None:
    """Read a file and decode it to luma at an eighth of its size; nothing where it is no JPEG."""
    data = path.read_bytes()
    with contextlib.suppress(ValueError):
        height, width = simplejpeg.decode_jpeg_header(data)[:2]
        simplejpeg.decode_jpeg(data, "GRAY", min_height=-(-height // 8), min_width=-(-width // 8))


def check_cleanvision(folder: Path, jobs: int | None) -> object:
    """Run all checks of cleanvision over a folder."""
    from cleanvision import Imagelab

    lab = Imagelab(data_path=str(folder))
    lab.find_issues(n_jobs=jobs, verbose=False)
    return lab


def inspect_folder(hits: Any, layout: Any) -> object:
    """Inspect a workspace anew, as the stage does."""
    shutil.rmtree(layout.thumbnails, ignore_errors=True)
    return inspect(hits, layout.images, layout.thumbnails, InspectParams())


def measure(contestants: Mapping[str, Work], clock: Callable[[], float], rounds: int) -> dict[str, float]:
    """Return the median seconds of each, measured in turns."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, work in contestants.items():
            with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing), \
                    contextlib.redirect_stderr(nothing):
                start = clock()
                work()
                seconds[name].append(clock() - start)
    return {name: median(values) for name, values in seconds.items()}


def show(title: str, seconds: dict[str, float], pictures: int, unit: str) -> None:
    """Print one table; ratios are those to the first line."""
    print(f"\n{title}")
    first = next(iter(seconds.values()))
    for name, value in seconds.items():
        figure = value / pictures * 1e3 if unit == "ms" else pictures / value
        print(f"  {name:<34}{figure:>9.2f} {unit}{value / first:>8.1f} x" if unit == "ms" else
              f"  {name:<34}{figure:>9.0f} {unit}{value / first:>8.1f} x")


def main() -> None:
    """Run the benchmark that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=int, help="take so many; all by default")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        compare(find_photographs(arguments.folder)[:arguments.pictures], Path(work), arguments.rounds)


def compare(photographs: list[Path], work: Path, rounds: int) -> None:
    """Print what all contestants need for the photographs, of which copies are put below ``work``."""
    from imagededup.methods import PHash

    folder = work / "flat"
    folder.mkdir()
    files = [Path(shutil.copyfile(path, folder / f"{n:06d}{path.suffix.lower()}"))
             for n, path in enumerate(photographs)]
    layout, _ = fill(work / "workspace", files)
    hits, hasher, params = tables.read(tables.HITS, layout.hits), PHash(verbose=False), InspectParams()
    count, threads = len(files), cv2.getNumThreads()
    print(f"{count} files, {sum(path.stat().st_size for path in files) / count / 1e3:.0f} kB on average")

    def each(function: Callable[[Path], object], some: list[Path] = files) -> Work:
        return lambda: [function(path) for path in some]

    def inspect_one(path: Path) -> object:
        return inspect_bytes(path.read_bytes(), params)

    cv2.setNumThreads(1)
    for function in (hash_imagehash, hasher.encode_image, inspect_one):  # imports and tables
        function(files[0])
    show("hash alone, CPU of one core", measure({
        "ours: hash_files": lambda: hash_files(files, 1), "imagehash.phash": each(hash_imagehash),
        "imagededup PHash.encode_image": each(hasher.encode_image), "the decode at 1/8 alone": each(decode_eighth),
    }, time.process_time, rounds), count, "ms")
    show("with scores, CPU of one core", measure({
        "ours: inspect_bytes": each(inspect_one), "cleanvision, n_jobs=1": lambda: check_cleanvision(folder, 1),
    }, cpu_seconds, rounds), count, "ms")
    cv2.setNumThreads(threads)
    show(f"hash alone, by the clock on {os.cpu_count()} cores", measure({
        "ours: hash_files": lambda: hash_files(files), "imagehash.phash in a loop": each(hash_imagehash),
        "imagededup PHash.encode_images": lambda: hasher.encode_images(image_dir=str(folder)),
    }, time.perf_counter, rounds), count, "a second")
    show(f"with scores, by the clock on {os.cpu_count()} cores", measure({
        "ours: inspect": lambda: inspect_folder(hits, layout),
        "cleanvision find_issues": lambda: check_cleanvision(folder, None),
    }, time.perf_counter, rounds), count, "a second")


if __name__ == "__main__":
    main()
