"""The command ``whatbenz sandbox``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.workspace import Workspace

if TYPE_CHECKING:
    from sandbox.plan import Plan


@click.command()
@click.option("--sheet", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Draw a contact sheet of all classes and off-topic pictures, and serve nothing.")
@click.pass_obj
def sandbox(workspace: Workspace, sheet: Path | None) -> None:
    """Serve the drawn web on loopback by hand, until Ctrl-C.

    Reads classes.csv and the section sandbox of params.yaml; writes data/sandbox/truth.parquet and keeps
    drawn pictures beside it. The stages serve it themselves where it is not running.
    """
    import threading

    from sandbox.params import SandboxParams
    from sandbox.server import serving
    from sandbox.sheet import draw_sheet

    params = workspace.params(SandboxParams)
    if sheet is not None:
        draw_sheet(params.seed, sheet)
        click.echo(f"{sheet}: drawn")
        return
    layout = workspace.layout
    with serving(params, layout.classes, layout.truth) as web:
        if not web.own:
            click.echo(f"{web.base_url} is served already, with the same parameters")
            return
        click.echo(_describe(web.base_url, web.plan, layout.truth))
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            click.echo("\nended")


def _describe(base_url: str, plan: "Plan", truth: Path) -> str:
    cars = sum(item.picture.kind == "car" and item.fault is None and item.change is None for item in plan.items)
    query = plan.classes[0].queries[0].replace(" ", "%20")
    return "\n".join((
        f"The sandbox answers on {base_url}: {len(plan.items)} pictures for {len(plan.classes)} classes, "
        f"{cars} of them plain.",
        f"  image search   {base_url}/w/api.php?action=query&generator=search&gsrnamespace=6&format=json"
        f"&prop=imageinfo&iiprop=url|size|extmetadata&gsrsearch={query}",
        f"  images         {base_url}/images/…",
        f"  robots.txt     {base_url}/robots.txt",
        f"  requests       {base_url}/log as JSON; POST {base_url}/reset empties it",
        f"  truth          {truth}",
        "Ctrl-C ends it.",
    ))
