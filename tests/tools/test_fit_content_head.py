"""The head is fitted through the tool's own command line, on drawn pictures of plain colours."""

import csv
import hashlib
import sys

import cv2
import numpy as np
import pytest

from curate.content import KINDS, load_head
from curate.embed import load_model
from tools import fit_content_head as fitting

COLOURS = {"ok": (200, 30, 30), "detail": (30, 200, 30), "toy": (30, 30, 200), "drawing": (240, 240, 30)}


def write_picture(path, colour, seed):
    noise = np.random.default_rng(seed).integers(-25, 25, (48, 64, 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.clip(np.asarray(colour)[::-1] + noise, 0, 255).astype(np.uint8))
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def folder(tmp_path):
    """Return a labelled scrape of four kinds, a file that is no picture, one without a label, and the other folders."""
    rows = [{"sha256": write_picture(tmp_path / "scrape" / f"{label}-{n}.png", colour, n), "label": label,
             "doubt": int(n == 0)} for label, colour in COLOURS.items() for n in range(4)]
    write_picture(tmp_path / "scrape" / "unlabelled.png", (0, 0, 0), 99)
    (tmp_path / "scrape" / "broken.jpg").write_bytes(b"<html>")
    with open(tmp_path / "labels.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, ["sha256", "label", "doubt"])
        writer.writeheader()
        writer.writerows(rows)
    for n in range(3):
        write_picture(tmp_path / "cars" / "class" / f"{n}.png", COLOURS["ok"], 10 + n)
        write_picture(tmp_path / "art" / f"{n}.png", COLOURS["drawing"], 20 + n)
        write_picture(tmp_path / "walls" / f"{n}.png", (120, 120, 120), 30 + n)
    return tmp_path


def run(monkeypatch, folder, *more):
    monkeypatch.setattr(fitting, "MADE", {kind: (2, weight) for kind, (_, weight) in fitting.MADE.items()})
    given = ["--labelled", str(folder / "scrape"), str(folder / "labels.csv"), *more]
    monkeypatch.setattr(sys, "argv", ["fit_content_head", str(folder / "head.npz"), *given])
    fitting.main()
    return load_head(folder / "head.npz")


def test_the_command_fits_a_head_that_knows_its_pictures(monkeypatch, folder):
    head = run(monkeypatch, folder, "--cars", str(folder / "cars"), "--drawings", str(folder / "art"), "--nothing",
               str(folder / "walls"))
    model = load_model("efficientnet-lite0", threads=1)
    assert head.model == model.checksum
    sample = fitting.describe_source(model, folder / "scrape", folder / "labels.csv")
    shares = head.judge(sample.features, sample.texture, sample.quality)
    real = 2 * 16  # every labelled picture and its mirror image, before what was made from them
    guessed = np.array(KINDS)[shares[:real].argmax(axis=1)]
    assert (guessed == sample.kinds[:real]).mean() > 0.9


def test_a_kind_without_any_picture_is_named(monkeypatch, folder):
    for path in (folder / "scrape").glob("toy-*"):
        path.unlink()
    with pytest.raises(SystemExit, match="toy"):
        run(monkeypatch, folder)


def test_the_same_bytes_count_once(folder):
    (folder / "art" / "again.png").write_bytes((folder / "art" / "0.png").read_bytes())
    assert len(list(fitting.read_pictures(folder / "art"))) == 3


def test_doubtful_labels_weigh_half(folder):
    weights = {kind: sorted({weight for k, weight in fitting.read_labels(folder / "labels.csv").values() if k == kind})
               for kind in ("car", "toy")}
    assert weights == {"car": [0.5, 1.0], "toy": [0.5, 1.0]}
