"""A review server in a thread on a free port of loopback."""

import shutil
import threading
from dataclasses import dataclass

import pytest
from waitress import wasyncore
from waitress.server import create_server

from curate.params import ReviewParams
from curate.review.app import create_app
from curate.review.board import Board
from curate.review.guard import Guard
from curate.review.pictures import Pictures
from pipeline.layout import Layout
from tests.curate.review import drawn


@dataclass
class Served:
    """A review server at work."""

    url: str
    layout: Layout
    board: Board
    app: object


def serve(layout, reviewer="ann", guard=None, port=0):
    """Start a server; return what is served and a function that ends it."""
    params = ReviewParams(cache_mb=20)
    board = Board(layout, params, ("label_conflict",))
    app = create_app(board, Pictures(layout, params, lambda: board.material.images), guard or Guard(), reviewer)
    server = create_server(app, host="127.0.0.1", port=port, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()

    def stop():
        if thread.is_alive():  # as if killed: open connections are cut
            server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
            thread.join(5)
            server.task_dispatcher.shutdown(timeout=5)

    return Served(f"http://127.0.0.1:{server.effective_port}", layout, board, app), stop


@pytest.fixture(scope="session")
def drawn_run(tmp_path_factory):
    return drawn.make_run(tmp_path_factory.mktemp("run")).root


@pytest.fixture
def layout(drawn_run, tmp_path):
    """A run of its own for each test, pictures and all."""
    shutil.copytree(drawn_run, tmp_path / "run")
    return Layout(tmp_path / "run")


@pytest.fixture(scope="session")
def server(drawn_run, tmp_path_factory):
    """One server for all tests that only decide."""
    root = tmp_path_factory.mktemp("served") / "run"
    shutil.copytree(drawn_run, root)
    found, stop = serve(Layout(root))
    yield found
    stop()


@pytest.fixture
def served(server):
    """The server with nothing decided yet."""
    server.layout.decisions.unlink(missing_ok=True)
    return server


@pytest.fixture(scope="session")
def desktop(chromium):
    made = chromium.new_context(viewport={"width": 1280, "height": 800})
    made.set_default_timeout(20_000)
    yield made
    made.close()


@pytest.fixture
def context(desktop):
    """A browser window without tabs and without memory, but for pictures."""
    yield desktop
    for number, tab in enumerate(desktop.pages):
        if not number and tab.url.startswith("http"):
            tab.evaluate("localStorage.clear()")
        tab.close()
