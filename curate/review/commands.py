"""`whatbenz review`: open the review page, or exchange decisions with others."""

import getpass
import os
import socket
import subprocess
import sys
import webbrowser
from pathlib import Path

import click

from curate.params import ReviewParams, SplitParams
from pipeline.errors import MaterialError
from pipeline.workspace import Workspace

THREADS = 8


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True,
              help="Port; 0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Address to listen at. On anything but loopback the page asks for a token, which is printed.")
@click.option("--reviewer", metavar="NAME", help="Who reviews; by default the name that git knows, else the user's. "
                                                 "With --export only this one's decisions are written.")
@click.option("--export", "export_to", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the decisions to a CSV file for others, and end.")
@click.option("--import", "import_from", type=click.Path(dir_okay=False, path_type=Path),
              help="Take the decisions of another's CSV file, its columns checked, and end.")
@click.pass_obj
def review(workspace: Workspace, port: int, host: str, reviewer: str | None, export_to: Path | None,
           import_from: Path | None) -> None:
    """Decide doubtful pictures in the browser, the ones first where a minute changes most.

    Reads data/raw, data/inspected, data/embedded, data/deduped and data/flagged. Appends each decision to
    reviews/decisions.csv before the page moves on. `dvc repro` then applies them.
    """
    from curate.review.app import NAME

    if reviewer is not None and not NAME.fullmatch(reviewer):
        raise click.BadParameter("it begins with a letter or digit and has at most 64 letters, digits, blanks and "
                                 ". ' @ -", param_hint="--reviewer")
    if export_to or import_from:
        _exchange(workspace, reviewer, export_to, import_from)
    else:
        own = (reviewer, _git_name(), getpass.getuser())
        _serve(workspace, port, host, next((name for name in own if name and NAME.fullmatch(name)), "reviewer"))


def _exchange(workspace: Workspace, reviewer: str | None, export_to: Path | None, import_from: Path | None) -> None:
    from curate.review.exchange import export_decisions, import_decisions
    from curate.review.journal import Journal

    journal = Journal(workspace.layout.decisions)
    if import_from:
        found = import_decisions(journal, import_from)
        click.echo(f"review: {found.taken} decisions taken from {import_from}, {found.known} were there already, "
                   f"{found.outdated} left out since their reviewer decided anew here")
        _tell_gone(workspace, journal)
    if export_to:
        count = export_decisions(journal, export_to, reviewer)
        click.echo(f"review: {count} decisions written to {export_to}")


def _tell_gone(workspace: Workspace, journal: object) -> None:
    """Say how many decisions are about pictures that are not here, where there is a run to tell by."""
    from curate.review.items import count_gone
    from curate.review.journal import Journal
    from curate.review.material import read_material
    from pipeline.errors import TableError

    assert isinstance(journal, Journal)
    try:
        gone = count_gone(read_material(workspace.layout), journal.read())
    except TableError:
        return
    if gone:
        click.echo(f"review: {gone} decisions are about pictures that are not here; they are kept for when they come")


def _serve(workspace: Workspace, port: int, host: str, reviewer: str) -> None:
    from waitress.server import create_server

    from curate.review.app import create_app
    from curate.review.board import Board
    from curate.review.guard import Guard
    from curate.review.pictures import Pictures

    params = workspace.params(ReviewParams)
    board = Board(workspace.layout, params, workspace.params(SplitParams).hold)
    pictures = Pictures(workspace.layout, params, lambda: board.material.images)
    guard = Guard.for_host(host)
    app = create_app(board, pictures, guard, reviewer)
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise MaterialError(f"cannot listen at {host}, port {port}: {error.strerror}; choose another with --port") \
            from error
    server = create_server(app, sockets=[listener], threads=THREADS, ident="whatbenz")
    url = f"http://{_name_of(host)}:{listener.getsockname()[1]}/" + (f"?token={guard.token}" if guard.token else "")
    click.echo(f"review: {len(board.items)} questions; open {url} (Ctrl+C ends it)")
    sys.stdout.flush()
    if sys.stdout.isatty() and _has_screen():
        webbrowser.open(url)
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()


def _git_name() -> str:
    try:
        found = subprocess.run(["git", "config", "user.name"], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return found.stdout.strip()


def _name_of(host: str) -> str:
    """Return what to write into an address for a server bound to ``host``."""
    if host in ("0.0.0.0", "::", ""):
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


def _has_screen() -> bool:
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
