"""`dvc push` and `dvc pull` with an S3 remote (extra s3), against a server on loopback."""

import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

BUCKET = "whatbenz"


@pytest.fixture
def environment(s3_server):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": "/nonexistent",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}


@pytest.fixture
def project(tmp_path, s3_server, environment):
    """A DVC project with one stage's output and an S3 remote, as docs/training.md describes it."""
    boto3.client("s3", endpoint_url=s3_server, aws_access_key_id="key", aws_secret_access_key="secret",
                 region_name="us-east-1").create_bucket(Bucket=BUCKET)
    (tmp_path / "dvc.yaml").write_text("stages:\n  train:\n    cmd: mkdir models && echo weights > models/model.onnx\n"
                                       "    outs:\n      - models\n")
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "config").write_text(
        f"[core]\n    analytics = false\n    no_scm = true\n    remote = store\n"
        f"['remote \"store\"']\n    url = s3://{BUCKET}/dvc\n    endpointurl = {s3_server}\n")
    run(tmp_path, environment, "repro")
    return tmp_path


def run(folder, environment, *arguments):
    result = subprocess.run(["dvc", *arguments], cwd=folder, env=environment, capture_output=True, text=True,
                            timeout=250)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def test_what_is_pushed_to_s3_is_pulled_elsewhere_and_is_up_to_date_there(project, environment, tmp_path_factory):
    run(project, environment, "push")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name in ("dvc.yaml", "dvc.lock", ".dvc/config"):
        target = elsewhere / name
        target.parent.mkdir(exist_ok=True)
        target.write_text((project / name).read_text())
    run(elsewhere, environment, "pull")
    assert (elsewhere / "models" / "model.onnx").read_text() == "weights\n"
    assert "up to date" in run(elsewhere, environment, "repro")
