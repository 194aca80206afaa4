"""Perceptual hashes of a grey picture: 64 and 256 bits, of views of it, turned and mirrored.

The hash is Zauner's pHash (Implementation and Benchmarking of Perceptual Image Hash Functions, 2010) with the
sign of each DCT coefficient as its bit, not its side of the median: a mirror image or a turn then changes known
bits only, so that all eight orientations follow from one transform.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from curate.decoding import DecodeError, decode_grey

COARSE, FINE = 8, 16  # coefficients a side of the 64-bit and of the 256-bit hash
# px of the shorter side that so many frequencies want. From 16 the coarse hash is half a bit on average from what 48
# give.
LEAST_COARSE, LEAST_FINE = 16, 48
MOST_READ = 1 << 20  # bytes read at a time
BATCH = 16  # files a task of :func:`hash_files`

_DIGITS = bytes.maketrans(b"\0\1", b"01")
_ANGLES = np.pi * np.arange(1, FINE, dtype=np.float32)[:, None]

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint64]

# The eight orientations: (transposed, mirrored left to right, mirrored top to bottom).
ORIENTATIONS = {
    "": (False, False, False), "mirror": (False, True, False), "turn180": (False, True, True),
    "flip": (False, False, True), "turn90": (True, True, False), "turn270": (True, False, True),
    "transpose": (True, False, False), "transverse": (True, True, True),
}


@dataclass(frozen=True)
class View:
    """One rectangle of a picture, by which another picture of the same photograph may find it."""

    name: str
    inset: float  # share of each side that is cut away before hashing


# The whole picture, the picture without its uniform margin, and centre crops. `trim` starts from the margin's box.
CENTRE_VIEWS = (View("whole", 0.0), View("crop10", 0.05), View("crop20", 0.10), View("crop30", 0.15))
VIEW_NAMES = tuple(view.name for view in CENTRE_VIEWS) + ("trim",)


@dataclass(frozen=True)
class Small:
    """A grey picture averaged over squares: as many px as the hashes want, and some more."""

    pixels: Grey  # (rows, columns); the last may reach beyond the picture
    factor: int  # side of the squares, px
    height: int  # of the picture, px
    width: int


def reduce(grey: Grey) -> Small:
    """Return a uint8 picture (height, width) averaged over squares, so that LEAST_FINE px of the shorter side stay."""
    factor, (height, width) = 1, grey.shape
    while min(height, width) >= 2 * factor * LEAST_FINE:
        factor *= 2
    if height % factor or width % factor:
        grey = cast(Grey, cv2.copyMakeBorder(grey, 0, -height % factor, 0, -width % factor, cv2.BORDER_REPLICATE))
    for _ in range(factor.bit_length() - 1):  # halving is a fast path of OpenCV
        grey = cast(Grey, cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_AREA))
    return Small(grey, factor, height, width)


def transform(grey: Grey) -> Floats:
    """Return the 16 × 16 lowest DCT coefficients (float32, grey levels) of a uint8 picture of any size."""
    return hash_views(reduce(grey), (0, 0, grey.shape[1], grey.shape[0]))[0]


def hash_views(small: Small, box: tuple[int, int, int, int]) -> tuple[Floats, Words]:
    """Return :func:`transform`'s coefficients of a picture, and the 64-bit hashes of VIEW_NAMES, uint64 (5,).

    Args:
        small: what :func:`reduce` makes of the picture.
        box: left, top, right, bottom of the picture without its uniform margin, px of the picture.
    """
    pixels: Floats = small.pixels.astype(np.float32)
    height, width = pixels.shape
    rows = _centre_cosines(height, small.height / small.factor)
    columns = _centre_cosines(width, small.width / small.factor)
    whole = np.asarray(rows[0] @ pixels @ columns[0].T, np.float32)
    views = np.empty((len(VIEW_NAMES), COARSE, COARSE), np.float32)
    views[0] = views[-1] = whole[:COARSE, :COARSE]
    views[1:-1] = rows[1] @ pixels @ columns[1].transpose(0, 2, 1)
    if box != (0, 0, small.width, small.height):
        left, top, right, bottom = (edge / small.factor for edge in box)
        views[-1] = _cosines(height, top, bottom, COARSE) @ pixels @ _cosines(width, left, right, COARSE).T
    return whole, hash_coarse(views)


@lru_cache(1024)  # 20 MB at most; a picture's sides are seldom new
def _centre_cosines(samples: int, length: float) -> tuple[Floats, Floats]:
    """Return the cosines of CENTRE_VIEWS along an axis: (16, samples) of the whole, (3, 8, samples) of the crops."""
    inset = np.array([[[view.inset]] for view in CENTRE_VIEWS], np.float32) * np.float32(length)
    cosines = _cosines(samples, inset, np.float32(length) - inset, FINE)
    return cosines[0].copy(), cosines[1:, :COARSE].copy()


@lru_cache(4096)  # 8 MB at most
def _whole_cosines(samples: int, length: float) -> Floats:
    return _cosines(samples, 0.0, length, COARSE)


def _cosines(samples: int, start: float | Floats, end: float | Floats, kept: int) -> Floats:
    """Return the lowest ``kept`` cosines over the stretch from ``start`` to ``end`` of so many samples.

    float32 (…, kept, samples) for stretches of shape (…, 1, 1). Each is the integral over the sample, of which only the
    part within the stretch counts: then no frequency sees the mean, wherever between two samples the stretch ends. With
    them, two products give the DCT-II of a stretch in grey levels.
    """
    edges = np.minimum(np.maximum((np.arange(samples + 1, dtype=np.float32) - start) / (end - start), 0), 1)
    sines = np.sin(_ANGLES[:kept - 1] * edges)
    cosines = np.empty((*sines.shape[:-2], kept, samples), np.float32)
    cosines[..., :1, :] = edges[..., 1:] - edges[..., :-1]
    cosines[..., 1:, :] = (sines[..., 1:] - sines[..., :-1]) * (np.float32(np.sqrt(2)) / _ANGLES[:kept - 1])
    return cosines


def _sign(coefficients: Floats) -> npt.NDArray[np.bool_]:
    signs = coefficients > 0
    signs[..., 0, 0] = False  # the mean is positive in every picture and tells nothing
    return signs


def hash_coarse(coefficients: Floats) -> Words:
    """Return the 64-bit hashes of :func:`transform`'s coefficients, the first bit highest; uint64 of shape (…)."""
    signs = _sign(coefficients[..., :COARSE, :COARSE])
    return pack_bits(signs.reshape(*signs.shape[:-2], COARSE * COARSE))


def hash64(coefficients: Floats) -> int:
    """Return the 64-bit hash of one picture's coefficients."""
    signs = (coefficients[:COARSE, :COARSE] > 0).tobytes()
    return int(b"0" + signs[1:].translate(_DIGITS), 2)  # the mean tells nothing; digits are faster than packbits


def hash256(coefficients: Floats) -> bytes:
    """Return the 256-bit hash of :func:`transform`'s coefficients as 32 bytes."""
    return np.packbits(_sign(coefficients)).tobytes()


def hash_file(data: bytes) -> int:
    """Return the 64-bit hash of a picture file's bytes from the smallest decode that gives it.

    For whoever wants nothing but the hash. It may differ by some bits from what ``inspect`` keeps, whose hash is made
    from a larger copy.

    Raises:
        DecodeError: the bytes are no picture.
    """
    grey, down, across = decode_grey(data, LEAST_COARSE)
    rows, columns = _whole_cosines(len(grey), down), _whole_cosines(grey.shape[1], across)
    return hash64(rows.dot(grey.astype(np.float32)).dot(columns.T))


def hash_files(paths: Sequence[str | Path], jobs: int = -1) -> list[int | None]:
    """Return the :func:`hash_file` of every file, in their order; None where one is no picture.

    In threads, since the decoders let go of Python's lock: no process is started and nothing is copied between them.

    Args:
        paths: files to read.
        jobs: threads; -1 for all cores.

    Raises:
        OSError: a file cannot be read.
    """
    threads = jobs if jobs > 0 else len(os.sched_getaffinity(0))
    if threads == 1:
        return _hash_part(paths)
    parts = [paths[start:start + BATCH] for start in range(0, len(paths), BATCH)]
    with ThreadPoolExecutor(threads) as pool:
        return [hashed for part in pool.map(_hash_part, parts) for hashed in part]


def _hash_part(paths: Sequence[str | Path]) -> list[int | None]:
    hashes: list[int | None] = []
    for path in paths:
        try:
            hashes.append(hash_file(_read(path)))
        except DecodeError:
            hashes.append(None)
    return hashes


def _read(path: str | Path) -> bytes:
    """Return a file's bytes, without Python's file object, which takes as long as the reading."""
    file = os.open(path, os.O_RDONLY)
    try:
        return b"".join(iter(lambda: os.read(file, MOST_READ), b""))
    finally:
        os.close(file)


def carrying_bits(coefficients: npt.NDArray[np.float32], noise: float = 0.25) -> int:
    """Return how many of the 63 bits carry something: their coefficient exceeds ``noise`` grey levels.

    A bit whose coefficient is about zero is chance, so that flat pictures collide (imagehash's issue 134).
    """
    magnitude = np.abs(coefficients[:COARSE, :COARSE])
    return int(np.count_nonzero(magnitude > noise)) - bool(magnitude[0, 0] > noise)


def turn_words(words: Words, orientation: str) -> Words:
    """Return the 64-bit hashes that the pictures have in one of :data:`ORIENTATIONS`; uint64 of the same shape."""
    bits = unpack_words(words)
    return pack_bits(_turn(bits.reshape(*bits.shape[:-1], COARSE, COARSE), orientation).reshape(bits.shape))


def turn_fine(codes: Grey, orientation: str) -> Grey:
    """Return 256-bit hashes (uint8 of shape (n, 32)) as :func:`turn_words` does."""
    bits = np.unpackbits(codes, axis=-1).reshape(-1, FINE, FINE).astype(bool)
    return np.packbits(_turn(bits, orientation).reshape(len(bits), -1), axis=-1)


def _turn(bits: npt.NDArray[np.bool_], orientation: str) -> npt.NDArray[np.bool_]:
    """Turn sign bits (…, size, size): mirroring changes the sign of the odd frequencies along its axis."""
    transposed, mirrored, flipped = ORIENTATIONS[orientation]
    bits = bits.swapaxes(-1, -2) if transposed else bits
    odd = np.arange(bits.shape[-1]) % 2 == 1
    change = (odd[None, :] & mirrored) ^ (odd[:, None] & flipped)
    turned = bits ^ change
    turned[..., 0, 0] = False
    return turned


def unpack_words(words: Words) -> npt.NDArray[np.bool_]:
    """Return the bits of uint64 hashes, bool of shape (…, 64), the first bit first."""
    octets = np.ascontiguousarray(words).astype(">u8").view(np.uint8).reshape(*words.shape, 8)
    return np.unpackbits(octets, axis=-1).astype(bool)


def pack_bits(bits: npt.NDArray[np.bool_]) -> Words:
    """Return bits of shape (…, 64) as uint64 hashes."""
    octets = np.ascontiguousarray(np.packbits(bits, axis=-1))
    return octets.view(">u8")[..., 0].astype(np.uint64)
