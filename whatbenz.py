"""The command line: one click group that collects the stage commands of all folders."""

import importlib
from pathlib import Path
from typing import Any

import click

from pipeline.errors import MissingExtraError
from pipeline.layout import Layout
from pipeline.params import check_overrides, check_sections
from pipeline.workspace import Workspace

__version__ = "0.1.0"

# The stages in the order of the flow, then what is run by hand: name → (module, attribute).
# A command's module is imported only when it is asked for, so that `whatbenz --help` is quick.
STAGES = {
    "search": ("scrape.commands", "search"),
    "download": ("scrape.commands", "download"),
    "inspect": ("curate.commands", "inspect"),
    "embed": ("curate.commands", "embed"),
    "dedupe": ("curate.commands", "dedupe"),
    "flag": ("curate.commands", "flag"),
    "split": ("curate.commands", "split"),
    "vehicles": ("mercedes_api.commands", "vehicles"),
    "report": ("curate.commands", "report"),
    "pretrain": ("train.commands", "pretrain"),
    "train": ("train.commands", "train"),
    "bundle": ("serve.commands", "bundle"),
}
BY_HAND = {
    "review": ("curate.review.commands", "review"),
    "serve": ("serve.commands", "serve"),
    "publish": ("serve.commands", "publish"),
    "cross-predict": ("train.commands", "cross_predict"),
    "explain": ("curate.commands", "explain"),
    "pairs": ("curate.commands", "pairs"),
    "calibrate": ("curate.commands", "calibrate"),
    "sandbox": ("sandbox.commands", "sandbox"),
    "tables": ("whatbenz", "tables_command"),
}

# The extra of setup.cfg that brings what a command imports; all others need `pipeline`.
EXTRAS = {"serve": "serve", "publish": "serve", "pretrain": "train", "train": "train", "cross-predict": "train"}

# Every section of params.yaml: its dataclass says which keys there are.
SECTIONS = (
    ("scrape.params", "SearchParams"),
    ("scrape.params", "DownloadParams"),
    ("sandbox.params", "SandboxParams"),
    ("curate.params", "InspectParams"),
    ("curate.params", "EmbedParams"),
    ("curate.params", "DedupeParams"),
    ("curate.params", "FlagParams"),
    ("curate.params", "ReviewParams"),
    ("curate.params", "SplitParams"),
    ("curate.params", "ReportParams"),
    ("mercedes_api.params", "VehiclesParams"),
    ("train.params", "PretrainParams"),
    ("train.params", "TrainParams"),
    ("serve.params", "BundleParams"),
    ("serve.params", "ServeParams"),
)


def load_sections() -> tuple[type, ...]:
    """Return the parameter dataclasses of all stages."""
    return tuple(getattr(importlib.import_module(module), name) for module, name in SECTIONS)


class StageGroup(click.Group):
    """A click group that lists the stages in the order of the flow and imports each when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the stages in the order of the flow, then the commands run by hand."""
        return [*STAGES, *BY_HAND]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        place = STAGES.get(cmd_name) or BY_HAND.get(cmd_name)
        if place is None:
            return None
        try:
            return getattr(importlib.import_module(place[0]), place[1])
        except ModuleNotFoundError as error:
            raise MissingExtraError.of(cmd_name, EXTRAS.get(cmd_name, "pipeline"), error) from error

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a package that is not installed ends it with the extra that brings it."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            name = ctx.invoked_subcommand or ""
            raise MissingExtraError.of(name, EXTRAS.get(name, "pipeline"), error) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write two lists: the stages of the flow and the commands run by hand."""
        for heading, commands in (("Stages, in the order of the flow", STAGES), ("By hand", BY_HAND)):
            rows = [(name, self._describe(ctx, name)) for name in commands]
            with formatter.section(heading):
                formatter.write_dl(rows)

    def _describe(self, ctx: click.Context, name: str) -> str:
        try:
            return self.get_command(ctx, name).get_short_help_str(90)  # type: ignore[union-attr]
        except MissingExtraError as error:
            return f"not installed: {error.remedy}"


@click.group(cls=StageGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="whatbenz")
@click.option("-C", "--directory", type=click.Path(exists=True, file_okay=False, path_type=Path), default=Path(),
              help="Run there instead of in the current directory.")
@click.option("-S", "--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE",
              help="Set one parameter over params.yaml; may be given several times.")
@click.pass_context
def main(ctx: click.Context, directory: Path, overrides: tuple[str, ...]) -> None:
    """Collect, curate and describe a data set of car pictures; see params.yaml for every parameter.

    `dvc repro` runs all stages that have something to do; each is also a command here.
    """
    layout = Layout(directory)
    if not ctx.resilient_parsing and ctx.invoked_subcommand != "tables":
        known = load_sections()
        check_sections(layout.params, known)
        check_overrides(overrides, known)
    ctx.obj = Workspace(layout, overrides)


@click.command("tables")
@click.argument("names", nargs=-1)
def tables_command(names: tuple[str, ...]) -> None:
    """Print the columns, types and units of all tables, or of those named."""
    import tables

    known = {table.name: table for table in tables.ALL}
    for name in names:
        if name not in known:
            raise click.BadParameter(f"no table {name}; there are {', '.join(known)}", param_hint="NAMES")
    click.echo("\n\n".join(tables.describe(known[name]) for name in (names or known)))


if __name__ == "__main__":
    main()
