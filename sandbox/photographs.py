"""Which drawing makes which planned picture."""

import hashlib

from PIL import Image

from sandbox import cars, offtopic
from sandbox.plan import Picture


def seed_of(seed: int, name: str) -> int:
    """Return the 64-bit seed of one picture, from the sandbox's seed and the picture's name."""
    return int.from_bytes(hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest())


def take(seed: int, picture: Picture, repaint: bool = False) -> Image.Image:
    """Return the picture in RGB, drawn. ``repaint`` gives the car another colour and changes nothing else."""
    own, size = seed_of(seed, picture.picture_id), (picture.width, picture.height)
    if picture.kind == "car" and picture.class_id is not None:
        return cars.draw_car(picture.class_id, own, size, repaint=repaint)
    return offtopic.DRAWINGS[picture.kind](own, size)
