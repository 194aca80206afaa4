"""The commands of the curating stages: each reads tables, calls one pure function, writes tables."""

from pathlib import Path

import click
import pandas as pd

import tables
from curate.params import DedupeParams, EmbedParams, FlagParams, InspectParams, SplitParams
from pipeline.files import atomic_path
from pipeline.workspace import Workspace


@click.command()
@click.pass_obj
def inspect(workspace: Workspace) -> None:
    """Hash and measure every saved picture from one scaled decode of each file.

    Reads data/raw/hits.parquet and data/raw/images. Writes data/inspected/images.parquet and thumbnails. Pictures that
    an earlier run inspected with the same code and parameters are not read again.
    """
    from curate.inspect import inspect as run_inspect
    from curate.inspect import list_saved, version
    from curate.kept import KeptRows
    from pipeline.progress import Progress

    layout, params = workspace.layout, workspace.params(InspectParams)
    hits = tables.read(tables.HITS, layout.hits)
    kept = KeptRows(tables.IMAGES, layout.inspected, version(params), ("sha256",))
    known = kept.read()
    with Progress("inspect", len(list_saved(hits)) - int(known["sha256"].isin(list_saved(hits)).sum())) as progress:
        def note(rows: list[dict[str, object]]) -> None:
            kept.add(rows)
            progress.advance(len(rows))

        images = run_inspect(hits, layout.images, layout.thumbnails, params, known, note)
    kept.finish(images)
    broken = int(images["error"].notna().sum())
    click.echo(f"inspect: {len(images)} pictures, {broken} that cannot be decoded")


@click.command()
@click.pass_obj
def embed(workspace: Workspace) -> None:
    """Describe every decodable picture by the features of a small ImageNet model.

    Reads data/inspected. Writes data/embedded/embeddings.npy (float16, rows in the order of content.parquet) and
    content.parquet. Features are kept by sha256 and model, so that only new pictures run through it.
    """
    from curate.content import describe, load_head
    from curate.embed import embed as run_embed
    from curate.embed import load_model
    from curate.features import FeatureStore, read_chunks
    from curate.inspect import read_thumbnail
    from pipeline.progress import Progress
    from scrape.classes import read_names

    layout, params = workspace.layout, workspace.params(EmbedParams)
    images = tables.read(tables.IMAGES, layout.inspected)
    images = images[images["error"].isna()].sort_values("sha256", ignore_index=True)
    shas = images["sha256"].tolist()
    classes = list(read_names(layout.classes).values())
    model = load_model(params.model, classes=classes)
    store = FeatureStore(layout.embeddings.parent, model.checksum)
    known = store.known()
    missing = [sha for sha in shas if sha not in known]
    with Progress("embed", len(missing)) as progress:
        def note(names: object, features: object, probabilities: object) -> None:
            store.add(names, features, probabilities)  # type: ignore[arg-type]
            progress.advance(len(names))  # type: ignore[arg-type]

        run_embed(model, missing, lambda sha: read_thumbnail(layout.thumbnails, sha), params.batch, note)
    store.merge(shas)
    head, parts, row = load_head(), [tables.make(tables.CONTENT)], 0
    for features, evidence in read_chunks(layout.embeddings.parent):
        rows = images.iloc[row:row + len(features)]
        parts.append(describe(rows, features, evidence, model.labels, model.checksum, head))
        row += len(features)
    tables.write(tables.CONTENT, pd.concat(parts, ignore_index=True), layout.content)
    click.echo(f"embed: {len(shas)} pictures, {len(missing)} of them new")


@click.command()
@click.pass_obj
def dedupe(workspace: Workspace) -> None:
    """Find the pictures that are one photograph, and say why.

    Reads data/inspected, data/embedded, data/raw/hits.parquet and reviews/decisions.csv. Writes
    data/deduped/pairs.parquet and groups.parquet.
    """
    import numpy as np

    from curate.decisions import read_decisions
    from curate.duplicates import VERSION, Workshop
    from curate.duplicates import dedupe as run_dedupe
    from curate.kept import KeptRows
    from pipeline.progress import Stages

    layout, params = workspace.layout, workspace.params(DedupeParams)
    images, hits = tables.read(tables.IMAGES, layout.inspected), tables.read(tables.HITS, layout.hits)
    embeddings = np.load(layout.embeddings, mmap_mode="r")
    kept = KeptRows(tables.PAIRS, layout.pairs, f"code {VERSION}", ("sha256_a", "sha256_b"))
    with Stages("dedupe") as progress:
        pairs, groups = run_dedupe(images, hits, embeddings, params, read_decisions(layout.decisions),
                                   Workshop(layout.thumbnails, layout.pairs.parent), kept.read(), kept.add,
                                   progress.note)
    kept.finish(pairs)
    tables.write(tables.GROUPS, groups, layout.groups)
    counts = pairs["verdict"].value_counts()
    click.echo(f"dedupe: {len(groups)} pictures, {int((~groups['keeper']).sum())} yield to another; pairs: "
               + ", ".join(f"{counts.get(v, 0)} {v}" for v in tables.VERDICTS))


@click.group()
def pairs() -> None:
    """Look at pairs of pictures that dedupe compared."""


@pairs.command("show")
@click.argument("a")
@click.argument("b")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path),
              help="PNG to write; reports/pairs/<a>-<b>.png where not given.")
@click.pass_obj
def show_pair(workspace: Workspace, a: str, b: str, output: Path | None) -> None:
    """Draw picture B laid on picture A, what is left between them, and the numbers.

    A and B are sha256 or their first digits. Reads data/inspected and data/deduped; compares anew the pair that dedupe
    never compared.
    """
    import cv2

    from curate.duplicates import Workshop
    from curate.pair_view import show

    layout, params = workspace.layout, workspace.params(DedupeParams)
    images = tables.read(tables.IMAGES, layout.inspected)
    compared = tables.read(tables.PAIRS, layout.pairs)
    name, sheet, lines = show(a, b, images, compared, Workshop(layout.thumbnails, layout.pairs.parent, 1), params)
    output = output or layout.root / "reports" / "pairs" / f"{name}.png"
    output.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(output) as temporary:
        temporary.write_bytes(cv2.imencode(".png", sheet[..., ::-1])[1].tobytes())
    click.echo("\n".join([*lines, str(output)]))


@click.command()
@click.pass_obj
def calibrate(workspace: Workspace) -> None:
    """Hold dedupe's thresholds against what people decided: precision, recall, and the best thresholds.

    Reads data/deduped/pairs.parquet and the decisions same and different of reviews/decisions.csv. Writes nothing.
    """
    from curate.calibrate import calibrate as run_calibrate
    from curate.calibrate import describe
    from curate.decisions import read_decisions

    layout = workspace.layout
    found = run_calibrate(tables.read(tables.PAIRS, layout.pairs), read_decisions(layout.decisions),
                          workspace.params(DedupeParams))
    click.echo(describe(found))


@click.command()
@click.pass_obj
def split(workspace: Workspace) -> None:
    """Put each chosen picture into train or valid and write the data set's folders.

    Reads data/raw, data/inspected, data/deduped, data/flagged and reviews/decisions.csv. Writes
    data/dataset/{train,valid}/<class_id>/, manifest.parquet, dropped.parquet, a card, Croissant
    metadata and metadata.csv, and data/split/sides.parquet, which remembers the side of each picture. At its end every
    picture of train is held against every one of valid, at looser thresholds than dedupe's, mirrored and cropped too:
    a pair that may be one photograph fails the stage, and nothing is written.
    """
    from curate.dataset import describe_subjects, write_folders
    from curate.decisions import count_gone, read_decisions
    from curate.documents.folder import write_documents
    from curate.duplicates import Workshop
    from curate.judged import Relations, find_near
    from curate.leaks import check_apart, find_leaks
    from curate.selection import select
    from curate.split import SIDES, assign_sides, check_leaks, check_sizes
    from curate.subjects import check_account
    from scrape.classes import read_names

    layout, params = workspace.layout, workspace.params(SplitParams)
    hits, images = tables.read(tables.HITS, layout.hits), tables.read(tables.IMAGES, layout.inspected)
    pairs, groups = tables.read(tables.PAIRS, layout.pairs), tables.read(tables.GROUPS, layout.groups)
    flags, decisions = tables.read(tables.FLAGS, layout.flags), read_decisions(layout.decisions)
    sides = tables.read(SIDES, layout.sides) if layout.sides.exists() else tables.make(SIDES)

    duplicates = workspace.params(DedupeParams)
    near = find_near(pairs, Relations.of(decisions), duplicates)
    chosen, dropped = select(hits, images, groups, flags, decisions, params.hold)
    placed, between, sides = assign_sides(chosen, groups, near, sides, params)
    dropped = pd.concat([dropped, between], ignore_index=True)
    for warning in check_sizes(placed, sorted(hits["class_id"].unique()), params):
        click.echo(f"warning: {warning}", err=True)
    check_leaks(placed, near)
    train, valid = (set(placed.loc[placed["split"] == side, "sha256"]) for side in ("train", "valid"))
    check_apart(train, valid, find_leaks(train, valid, images, Workshop(layout.thumbnails, layout.pairs.parent),
                                         duplicates, decisions, pairs))
    manifest = write_folders(describe_subjects(placed, hits), images, layout.images, layout.dataset, params)
    check_account(hits, manifest, dropped)
    dropped = dropped.sort_values(["sha256", "class_id"], ignore_index=True)
    tables.write(SIDES, sides, layout.sides)
    tables.write(tables.MANIFEST, manifest, layout.manifest)
    tables.write(tables.DROPPED, dropped, layout.dropped)
    write_documents(layout.dataset, manifest, dropped, hits, read_names(layout.classes), params)
    counts = manifest["split"].value_counts()
    if gone := count_gone(decisions, hits.loc[hits["status"] == "saved"]):
        click.echo(f"split: {gone} decisions are about pictures that are not here; they are kept for when they come")
    click.echo(f"split: {counts.get('train', 0)} in train, {counts.get('valid', 0)} in valid, "
               f"{manifest['class_id'].nunique()} classes; {len(dropped)} dropped")


@click.command()
@click.pass_obj
def report(workspace: Workspace) -> None:
    """Tell what became of every candidate: a page, numbers, plots and credits.

    Reads every table that is there, reviews/decisions.csv, classes.csv and the thumbnails in data/inspected. Writes
    reports/dataset.html (one page that opens without network), metrics.json, plots/*.json and CREDITS.md.
    """
    from curate.params import FlagParams, ReportParams
    from curate.report.material import read_material
    from curate.report.stage import read_pixels, write_report
    from curate.report.stage import report as make_report

    layout = workspace.layout
    material = read_material(layout, workspace.params(FlagParams), workspace.params(SplitParams))
    made = make_report(material, read_pixels(layout.thumbnails), workspace.params(ReportParams))
    write_report(layout, made)
    click.echo(f"report: {layout.report}, {len(made.html.encode()) / 1e6:.1f} MB; {made.metrics['pictures']} pictures, "
               f"{made.metrics['awaiting_review']} await review")


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


@click.command()
@click.pass_obj
def flag(workspace: Workspace) -> None:
    """Measure each picture under its class and flag what a person should see.

    Reads data/raw/hits.parquet, data/inspected, data/embedded, data/deduped, reviews/decisions.csv and, where
    flag.predictions is model, reviews/predictions.csv. Writes data/flagged/scores.parquet (what was
    measured), labels.parquet (how far the features bear each label out) and flags.parquet (what is on the wrong side of
    a threshold of params.yaml).
    """
    from curate.decisions import read_decisions
    from curate.flags import adapt, as_decided, judge, measure
    from curate.label_quality import assess_labels, read_features
    from curate.predictions import read_predictions, replace_quality
    from curate.subjects import check_inspected, find_unchecked, list_subjects

    layout, params = workspace.layout, workspace.params(FlagParams)
    hits, images = tables.read(tables.HITS, layout.hits), tables.read(tables.IMAGES, layout.inspected)
    pairs, groups = tables.read(tables.PAIRS, layout.pairs), tables.read(tables.GROUPS, layout.groups)
    content, decisions = tables.read(tables.CONTENT, layout.content), read_decisions(layout.decisions)
    features = read_features(content, layout.embeddings)
    subjects = list_subjects(hits)
    check_inspected(subjects, images)

    labels, messages = assess_labels(as_decided(subjects, decisions), content, features, groups, params)
    if params.predictions == "model":
        labels, unknown = replace_quality(labels, read_predictions(layout.predictions))
        messages.extend(unknown)
    scores = measure(subjects, images, content, labels)
    adapted, risen = adapt(scores, params)
    flags = judge(scores, content, labels, pairs, groups, decisions, adapted,
                  find_unchecked(hits, params.unchecked_sources))
    messages.extend(risen)
    if content["car"].isna().all() and len(subjects):
        messages.append("content: embed.model is not the one that the content head was fitted on; off_topic, "
                        "not_a_photo, detail and many_cars flag nothing")
    for message in messages:
        click.echo(f"warning: {message}", err=True)
    tables.write(tables.SCORES, scores, layout.scores)
    tables.write(tables.LABELS, labels, layout.labels)
    tables.write(tables.FLAGS, flags, layout.flags)
    counts = ", ".join(f"{count} {name}" for name, count in flags["flag"].value_counts().items())
    click.echo(f"flag: {flags['sha256'].nunique()} of {subjects['sha256'].nunique()} pictures have a flag: "
               f"{counts or 'none'}")
