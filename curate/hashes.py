"""Perceptual hashes of a grey picture: 64 and 256 bits, of views of it, turned and mirrored.

The hash is Zauner's pHash (Implementation and Benchmarking of Perceptual Image Hash Functions, 2010) with the
sign of each DCT coefficient as its bit, not its side of the median: a mirror image or a turn then changes known
bits only, so that all eight orientations follow from one transform.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from curate.decoding import decode_grey

SIDE = 64  # the grey picture is averaged to SIDE × SIDE before the transform
LEAST_SIDE = 24  # px of the shorter side that the lowest 8 frequencies want, and no more
COARSE, FINE = 8, 16  # coefficients a side of the 64-bit and of the 256-bit hash

Grey = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]

# The eight orientations: (transposed, mirrored left to right, mirrored top to bottom).
ORIENTATIONS = {
    "": (False, False, False), "mirror": (False, True, False), "turn180": (False, True, True),
    "flip": (False, False, True), "turn90": (True, True, False), "turn270": (True, False, True),
    "transpose": (True, False, False), "transverse": (True, True, True),
}


def _dct_matrix(size: int, kept: int) -> npt.NDArray[np.float32]:
    """Return the first ``kept`` rows of the orthonormal DCT-II of ``size`` samples."""
    frequency, sample = np.mgrid[0:kept, 0:size]
    matrix = np.cos(np.pi * frequency * (2 * sample + 1) / (2 * size)) * np.sqrt(2 / size)
    matrix[0] /= np.sqrt(2)
    return matrix.astype(np.float32)


_DCT = _dct_matrix(SIDE, FINE)


@dataclass(frozen=True)
class View:
    """One rectangle of a picture, by which another picture of the same photograph may find it."""

    name: str
    inset: float  # share of each side that is cut away before hashing


# The whole picture, the picture without its uniform margin, and centre crops. `trim` starts from the margin's box.
CENTRE_VIEWS = (View("whole", 0.0), View("crop10", 0.05), View("crop20", 0.10), View("crop30", 0.15))
VIEW_NAMES = tuple(view.name for view in CENTRE_VIEWS) + ("trim",)


def transform(grey: Grey) -> npt.NDArray[np.float32]:
    """Return the 16 × 16 lowest DCT coefficients (float32, grey levels) of a uint8 picture of any size."""
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray((_DCT @ small @ _DCT.T) / SIDE, np.float32)


def _signs(coefficients: npt.NDArray[np.float32], kept: int) -> npt.NDArray[np.bool_]:
    signs = coefficients[:kept, :kept] > 0
    signs[0, 0] = False  # the mean is positive in every picture and tells nothing
    return signs


def hash64(coefficients: npt.NDArray[np.float32]) -> int:
    """Return the 64-bit hash of :func:`transform`'s coefficients, the first bit highest."""
    return int.from_bytes(np.packbits(_signs(coefficients, COARSE)).tobytes(), "big")


def hash256(coefficients: npt.NDArray[np.float32]) -> bytes:
    """Return the 256-bit hash of :func:`transform`'s coefficients as 32 bytes."""
    return np.packbits(_signs(coefficients, FINE)).tobytes()


def hash_file(data: bytes) -> int:
    """Return the 64-bit hash of a picture file's bytes from the smallest decode that gives it.

    For whoever wants nothing but the hash. It may differ by some bits from what ``inspect`` keeps, whose hash is made
    from a larger copy: on photographs of 500 px by 2 on average, and by 12 at most.

    Raises:
        DecodeError: the bytes are no picture.
    """
    grey = decode_grey(data, LEAST_SIDE)
    down, across = (_own_dct_matrix(size) for size in grey.shape)
    return hash64((down @ grey.astype(np.float32) @ across.T) / np.float32(np.sqrt(grey.size)))


@lru_cache(4096)
def _own_dct_matrix(size: int) -> npt.NDArray[np.float32]:
    """Return the transform of so many samples, with no detour over another size: for pictures of some dozen px."""
    return _dct_matrix(size, COARSE)


def carrying_bits(coefficients: npt.NDArray[np.float32], noise: float = 0.25) -> int:
    """Return how many of the 63 bits carry something: their coefficient exceeds ``noise`` grey levels.

    A bit whose coefficient is about zero is chance, so that flat pictures collide (imagehash's issue 134).
    """
    magnitude = np.abs(coefficients[:COARSE, :COARSE])
    magnitude[0, 0] = 0
    return int((magnitude > noise).sum())


def view_hashes(grey: Grey, box: tuple[int, int, int, int], whole: npt.NDArray[np.float32]) -> Words:
    """Return the 64-bit hashes of :data:`VIEW_NAMES`, uint64 of shape (5,).

    Args:
        grey: uint8 picture (height, width).
        box: left, top, right, bottom of the picture without its uniform margin, px.
        whole: :func:`transform`'s coefficients of ``grey``.
    """
    height, width = grey.shape
    boxes = [(round(v.inset * width), round(v.inset * height), round((1 - v.inset) * width),
              round((1 - v.inset) * height)) for v in CENTRE_VIEWS]
    hashes = [hash64(whole if (x0, t, x1, b) == (0, 0, width, height) else
                     transform(grey[t:max(b, t + 1), x0:max(x1, x0 + 1)])) for x0, t, x1, b in [*boxes, box]]
    return np.array(hashes, np.uint64)


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
