import io
import tempfile
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from serve.app import create_app
from serve.journal import Journal
from serve.service import Service
from tests.serve.bundles import make_bundle
from tests.serve.conftest import FREE
from tests.serve.schemathesis_hooks import PICTURES

FOLDER = tempfile.TemporaryDirectory()
APP = create_app(Service(make_bundle(Path(FOLDER.name)), FREE, Path(FOLDER.name) / "feedback", Journal(io.StringIO()),
                         Path(FOLDER.name)))
schema = schemathesis.openapi.from_wsgi("/openapi.json", APP)


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_answer_is_one_that_the_description_names(case):
    case.call_and_validate()


@given(PICTURES)
@settings(max_examples=12, derandomize=True, deadline=None)
def test_the_pictures_that_are_sent_are_answered(picture):
    assert APP.test_client().post("/predict", data=picture, content_type="image/jpeg").status_code == 200


def test_every_address_is_described_and_no_other():
    rules = {rule.rule.replace("<", "{").replace(">", "}") for rule in APP.url_map.iter_rules()
             if not rule.endpoint.startswith(("service.file_", "service.index"))}
    assert set(APP.test_client().get("/openapi.json").get_json()["paths"]) == rules


@pytest.mark.parametrize("path", ["/classes", "/markets", "/predict"])
def test_the_description_is_of_the_version_that_asks_for_nothing_from_elsewhere(path):
    document = APP.test_client().get("/openapi.json").get_json()
    assert document["openapi"].startswith("3.1") and path in document["paths"] and "servers" not in document
