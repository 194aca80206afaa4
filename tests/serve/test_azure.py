"""The scoring script behind azureml-inference-server-http, and the files that deploy it."""

import configparser
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.serve.bundles import GREEN, RED, coloured

ROOT = Path(__file__).parent.parent.parent
AZURE = ROOT / "serve" / "azure"
ASKED = [
    {"path": "/score?market=de_DE&top=2", "body": coloured(RED).hex()},
    {"path": "/score", "body": coloured(GREEN, "HEIF").hex(), "headers": {"Accept-Language": "fr"}},
    {"path": "/score", "body": b"hello".hex(), "headers": {"Content-Type": "image/jpeg"}},
    {"path": "/score", "body": coloured(RED)[:-40].hex(), "headers": {"Content-Type": "image/jpeg"}},
    {"path": "/score", "body": ""},
    {"path": "/score?market=nope", "body": coloured(RED).hex()},
    {"path": "/score", "method": "GET"},
    {"path": "/", "method": "GET"},
]


@pytest.fixture(scope="module")
def answers(bundle):
    """Azure mounts the registered folder, with its own name, below AZUREML_MODEL_DIR."""
    environment = {**os.environ, "AML_APP_ROOT": str(ROOT), "AZUREML_ENTRY_SCRIPT": "serve/azure/score.py",
                   "AZUREML_MODEL_DIR": str(bundle.folder.parent), "PYTHONPATH": str(ROOT)}
    result = subprocess.run([sys.executable, "tests/serve/azure_app.py", json.dumps(ASKED)], cwd=ROOT, env=environment,
                            capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stdout + result.stderr
    return [json.loads(line.partition("ANSWER ")[2]) for line in result.stdout.splitlines() if "ANSWER {" in line]


def test_a_photo_is_answered_as_by_our_own_service(answers):
    assert answers[0]["status"] == 200 and answers[0]["body"]["predictions"][0]["class_id"] == RED
    assert len(answers[0]["body"]["predictions"]) == 2 and answers[0]["body"]["facts"]["market_id"] == "de_DE"


def test_heic_and_the_browsers_language_are_understood(answers):
    assert answers[1]["body"]["predictions"][0]["class_id"] == GREEN
    assert answers[1]["body"]["facts"]["market_id"] == "fr_FR"


@pytest.mark.parametrize(("place", "status"), [(2, 415), (3, 422), (4, 400), (5, 400), (6, 405)])
def test_bad_bytes_and_requests_are_problems(answers, place, status):
    answer = answers[place]
    assert (answer["status"], answer["type"], answer["body"]["status"]) == (status, "application/problem+json", status)


def test_the_probe_is_answered(answers):
    assert answers[7]["status"] == 200


def read(name):
    return yaml.safe_load((AZURE / name).read_text(encoding="utf-8"))


def test_the_deployment_names_files_that_exist_and_the_endpoint():
    endpoint, deployment = read("endpoint.yml"), read("deployment.yml")
    assert deployment["endpoint_name"] == endpoint["name"] and endpoint["auth_mode"] == "key"
    code = (AZURE / deployment["code_configuration"]["code"]).resolve()
    assert code == ROOT and (code / deployment["code_configuration"]["scoring_script"]).is_file()
    assert (AZURE / deployment["environment"]["conda_file"]).is_file()
    assert (AZURE / deployment["model"]["path"]).resolve() == ROOT / "models" / "bundle"


def test_the_conda_file_has_what_the_extras_bring_at_the_versions_of_the_constraints():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = "\n".join([setup["options"]["install_requires"], setup["options.extras_require"]["serve"],
                       setup["options.extras_require"]["azure"]])
    wanted = {re.split("[>=]", line)[0] for line in lines.split() if re.match("[a-z]", line)}
    pins = dict(line.lower().replace("_", "-").split("==") for line in
                (ROOT / "constraints.txt").read_text().splitlines() if "==" in line)
    listed = dict(line.split("==") for line in read("conda.yml")["dependencies"][-1]["pip"])
    assert set(listed) == wanted - {"waitress"} and all(pins[name] == version for name, version in listed.items())


def test_the_code_that_is_uploaded_is_all_that_the_script_needs():
    ignored = {line for line in (ROOT / ".amlignore").read_text().splitlines() if line and not line.startswith("#")}
    assert not {"serve", "pipeline"} & ignored and {"data", "models", "tests", ".venv"} <= ignored
