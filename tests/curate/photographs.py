"""Pictures with as many details as photographs have, drawn from a seed, and the way from their bytes to a verdict."""

import datetime as dt
import functools
import hashlib
import io

import cv2
import numpy as np
from PIL import Image

import tables
from curate.duplicates import Workshop, dedupe
from curate.geometry import describe
from curate.inspect import inspect, inspect_bytes
from curate.params import DedupeParams, InspectParams
from curate.verdicts import judge, to_row
from curate.verification import Pair, Pictures, verify
from pipeline.layout import Layout, image_path

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
NO_DECISIONS = tables.make(tables.DECISIONS)


def colour(random, low=0, high=255):
    return tuple(int(v) for v in random.integers(low, high, 3))


def scatter(canvas, random, count, box):
    """Draw small shapes within a box: what local features are found on."""
    left, top, right, bottom = box
    for _ in range(count):
        x, y = int(random.integers(left, right)), int(random.integers(top, bottom))
        size = int(random.integers(4, 26))
        kind = random.integers(0, 3)
        if kind == 0:
            cv2.ellipse(canvas, (x, y), (size, max(2, size // 2)), float(random.integers(0, 180)), 0, 360,
                        colour(random), -1, cv2.LINE_AA)
        elif kind == 1:
            corners = np.array([x, y]) + random.integers(-size, size, (4, 2))
            cv2.fillPoly(canvas, [corners.astype(np.int32)], colour(random), cv2.LINE_AA)
        else:
            cv2.line(canvas, (x, y), (x + size, y - size // 2), colour(random), 2, cv2.LINE_AA)


@functools.lru_cache(maxsize=64)
def draw(seed: int, width: int = 640, height: int = 448, paint: tuple[int, int, int] | None = None,
         trim: int | None = None, white: bool = False) -> Image.Image:
    """Return a car in a street.

    Args:
        paint: colour of the body, another one for a repaint.
        trim: seed of grille, wheels and lines; another one is another model at the same angle.
        white: a studio instead of a street.
    """
    random = np.random.default_rng(seed)
    canvas = np.full((height, width, 3), 255, np.uint8)
    if not white:
        canvas[:] = np.linspace(colour(random, 120, 230), colour(random, 40, 120), height)[:, None, :]
        scatter(canvas, random, 120, (0, 0, width, height))
    own = paint or colour(random, 30, 220)
    left, right, foot = int(width * 0.15), int(width * 0.85), int(height * 0.75)
    cv2.rectangle(canvas, (left, int(height * 0.45)), (right, foot), own, -1)
    roof = np.array([[left + 60, height * 0.45], [left + 130, height * 0.22], [right - 110, height * 0.22],
                     [right - 40, height * 0.45]])
    cv2.fillPoly(canvas, [roof.astype(np.int32)], own, cv2.LINE_AA)
    detail = np.random.default_rng([seed if trim is None else trim, 7])
    for x in (left + 70, right - 70):
        cv2.circle(canvas, (x, foot), 46, (15, 15, 15), -1, cv2.LINE_AA)
        for angle in detail.uniform(0, 2 * np.pi, 7):
            end = int(x + 38 * np.cos(angle)), int(foot + 38 * np.sin(angle))
            cv2.line(canvas, (x, foot), end, (190, 190, 190), int(detail.integers(2, 7)), cv2.LINE_AA)
    scatter(canvas, detail, 90, (left + 10, int(height * 0.25), right - 10, foot - 10))
    return Image.fromarray(cv2.GaussianBlur(canvas, (3, 3), 0))


def encode(image: Image.Image, kind: str = "JPEG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **({"quality": 88} if kind == "JPEG" and not options else options))
    return buffer.getvalue()


def compare(first: Image.Image | bytes, second: Image.Image | bytes, nets=("features", "features+mirror"), params=None):
    """Return the verdict and the measured columns of two pictures, as dedupe comes to them."""
    thumbnails = [inspect_bytes(data if isinstance(data, bytes) else encode(data), InspectParams())[1]
                  for data in (first, second)]
    greys = [cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) for data in thumbnails]
    pictures = Pictures(lambda row: thumbnails[row], np.stack([describe(grey) for grey in greys]))
    row = {"found_by": ",".join(nets)} | to_row(verify(Pair(0, 1, nets), pictures))
    empty = dict.fromkeys(("residual", "structure", "shift", "tone", "chroma", "miss", "inliers", "blocks", "side"))
    return judge(empty | row, params or DedupeParams()), row


class Run:
    """Pictures saved below a folder, and the stages up to dedupe over them."""

    def __init__(self, root):
        self.layout = Layout(root)
        self.sha: dict[str, str] = {}
        self._rows = []

    def add(self, name: str, picture: Image.Image | bytes, class_id: str = "c", **hit) -> str:
        """Save a picture under a name and return its sha256."""
        data = picture if isinstance(picture, bytes) else encode(picture)
        sha = self.sha[name] = hashlib.sha256(data).hexdigest()
        path = self.layout.images / image_path(sha, "jpg")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self._rows.append({"class_id": class_id, "source": "urls", "query": "q", "rank": len(self._rows),
                           "url": f"http://host/{name}", "found_at": NOW, "status": "saved", "sha256": sha,
                           "bytes": len(data), **hit})
        return sha

    @property
    def hits(self):
        return tables.make(tables.HITS, self._rows)

    @property
    def workshop(self):
        return Workshop(self.layout.thumbnails, self.layout.pairs.parent, 1)

    def inspect(self):
        return inspect(self.hits, self.layout.images, self.layout.thumbnails, InspectParams(), jobs=1)

    def dedupe(self, decisions=NO_DECISIONS, embeddings=None, params=None, **options):
        """Return pairs and groups."""
        return dedupe(self.inspect(), self.hits, embeddings, params or DedupeParams(), decisions, self.workshop,
                      **options)

    def verdict(self, pairs, first: str, second: str) -> str | None:
        """Return the verdict on two named pictures, None where they were not compared."""
        a, b = sorted((self.sha[first], self.sha[second]))
        found = pairs.loc[(pairs["sha256_a"] == a) & (pairs["sha256_b"] == b), "verdict"]
        return found.iloc[0] if len(found) else None

    def names(self, shas) -> set[str]:
        name = {sha: n for n, sha in self.sha.items()}
        return {name[sha] for sha in shas}
