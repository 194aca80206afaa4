"""The commands of the training stages: each reads tables and models, calls one function, writes."""

import click

from pipeline.workspace import Workspace
from train.params import PretrainParams, TrainParams


@click.command()
@click.pass_obj
def pretrain(workspace: Workspace) -> None:
    """Give the network its first weights: ImageNet's or given ones, then Stanford Cars where a folder of it is given.

    Reads pretrain.weights and pretrain.stanford_cars. Writes models/pretrained, which only train reads. Training on
    Stanford Cars that was stopped goes on after its last epoch.
    """
    from pathlib import Path

    from scrape.params import SearchParams
    from train.epochs import echo_epoch
    from train.pretrain import begin, choose_architecture, learn_cars, write_body

    layout, params = workspace.layout, workspace.params(PretrainParams)
    architecture = choose_architecture(params.architecture, workspace.params(SearchParams).sources)
    body, source = begin(architecture, params.weights, params.seed)
    cars = None
    if params.stanford_cars:
        folder = Path(params.stanford_cars)
        cars = learn_cars(body, folder, layout.pretrain_checkpoints, params, echo_epoch("pretrain"))
    write_body(layout.pretrained, body, source, cars)
    click.echo(f"pretrain: {architecture}, {source}" + (
        f"; Stanford Cars: {cars['top1']:.1%} of {cars['test']} test pictures right" if cars else
        "; pretrain.stanford_cars names no folder, so these weights are passed on as they are"))


@click.command()
@click.pass_obj
def train(workspace: Workspace) -> None:
    """Fine-tune the network on the data set in two steps, calibrate it, export it, and show what it confuses.

    Reads data/dataset, data/flagged/flags.parquet, data/inspected and data/raw/images (off-topic pictures),
    models/pretrained and classes.csv. Writes models/export.pkl, model.onnx, labels.json and MODEL_CARD.md,
    and reports/training (page, metrics, plots). A training that was stopped goes on after its last epoch.
    """
    import tables
    from scrape.classes import read_names
    from scrape.params import SearchParams
    from train.epochs import echo_epoch
    from train.pictures import list_material, list_off_topic
    from train.pretrain import read_body
    from train.stage import train as run_train
    from train.stage import write

    layout, params = workspace.layout, workspace.params(TrainParams)
    body, pretrained = read_body(layout.pretrained)
    off_topic = list_off_topic(tables.read(tables.FLAGS, layout.flags), tables.read(tables.DROPPED, layout.dropped),
                               params.off_topic)
    material = list_material(tables.read(tables.MANIFEST, layout.manifest), layout.dataset, off_topic)
    images = tables.read(tables.IMAGES, layout.inspected)
    others = images.loc[images["sha256"].isin({sha256 for sha256, _ in off_topic}) & images["error"].isna(), "path"]
    trained = run_train(body, material, [layout.images / path for path in sorted(others)], params,
                        layout.train_checkpoints, echo_epoch("train"))
    facts = {**pretrained, "train_pictures": len(material.train),
             "sandbox": "sandbox" in workspace.params(SearchParams).sources}
    difference = write(trained, material, read_names(layout.classes), facts, layout)
    metrics = trained.metrics
    click.echo(f"train: {metrics['top1']:.1%} of {metrics['valid_pictures']} validation pictures right, "
               f"{metrics['top3']:.1%} among the first three; logits of network and ONNX file differ by "
               f"{difference:.1g} at most; {layout.training / 'training.html'}")


@click.command("cross-predict")
@click.option("--folds", type=click.IntRange(2, 20), default=5, show_default=True,
              help="Parts of the data set, each judged by a network that learnt from the others.")
@click.pass_obj
def cross_predict(workspace: Workspace, folds: int) -> None:
    """Judge each label by a network that was fine-tuned without the picture, for flag.predictions: model.

    Reads data/dataset, models/pretrained and the section train of params.yaml. Writes reviews/predictions.csv, which
    flag takes in place of the features' judgement where flag.predictions is model. Takes as long as so many trainings;
    one that was stopped goes on after its last epoch.
    """
    import tables
    from curate.predictions import write_predictions
    from train.epochs import echo_epoch
    from train.folds import cross_predict as run_cross_predict
    from train.pretrain import read_body

    layout = workspace.layout
    manifest = tables.read(tables.MANIFEST, layout.manifest)
    found = run_cross_predict(lambda: read_body(layout.pretrained)[0], manifest, layout.dataset,
                              workspace.params(TrainParams), folds, layout.fold_checkpoints,
                              echo_epoch("cross-predict"))
    write_predictions(found, layout.predictions)
    right = (found["class_id"] == found["suggested_class_id"]).mean()
    click.echo(f"cross-predict: {layout.predictions}, {len(found)} pictures in {folds} folds, {right:.1%} of the "
               "labels are the likeliest class; set flag.predictions: model and run dvc repro, then whatbenz review")
