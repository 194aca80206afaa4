"""`whatbenz bundle` over a small finished run."""

import json
import shutil
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from PIL import Image

import tables
from pipeline.layout import Layout
from serve.bundles import open_bundle
from tests.scrape.pictures import encode, image
from tests.serve.bundles import CLASSES, GREEN, RED, make_frames, write_labels, write_model
from whatbenz import main

FREE, CLOSED = "CC BY-SA 4.0", "All rights reserved"


def sha(name):
    return f"{name:0>64}"


@pytest.fixture
def run(tmp_path):
    """A run with four pictures of one class: two free, one not, one of the valid side; and one of the sandbox."""
    layout = Layout(tmp_path)
    for table, frame, path in zip((tables.SUMMARY, tables.MODELS, tables.PAINTS), make_frames(),
                                  (layout.summary, layout.models, layout.paints), strict=False):
        tables.write(table, frame, path)
    classes = make_frames()[3]
    classes.to_csv(layout.classes, index=False)
    write_model(layout.model)
    write_labels(layout.model_labels, layout.model)
    rows = [("a", RED, "train", FREE, 640), ("b", RED, "train", CLOSED, 640), ("c", RED, "valid", FREE, 640),
            ("d", RED, "train", FREE, 100), ("e", GREEN, "train", None, 640)]
    manifest, hits = [], []
    for name, class_id, split, licence, width in rows:
        file = f"{split}/{class_id}/{name}.jpg"
        (layout.dataset / file).parent.mkdir(parents=True, exist_ok=True)
        (layout.dataset / file).write_bytes(encode(image(3, width, width * 3 // 4), "JPEG"))
        url = f"https://example.org/{name}.jpg"
        manifest.append({"sha256": sha(name), "class_id": class_id, "split": split, "file": file, "url": url,
                         "split_group_id": name, "page_url": f"https://example.org/{name}", "author": "Ann <b>",
                         "license": licence, "width": width, "height": width * 3 // 4})
        hits.append({"class_id": class_id, "source": "sandbox" if name == "e" else "commons", "query": "q", "rank": 0,
                     "url": url, "title": f"Car {name}", "found_at": datetime(2026, 1, 1, tzinfo=UTC),
                     "status": "saved", "sha256": sha(name)})
    tables.write(tables.MANIFEST, manifest, layout.manifest)
    tables.write(tables.HITS, hits, layout.hits)
    return layout


def bundle(layout, *options):
    return CliRunner().invoke(main, ["-C", str(layout.root), *options, "bundle"])


def test_the_bundle_shows_free_pictures_of_the_train_side_and_credits_them(run):
    result = bundle(run)
    assert result.exit_code == 0, result.output
    opened = open_bundle(run.bundle)
    assert [example["title"] for example in opened.examples[RED]] == ["Car a", "Car d"]
    assert opened.examples[RED][0] == {
        "file": f"{RED}/1.jpg", "title": "Car a", "author": "Ann <b>", "license": FREE, "license_url": None,
        "page_url": "https://example.org/a"}
    with Image.open(run.bundle / "examples" / RED / "1.jpg") as picture:
        assert picture.size == (320, 240)
    assert f"bundle: {len(CLASSES)} classes, 3 markets, 3 example pictures" in result.output


def test_pictures_of_the_sandbox_are_its_own(run):
    bundle(run)
    (example,) = open_bundle(run.bundle).examples[GREEN]
    assert example["author"] == "What Benz' sandbox" and example["license"] is None and example["page_url"] is None


def test_other_licences_and_counts_are_a_parameter(run):
    bundle(run, "-S", "bundle.licenses=[all-rights-reserved]", "-S", "bundle.examples=1")
    assert [example["title"] for example in open_bundle(run.bundle).examples[RED]] == ["Car b"]


def test_a_second_run_changes_no_byte(run):
    bundle(run)
    before = {path: path.read_bytes() for path in run.bundle.rglob("*") if path.is_file()}
    bundle(run)
    assert {path: path.read_bytes() for path in run.bundle.rglob("*") if path.is_file()} == before


def test_the_bundle_notes_what_it_was_made_from(run):
    bundle(run)
    manifest = json.loads((run.bundle / "bundle.json").read_text())
    assert {path.rpartition("/")[2] for path in manifest["created_from"]} == {
        "model.onnx", "labels.json", "summary.parquet", "models.parquet", "paints.parquet", "manifest.parquet"}
    assert not any(path.startswith("/") for path in manifest["created_from"])


@pytest.mark.parametrize(("path", "message"), [
    ("models/model.onnx", "model.onnx: there is no such file; run `whatbenz train`"),
    ("models/labels.json", "labels.json: there is no such file"),
    ("data/vehicles/summary.parquet", "summary.parquet: table 'summary' is not there"),
    ("data/dataset", "manifest.parquet: table 'manifest' is not there")])
def test_what_is_missing_is_named(run, path, message):
    target = run.root / path
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    result = bundle(run)
    assert result.exit_code == 1 and message in result.output


def test_a_model_that_cannot_run_makes_no_bundle(run):
    run.model.write_bytes(b"no model")
    write_labels(run.model_labels, run.model)
    result = bundle(run)
    assert result.exit_code == 1 and "onnxruntime cannot run it" in result.output and not run.bundle.exists()
