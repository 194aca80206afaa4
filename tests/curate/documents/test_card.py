import yaml
from huggingface_hub import DatasetCard

from curate.documents.facts import fingerprint


def card_of(dataset):
    text = (dataset.folder / "README.md").read_text()
    _, header, body = text.split("---\n", 2)
    return yaml.safe_load(header), body


def test_the_hub_reads_the_cards_header(dataset):
    card = DatasetCard.load(dataset.folder / "README.md")
    assert card.data.license == "cc-by-sa-4.0"
    assert card.data.task_categories == ["image-classification"]
    assert card.data.size_categories == ["n<1K"]


def test_the_card_tells_numbers_classes_and_what_was_left_out(dataset):
    _, body = card_of(dataset)
    assert "15 pictures of cars in 3 classes: 12 to train on, 3 to validate with" in body
    assert "| b | B-Class | 4 | 1 |" in body
    assert "| flag | too\\_small | 3 |" in body
    assert "2026-11-22" in body and "18 candidates" in body


def test_several_licences_are_called_other(dataset, tmp_path):
    from curate.documents.card import format_card
    from curate.documents.facts import gather_facts
    from curate.params import SplitParams
    mixed = dataset.manifest.assign(license=["CC BY 4.0", *["CC0"] * 14])
    header = yaml.safe_load(format_card(gather_facts(mixed, dataset.dropped, dataset.hits, {}), SplitParams())
                            .split("---\n")[1])
    assert header["license"] == "other" and header["license_name"] == "per-picture"


def test_drawn_pictures_are_called_drawn(make_dataset):
    header, body = card_of(make_dataset(source="sandbox"))
    assert "drawings, not photographs" in body and "synthetic" in header["tags"]
    assert header["pretty_name"].startswith("What Benz: drawn")


def test_an_empty_data_set_has_a_card_that_says_so(empty_dataset):
    _, body = card_of(empty_dataset)
    assert "The data set is empty" in body


def test_the_fingerprint_depends_on_pictures_and_sides_alone(dataset):
    manifest = dataset.manifest
    assert fingerprint(manifest) == fingerprint(manifest.iloc[::-1].assign(author="someone else"))
    assert fingerprint(manifest) != fingerprint(manifest.assign(split="train"))
    assert fingerprint(manifest) != fingerprint(manifest.iloc[1:])
