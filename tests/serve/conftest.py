import io
from dataclasses import replace

import pytest

from serve.app import create_app
from serve.journal import Journal
from serve.params import ServeParams
from serve.service import Service
from tests.serve.bundles import make_bundle

FREE = ServeParams(rate_per_minute=0)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def make_service(bundle, tmp_path):
    """Return a maker of services over the small bundle: parameters by name; its log is ``service.log``."""
    def make(web=None, **params):
        log = io.StringIO()
        folder = web or tmp_path / "web"
        folder.mkdir(exist_ok=True)
        service = Service(bundle, replace(FREE, **params), tmp_path / "feedback", Journal(log), folder)
        service.log = log
        return service

    return make


@pytest.fixture
def service(make_service):
    return make_service()


@pytest.fixture
def client(service):
    return create_app(service).test_client()
