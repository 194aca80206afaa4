import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from PIL import Image

import tables
from curate.inspect import inspect, inspect_bytes, inspect_file, read_thumbnail, thumbnail_path, version
from curate.kept import KeptRows
from curate.params import InspectParams
from pipeline.errors import TableError
from pipeline.layout import Layout
from tests.curate.photographs import Run, draw, encode
from whatbenz import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path)
    for n in range(3):
        run.add(f"photo{n}", draw(80 + n))
    return run


def test_a_row_says_what_the_picture_is(run):
    row = run.inspect().set_index("sha256").loc[run.sha["photo0"]]
    assert (row["format"], row["mode"], row["width"], row["height"], row["jpeg_quality"]) == (
        "JPEG", "RGB", 640, 448, 88)
    assert row["aspect"] == pytest.approx(640 / 448) and row["hash_bits"] > 40 and len(row["phash256"]) == 32
    assert row["views"][0] == row["phash"] and pd.isna(row["error"])


def test_rows_are_sorted_and_one_for_each_saved_picture(run):
    run.add("again", encode(draw(80)), class_id="d")  # the same bytes under another class
    assert run.inspect()["sha256"].tolist() == sorted(set(run.sha.values()))


def test_the_thumbnail_is_the_working_copy(run):
    run.inspect()
    thumbnail = read_thumbnail(run.layout.thumbnails, run.sha["photo0"])
    small = np.asarray(draw(80).resize((512, 358)), int)
    assert thumbnail.shape == (358, 512, 3) and np.abs(thumbnail.astype(int) - small).mean() < 4


@pytest.mark.parametrize(("data", "message"), [
    (b"<html>", "no picture format"), (encode(draw(80))[:5000], "truncated"), (b"", "no picture format")])
def test_a_picture_that_cannot_be_decoded_is_a_row_with_an_error(run, data, message):
    sha = run.add("broken", data)
    images = run.inspect().set_index("sha256")
    assert message in images.loc[sha, "error"] and images.loc[sha, "bytes"] == len(data)
    assert images["error"].notna().sum() == 1 and np.isnan(images.loc[sha, "brightness"])


def test_a_file_that_is_not_there_is_a_row_that_says_what_to_do(run):
    sha = run.add("gone", draw(90))
    next(run.layout.images.rglob(f"{sha}.*")).unlink()
    assert "run download again" in run.inspect().set_index("sha256").loc[sha, "error"]


def test_flat_pictures_are_known_as_such(run):
    sha = run.add("flat", Image.new("RGB", (300, 200), (40, 90, 40)))
    assert run.inspect().set_index("sha256").loc[sha, "hash_bits"] == 0


def test_the_same_pixels_in_another_file_have_one_checksum():
    one, other = (inspect_bytes(encode(draw(80), "PNG", compress_level=level), InspectParams())[0] for level in (1, 9))
    assert one["pixels"] == other["pixels"]
    assert inspect_bytes(encode(draw(81), "PNG"), InspectParams())[0]["pixels"] != one["pixels"]


def test_a_re_run_reads_only_what_is_new(run, monkeypatch):
    known, new = run.inspect(), run.add("new", draw(95))
    read = []
    monkeypatch.setattr("curate.inspect.inspect_file", lambda sha, *rest: read.append(sha) or inspect_file(sha, *rest))
    images = inspect(run.hits, run.layout.images, run.layout.thumbnails, InspectParams(), known, jobs=1)
    assert read == [new]
    assert images.equals(run.inspect())


def test_a_picture_whose_thumbnail_is_gone_is_read_again(run):
    known = run.inspect()
    thumbnail = run.layout.thumbnails / thumbnail_path(run.sha["photo1"])
    thumbnail.unlink()
    assert inspect(run.hits, run.layout.images, run.layout.thumbnails, InspectParams(), known, jobs=1).equals(known)
    assert thumbnail.exists()


def test_pictures_that_are_no_longer_saved_are_forgotten(run):
    known = run.inspect()
    fewer = run.hits.iloc[:1]
    images = inspect(fewer, run.layout.images, run.layout.thumbnails, InspectParams(), known, jobs=1)
    assert images["sha256"].tolist() == [run.sha["photo0"]]


def test_other_parameters_are_another_version():
    assert version(InspectParams()) != version(InspectParams(side=256))


def test_kept_rows_of_another_version_are_not_used(tmp_path, run):
    rows = run.inspect()
    for name in ("one", "other"):
        kept = KeptRows(tables.IMAGES, tmp_path / "images.parquet", name, ("sha256",))
        assert kept.read().empty
        kept.finish(rows)
        assert len(kept.read()) == 3


def test_parts_of_a_killed_run_are_used(tmp_path, run, monkeypatch):
    monkeypatch.setattr("curate.kept.FLUSH", 1)
    rows = run.inspect().to_dict("records")
    kept = KeptRows(tables.IMAGES, tmp_path / "images.parquet", "v", ("sha256",))
    kept.add(rows[:1])
    kept.add(rows[1:2])
    again = KeptRows(tables.IMAGES, tmp_path / "images.parquet", "v", ("sha256",))
    assert again.read()["sha256"].tolist() == [row["sha256"] for row in rows[:2]]


def test_a_missing_or_damaged_thumbnail_says_what_to_do(tmp_path):
    with pytest.raises(TableError, match="run whatbenz inspect again"):
        read_thumbnail(tmp_path, "ab" * 32)
    path = tmp_path / thumbnail_path("ab" * 32)
    path.parent.mkdir()
    path.write_bytes(b"nothing")
    with pytest.raises(TableError, match="damaged"):
        read_thumbnail(tmp_path, "ab" * 32)


def test_the_command_counts_what_it_did(run):
    run.add("broken", b"<html>")
    tables.write(tables.HITS, run.hits, run.layout.hits)
    result = CliRunner().invoke(main, ["-C", str(run.layout.root), "inspect"])
    assert result.exit_code == 0 and "4 pictures, 1 that cannot be decoded" in result.output
    assert len(tables.read(tables.IMAGES, Layout(run.layout.root).inspected)) == 4


MEASURE = """
import resource, sys
from pathlib import Path
from tests.curate.photographs import Run, draw, encode
run = Run(Path(sys.argv[1]))
data = encode(draw(1).resize((1600, 1120)), quality=80)
for n in range(int(sys.argv[2])):
    run.add(f"photo{n}", data + n.to_bytes(4, "big"))  # bytes after the end of a JPEG change its sha256 alone
run.inspect()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_number_of_pictures(tmp_path):
    peaks = [int(subprocess.run([sys.executable, "-c", MEASURE, tmp_path / str(count), str(count)], cwd=ROOT,
                                capture_output=True, text=True, check=True).stdout) for count in (5, 60)]
    assert peaks[1] - peaks[0] < 20_000  # kB; 55 pictures of 5.4 MB as pixels
