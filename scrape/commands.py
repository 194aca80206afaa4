"""The commands ``whatbenz search`` and ``whatbenz download``."""

import click

from pipeline.workspace import Workspace


@click.command()
@click.pass_obj
def search(workspace: Workspace) -> None:
    """Search pictures of every class, in the sources that scrape.sources names.

    Reads classes.csv and, for the sources urls and folder, your own list or folder; writes
    data/candidates/candidates.parquet, one row a hit, and keeps every result page in data/candidates/pages.
    A run that was stopped goes on where it was; no page is asked again before scrape.refresh_days are over.
    Keys come from the environment: FLICKR_API_KEY, OPENVERSE_CLIENT_ID and OPENVERSE_CLIENT_SECRET.
    """
    import os
    import sys
    from contextlib import ExitStack
    from datetime import UTC, datetime

    import requests
    from tqdm import tqdm

    import tables
    from pipeline.files import remove_leftovers
    from scrape.agent import user_agent
    from scrape.answers import Answers
    from scrape.classes import read_classes
    from scrape.interrupt import INTERRUPTED
    from scrape.pages import Pages
    from scrape.params import SearchParams
    from scrape.search import check_complete
    from scrape.search import search as run
    from scrape.sources import FOUND, check_sources, make_sources, unused_material
    from scrape.sources.sandbox import Sandbox

    layout, params = workspace.layout, workspace.params(SearchParams)
    check_sources(params, os.environ)
    agent = user_agent(params.contact)
    classes_path = layout.root / params.classes
    classes = None if params.classes == FOUND else read_classes(classes_path)
    for note in unused_material(params):
        click.echo(note, err=True)
    remove_leftovers(layout.candidates.parent)
    layout.pages.mkdir(parents=True, exist_ok=True)  # an output of the stage, also where no source has result pages
    with ExitStack() as stack:
        session = stack.enter_context(requests.Session())
        session.trust_env = False  # a proxy from the environment cannot reach loopback
        answers = Answers(session, agent, params.timeout, params.tries, params.longest_wait)
        sandbox = None
        if Sandbox.name in params.sources:
            from sandbox.params import SandboxParams
            from sandbox.server import serving

            web = stack.enter_context(serving(workspace.params(SandboxParams), classes_path, layout.truth))
            sandbox = Sandbox(web.base_url, web.identity)
        sources = make_sources(params, layout.root, os.environ, answers, sandbox)
        try:
            found = run(classes, params, sources, answers, Pages(layout.pages, params.refresh_days),
                        datetime.now(UTC), say=lambda line: tqdm.write(line, file=sys.stderr))
        except KeyboardInterrupt:
            click.echo(f"\nstopped; the pages so far are kept in {layout.pages}. "
                       "Run `whatbenz search` (or `dvc repro`) again to go on.")
            raise SystemExit(INTERRUPTED) from None
    tables.write(tables.CANDIDATES, found.candidates, layout.candidates)
    for note in found.notes:
        click.echo(note)
    click.echo(f"{len(found.candidates)} candidates in {layout.candidates}")
    check_complete(found, layout.candidates)


@click.command()
@click.pass_obj
def download(workspace: Workspace) -> None:
    """Fetch the candidates' pictures, politely and resumably.

    Reads data/candidates/candidates.parquet and, for the source folder, the files in scrape.folder; writes
    data/raw/images/ab/<sha256>.<ext>, data/raw/ledger.sqlite (what was tried and what came of it) and
    data/raw/hits.parquet. A second run asks only for what is missing and for what failed in a way that may pass.
    Pictures whose candidates are gone are removed. Ctrl-C keeps everything; run it again to go on.
    """
    from contextlib import ExitStack
    from urllib.parse import urlsplit

    from sandbox.params import SandboxParams
    from sandbox.server import serving
    from scrape.agent import user_agent
    from scrape.download import Web
    from scrape.download import download as run
    from scrape.hits import describe
    from scrape.interrupt import INTERRUPTED, on_interrupt
    from scrape.params import DownloadParams, SearchParams

    layout, scrape, params = workspace.layout, workspace.params(SearchParams), workspace.params(DownloadParams)
    with ExitStack() as stack:
        sandbox = None
        if "sandbox" in scrape.sources:
            classes_path = layout.root / scrape.classes
            served = stack.enter_context(serving(workspace.params(SandboxParams), classes_path, layout.truth))
            sandbox = urlsplit(served.base_url).netloc
        folder = layout.root / scrape.folder if scrape.folder else None
        stop = stack.enter_context(on_interrupt())
        result = run(layout, params, Web(user_agent(scrape.contact), scrape.allow_hosts, folder, sandbox), stop)
    click.echo(describe(result.hits))
    if result.removed:
        click.echo(f"\n{result.removed} files removed whose candidates are gone")
    if not result.complete:
        click.echo("\nstopped; everything fetched is kept. Run `whatbenz download` (or `dvc repro`) again to go on.")
        raise SystemExit(INTERRUPTED)
