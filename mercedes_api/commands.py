"""The command of the stage vehicles, and what the app would say of one class."""

import click

from pipeline.workspace import Workspace


@click.group(invoke_without_command=True)
@click.option("--offline", is_flag=True, help="Parse the kept answers again; ask the API for nothing.")
@click.pass_context
def vehicles(ctx: click.Context, offline: bool) -> None:
    """Fetch what each market sells of every class: prices, power, fuel, transmissions, colours.

    Reads classes.csv and the sections mercedes_api and sandbox of params.yaml; the key comes from
    MERCEDES_API_KEY. Writes data/vehicles/models.parquet, paints.parquet and summary.parquet, and
    keeps every answer of the API in data/vehicles/answers, so that no call is paid twice.

    A run that ends at its call budget is a success: the tables hold what the budget reached. One
    that the API refused or cut short writes the tables too, says what is missing, and fails.
    """
    if ctx.invoked_subcommand is not None:
        if offline:
            raise click.UsageError("--offline belongs to `whatbenz vehicles` itself, not to its sub-commands")
        return
    from mercedes_api.run import run

    outcome = run(ctx.obj, offline, lambda line: click.echo(f"vehicles: {line}", err=True))
    click.echo(outcome.text)
    if outcome.failure is not None:
        raise outcome.failure


@vehicles.command()
@click.argument("class_id")
@click.option("--market", required=True, metavar="MARKET", help="Market id, for example de_DE.")
@click.pass_obj
def show(workspace: Workspace, class_id: str, market: str) -> None:
    """Print what the app would say of CLASS_ID in one market.

    Reads classes.csv and the tables in data/vehicles.
    """
    import difflib

    import tables
    from mercedes_api.overview import describe_class
    from scrape.classes import read_classes, unknown_class

    layout = workspace.layout
    classes = read_classes(layout.classes).set_index("class_id")
    if class_id not in classes.index:
        raise click.BadParameter(unknown_class(class_id, list(classes.index)), param_hint="CLASS_ID")
    summary = tables.read(tables.SUMMARY, layout.summary)
    known = list(dict.fromkeys(summary["market_id"]))
    if market not in known:
        near = difflib.get_close_matches(market, known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise click.BadParameter(f"no market {market} in {layout.summary}; {hint}", param_hint="--market")
    if not ((summary["market_id"] == market) & (summary["class_id"] == class_id)).any():
        raise click.BadParameter(f"{class_id} is not in {layout.summary}; run `whatbenz vehicles` again",
                                 param_hint="CLASS_ID")
    click.echo(describe_class(class_id, classes.loc[class_id, "name"], market, summary,
                              tables.read(tables.MODELS, layout.models), tables.read(tables.PAINTS, layout.paints)))
