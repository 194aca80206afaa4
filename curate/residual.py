"""What is left between two pictures that lie on each other: structure block by block, shift, tone and colour.

Both are brought to one frame at the resolution of the coarser one. Blocks then tell one photograph (noise is left)
from another car at the same angle (structure is left), a repaint (structure stays, tone or colour does not) and
another moment of one shooting (blocks are shifted against each other).
"""

from dataclasses import dataclass
from typing import Protocol, cast

import cv2
import numpy as np
import numpy.typing as npt

from curate.geometry import Matrix, is_edit, scale_of
from curate.scenery import measure_clash, measure_span

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Look = tuple[float, float, float | None]

SIDE = 256  # longer side of the frame, px
BLOCK = 16  # side of a block, px
STEP = 8  # px between two blocks
TEXTURED = 6.0  # standard deviation of luma from which a block has structure, grey levels
BLANK = 3.0  # standard deviation below which a block shows nothing
NOISE = 9.0  # variance of luma that compression leaves, grey levels²
AGREES = 0.8  # correlation from which a block shows the same structure
CONTRADICTS = 0.5  # correlation below which it shows another
GREY = 3.0  # distance from grey in a*b* below which a picture has no colour
# Blocks that a watermark or text changes: more than a few, and a share beyond which it is another background.
LEAST_MARKED, MOST_MARKED = 4, 0.35
FEW_BLOCKS = 8  # too few to say anything of tone and colour
# Looks: longer side of the frame as a share, share of the blocks that must agree for a closer look, and correlation of
# the blocks by which the alignment is improved then.
LOOKS: tuple[Look, ...] = ((1 / 2, 0.28, 0.3), (1, 0.3, 0.7), (1, 0.35, 0.9), (1, 0.0, None))
# The same where another car is likely: with a glance first, at so few blocks that they would spoil the alignment.
SCEPTICAL: tuple[Look, ...] = ((1 / 4, 0.3, None), (1 / 2, 0.4, 0.3), (1, 0.4, 0.7), (1, 0.4, 0.9), (1, 0.0, None))
TELLING = 6  # blocks with structure in both from which a look may end the comparison
WORTH_COLOURS = 0.25  # share of blocks that agree from which tone and colour are measured
SETTLED = 0.1  # px below which an improvement of the alignment ends it
MOVED = 0.5  # px by which an agreeing block may be shifted


@dataclass(frozen=True)
class Residual:
    """What is left between two pictures after alignment."""

    matrix: Matrix  # the alignment, improved
    overlap: float  # share of the smaller picture that lies in the larger, 0 to 1
    span: float  # share of what the smaller picture shows over which the agreeing blocks reach, 0 to 1
    clash: float  # share of the blocks amidst the agreeing ones that show something else, 0 to 1
    extent: float  # area of b where it lies on a, as a multiple of a's; below 1: b shows less
    side: int  # longer side of the frame, px: the resolution at which both were seen
    blocks: int  # blocks with structure in either picture
    agreement: float  # share of the blocks with structure in both that show the same, 0 to 1
    blank: float  # share of the blocks with structure of which one picture shows nothing, 0 to 1
    structure: float  # one minus the median correlation of the blocks with structure in both
    shift: float  # median shift of those blocks, px of the frame
    tone: float | None  # grey levels by which agreeing blocks miss one tone curve; None where too few agree
    chroma: float | None  # CIE a*b* units by which they miss one colour change; None where one picture is grey
    marked: float | None  # where few blocks differ, how one-sided their structure is: 1 all in b, -1 all in a


class Scales(Protocol):
    """A picture that is read at the scale at which it is needed."""

    size: tuple[int, int]  # width and height at full scale, px

    def grey(self, zoom: float) -> Pixels:
        """Return luma (height, width), at the full scale or at one not below ``zoom`` of it."""

    def colour(self, zoom: float) -> Pixels:
        """Return RGB (height, width, 3) likewise."""


@dataclass(frozen=True)
class Frame:
    """The coordinate system in which two pictures are compared: their overlap at the coarser one's resolution."""

    from_a: Matrix  # (2, 3): a point of a → the point of the frame
    from_b: Matrix
    width: int
    height: int
    area_a: float  # px of the frame that all of a would take
    area_b: float


@dataclass(frozen=True)
class Blocks:
    """What was measured in each block of a frame; arrays of one shape."""

    whole: npt.NDArray[np.bool_]  # inside of both pictures
    mean_a: Floats  # luma, grey levels
    mean_b: Floats
    spread_a: Floats  # standard deviation of luma
    spread_b: Floats
    correlation: Floats
    shift: Floats  # px
    sums: tuple[Floats, ...]  # normal equations of the shift

    def in_both(self) -> npt.NDArray[np.bool_]:
        """Return where there is structure in both pictures: much in one, not nothing in the other."""
        most, least = np.maximum(self.spread_a, self.spread_b), np.minimum(self.spread_a, self.spread_b)
        return self.whole & (most > TEXTURED) & (least >= BLANK)

    def agreeing(self) -> npt.NDArray[np.bool_]:
        """Return where both show the same structure at the same place."""
        return self.in_both() & (self.correlation > AGREES) & (self.shift < MOVED)


def find_frame(of_a: tuple[int, int], of_b: tuple[int, int], matrix: Matrix, side: int = SIDE) -> Frame | None:
    """Return the frame of two pictures of (width, height) when ``matrix`` lays b on a; None where they hardly meet."""
    size_a, size_b = np.array(of_a, float), np.array(of_b, float)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * size_b @ matrix[:, :2].T + matrix[:, 2]
    low, high = np.maximum(corners.min(axis=0), 0), np.minimum(corners.max(axis=0), size_a)
    if (high - low).min() < BLOCK:
        return None
    scale = scale_of(matrix)
    zoom = min(1.0, 1.0 / scale, side / (high - low).max())
    width, height = (max(BLOCK, round(extent * zoom / STEP) * STEP) for extent in (high - low))
    grow = np.diag([width, height] / (high - low))
    area = width * height / (high - low).prod()
    from_a = np.column_stack([grow, -grow @ low])
    return Frame(from_a, compose(from_a, matrix), width, height, size_a.prod() * area,
                 size_b.prod() * area * scale * scale)


def warp(pixels: Pixels, matrix: Matrix, width: int, height: int, nominal: tuple[int, int]) -> Pixels:
    """Return the pixels under an affine (2, 3) of continuous coordinates, averaged first where they get smaller.

    Args:
        pixels: a picture at any of its scales.
        matrix: from px of the picture at its ``nominal`` (width, height).
        width, height: of the result, px.
    """
    # A JPEG at half its scale has (n + 1) // 2 px, each of which spans two, the last one of an odd side as well.
    back = np.full(2, 2.0 ** np.round(np.log2(max(nominal) / max(pixels.shape[:2]))))
    zoom = scale_of(matrix) * back[0]
    if zoom < 0.75:
        size = np.array([pixels.shape[1], pixels.shape[0]])
        small = np.maximum(1, np.round(size * zoom).astype(int))
        pixels = cast(Pixels, cv2.resize(pixels, tuple(small.tolist()), interpolation=cv2.INTER_AREA))
        back = back * size / small
    matrix = np.column_stack([matrix[:, :2] * back, matrix[:, 2]])
    return cast(Pixels, cv2.warpAffine(pixels, _to_centres(matrix), (width, height), flags=cv2.INTER_LINEAR,
                                       borderMode=cv2.BORDER_REPLICATE))


def warp_mask(size: tuple[int, int], matrix: Matrix, width: int, height: int) -> npt.NDArray[np.bool_]:
    """Return where a picture of (width, height) reaches under an affine (2, 3)."""
    corners = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], float)
    corners = corners @ matrix[:, :2].T + matrix[:, 2] - 0.5
    mask = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(mask, np.round(corners * 16).astype(np.int32), 1, shift=4)
    return mask > 0


def _to_centres(matrix: Matrix) -> Matrix:
    """Return the matrix for OpenCV, whose coordinates are 0 in the middle of the first pixel."""
    return np.column_stack([matrix[:, :2], matrix[:, 2] + matrix[:, :2] @ [0.5, 0.5] - 0.5])


def _means(values: Floats) -> Floats:
    """Return the mean of each block, every STEP px, of an array whose sides are multiples of STEP."""
    height, width = values.shape
    cells = cv2.resize(values, (width // STEP, height // STEP), interpolation=cv2.INTER_AREA)
    rows = cells[1:] + cells[:-1]
    return cast(Floats, (rows[:, 1:] + rows[:, :-1]) / 4)


def measure_blocks(luma_a: Floats, luma_b: Floats, inside: npt.NDArray[np.bool_]) -> Blocks:
    """Return what each block of two aligned luma pictures (float32, grey levels) shows.

    Correlation is SSIM's structure term (Wang et al., Image quality assessment, 2004): noise alone agrees. Shift is
    one step of Lucas and Kanade (1981) between the two, each normalised by its local mean and contrast.
    """
    whole = _means(inside.astype(np.float32)) > 0.99
    mean_a, mean_b = _means(luma_a), _means(luma_b)
    variance_a = np.maximum(_means(luma_a * luma_a) - mean_a ** 2, 0)
    variance_b = np.maximum(_means(luma_b * luma_b) - mean_b ** 2, 0)
    covariance = _means(luma_a * luma_b) - mean_a * mean_b
    correlation = (covariance + NOISE) / (np.sqrt(variance_a * variance_b) + NOISE)
    sums = shift_sums(luma_a, luma_b)
    gxx, gxy, gyy, gxe, gye = sums
    ridge = 2e-3 + 0.02 * (gxx + gyy)
    determinant = (gxx + ridge) * (gyy + ridge) - gxy * gxy
    dx = ((gyy + ridge) * gxe - gxy * gye) / determinant
    dy = ((gxx + ridge) * gye - gxy * gxe) / determinant
    return Blocks(whole, mean_a, mean_b, np.sqrt(variance_a), np.sqrt(variance_b), correlation, np.hypot(dx, dy), sums)


def shift_sums(luma_a: Floats, luma_b: Floats) -> tuple[Floats, ...]:
    """Return each block's normal equations of the shift of b against a: gxx, gxy, gyy and gxe, gye."""
    even_a, even_b = _even(luma_a), _even(luma_b)
    middle, left = even_a + even_b, even_b - even_a
    gx = cv2.Sobel(middle, cv2.CV_32F, 1, 0, scale=1 / 16)
    gy = cv2.Sobel(middle, cv2.CV_32F, 0, 1, scale=1 / 16)
    return _means(gx * gx), _means(gx * gy), _means(gy * gy), _means(gx * left), _means(gy * left)


def _even(luma: Floats) -> Floats:
    """Return luma less its local mean, divided by its local contrast."""
    size = (BLOCK + 1, BLOCK + 1)
    centred = luma - cv2.blur(luma, size)
    return centred / np.sqrt(cv2.blur(centred * centred, size) + np.float32(TEXTURED ** 2))


def improve(blocks: Blocks, width: int, height: int, least: float) -> Matrix | None:
    """Return the affine (2, 3) in frame coordinates that lays b better on a, from the shifts of the blocks.

    One Gauss-Newton step of Lucas and Kanade's registration over the blocks that correlate by ``least``; None where
    too few do.
    """
    use = blocks.whole & (blocks.correlation > least) & (np.minimum(blocks.spread_a, blocks.spread_b) > BLANK)
    if use.sum() < 6:
        return None
    gxx, gxy, gyy, gxe, gye = (part[use].astype(float) for part in blocks.sums)
    rows, columns = np.nonzero(use)
    x, y = (columns * STEP + BLOCK / 2) / width - 0.5, (rows * STEP + BLOCK / 2) / height - 0.5
    place = np.stack([x, y, np.ones_like(x)], axis=1)
    weigh = (place[:, :, None] * place[:, None, :]).reshape(-1, 9).T
    xx, xy, yy = ((weigh @ part).reshape(3, 3) for part in (gxx, gxy, gyy))
    system = np.block([[xx, xy], [xy, yy]])
    system += np.eye(6) * 1e-4 * np.trace(system)
    solved = np.linalg.solve(system, np.concatenate([gxe @ place, gye @ place])).reshape(2, 3)
    linear = np.eye(2) + solved[:, :2] / [width, height]
    return np.column_stack([linear, solved[:, 2] - solved[:, :2] @ [0.5, 0.5]])


def measure_residual(a: Scales, b: Scales, matrix: Matrix, mirrored: bool, side: int = SIDE,
                     sceptical: bool = False) -> Residual | None:
    """Return what is left between pictures a and b when ``matrix`` lays b (mirrored) on a.

    Looks at few px come first; most other cars end there. Then the alignment is improved from the shifts that are
    left. None where the two hardly overlap.

    Args:
        a, b: the pictures.
        matrix: (2, 3), a point of b (of its mirror image where ``mirrored``) → the point of a.
        side: longer side of the frame in which they are compared, px.
        sceptical: end sooner, since another car is likely.
    """
    flip = mirror(b.size[0]) if mirrored else np.eye(2, 3)
    for part, share, least in SCEPTICAL if sceptical else LOOKS:
        found = find_frame(a.size, b.size, compose(matrix, flip), round(side * part))
        if found is None:
            return None
        frame = found
        luma_a, luma_b = (_luma(picture, way, frame) for picture, way in ((a, frame.from_a), (b, frame.from_b)))
        inside = warp_mask(b.size, frame.from_b, frame.width, frame.height)
        blocks = measure_blocks(luma_a, luma_b, inside)
        if not alike(blocks, share):
            return _summarise(a, b, frame, inside, blocks, matrix, colours=False)
        change = improve(blocks, frame.width, frame.height, least) if least is not None else None
        if change is None or not moves(change, luma_a.shape) < BLOCK:
            if part == 1:
                break
            continue
        better = compose(invert(frame.from_a), compose(change, compose(frame.from_a, matrix)))
        if part == 1 and (moves(change, luma_a.shape) < SETTLED or not is_edit(better)):
            break
        matrix = better if is_edit(better) else matrix
    return _summarise(a, b, frame, inside, blocks, matrix, colours=True)


def _luma(picture: Scales, matrix: Matrix, frame: Frame) -> Floats:
    grey = picture.grey(scale_of(matrix))
    return warp(grey, matrix, frame.width, frame.height, picture.size).astype(np.float32)


def alike(blocks: Blocks, share: float) -> bool:
    """Return whether so many of the blocks show the same that a closer look is worth it, or too few blocks to tell."""
    both = blocks.in_both()
    return bool(both.sum() < TELLING or (blocks.correlation[both] > AGREES).mean() >= share)


def moves(change: Matrix, shape: tuple[int, ...]) -> float:
    """Return by how many px an affine (2, 3) moves the corner of a picture that it moves most."""
    height, width = shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    return float(np.linalg.norm(corners @ change[:, :2].T + change[:, 2] - corners, axis=1).max())


def compose(outer: Matrix, inner: Matrix) -> Matrix:
    """Return the affine (2, 3) that does ``inner`` and then ``outer``."""
    return np.column_stack([outer[:, :2] @ inner[:, :2], outer[:, :2] @ inner[:, 2] + outer[:, 2]])


def mirror(width: float) -> Matrix:
    """Return the affine (2, 3) that mirrors a picture of this width left to right."""
    return np.array([[-1.0, 0.0, width], [0.0, 1.0, 0.0]])


def invert(matrix: Matrix) -> Matrix:
    """Return the inverse of an affine (2, 3)."""
    linear = np.linalg.inv(matrix[:, :2])
    return np.column_stack([linear, -linear @ matrix[:, 2]])


def _summarise(a: Scales, b: Scales, frame: Frame, inside: npt.NDArray[np.bool_], blocks: Blocks,
               matrix: Matrix, colours: bool) -> Residual:
    textured = blocks.whole & (np.maximum(blocks.spread_a, blocks.spread_b) > TEXTURED)
    both, same = blocks.in_both(), blocks.agreeing()
    count, in_both = int(textured.sum()), int(both.sum())
    worth = colours and same.sum() >= max(FEW_BLOCKS, WORTH_COLOURS * in_both)  # nothing else is judged by its colours
    tone, chroma = measure_colour(a, b, frame, blocks, same) if worth else (None, None)
    smaller, shared = float(min(frame.area_a, frame.area_b)), float(inside.sum())
    return Residual(
        matrix, min(1.0, shared / smaller), measure_span(same, both, STEP, BLOCK, max(0.0, smaller - shared)),
        measure_clash(same, both, blocks.correlation < CONTRADICTS), float(frame.area_b / frame.area_a),
        max(frame.width, frame.height), count,
        float(same.sum() / max(in_both, 1)), float(1 - in_both / max(count, 1)),
        float(1 - np.median(blocks.correlation[both])) if in_both else 1.0,
        float(np.median(blocks.shift[both])) if in_both else float(BLOCK), tone, chroma,
        measure_marks(blocks, textured & ~same, same))


def measure_marks(blocks: Blocks, differing: npt.NDArray[np.bool_], same: npt.NDArray[np.bool_]) -> float | None:
    """Return how one-sided the structure of ``differing`` blocks is, -1 (a's alone) to 1 (b's alone).

    A watermark or a text adds structure to one picture. Contrast is evened out first by the blocks of ``same``
    structure. None where fewer blocks differ, or more, than a mark changes.
    """
    if not LEAST_MARKED <= differing.sum() <= MOST_MARKED * (differing.sum() + same.sum()):
        return None
    gain = float(np.median(blocks.spread_b[same] / np.maximum(blocks.spread_a[same], BLANK)))
    a = float((blocks.spread_a[differing] ** 2).sum()) * gain * gain
    b = float((blocks.spread_b[differing] ** 2).sum())
    return (b - a) / (b + a)


def measure_colour(a: Scales, b: Scales, frame: Frame, blocks: Blocks,
                   same: npt.NDArray[np.bool_]) -> tuple[float | None, float | None]:
    """Return how far the blocks of ``same`` structure, at least FEW_BLOCKS, miss one tone curve (cubic) and one change
    of colour.

    An edit of a photograph changes all of it alike: exposure, contrast, saturation, white balance. A repaint changes
    the body alone.
    """
    x, y = blocks.mean_a[same].astype(float) / 255, blocks.mean_b[same].astype(float) / 255
    curve = np.column_stack([np.ones_like(x), x, x ** 2, x ** 3])
    tone = float(255 * np.sqrt(np.mean((curve @ np.linalg.lstsq(curve, y, rcond=None)[0] - y) ** 2)))
    colours = [_block_colours(a, frame.from_a, frame, same), _block_colours(b, frame.from_b, frame, same)]
    if min(np.linalg.norm(colour, axis=1).max() for colour in colours) < GREY:
        return tone, None
    return tone, _miss_of_colour(colours[0], colours[1], x)


def _block_colours(picture: Scales, matrix: Matrix, frame: Frame,
                   use: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return the mean CIE a*b* of the blocks in use, float64 (n, 2); a quarter of the frame's px a side is enough."""
    width, height = max(2, frame.width // 4), max(2, frame.height // 4)
    change = np.diag([width / frame.width, height / frame.height])
    matrix = change @ matrix
    colours = warp(picture.colour(scale_of(matrix)), matrix, width, height, picture.size)
    lab = cv2.cvtColor(colours, cv2.COLOR_RGB2LAB)
    lab = cv2.blur(lab[..., 1:].astype(np.float32) - 128, (BLOCK // 4, BLOCK // 4))
    rows, columns = np.nonzero(use)
    row = np.minimum((rows * STEP + BLOCK // 2) * height // frame.height, height - 1)
    column = np.minimum((columns * STEP + BLOCK // 2) * width // frame.width, width - 1)
    return lab[row, column].astype(float)


def _miss_of_colour(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64], luma: npt.NDArray[np.float64]) -> float:
    """Return the root mean square by which b misses gain · a + offset + slope · luma, gain one number not below 0."""
    count = len(a)
    zero, one = np.zeros(count), np.ones(count)
    design = np.block([[a[:, :1], one[:, None], zero[:, None], luma[:, None], zero[:, None]],
                       [a[:, 1:], zero[:, None], one[:, None], zero[:, None], luma[:, None]]])
    target = np.concatenate([b[:, 0], b[:, 1]])
    solved = np.linalg.lstsq(design, target, rcond=None)[0]
    if solved[0] < 0:
        solved = np.concatenate([[0.0], np.linalg.lstsq(design[:, 1:], target, rcond=None)[0]])
    return float(np.sqrt(np.mean((design @ solved - target) ** 2) * 2))
