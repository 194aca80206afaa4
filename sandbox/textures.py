"""Tiles of ground and noise, made once a process from seeds of their own; every scene cuts its own piece."""

from functools import lru_cache

import cv2
import numpy as np

SIDE = 1024
METRES = 12.0  # what a ground tile covers
BRICK = (32, 128)  # height and width, px


def _rng(name: str) -> np.random.Generator:
    return np.random.default_rng(list(name.encode()))


@lru_cache(maxsize=8)
def clouds(seed: int = 0) -> np.ndarray:
    """Return fractal noise (512, 512) float32 in 0 to 1 whose edges meet."""
    rng = np.random.default_rng([77, seed])
    total = np.zeros((512, 512), np.float32)
    for octave in range(2, 8):
        cells = 2**octave
        grid = rng.random((cells, cells)).astype(np.float32)
        grid = np.pad(grid, 2, mode="wrap")
        large = cv2.resize(grid, (512 + 2048 // cells, 512 + 2048 // cells), interpolation=cv2.INTER_CUBIC)
        at = 1024 // cells
        total += large[at : at + 512, at : at + 512] * 0.55**octave
    low, high = np.percentile(total, (1, 99))
    return np.clip((total - low) / (high - low), 0, 1)


@lru_cache(maxsize=1)
def grain() -> np.ndarray:
    """Return photographic noise (1280, 1280, 3) uint8 around 128, about 16 strong, finer in brightness than colour."""
    rng = _rng("grain")
    fine = 14 * rng.standard_normal((1280, 1280), np.float32) + 128
    coarse = cv2.GaussianBlur(14 * rng.standard_normal((1280, 1280, 3), np.float32), (0, 0), 1.2)
    return cv2.convertScaleAbs(np.maximum(coarse + fine[..., None], 0))


@lru_cache(maxsize=16)
def ground(name: str) -> np.ndarray:
    """Return a ground tile (1024, 1024) uint8 around 128: asphalt, grass, gravel, cobbles, slabs, planks, sand, snow.

    Any other name gives an even floor.
    """
    rng = _rng(name)
    base = cv2.resize(clouds(len(name)), (SIDE, SIDE))
    white = rng.normal(0, 1, (SIDE, SIDE)).astype(np.float32)
    match name:
        case "asphalt":
            tile = 128 + 50 * (base - 0.5) + 40 * cv2.GaussianBlur(white, (0, 0), 1.2)
        case "grass":
            blades = cv2.GaussianBlur(white, (0, 0), 1.0, sigmaY=3.0)
            tile = 128 + 60 * (base - 0.5) + 55 * blades
        case "gravel":
            stones = cv2.GaussianBlur(white, (0, 0), 2.2)
            tile = 128 + 20 * (base - 0.5) + 110 * stones
        case "sand":
            rows = np.sin(np.arange(SIDE) * 2 * np.pi * 40 / SIDE)[:, None]
            tile = 128 + 60 * (base - 0.5) + 8 * rows + 9 * white
        case "snow":
            tile = 128 + 60 * (base - 0.5) + 5 * white
        case "cobbles" | "slabs" | "planks":
            high, wide = {"cobbles": (16, 16), "slabs": (64, 64), "planks": (16, 512)}[name]
            tile = _paved(rng, high, wide) + 6 * white + 16 * (base - 0.5)
        case _:
            tile = np.full((SIDE, SIDE), 128.0) + 3 * white
    return np.clip(tile, 0, 255).astype(np.uint8)


def _paved(rng: np.random.Generator, high: int, wide: int) -> np.ndarray:
    rows, columns = SIDE // high, SIDE // wide
    tones = rng.normal(128, 15, (rows, columns))
    tile = np.repeat(np.repeat(tones, high, axis=0), wide, axis=1)
    joint = 1 if high < 20 else 2
    shifted = tile.copy()
    for row in range(rows):
        shift = (row % 2) * wide // 2
        band = tile[row * high : (row + 1) * high]
        for start in range(0, SIDE, wide):
            band[:, start : start + joint] = 80
        band[:joint] = 80
        shifted[row * high : (row + 1) * high] = np.roll(band, shift, axis=1)
    return shifted


@lru_cache(maxsize=1)
def _courses() -> tuple[np.ndarray, np.ndarray]:
    """Return which brick stands where (1024, 1024) uint16, the joints after the last brick, and noise (float32)."""
    rows, columns = SIDE // BRICK[0], SIDE // BRICK[1]
    bricks = np.repeat(np.repeat(np.arange(rows * columns).reshape(rows, columns), BRICK[0], 0), BRICK[1], 1)
    bricks[np.arange(SIDE) % BRICK[0] < 2] = rows * columns
    joints = np.arange(SIDE) % BRICK[1] < 2
    for row in range(rows):
        band = bricks[row * BRICK[0] : (row + 1) * BRICK[0]]
        band[:, joints] = rows * columns
        band[:] = np.roll(band, row % 2 * BRICK[1] // 2, axis=1)
    return bricks.astype(np.uint16), 5 * _rng("bricks").standard_normal((SIDE, SIDE), np.float32)


def bricks(rng: np.random.Generator, high: int, wide: int) -> np.ndarray:
    """Return a piece of a brick wall (high, wide) uint8 around 128, at most 1024 each way.

    Every wall has bricks of its own: two photographs before one wall would be alike to local features.
    """
    which, noise = _courses()
    tones = np.append(rng.normal(128, 15, SIDE // BRICK[0] * (SIDE // BRICK[1])), 190.0).astype(np.float32)
    top, left = (int(rng.integers(SIDE - side + 1)) for side in (high, wide))
    piece = np.s_[top : top + high, left : left + wide]
    return np.clip(tones[which[piece]] + noise[piece], 0, 255).astype(np.uint8)
