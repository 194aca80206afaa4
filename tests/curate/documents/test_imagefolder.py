import io

import datasets
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.documents.imagefolder import COLUMNS, _as_text


@pytest.fixture
def load(tmp_path):
    """Return a function that loads a folder without network and with a cache of its own."""
    datasets.disable_progress_bars()

    def load_folder(path, **how):
        return datasets.load_dataset(path, cache_dir=str(tmp_path / "cache"), **how)
    return load_folder


def check_loaded(loaded, dataset):
    assert set(loaded) == {"train", "validation"}
    for split, ours in (("train", "train"), ("validation", "valid")):
        expected = dataset.manifest[dataset.manifest["split"] == ours].set_index("sha256")
        assert len(loaded[split]) == len(expected)
        for row in loaded[split]:
            assert row["label"] == expected.loc[row["sha256"], "class_id"]
            assert row["image"].size == (40, 30)


def test_imagefolder_reads_splits_labels_and_columns(dataset, load):
    loaded = load("imagefolder", data_dir=str(dataset.folder))
    check_loaded(loaded, dataset)
    assert set(loaded["train"].column_names) == {"image", *COLUMNS} - {"file_name"}
    assert loaded["train"][0]["credit"].startswith("“Car ")


def test_the_folder_loads_by_its_own_card(dataset, load):
    check_loaded(load(str(dataset.folder)), dataset)


def test_the_label_becomes_a_number_as_the_card_says(dataset, load):
    loaded = load(str(dataset.folder)).class_encode_column("label")
    assert loaded["train"].features["label"].names == ["a-sedan", "b", "c-estate"]


@pytest.mark.parametrize("values", [
    {"title": None, "author": None, "license": None, "license_url": None, "page_url": None},
    {"title": "2019", "author": "NA", "license": "1"}, {"title": 'say "hi",\nthen go', "author": "=cmd()"},
], ids=["nothing known", "texts that look like numbers", "quotes and line ends"])
def test_odd_texts_do_not_stop_the_folder_from_loading(make_dataset, load, values):
    dataset = make_dataset(**values)
    check_loaded(load("imagefolder", data_dir=str(dataset.folder)), dataset)


def test_a_title_known_in_one_split_only_does_not_stop_it_either(dataset, load):
    from curate.documents.folder import write_documents
    from curate.params import SplitParams
    hits = dataset.hits.assign(title=dataset.hits["title"].where(dataset.hits["rank"] == 0))
    write_documents(dataset.folder, dataset.manifest, dataset.dropped, hits, {}, SplitParams())
    check_loaded(load("imagefolder", data_dir=str(dataset.folder)), dataset)


@settings(deadline=None)
@given(st.text() | st.sampled_from(["1", "1e5", "NaN", "None", "TRUE", "inf", "-1_000", "<NA>", " 7 ", "٣"]))
def test_every_text_is_read_as_a_text(text):
    frame = pd.DataFrame({"a": [_as_text(text)] * 2, "n": [1, 2]})
    read = pd.read_csv(io.StringIO(frame.to_csv(index=False)))
    assert read["a"].tolist() == frame["a"].tolist()


def test_a_split_without_pictures_has_no_metadata(empty_dataset):
    assert not list(empty_dataset.folder.glob("*/metadata.csv"))
