import json
import shutil

import boto3
import pytest
from moto.server import ThreadedMotoServer

from pipeline.errors import BundleError
from serve.bundles import fetch_bundle, open_bundle
from serve.labels import read_labels
from tests.serve.bundles import CLASSES, GREEN, RED, make_bundle, write_labels


@pytest.fixture
def copy(bundle, tmp_path):
    """Return a bundle that may be spoiled."""
    shutil.copytree(bundle.folder, tmp_path / "bundle")
    return tmp_path / "bundle"


def edit(path, change):
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def test_a_bundle_knows_its_model_labels_facts_and_pictures(copy):
    opened = open_bundle(copy)
    assert opened.labels.classes == CLASSES and opened.labels.name(RED) == "C-Class Sedan"
    assert opened.labels.name("x-pickup") == "x-pickup"
    assert set(opened.examples) == {RED, GREEN} and set(opened.vehicles) == {"markets", "facts"}
    assert all((copy / name).exists() for name in opened.files)


@pytest.mark.parametrize("name", ["model.onnx", "labels.json", "vehicles.json", "examples/c-sedan/1.jpg"])
def test_a_file_that_is_missing_or_changed_is_found(copy, name):
    (copy / name).write_bytes((copy / name).read_bytes() + b"\n")
    with pytest.raises(BundleError, match=f"{name}: not the file"):
        open_bundle(copy)
    (copy / name).unlink()
    with pytest.raises(BundleError, match=f"{name}: missing"):
        open_bundle(copy)


def test_where_there_is_no_bundle_the_way_to_one_is_named(tmp_path):
    with pytest.raises(BundleError, match="make one with `whatbenz bundle`"):
        fetch_bundle("models/bundle", tmp_path)


@pytest.mark.parametrize("name", ["../labels.json", "/etc/passwd", "examples/../../x", "a\\b"])
def test_no_file_outside_the_bundle_is_touched(copy, name):
    edit(copy / "bundle.json", lambda manifest: manifest["files"].update({name: "0" * 64}))
    with pytest.raises(BundleError, match="outside the bundle"):
        open_bundle(copy)


def test_a_bundle_of_another_version_or_no_json_is_refused(copy):
    edit(copy / "bundle.json", lambda manifest: manifest.update(version=2))
    with pytest.raises(BundleError, match="not a bundle of version 1"):
        open_bundle(copy)
    (copy / "bundle.json").write_text("{")
    with pytest.raises(BundleError, match="cannot be read as JSON"):
        open_bundle(copy)


def test_another_content_is_another_version(bundle, tmp_path):
    assert make_bundle(tmp_path, temperature=3.0).version != bundle.version


@pytest.mark.parametrize(("changes", "message"), [
    ({"classes": []}, "there are none"), ({"classes": [RED, RED]}, "stands there twice"),
    ({"temperature": 0}, "temperature"), ({"reject": {"score": "margin", "threshold": 1}}, "reject.score"),
    ({"reject": {}}, "KeyError"), ({"temperature": "warm"}, "ValueError"),
    ({"preprocessing": {"size": [2, 2], "resize": "crop", "interpolation": "bilinear", "mean": [0, 0, 0],
                        "std": [1, 1, 1]}}, "only squish"),
    ({"preprocessing": {"size": [2, 2], "resize": "squish", "interpolation": "bilinear", "mean": [0, 0],
                        "std": [1, 1, 1]}}, "three values")])
def test_labels_that_this_service_cannot_follow_are_refused(tmp_path, changes, message):
    model = tmp_path / "model.onnx"
    model.write_bytes(b"x")
    write_labels(tmp_path / "labels.json", model, **changes)
    with pytest.raises(BundleError, match=message):
        read_labels(tmp_path / "labels.json")


def test_a_bundle_is_not_made_of_a_model_and_the_labels_of_another(tmp_path):
    with pytest.raises(BundleError, match="written for another model"):
        make_bundle(tmp_path, model_sha256="0" * 64)
    assert not (tmp_path / "bundle").exists() and not list(tmp_path.glob(".bundle-*"))


def test_a_bundle_takes_the_place_of_the_one_before(tmp_path):
    first = make_bundle(tmp_path)
    (first.folder / "left-over").write_text("x")
    assert make_bundle(tmp_path, temperature=3.0).version != first.version
    assert not (first.folder / "left-over").exists()


@pytest.fixture(scope="module")
def s3_server():
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(s3_server, bundle, monkeypatch, tmp_path):
    """Return a client of S3 where the bundle lies at s3://models/v1."""
    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "eu-central-1",
                        "AWS_ENDPOINT_URL": s3_server, "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="models", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for name in ("bundle.json", *bundle.files):
        client.upload_file(str(bundle.folder / name), "models", f"v1/{name}")
    yield client
    for item in client.list_objects_v2(Bucket="models")["Contents"]:
        client.delete_object(Bucket="models", Key=item["Key"])
    client.delete_bucket(Bucket="models")


def test_a_bundle_in_s3_is_fetched_once(bucket, bundle, tmp_path):
    opened = fetch_bundle("s3://models/v1", tmp_path)
    assert opened.version == bundle.version and tmp_path / "cache" in opened.folder.parents
    for name in bundle.files:
        bucket.delete_object(Bucket="models", Key=f"v1/{name}")
    assert fetch_bundle("s3://models/v1", tmp_path).version == bundle.version


def test_a_file_that_is_damaged_in_s3_is_named_and_the_bundle_before_stays(bucket, bundle, tmp_path):
    folder = fetch_bundle("s3://models/v1", tmp_path).folder
    (folder / "vehicles.json").unlink()
    bucket.put_object(Bucket="models", Key="v1/vehicles.json", Body=b"{}")
    with pytest.raises(BundleError, match="vehicles.json is not the file that bundle.json names"):
        fetch_bundle("s3://models/v1", tmp_path)


@pytest.mark.parametrize(("place", "message"), [
    ("s3://models/nothing", "check the bucket"), ("s3://other/v1", "bucket"), ("s3:///v1", "names no bucket")])
def test_what_s3_does_not_have_is_an_error_with_the_next_step(bucket, place, message, tmp_path):
    with pytest.raises(BundleError, match=message):
        fetch_bundle(place, tmp_path)
