"""The commands `whatbenz bundle` and `whatbenz serve`."""

import sys

import click

from pipeline.workspace import Workspace


@click.command()
@click.pass_obj
def bundle(workspace: Workspace) -> None:
    """Put model, vehicle facts and example pictures together for the service.

    Reads models/model.onnx and labels.json, data/vehicles, data/dataset, data/raw/hits.parquet and classes.csv. Writes
    models/bundle, which `whatbenz serve` runs on without any of these.
    """
    import tables
    from curate.documents.attribution import attribute
    from scrape.classes import read_classes
    from serve.bundling import write_bundle
    from serve.facts import make_vehicles
    from serve.params import BundleParams
    from serve.pictures import choose_examples, render_examples
    from whatbenz import __version__

    layout, params = workspace.layout, workspace.params(BundleParams)
    vehicles = make_vehicles(tables.read(tables.SUMMARY, layout.summary), tables.read(tables.MODELS, layout.models),
                             tables.read(tables.PAINTS, layout.paints), read_classes(layout.classes))
    manifest = tables.read(tables.MANIFEST, layout.manifest)
    attribution = attribute(manifest, tables.read(tables.HITS, layout.hits))
    sizes = manifest.set_index("file")[["width", "height"]]
    chosen = choose_examples(attribution.join(sizes, on="file"), params)
    sources = (layout.model, layout.model_labels, layout.summary, layout.models, layout.paints, layout.manifest)
    made = write_bundle(layout.bundle, layout.model, layout.model_labels, vehicles,
                        render_examples(chosen, layout.dataset, params),
                        {path.relative_to(layout.root).as_posix(): path for path in sources}, __version__)
    size = sum((made.folder / name).stat().st_size for name in made.files)
    click.echo(f"bundle: {len(made.labels.classes)} classes, {len(vehicles['markets'])} markets, {len(chosen)} example "
               f"pictures, {size / 1e6:.1f} MB; version {made.version} in {layout.bundle}")


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True,
              help="Port; 0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at; 0.0.0.0 for every one.")
@click.option("--bundle", metavar="PLACE", help="Folder or s3://bucket/prefix, over serve.bundle.")
@click.pass_obj
def serve(workspace: Workspace, port: int, host: str, bundle: str | None) -> None:
    """Answer photos over HTTP, and serve the web app, until Ctrl-C.

    Reads the bundle that serve.bundle names and the section serve of params.yaml. Where serve.keep_uploads is set,
    keeps feedback in data/feedback. Logs one line of JSON a request to stderr.
    """
    from serve.bundles import fetch_bundle
    from serve.params import ServeParams
    from serve.server import listen, run
    from serve.service import Service

    params = workspace.params(ServeParams)
    opened = fetch_bundle(bundle or params.bundle, workspace.layout.root)
    service = Service(opened, params, workspace.layout.feedback)
    server, port = listen(service, host, port)
    name = f"[{host}]" if ":" in host else host
    drawn = ", trained on drawn cars (sandbox)" if opened.labels.sandbox else ""
    click.echo(f"serve: {len(opened.labels.classes)} classes, {len(service.catalogue.markets)} markets, bundle "
               f"{opened.version}{drawn}; open http://{name}:{port}/ (Ctrl+C ends it)")
    sys.stdout.flush()
    run(server, service)


@click.command()
@click.argument("place", metavar="s3://BUCKET/PREFIX")
@click.pass_obj
def publish(workspace: Workspace, place: str) -> None:
    """Upload the bundle to S3, each file with its checksum, and point latest.json there at it.

    Reads models/bundle. An upload that was cut off goes on when the same is run again; whoever follows latest.json sees
    the version before until the new one is whole.
    """
    from pipeline.progress import Progress
    from serve.bundles import open_bundle
    from serve.publish import publish as run_publish

    bundle = open_bundle(workspace.layout.bundle)
    with Progress("publish", len(bundle.files) + 1, "file") as progress:
        done = run_publish(bundle, place, lambda name: progress.advance())
    click.echo(f"publish: version {done.version} at {done.place}, {done.sent} files sent, {done.kept} were there")
