"""Feedback that is kept: pictures without their metadata by the class that people named, and a row for each.

    data/feedback/feedback.csv                     received_at, sha256, file, predicted, correct, bundle
    data/feedback/pictures/<class_id>/<sha256>.jpg what `scrape.sources: [folder]` reads
    data/feedback/elsewhere/<sha256>.jpg           none of the classes, or nobody knows which
"""

import csv
import hashlib
import io
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

from pipeline.files import write_bytes
from serve.decoding import reencode

COLUMNS = ("received_at", "sha256", "file", "predicted", "correct", "bundle")
SIDE, QUALITY = 1280, 92
MOST_PICTURES = 20_000  # strangers must not fill the disk; what is there is taken into the pipeline first


class FeedbackStore:
    """Keeps feedback below ``folder``.

    Args:
        folder: made when the first is kept.
        bundle: version of the bundle whose answers are commented on.
        max_pixels: width times height of a picture that is decoded at most.
    """

    def __init__(self, folder: Path, bundle: str, max_pixels: int):
        self._folder, self._bundle, self._max_pixels = folder, bundle, max_pixels
        self._lock = threading.Lock()
        self._count = sum(1 for _ in folder.rglob("*.jpg"))

    def keep(self, picture: bytes, predicted: str, correct: str | None, named: bool) -> bool:
        """Keep a picture and what was said of it; return whether there was room.

        The picture is turned upright, brought to at most 1280 px and written anew as JPEG: place, time and device,
        which cameras note in a file, are not in it.

        Args:
            picture: bytes as they were sent.
            predicted: class that the service named.
            correct: class that the person named, ``none``, or None where they do not know.
            named: whether ``correct`` is a class.

        Raises:
            PictureError: the bytes are no picture.
        """
        if self._count >= MOST_PICTURES:
            return False
        data = reencode(picture, SIDE, QUALITY, self._max_pixels)
        sha256 = hashlib.sha256(data).hexdigest()
        file = f"pictures/{correct}/{sha256}.jpg" if named else f"elsewhere/{sha256}.jpg"
        with self._lock:
            if not (self._folder / file).exists():
                write_bytes(self._folder / file, data)
                self._count += 1
            self._append((datetime.now(UTC).isoformat(timespec="seconds"), sha256, file, predicted, correct or "",
                          self._bundle))
        return True

    def _append(self, row: tuple[str, ...]) -> None:
        path = self._folder / "feedback.csv"
        text = io.StringIO()
        writer = csv.writer(text)
        if not path.exists():
            writer.writerow(COLUMNS)
        writer.writerow(row)
        with open(path, "a", encoding="utf-8", newline="") as stream:
            stream.write(text.getvalue())
            stream.flush()
            os.fsync(stream.fileno())
