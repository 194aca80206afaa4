import json

import mlcroissant


def read(dataset):
    found = mlcroissant.Dataset(jsonld=str(dataset.folder / "croissant.json"))
    return found, found.metadata.ctx.issues


def test_croissant_metadata_is_valid(dataset):
    _, issues = read(dataset)
    assert not issues.errors and not issues.warnings


def test_an_empty_data_set_has_valid_metadata_too(empty_dataset):
    _, issues = read(empty_dataset)
    assert not issues.errors


def test_every_picture_is_a_record_with_its_class_and_split(dataset):
    found, _ = read(dataset)
    records = {r["images/sha256"].decode(): r for r in found.records("images")}
    assert set(records) == set(dataset.manifest["sha256"])
    for row in dataset.manifest.itertuples():
        record = records[row.sha256]
        assert record["images/class_id"].decode() == row.class_id
        assert record["images/split"].decode() == row.split
        assert record["images/file"].decode() == row.file
        assert record["images/image"].size == (40, 30)


def test_the_classes_are_listed_with_their_names(dataset):
    found, _ = read(dataset)
    assert list(found.records("classes")) == [
        {"classes/id": "a-sedan", "classes/name": "a-sedan"}, {"classes/id": "b", "classes/name": "B-Class"},
        {"classes/id": "c-estate", "classes/name": "c-estate"}]


def test_a_manifest_that_was_changed_is_noticed(dataset):
    stored = json.loads((dataset.folder / "croissant.json").read_text())
    from pipeline.files import sha256_of
    assert stored["distribution"][0]["sha256"] == sha256_of(dataset.folder / "manifest.parquet")
