"""Quality flags beside cleanvision: the same pictures, as they are and degraded, in the same run.

    python -m benchmarks.quality FOLDER… [--count 200]

Needs the extra ``bench``. Of the pictures below the folders every so many is taken, and each is also darkened,
brightened, blurred and emptied in steps. Printed: the share that either flags at its default thresholds, the rank
correlation of the scores over all of them, and CPU seconds for measuring (whatbenz: with its hashes and thumbnail too).
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from curate.inspect import inspect_bytes
from curate.params import FlagParams, InspectParams, Rule

Pixels = np.ndarray


def darken(share: float) -> Callable[[Pixels], Pixels]:
    return lambda pixels: (pixels * share).astype(np.uint8)


def brighten(share: float) -> Callable[[Pixels], Pixels]:
    return lambda pixels: (255 - (255 - pixels.astype(np.float32)) * share).astype(np.uint8)


def blur(sigma: float) -> Callable[[Pixels], Pixels]:
    """Blur by ``sigma`` thousandths of the longer side, so that pictures of any size lose the same."""
    return lambda pixels: cv2.GaussianBlur(pixels, (0, 0), sigma * max(pixels.shape) / 1000)


def empty(share: float) -> Callable[[Pixels], Pixels]:
    """Cover all but ``share`` of the picture's width with one grey."""
    def cover(pixels: Pixels) -> Pixels:
        covered = pixels.copy()
        covered[:, int(pixels.shape[1] * share):] = 240
        return covered
    return cover


CHANGES = {"as it is": lambda pixels: pixels, "dark 0.5": darken(0.5), "dark 0.25": darken(0.25),
           "dark 0.1": darken(0.1), "bright 0.5": brighten(0.5), "bright 0.25": brighten(0.25),
           "bright 0.1": brighten(0.1), "blur 2": blur(2), "blur 5": blur(5), "blur 10": blur(10), "blur 20": blur(20),
           "empty 0.3": empty(0.3), "empty 0.1": empty(0.1), "empty 0.02": empty(0.02)}
PAIRS = {"dark": ("brightness", "dark"), "bright": ("brightness", "light"), "blurry": ("sharpness", "blurry"),
         "low_information": ("entropy", "low_information"), "odd_aspect": ("aspect", "odd_aspect_ratio")}


def write_pictures(folders: list[Path], count: int, target: Path) -> list[tuple[str, Path]]:
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    chosen = files[::max(1, len(files) // count)]
    pictures = [pixels for path in chosen if (pixels := cv2.imread(str(path))) is not None]
    written = []
    for n, pixels in enumerate(pictures):
        for m, (change, apply) in enumerate(CHANGES.items()):
            path = target / f"{n:04d}-{m:02d}.jpg"
            cv2.imwrite(str(path), apply(pixels), [cv2.IMWRITE_JPEG_QUALITY, 92])
            written.append((change, path))
    return written


def main() -> None:
    from cleanvision import Imagelab

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--count", type=int, default=200)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        written = write_pictures(given.folders, given.count, Path(folder))
        start = time.process_time()
        ours = pd.DataFrame([inspect_bytes(path.read_bytes(), InspectParams())[0] for _, path in written])
        seconds = time.process_time() - start
        start = time.process_time()
        lab = Imagelab(filepaths=[str(path) for _, path in written])
        lab.find_issues({theirs: {} for _, theirs in PAIRS.values()}, n_jobs=1, verbose=False)
        peer_seconds = time.process_time() - start
        theirs = lab.issues.loc[[str(path) for _, path in written]].reset_index(drop=True)
    print(f"{len(written)} pictures; whatbenz {1000 * seconds / len(written):.1f} ms each, cleanvision "
          f"{1000 * peer_seconds / len(written):.1f} ms each (CPU): {peer_seconds / seconds:.1f} times")
    change = pd.Series([name for name, _ in written])
    params = FlagParams()
    for flag, (column, issue) in PAIRS.items():
        rule: Rule = getattr(params, flag)
        values = np.maximum(ours[column], 1 / ours[column]) if flag == "odd_aspect" else ours[column]
        flagged = values > rule.threshold if flag in ("bright", "odd_aspect") else values < rule.threshold
        peer = theirs[f"is_{issue}_issue"]
        rank = pd.Series(ours[column]).corr(theirs[f"{issue}_score"], method="spearman")
        print(f"{flag} (threshold {rule.threshold}): rank correlation {rank:.2f}, "
              f"same verdict {(flagged == peer).mean():.3f}")
        shares = [f"{name} {flagged[change == name].mean():.2f} / {peer[change == name].mean():.2f}" for name in CHANGES
                  if flagged[change == name].mean() > 0.02 or peer[change == name].mean() > 0.02]
        print("   flagged by whatbenz / cleanvision: " + (", ".join(shares) or "none"))


if __name__ == "__main__":
    main()
