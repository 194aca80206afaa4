from collections.abc import Iterator

import pytest
import requests

from sandbox.params import SandboxParams
from sandbox.server import Web, serving
from tests.sandbox.webs import session, write_classes


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Two classes, four hits each, and every fault on top."""
    folder = tmp_path_factory.mktemp("sandbox")
    params = SandboxParams(port=0, images_per_class=4)
    with serving(params, write_classes(folder), folder / "data" / "truth.parquet") as served:
        yield served


@pytest.fixture
def client() -> Iterator[requests.Session]:
    with session() as made:
        yield made
