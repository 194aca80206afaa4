import random

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import tables
from benchmarks.corpus import collage, watermark
from curate.duplicates import VERSION
from curate.kept import KeptRows
from curate.rowstore import RowStore
from tests.curate.photographs import Run, draw, encode
from whatbenz import main

CHANGES = {
    "crop": lambda image: image.crop((120, 70, 500, 330)),
    "mirrored crop": lambda image: image.crop((150, 90, 560, 390)).transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "quarter": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "half": lambda image: image.transpose(Image.Transpose.ROTATE_180),
    "small": lambda image: image.resize((160, 112), Image.Resampling.LANCZOS),
    "wide": lambda image: image.crop((0, 100, 640, 380)).resize((640, 320)),
    "collage": lambda image: collage(image, random.Random(1)),
    "marked": lambda image: watermark(image, random.Random(1)),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a run of one photograph in nine ways, its repaint, its double and four other photographs."""
    run = Run(tmp_path_factory.mktemp("dedupe"))
    run.add("photo", draw(200))
    for name, change in CHANGES.items():
        run.add(name, change(draw(200)))
    run.add("png", encode(Image.open(run.layout.images / _path(run, "photo")), "PNG"))
    run.add("repaint", draw(201, paint=(200, 30, 30)))
    run.add("paint", draw(201, paint=(30, 60, 200)))
    for n in range(4):
        run.add(f"other{n}", draw(210 + n), class_id="d")
    run.add("broken", b"<html>")
    run.pairs, run.groups = run.dedupe()
    return run


def _path(run, name):
    return f"{run.sha[name][:2]}/{run.sha[name]}.jpg"


@pytest.mark.parametrize("name", [*CHANGES, "png"])
def test_every_copy_is_found_and_is_a_duplicate(run, name):
    assert run.verdict(run.pairs, "photo", name) == "duplicate"


def test_they_are_one_group_and_nothing_else_is(run):
    together = {frozenset(run.names(rows["sha256"])) for _, rows in run.groups.groupby("group_id") if len(rows) > 1}
    assert together == {frozenset(["photo", "png", *CHANGES])}


def test_a_repaint_is_a_variant_in_one_split_group(run):
    assert run.verdict(run.pairs, "paint", "repaint") == "variant"
    of = run.groups.set_index("sha256")["split_group_id"]
    assert of[run.sha["paint"]] == of[run.sha["repaint"]] != of[run.sha["photo"]]


def test_pairs_are_sorted_once_each_and_say_what_was_measured(run):
    keys = list(zip(run.pairs["sha256_a"], run.pairs["sha256_b"], strict=True))
    assert keys == sorted(set(keys)) and all(a < b for a, b in keys)
    near = run.pairs[run.pairs["verdict"] == "duplicate"]
    assert near[["inliers", "scale", "mirrored", "overlap", "extent", "residual", "structure"]].notna().all(axis=None)
    assert (near["found_by"] != "").all()


def test_a_picture_that_cannot_be_decoded_is_left_out(run):
    assert run.sha["broken"] not in set(run.groups["sha256"])


def test_a_second_run_measures_nothing_and_says_the_same(run, monkeypatch):
    monkeypatch.setattr("curate.duplicates.verify_pairs", None)
    monkeypatch.setattr("curate.duplicates.find_features_of", None)
    pairs, groups = run.dedupe(known=run.pairs)
    assert pairs.equals(run.pairs) and groups.equals(run.groups)


def test_a_new_picture_costs_its_own_pairs_alone(run, tmp_path, monkeypatch):
    small = Run(tmp_path)
    for n in range(5):
        small.add(f"old{n}", draw(220 + n))
    known, _ = small.dedupe()
    new = small.add("new", draw(220).crop((90, 60, 560, 400)))
    measured, seen = [], []
    pairs, _ = small.dedupe(known=known, on_rows=measured.extend,
                            note=lambda what, done, total: seen.append((what, total)))
    assert measured and all(new in (row["sha256_a"], row["sha256_b"]) for row in measured)
    assert ("features", 1) in seen
    assert small.verdict(pairs, "old0", "new") == "duplicate"


def test_an_incremental_run_says_what_a_run_from_nothing_says(tmp_path):
    once, twice = Run(tmp_path / "once"), Run(tmp_path / "twice")
    pictures = {f"p{n}": draw(230 + n // 2) if n % 2 == 0 else draw(230 + n // 2).crop((60, 40, 580, 410))
                for n in range(8)}
    for n, (name, picture) in enumerate(pictures.items()):
        once.add(name, picture)
        twice.add(name, picture)
        if n == 4:
            known, _ = twice.dedupe()
    whole, incremental = once.dedupe(), twice.dedupe(known=known)
    assert whole[0].equals(incremental[0]) and whole[1].equals(incremental[1])


def test_the_order_in_which_pictures_were_found_changes_nothing(tmp_path):
    runs = [Run(tmp_path / "forth"), Run(tmp_path / "back")]
    for run, order in zip(runs, (1, -1), strict=True):
        for n in range(6)[::order]:
            run.add(f"p{n}", draw(240 + n // 2) if n % 2 == 0 else draw(240 + n // 2).crop((60, 40, 580, 410)))
    (pairs, groups), (other_pairs, other_groups) = (run.dedupe() for run in runs)
    assert pairs.equals(other_pairs) and groups.equals(other_groups)


def test_flat_pictures_are_no_duplicates_of_each_other(tmp_path):
    run = Run(tmp_path)
    for n, colour in enumerate([(90, 90, 90), (91, 92, 90), (200, 200, 210)]):
        run.add(f"flat{n}", Image.new("RGB", (320, 200), colour))
    pairs, groups = run.dedupe()
    assert "duplicate" not in set(pairs["verdict"]) and groups["group_id"].nunique() == 3


def test_without_pictures_there_is_nothing(tmp_path):
    pairs, groups = Run(tmp_path).dedupe()
    assert pairs.empty and groups.empty


def test_the_command_goes_on_with_what_a_killed_run_measured(run, monkeypatch):
    tables.write(tables.HITS, run.hits, run.layout.hits)
    tables.write(tables.IMAGES, run.inspect(), run.layout.inspected)
    run.layout.embeddings.parent.mkdir(parents=True, exist_ok=True)
    np.save(run.layout.embeddings, np.zeros((len(run.groups), 4), np.float16))
    kept = KeptRows(tables.PAIRS, run.layout.pairs, f"code {VERSION}", ("sha256_a", "sha256_b"))
    monkeypatch.setattr("curate.kept.FLUSH", 1)
    kept.add(run.pairs.astype(object).where(run.pairs.notna(), None).to_dict("records"))
    monkeypatch.setattr("curate.duplicates.verify_pairs", None)
    result = CliRunner().invoke(main, ["-C", str(run.layout.root), "dedupe"])
    assert result.exit_code == 0, result.output
    assert f"{len(run.groups)} pictures" in result.output
    assert tables.read(tables.PAIRS, run.layout.pairs).equals(run.pairs)


def test_rows_are_merged_in_the_order_asked_for(tmp_path):
    rows = np.arange(12, dtype=np.float32).reshape(4, 3)
    store = RowStore(tmp_path, "v1", ("rows", "more"))
    store.add(["c", "a"], rows[:2], rows[:2] + 100)
    store.merge(["a", "c"])
    again = RowStore(tmp_path, "v1", ("rows", "more"))
    again.add(["b", "d"], rows[2:], rows[2:] + 100)
    again.merge(["a", "b", "c"])
    assert np.array_equal(again.read("rows"), rows[[1, 2, 0]]) and np.array_equal(again.read("more"), again.read("rows")
                                                                                  + 100)
    assert again.merged() == ["a", "b", "c"] and RowStore(tmp_path, "v2", ("rows", "more")).known() == set()


def test_a_picture_without_rows_cannot_be_merged(tmp_path):
    with pytest.raises(KeyError):
        RowStore(tmp_path, "v", ("rows",)).merge(["a"])
