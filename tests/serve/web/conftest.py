"""The real service on loopback with the small bundle, and a phone's browser in front of it."""

import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import pytest
from waitress import wasyncore

from serve.bundles import Bundle
from serve.journal import Journal
from serve.params import ServeParams
from serve.server import listen
from serve.service import WEB, Service
from tests.serve.bundles import make_bundle
from tests.serve.web.page import Page

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1280, "height": 860}}


class Recording(Service):
    """A service that remembers the pictures it was sent; a browser tells nobody the bytes of a file that it sends."""

    def __post_init__(self):
        super().__post_init__()
        self.received = []

    def predict(self, data):
        self.received.append(data)
        return super().predict(data)


@dataclass
class Served:
    """A service at work: its address, where it keeps pictures, and which it was sent."""

    url: str
    feedback: Path
    received: list[bytes]


@contextmanager
def serve(bundle: Bundle, folder: Path, web: Path = WEB, port: int = 0, **params):
    """Serve, at ``port`` or a free one, and yield what is served."""
    service = Recording(bundle, replace(ServeParams(rate_per_minute=0), **params), folder, Journal(StringIO()), web)
    server, port = listen(service, "127.0.0.1", port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield Served(f"http://127.0.0.1:{port}", folder, service.received)
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))  # as if killed: open connections are cut
    thread.join(5)
    server.task_dispatcher.shutdown(timeout=5)


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="session")
def served(small_bundle, tmp_path_factory):
    """One service for all tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("feedback")
    with serve(small_bundle, folder, keep_uploads=True) as at_work:
        yield at_work


@pytest.fixture
def open_page(chromium, served):
    """Return a function that opens the app in a window with nothing remembered, and checks it for errors.

    ``url``: another service. ``path``: such as ``#past``. ``desktop``: a large window and a mouse. Other options are a
    browser context's: ``locale``, ``color_scheme``, ``service_workers`` (allowed only where they are asked for, for
    requests of a service worker's page pass the tests by).
    """
    contexts, pages = [], []

    def open_one(url=None, path="", desktop=False, **options):
        given = (DESKTOP if desktop else PHONE) | {"locale": "en-GB", "service_workers": "block"} | options
        context = chromium.new_context(**given)
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = Page(context.new_page(), url or served.url)
        pages.append(page)
        page.open(path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert [error for page in pages for error in page.errors] == []
