"""`whatbenz publish` against an S3 server on loopback, and the service that follows the pointer."""

import json
import socket
import threading

import boto3
import pytest
import requests
from click.testing import CliRunner

from pipeline.errors import BundleError, StoreError
from pipeline.files import sha256_of
from serve.bundles import MANIFEST, open_bundle
from serve.publish import publish
from serve.s3 import download
from tests.serve.bundles import make_bundle
from whatbenz import main

BUCKET = "models"


def ignore(name):
    pass


@pytest.fixture
def s3(s3_server, monkeypatch):
    """A client of the server with an empty bucket; boto3 finds both in the environment."""
    for name, value in {"AWS_ENDPOINT_URL": s3_server, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
                        "AWS_DEFAULT_REGION": "us-east-1", "AWS_MAX_ATTEMPTS": "1", "AWS_CONFIG_FILE": "/nonexistent",
                        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)
    client = boto3.Session().client("s3")
    client.create_bucket(Bucket=BUCKET)
    yield client
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    client.delete_bucket(Bucket=BUCKET)


def read_pointer(s3, prefix="cars/"):
    return json.loads(s3.get_object(Bucket=BUCKET, Key=f"{prefix}latest.json")["Body"].read())


def test_every_file_lies_under_its_version_with_its_checksum_and_the_pointer_names_it(bundle, s3):
    done = publish(bundle, f"s3://{BUCKET}/cars/", ignore)
    assert (done.sent, done.kept) == (len(bundle.files) + 1, 0)
    keys = {item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert keys == {"cars/latest.json", *(f"cars/{bundle.version}/{name}" for name in (*bundle.files, MANIFEST))}
    head = s3.head_object(Bucket=BUCKET, Key=f"cars/{bundle.version}/model.onnx", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"]
    pointer = read_pointer(s3)
    assert pointer["version"] == bundle.version
    assert pointer["manifest_sha256"] == sha256_of(bundle.folder / MANIFEST)


def test_a_service_follows_the_pointer(bundle, s3, tmp_path):
    publish(bundle, f"s3://{BUCKET}/cars", ignore)
    download(f"s3://{BUCKET}/cars", tmp_path)
    assert open_bundle(tmp_path).version == bundle.version


def test_a_second_publish_sends_nothing_and_without_a_prefix_it_goes_to_the_top(bundle, s3):
    publish(bundle, f"s3://{BUCKET}", ignore)
    done = publish(bundle, f"s3://{BUCKET}", ignore)
    assert (done.sent, done.kept) == (0, len(bundle.files) + 1)
    assert read_pointer(s3, "")["version"] == bundle.version


def test_a_damaged_file_in_the_bucket_is_sent_again(bundle, s3):
    publish(bundle, f"s3://{BUCKET}/cars", ignore)
    s3.put_object(Bucket=BUCKET, Key=f"cars/{bundle.version}/model.onnx", Body=b"torn")
    assert publish(bundle, f"s3://{BUCKET}/cars", ignore).sent == 1


class Cut:
    """A proxy that ends the connection, for good, once so many bytes have gone up."""

    def __init__(self, target, limit):
        self.target, self.left = target, limit
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if self.left <= 0:
                near.close()
                continue
            far = socket.create_connection(self.target)
            threading.Thread(target=self.pass_on, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self.pass_on, args=(far, near, False), daemon=True).start()

    def pass_on(self, source, sink, counted):
        try:
            while data := source.recv(4096):
                if counted:
                    self.left -= len(data)
                    if self.left <= 0:
                        break
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def test_an_upload_that_is_cut_off_leaves_the_pointer_and_goes_on(bundle, s3, s3_server, tmp_path, monkeypatch):
    old = make_bundle(tmp_path / "old", temperature=3.0)
    publish(old, f"s3://{BUCKET}/cars", ignore)
    host, port = s3_server.removeprefix("http://").split(":")
    cut = Cut((host, int(port)), sum((bundle.folder / name).stat().st_size for name in bundle.files) // 2)
    monkeypatch.setenv("AWS_ENDPOINT_URL", cut.url)
    with pytest.raises(StoreError, match="run the same again"):
        publish(bundle, f"s3://{BUCKET}/cars", ignore)
    assert cut.left <= 0
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    assert read_pointer(s3)["version"] == old.version
    done = publish(bundle, f"s3://{BUCKET}/cars", ignore)
    assert done.kept > 0 and done.sent > 0
    assert read_pointer(s3)["version"] == bundle.version


def test_a_missing_bucket_is_named(bundle, s3):
    with pytest.raises(StoreError, match="s3://elsewhere/cars: there is no such bucket"):
        publish(bundle, "s3://elsewhere/cars", ignore)


def test_an_address_without_a_bucket_is_refused(bundle):
    with pytest.raises(BundleError, match="write it as s3://bucket/prefix"):
        publish(bundle, "models/cars", ignore)


def test_without_keys_the_variables_are_named(bundle, s3, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(StoreError, match="set AWS_ACCESS_KEY_ID"):
        publish(bundle, f"s3://{BUCKET}/cars", ignore)


def test_wrong_keys_are_refused_in_one_sentence(bundle, s3, s3_server, monkeypatch):
    # moto checks signatures from here on
    requests.post(f"{s3_server}/moto-api/reset-auth", data="0", timeout=10)
    try:
        with pytest.raises(StoreError, match=r"S3 refuses .*AWS_SECRET_ACCESS_KEY"):
            publish(bundle, f"s3://{BUCKET}/cars", ignore)
    finally:
        requests.post(f"{s3_server}/moto-api/reset-auth", data="1000000", timeout=10)


def test_the_command_says_what_it_did(bundle, s3, tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "bundle").symlink_to(bundle.folder)
    result = CliRunner().invoke(main, ["-C", str(tmp_path), "publish", f"s3://{BUCKET}/cars"])
    assert result.exit_code == 0, result.output
    assert f"version {bundle.version} at s3://{BUCKET}/cars/{bundle.version}" in result.output
