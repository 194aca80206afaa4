"""A car's body as quads: a hull lofted along its length, a cabin on top, and places on both for the details."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sandbox.shapes import Shape

STEP = 0.01  # metres between the samples of a body's lines
# How far out the flank stands at a share of its height: sill, bulge, shoulder crease, shoulder.
FLANK_AT = np.array([0.0, 0.05, 0.20, 0.52, 0.72, 0.77, 0.92, 1.0])
FLANK_OUT = np.array([0.945, 0.978, 1.0, 0.988, 1.0, 0.984, 0.962, 0.925])
END = 0.75  # metres over which nose and tail are rounded
SHOULDER = 0.925


@dataclass(frozen=True)
class Patch:
    """Quads of one surface.

    Attributes:
        quads: (n, 4, 3) float32, corners in world metres: x forwards from the middle, y to the left, z up.
        normals: (n, 3) float32, outward unit normals.
    """

    quads: np.ndarray
    normals: np.ndarray

    @cached_property
    def centres(self) -> np.ndarray:
        """Middles (n, 3) of the quads."""
        return self.quads.mean(axis=1)

    def rows(self, chosen: np.ndarray) -> "Patch":
        """Return the chosen quads."""
        patch = Patch(self.quads[chosen], self.normals[chosen])
        patch.__dict__["centres"] = self.centres[chosen]
        return patch

    @staticmethod
    def join(patches: list["Patch"]) -> "Patch":
        """Return the patches as one."""
        return Patch(np.concatenate([p.quads for p in patches]), np.concatenate([p.normals for p in patches]))


def patch_of(points: np.ndarray, outward: np.ndarray) -> Patch:
    """Return a grid of points (i, j, 3) as quads; normals point to the side of ``outward`` (3,) or (i, j, 3)."""
    normals = _cross(_steps(points), _steps(points.swapaxes(0, 1)).swapaxes(0, 1))
    normals *= np.sign((normals * outward).sum(axis=-1, keepdims=True) + 1e-12)
    _normalise(normals)
    corners = (np.s_[:-1, :-1], np.s_[1:, :-1], np.s_[1:, 1:], np.s_[:-1, 1:])
    quads = np.empty((points.shape[0] - 1, points.shape[1] - 1, 4, 3), np.float32)
    mean = np.zeros((*quads.shape[:2], 3))
    for number, corner in enumerate(corners):
        quads[:, :, number] = points[corner]
        mean += normals[corner]
    _normalise(mean)
    return Patch(quads.reshape(-1, 4, 3), mean.astype(np.float32).reshape(-1, 3))


# NumPy's gradient, cross and norm take several times as long on arrays as small as these.
def _steps(points: np.ndarray) -> np.ndarray:
    """Return the way from each row's predecessor to its successor, at the ends twice the way to the neighbour."""
    steps = np.empty_like(points)
    steps[1:-1] = points[2:] - points[:-2]
    steps[0], steps[-1] = 2 * (points[1] - points[0]), 2 * (points[-1] - points[-2])
    return steps


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the cross products of vectors (…, 3)."""
    product = np.empty_like(a)
    for n, (i, j) in enumerate(((1, 2), (2, 0), (0, 1))):
        product[..., n] = a[..., i] * b[..., j] - a[..., j] * b[..., i]
    return product


def _normalise(vectors: np.ndarray) -> None:
    """Make vectors (…, 3) of length 1, in place; nothing stays nothing."""
    vectors /= np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True)) + 1e-9


def _smooth(values: np.ndarray, metres: float) -> np.ndarray:
    width = max(1, round(metres / STEP)) | 1
    window = np.hanning(width + 2)[1:-1]
    padded = np.pad(values, width // 2, mode="reflect", reflect_type="odd")
    return np.convolve(padded, window / window.sum(), mode="valid")


@dataclass(frozen=True)
class Body:
    """The surfaces of one shape. ``top`` is roof, soft (a closed hood) or open."""

    shape: Shape
    top: str = "roof"

    @cached_property
    def stations(self) -> np.ndarray:
        """Places (n,) along the car at which its lines are known."""
        return np.arange(0.0, self.shape.length + STEP, STEP)

    @cached_property
    def shoulder_line(self) -> np.ndarray:
        """Height (n,) of bonnet edge, belt and deck edge."""
        s = self.shape
        front, end = (0.03, 0.03) if s.corner < 0.2 else (0.12, 0.10)
        places = [0.0, front, s.cowl, s.deck if s.style != "pickup" else s.length - 0.3, s.length - end, s.length]
        drop = 0.02 if s.style in ("hatchback", "estate", "mpv", "suv", "suv-coupe", "van") else 0.05
        heights = [s.nose_z - front, s.nose_z, s.cowl_z, s.deck_z, s.deck_z - drop, s.deck_z - drop - end * 1.2]
        return _smooth(np.interp(self.stations, places, heights), 0.10 if s.corner < 0.2 else 0.30)

    @cached_property
    def sill_line(self) -> np.ndarray:
        """Height (n,) of the body's lower edge."""
        s, x = self.shape, self.stations
        nose, tail = np.clip(1 - x / s.front, 0, 1), np.clip((x - s.rear_axle) / (s.length - s.rear_axle), 0, 1)
        return s.clearance + 0.05 * nose**2 + 0.13 * tail**2

    @cached_property
    def half_width(self) -> np.ndarray:
        """Largest half width (n,) of the hull."""
        s, x = self.shape, self.stations
        nose, tail = np.clip(1 - x / (s.corner * 1.6), 0, 1), np.clip(1 - (s.length - x) / (s.corner * 1.3), 0, 1)
        tuck = 0.16 * min(s.corner / 0.62, 1.0)
        return s.width / 2 * (1 - tuck * nose**2.2 - tuck * 0.85 * tail**2.2)

    @cached_property
    def roof_line(self) -> np.ndarray:
        """Height (n,) of windscreen, roof and rear window; below the shoulder where there is no cabin."""
        s = self.shape
        peak = s.screen_top + 0.35 * (s.roof_end - s.screen_top)
        places = [s.cowl, s.screen_top, peak, s.roof_end, s.deck]
        rise = 0.05 if s.corner > 0.2 else 0.01
        heights = [s.cowl_z - 0.02, s.height - rise, s.height, s.height - s.roof_drop, s.deck_z - 0.02]
        inside = np.interp(self.stations, places, heights)
        smooth = _smooth(inside, min(s.edge * 2.4, 0.6))
        return np.where((self.stations > s.cowl) & (self.stations < s.deck), smooth, 0.0)

    def _at(self, line: np.ndarray, x: np.ndarray | float) -> np.ndarray:
        return np.interp(x, self.stations, line)

    def world(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return world points of hull places: nose and tail are rounded in plan and lean inwards."""
        s = self.shape
        soft = min(s.corner / 0.62, 1.0)
        lean = {"van": 0.30, "suv": 0.16, "suv-coupe": 0.18, "pickup": 0.10, "mpv": 0.30}.get(s.style, 0.34) * soft
        nose = np.clip(1 - x / END, 0, 1) ** 2
        tail = np.clip(1 - (s.length - x) / END, 0, 1) ** 2
        share = (y / (s.width * 0.42)) ** 2
        high = np.maximum(z - 0.5, 0)
        x = x + nose * (lean * high + 0.24 * soft * share) - tail * (0.22 * soft * high + 0.17 * soft * share)
        points = np.empty((*np.broadcast(x, y, z).shape, 3))
        points[..., 0], points[..., 1], points[..., 2] = s.length / 2 - x, y, z
        return points

    def flank(self, x: np.ndarray, z: np.ndarray, side: float | np.ndarray) -> np.ndarray:
        """Return world points on the flank: places ``x`` along the car, heights ``z``; ``side`` is 1 left, -1 right."""
        x, z = np.broadcast_arrays(x, z)
        low, high = self._at(self.sill_line, x), self._at(self.shoulder_line, x)
        out = np.interp((z - low) / (high - low), FLANK_AT, self._flank_out)
        return self.world(x, side * self._at(self.half_width, x) * out, z)

    @property
    def _flank_out(self) -> np.ndarray:
        return FLANK_OUT if self.shape.corner > 0.2 else 1 - (1 - FLANK_OUT) * 0.45

    def lid(self, x: np.ndarray, f: np.ndarray) -> np.ndarray:
        """Return world points on bonnet and deck; ``f`` runs from -1 (right edge) to 1 (left edge)."""
        x, f = np.broadcast_arrays(x, f)
        edge = self._at(self.half_width, x) * self._flank_out[-1]
        crown = 0.05 if self.shape.corner > 0.2 else 0.02
        return self.world(x, f * edge, self._at(self.shoulder_line, x) + crown * (1 - np.abs(f) ** 2.4))

    def nose(self, p: np.ndarray, z: np.ndarray, side: float | np.ndarray = 1.0) -> np.ndarray:
        """Return world points on the front: ``p`` from 0 (middle) to 1 (corner), beyond it metres along the flank."""
        return self._end(0.0, 1.0, p, z, side)

    def tail(self, p: np.ndarray, z: np.ndarray, side: float | np.ndarray = 1.0) -> np.ndarray:
        """Return world points on the rear, as :meth:`nose` does on the front."""
        return self._end(self.shape.length, -1.0, p, z, side)

    def _end(self, x: float, along: float, p: np.ndarray, z: np.ndarray, side: float | np.ndarray) -> np.ndarray:
        p, z = np.broadcast_arrays(p, z)
        cap = self._cap(x, p, z, side)
        beyond = p >= 1
        if beyond.any():
            corner = self.flank(x + along * np.maximum(p - 1, 0.0), z, side)
            cap = np.where(beyond[..., None], corner, cap)
        return cap

    def _cap(self, x: float, p: np.ndarray, z: np.ndarray, side: float | np.ndarray) -> np.ndarray:
        low, high = self._at(self.sill_line, x), self._at(self.shoulder_line, x)
        out = np.interp((z - low) / (high - low), FLANK_AT, self._flank_out)
        return self.world(np.full_like(z, x), side * p * self._at(self.half_width, x) * out, z)

    def pane(self, x: np.ndarray, s: np.ndarray, side: float) -> np.ndarray:
        """Return world points on the cabin's side: ``s`` from 0 (belt) to 1 (roof edge)."""
        x, s = np.broadcast_arrays(x, s)
        base, out, height = self._cabin(x)
        y = out - self.shape.tumblehome * height * (0.75 * s + 0.25 * s**2)
        return self._lift(x, side * y, base + height * 0.93 * s)

    def roof(self, x: np.ndarray, f: np.ndarray) -> np.ndarray:
        """Return world points on windscreen, roof and rear window; ``f`` from -1 (right edge) to 1 (left edge)."""
        x, f = np.broadcast_arrays(x, f)
        base, out, height = self._cabin(x)
        edge = out - self.shape.tumblehome * height
        rise = 0.07 * height * (1 - np.abs(f) ** 3) + 0.025 * np.clip(height / 0.3, 0, 1) * (1 - f**2)
        return self._lift(x, f * edge, base + 0.93 * height + rise)

    def _cabin(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        base = self._at(self.shoulder_line, x) - 0.015
        out = self._at(self.half_width, x) * (SHOULDER - 0.01)
        return base, out, np.maximum(self._at(self.roof_line, x) - base, 0.0)

    def cabin_height(self, x: float) -> float:
        """Return how high the cabin rises above the belt at a place."""
        return float(self._cabin(np.array([x]))[2][0])

    def _lift(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return world points of cabin places: windscreen and rear window bow outwards in plan."""
        s = self.shape
        bow = (0.05 if s.corner < 0.2 else 0.15) * (1 - (y / (s.width * 0.44)) ** 2)
        front = np.clip((s.screen_top + 0.5 - x) / (s.screen_top + 0.5 - s.cowl), 0, 1)
        rear = np.clip((x - s.roof_end + 0.4) / (s.deck - s.roof_end + 0.4), 0, 1)
        tail = np.clip(1 - (s.length - x) / END, 0, 1) ** 2
        moved = x - bow * front + 0.7 * bow * rear * (1 - np.minimum(2 * tail, 1))
        # The foot of a rear window near the tail follows the hull it stands on.
        points = self.world(moved, y, self._at(self.shoulder_line, x))
        points[..., 2] = z
        return points

    @cached_property
    def hull(self) -> Patch:
        """The painted lower body with nose and tail."""
        length = self.shape.length
        ends = np.array([0.0, 0.02, 0.05, 0.09, 0.14, 0.20, 0.27, 0.35, 0.44, 0.54, 0.65])
        x = np.concatenate([ends, np.linspace(0.76, length - 0.76, 34), length - ends[::-1]])[:, None]
        low, high = self._at(self.sill_line, x), self._at(self.shoulder_line, x)
        share = np.array([0, 0.03, 0.08, 0.2, 0.36, 0.52, 0.64, 0.72, 0.745, 0.77, 0.85, 0.93, 0.97, 1.0])[None, :]
        z = low + (high - low) * share
        patches = [patch_of(self.flank(np.broadcast_to(x, z.shape), z, side), np.array([0.0, side, 0.0]))
                   for side in (1.0, -1.0)]
        across = np.array([-1, -0.95, -0.86, -0.7, -0.5, -0.25, 0, 0.25, 0.5, 0.7, 0.86, 0.95, 1.0])[None, :]
        patches.append(patch_of(self.lid(x, across), np.array([0.0, 0.0, 1.0])))
        p = np.linspace(0, 1, 13)[None, :]
        for place, x_end, out in ((self.nose, 0.0, 1.0), (self.tail, length, -1.0)):
            bottom, edge = self._at(self.sill_line, x_end), self._at(self.shoulder_line, x_end)
            heights = (bottom + (edge - bottom) * share.T)
            patches += [patch_of(place(p, heights, side), np.array([out, 0.0, 0.0])) for side in (1.0, -1.0)]
            crown = 0.05 if self.shape.corner > 0.2 else 0.02
            lip = np.linspace(-1, 1, 13)[:, None] * np.ones((1, 2))
            rim = self._at(self.half_width, x_end) * self._flank_out[-1]
            rise = np.array([[0.0, 1.0]]) * crown * (1 - np.abs(lip) ** 2.4)
            patches.append(patch_of(self.world(np.full_like(lip, x_end), lip * rim, edge + rise),
                                    np.array([out, 0.0, 0.3])))
        return Patch.join(patches)

    @cached_property
    def cabin(self) -> Patch:
        """The painted upper body: pillars and roof; its windows lie on it."""
        s = self.shape
        x = np.unique(np.concatenate([
            np.linspace(s.cowl + 0.005, s.screen_top, 12), np.linspace(s.screen_top, s.roof_end, 18),
            np.linspace(s.roof_end, s.deck - 0.005, 12)]))[:, None]
        share = np.array([0, 0.2, 0.4, 0.6, 0.8, 0.92, 1.0])[None, :]
        patches = [patch_of(self.pane(x, share, side), np.array([0.0, side, 0.2])) for side in (1.0, -1.0)]
        across = np.array([-1, -0.97, -0.9, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 0.9, 0.97, 1.0])[None, :]
        patches.append(patch_of(self.roof(x, across), np.array([0.0, 0.0, 1.0])))
        return Patch.join(patches)

    @property
    def box(self) -> np.ndarray:
        """The eight corners (8, 3) of the box around the car."""
        s = self.shape
        x, y, z = np.meshgrid([-s.length / 2, s.length / 2], [-s.width / 2, s.width / 2], [0.0, s.height])
        return np.stack([x.ravel(), y.ravel(), z.ravel()], axis=-1)
