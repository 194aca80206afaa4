"""Raw picture files → one row each: facts, hashes, quality scores and a thumbnail, all from one scaled decode."""

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd
import simplejpeg
from joblib import Parallel, delayed

import tables
from curate.decoding import DecodeError, Picture, decode, read_grey
from curate.hashes import Small, carrying_bits, hash256, hash_views, reduce
from curate.jpeg import strip
from curate.params import InspectParams
from curate.quality import find_margin, sample, score
from pipeline.errors import TableError
from pipeline.memory import keep_freed_memory

# Raise it when a change of this code changes a value of the table: rows of another version are made anew.
VERSION = 5
MOST_BYTES = 0.5  # a pixel, of a file that is its own thumbnail; encoded anew, one has a quarter of a byte a pixel
BATCH = 32  # pictures a task
TOGETHER = 1024  # rows of which a frame is made at once
THREADS_BELOW = 4_000  # pictures that threads inspect before worker processes would have started and caught up

# One thread measures while the others decode, read and write. Measuring is some forty short calls, and each lets go of
# Python's lock: where two threads measure, handing it to and fro costs a third of their time.
_MEASURING = threading.Lock()

Row = dict[str, Any]
Pixels = npt.NDArray[np.uint8]


def inspect(hits: pd.DataFrame, images_dir: Path, thumbnails_dir: Path, params: InspectParams,
            known: pd.DataFrame | None = None, on_batch: Callable[[list[Row]], None] | None = None,
            jobs: int = -1) -> pd.DataFrame:
    """Return tables.IMAGES for every saved picture of ``hits``, sorted by sha256, and write their thumbnails.

    Args:
        hits: tables.HITS; pictures are those with status ``saved``.
        images_dir: folder of the raw pictures, ``ab/<sha256>.<ext>``.
        thumbnails_dir: folder that receives ``ab/<sha256>.jpg``.
        known: rows of an earlier run with the same version and parameters; their pictures are not read again.
        on_batch: called with the rows of each finished batch.
        jobs: threads, or worker processes where there are many pictures; -1 for all cores.
    """
    files = find_files(images_dir)
    wanted = list_saved(hits)
    rows: list[pd.DataFrame] = []
    if known is not None and len(known):
        kept = known[known["sha256"].isin(wanted)]
        there = [(thumbnails_dir / thumbnail_path(sha)).exists() or isinstance(error, str)
                 for sha, error in zip(kept["sha256"], kept["error"], strict=True)]
        rows.append(kept[np.array(there, bool)] if len(kept) else kept)
        done = set(rows[0]["sha256"])
        wanted = [sha for sha in wanted if sha not in done]
    tasks = [[(sha, files.get(sha, "")) for sha in wanted[n:n + BATCH]] for n in range(0, len(wanted), BATCH)]
    waiting: list[Row] = []
    for batch in _run(tasks, images_dir, thumbnails_dir, params, jobs, len(wanted) < THREADS_BELOW):
        if on_batch:
            on_batch(batch)
        waiting += batch
        if len(waiting) >= TOGETHER:
            rows.append(tables.make(tables.IMAGES, waiting))
            waiting = []
    frame = pd.concat([*rows, tables.make(tables.IMAGES, waiting)], ignore_index=True)
    return frame.sort_values("sha256", ignore_index=True)


def version(params: InspectParams) -> str:
    """Return what a kept row depends on."""
    return json.dumps({"code": VERSION} | asdict(params), sort_keys=True)


def list_saved(hits: pd.DataFrame) -> list[str]:
    """Return the sha256 of every saved picture, sorted."""
    return sorted(set(hits.loc[hits["status"] == "saved", "sha256"].dropna()))


def _run(tasks: list[list[tuple[str, str]]], images_dir: Path, thumbnails_dir: Path, params: InspectParams,
         jobs: int, threads: bool) -> Iterable[list[Row]]:
    work = delayed(inspect_files)
    parallel = Parallel(n_jobs=jobs, backend="threading" if threads else "loky", return_as="generator_unordered",
                        batch_size=1, pre_dispatch="2*n_jobs")
    return parallel(work(task, images_dir, thumbnails_dir, params) for task in tasks)


def inspect_files(files: list[tuple[str, str]], images_dir: Path, thumbnails_dir: Path,
                  params: InspectParams) -> list[Row]:
    """Return the rows of ``files`` (sha256, path below ``images_dir``) and write their thumbnails."""
    cv2.setNumThreads(1)
    keep_freed_memory()
    return [inspect_file(sha, path, images_dir, thumbnails_dir, params) for sha, path in files]


def inspect_file(sha256: str, path: str, images_dir: Path, thumbnails_dir: Path, params: InspectParams) -> Row:
    """Return the row of one picture; a file that cannot be decoded gives a row with ``error``, never an exception."""
    row: Row = {"sha256": sha256, "path": path, "bytes": 0}
    if not path:
        return row | {"error": f"no file {sha256[:2]}/{sha256}.* below the image folder; run download again"}
    try:
        data = (images_dir / path).read_bytes()
        row["bytes"] = len(data)
        facts, thumbnail = inspect_bytes(data, params)
    except (DecodeError, OSError) as error:
        return row | {"error": str(error)}
    _write(thumbnails_dir, sha256, thumbnail)
    return row | facts


def inspect_bytes(data: bytes, params: InspectParams) -> tuple[Row, bytes]:
    """Return facts, hashes and scores of one picture (columns of tables.IMAGES) and its thumbnail as JPEG bytes.

    Raises:
        DecodeError: the bytes are no picture that can be decoded.
    """
    picture = decode(data, params.side, params.max_pixels)
    with _MEASURING:
        facts = _measure(picture)
    return facts, _make_thumbnail(data, picture, params.thumbnail_quality)


def _measure(picture: Picture) -> Row:
    grey = read_grey(picture.pixels)
    margin, small, colours = find_margin(grey), reduce(grey), sample(picture.pixels)
    coefficients, views = hash_views(small, margin.box)
    facts = {
        "format": picture.format, "mode": picture.mode, "width": picture.width, "height": picture.height,
        "phash": int(views[0]), "phash256": hash256(coefficients), "hash_bits": carrying_bits(coefficients),
        "views": views.tolist(), "pixels": _sum_pixels(small, colours), "jpeg_quality": picture.jpeg_quality,
        "border": margin.border,
    }
    return facts | score(colours, grey) | {"aspect": picture.width / picture.height}


def _make_thumbnail(data: bytes, picture: Picture, quality: int) -> bytes:
    """Return the working copy as a JPEG without metadata: the file itself where it is one and not much larger."""
    if picture.jpeg is not None and len(data) <= MOST_BYTES * picture.width * picture.height:
        own = strip(data, picture.jpeg)
        if own is not None:
            return own
    return cast(bytes, simplejpeg.encode_jpeg(np.ascontiguousarray(picture.pixels), quality, "RGB", "420"))


def _sum_pixels(small: Small, colours: Pixels) -> str:
    """Return a checksum of a picture's size, its averaged luma and its sampled colours."""
    checksum = hashlib.sha256(b"%d %d" % (small.height, small.width))  # processors do it twice as fast as BLAKE2
    checksum.update(small.pixels.data)
    checksum.update(colours.data)
    return checksum.hexdigest()[:32]


def find_files(images_dir: Path) -> dict[str, str]:
    """Return sha256 → path below ``images_dir`` of every file there; the first by name where one has two endings."""
    files: dict[str, str] = {}
    for folder in sorted(images_dir.iterdir()) if images_dir.exists() else ():
        if folder.is_dir():
            for entry in sorted(os.scandir(folder), key=lambda e: e.name):
                files.setdefault(entry.name.partition(".")[0], f"{folder.name}/{entry.name}")
    return files


def thumbnail_path(sha256: str) -> str:
    """Return the path of a thumbnail below the thumbnail folder."""
    return f"{sha256[:2]}/{sha256}.jpg"


def read_bytes(thumbnails_dir: Path, sha256: str) -> bytes:
    """Return a thumbnail's JPEG bytes.

    Raises:
        TableError: it is missing.
    """
    path = thumbnails_dir / thumbnail_path(sha256)
    try:
        return path.read_bytes()
    except OSError as error:
        raise TableError(f"{path}: the thumbnail is missing; run whatbenz inspect again") from error


def read_thumbnail(thumbnails_dir: Path, sha256: str, mode: int = cv2.IMREAD_COLOR_RGB) -> np.ndarray:
    """Return a thumbnail, RGB uint8 of shape (height, width, 3) or in another of OpenCV's modes.

    Raises:
        TableError: it is missing or damaged.
    """
    pixels = cv2.imdecode(np.frombuffer(read_bytes(thumbnails_dir, sha256), np.uint8), mode)
    if pixels is None:
        raise TableError(f"{thumbnails_dir / thumbnail_path(sha256)}: the thumbnail is damaged; remove it and run "
                         "whatbenz inspect again")
    return pixels


def _write(thumbnails_dir: Path, sha256: str, data: bytes) -> None:
    """Write a thumbnail, whole or not at all; no fsync, since it is made again from its picture at any time."""
    folder = os.path.join(thumbnails_dir, sha256[:2])
    temporary = os.path.join(folder, f".{sha256}.part")
    if not os.path.isdir(folder):
        os.makedirs(folder, exist_ok=True)
    with open(temporary, "wb") as file:
        file.write(data)
    os.replace(temporary, os.path.join(thumbnails_dir, thumbnail_path(sha256)))
