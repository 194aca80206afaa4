"""A pinhole camera, and quads painted from far to near."""

from dataclasses import dataclass

import cv2
import numpy as np

SHIFT = 4  # fractional bits of OpenCV's fixed-point coordinates
LIMIT = 1 << 15


@dataclass(frozen=True)
class Camera:
    """Projects world points (metres, z up, ground at 0) to pixels.

    Attributes:
        position: (3,) where the camera is.
        axes: (3, 3) its right, down and forward directions as rows.
        focal: focal length, px.
        centre: (2,) pixel of the optical axis.
    """

    position: np.ndarray
    axes: np.ndarray
    focal: float
    centre: np.ndarray

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return pixels (…, 2) of world points (…, 3); points behind the camera end up far outside."""
        local = (points - self.position) @ self.axes.T
        depth = np.maximum(local[..., 2:], 0.05)
        return np.clip(local[..., :2] / depth * self.focal + self.centre, -LIMIT, LIMIT)

    def scaled(self, factor: float, shift: tuple[float, float]) -> "Camera":
        """Return the camera of a picture that is ``factor`` times as large, its origin moved by ``shift``."""
        return Camera(self.position, self.axes, self.focal * factor, (self.centre - np.array(shift)) * factor)

    def mirrored(self) -> "Camera":
        """Return the camera that sees the world as the ground reflects it."""
        flip = np.array([1.0, 1.0, -1.0])
        return Camera(self.position * flip, self.axes * flip, self.focal, self.centre)

    @property
    def horizon(self) -> float:
        """Row of the horizon where the optical axis crosses it."""
        _, down, forward = self.axes
        level = np.array([forward[0], forward[1], 0.0])
        return float(self.centre[1] + self.focal * (level @ down) / (level @ forward))


def look_at(box: np.ndarray, azimuth: float, distance: float, height: float, roll: float, size: tuple[int, int],
            fill: float, offset: tuple[float, float]) -> Camera:
    """Return a camera that has a box of points (n, 3) in view.

    Args:
        azimuth: radians; 0 sees the front (+x), a quarter turn the left side (+y).
        distance: metres from the origin, along the ground.
        height: metres above the ground.
        roll: radians of tilt.
        size: picture width and height, px.
        fill: share of the picture's width or height that the box fills, the tighter of the two.
        offset: where the box's middle lies, from the picture's middle, as shares of the picture; less where
            the box would stick out.
    """
    position = np.array([distance * np.cos(azimuth), distance * np.sin(azimuth), height])
    forward = np.array([0.0, 0.0, box[:, 2].max() * 0.45]) - position
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    right, down = right * np.cos(roll) + down * np.sin(roll), down * np.cos(roll) - right * np.sin(roll)
    axes = np.stack([right, down, forward])
    plain = Camera(position, axes, 1.0, np.zeros(2)).project(box)
    low, high = plain.min(axis=0), plain.max(axis=0)
    whole = np.array(size, dtype=float)
    focal = fill * float((whole / (high - low)).min())
    half = focal * (high - low) / 2
    middle = np.clip(whole * (0.5 + np.array(offset)), np.minimum(half, whole / 2), np.maximum(whole - half, whole / 2))
    return Camera(position, axes, focal, middle - focal * (low + high) / 2)


def paint_quads(canvas: np.ndarray, camera: Camera, quads: np.ndarray, colours: np.ndarray,
                centres: np.ndarray | None = None) -> None:
    """Paint quads (n, 4, 3) in colours (n, 3; 0 to 255) on an RGB canvas, without smoothing.

    Args:
        centres: (n, 3) middles of the quads, to paint them from far to near; None keeps their order.
    """
    if centres is not None:
        order = from_afar(camera, centres)
        quads, colours = quads[order], colours[order]
    pixels = np.rint(camera.project(quads) * (1 << SHIFT)).astype(np.int32)
    fill = cv2.fillConvexPoly
    for corners, colour in zip(pixels, map(tuple, colours.tolist()), strict=True):
        fill(canvas, corners, colour, cv2.LINE_8, SHIFT)


def fill_facets(canvas: np.ndarray, pixels: np.ndarray, colours: np.ndarray) -> None:
    """Fill quads given by whole pixels (n, 4, 2) int32 in colours (n, 3; 0 to 255), in their order."""
    fill = cv2.fillConvexPoly  # takes little more than half the time without fractions of pixels
    for corners, colour in zip(pixels, map(tuple, colours.tolist()), strict=True):
        fill(canvas, corners, colour)


def from_afar(camera: Camera, centres: np.ndarray) -> np.ndarray:
    """Return the order (n,) of places (n, 3) from far to near."""
    return np.argsort(-((centres - camera.position) ** 2).sum(axis=1), kind="stable")


def paint_polygons(canvas: np.ndarray, camera: Camera, polygons: list[np.ndarray], colours: np.ndarray) -> None:
    """Paint polygons (n, 3), of any shape, in their order, each in its colour (rows of 0 to 255)."""
    pixels = np.rint(camera.project(np.concatenate(polygons)) * (1 << SHIFT)).astype(np.int32)
    ends = np.cumsum([len(points) for points in polygons])[:-1]
    for corners, colour in zip(np.split(pixels, ends), map(tuple, colours.tolist()), strict=True):
        cv2.fillPoly(canvas, [corners], colour, cv2.LINE_8, SHIFT)


def paint_line(canvas: np.ndarray, camera: Camera, points: np.ndarray, colour: np.ndarray, width: float) -> None:
    """Paint a polyline (n, 3), ``width`` metres thick where its middle is."""
    pixels = camera.project(points)
    depth = np.linalg.norm(points.mean(axis=0) - camera.position)
    thickness = max(1, round(width * camera.focal / depth))
    cv2.polylines(canvas, [np.rint(pixels * (1 << SHIFT)).astype(np.int32)], False, [float(c) for c in colour],
                  thickness, cv2.LINE_AA, SHIFT)


def facing(camera: Camera, centres: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Return (n,) bool: which quads, by middles and outward normals (n, 3), turn towards the camera."""
    return np.einsum("ij,ij->i", camera.position - centres, normals) > 0
