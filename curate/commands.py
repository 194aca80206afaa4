"""The commands of the curating stages: each reads tables, calls one pure function, writes tables."""

import click
import pandas as pd

import tables
from curate.params import SplitParams
from pipeline.workspace import Workspace


@click.command()
@click.pass_obj
def split(workspace: Workspace) -> None:
    """Put each chosen picture into train or valid and write the data set's folders.

    Reads data/raw, data/inspected, data/deduped, data/flagged and reviews/decisions.csv. Writes
    data/dataset/{train,valid}/<class_id>/, manifest.parquet, dropped.parquet, the data set's card, and
    data/split/sides.parquet, which remembers the side of each picture. Ends by searching for the same
    photograph on both sides; one that is found fails the stage.
    """
    from curate.dataset import describe_subjects, write_folders
    from curate.decisions import read_decisions
    from curate.selection import select
    from curate.split import SIDES, assign_sides, check_sizes
    from curate.subjects import check_account

    layout, params = workspace.layout, workspace.params(SplitParams)
    hits, images = tables.read(tables.HITS, layout.hits), tables.read(tables.IMAGES, layout.inspected)
    pairs, groups = tables.read(tables.PAIRS, layout.pairs), tables.read(tables.GROUPS, layout.groups)
    flags, decisions = tables.read(tables.FLAGS, layout.flags), read_decisions(layout.decisions)
    sides = tables.read(SIDES, layout.sides) if layout.sides.exists() else tables.make(SIDES)

    chosen, dropped = select(hits, images, groups, flags, decisions, params.hold)
    placed, between, sides = assign_sides(chosen, groups, pairs, sides, params)
    dropped = pd.concat([dropped, between], ignore_index=True)
    for warning in check_sizes(placed, sorted(hits["class_id"].unique()), params):
        click.echo(f"warning: {warning}", err=True)
    manifest = write_folders(describe_subjects(placed, hits), images, layout.images, layout.dataset, params)
    check_account(hits, manifest, dropped)
    tables.write(SIDES, sides, layout.sides)
    tables.write(tables.MANIFEST, manifest, layout.manifest)
    tables.write(tables.DROPPED, dropped.sort_values(["sha256", "class_id"]), layout.dropped)
    counts = manifest["split"].value_counts()
    click.echo(f"split: {counts.get('train', 0)} in train, {counts.get('valid', 0)} in valid, "
               f"{manifest['class_id'].nunique()} classes; {len(dropped)} dropped")


@click.command()
@click.argument("subject")
@click.pass_obj
def explain(workspace: Workspace, subject: str) -> None:
    """Tell the whole story of one picture: SUBJECT is a sha256, a URL or a file.

    Reads every table that is there. The story goes from the query that found the picture to its place in
    the split, or to the reason why it was dropped.
    """
    from curate.explain import explain as tell
    from curate.explain import read_records

    click.echo(tell(subject, read_records(workspace.layout)))
