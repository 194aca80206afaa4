"""flag.predictions: model: the fine-tuned network's out-of-fold predictions in place of the features'."""

import pandas as pd
import pytest

import tables
from curate.predictions import COLUMNS, read_predictions, replace_quality, write_predictions
from pipeline.errors import MaterialError
from tests.curate.rows import sha


def make_labels(*rows):
    return tables.make(tables.LABELS, [dict(zip(("sha256", "class_id", "label_quality", "suggested_class_id",
                                                 "suggested_probability", "outlier"), (sha(r[0]), *r[1:]), strict=True))
                                       for r in rows])


LABELS = make_labels(("a", "b", 0.9, "b", 0.9, 1.0), ("c", "b", 0.8, "b", 0.8, 1.1), ("d", "x", 0.7, "x", 0.7, 1.2))


def make_predictions(*rows):
    return pd.DataFrame([dict(zip(COLUMNS, (sha(r[0]), *r[1:]), strict=True)) for r in rows])


def test_a_prediction_takes_the_place_of_the_features_and_leaves_the_distance():
    labels, messages = replace_quality(LABELS, make_predictions(
        ("a", "b", 0.01, "x", 0.95), ("c", "b", 0.6, "b", 0.6), ("d", "x", 0.5, "x", 0.5)))
    assert labels.iloc[0][list(COLUMNS[2:])].tolist() == [0.01, "x", 0.95]
    assert labels["outlier"].tolist() == LABELS["outlier"].tolist() and messages == []


def test_a_picture_without_a_prediction_keeps_what_its_features_say():
    labels, messages = replace_quality(LABELS, make_predictions(("a", "b", 0.01, "x", 0.95), ("d", "b", 0.2, "x", 0.8)))
    assert labels["label_quality"].tolist() == [0.01, 0.8, 0.7]  # d was predicted under another class
    assert len(messages) == 1 and messages[0].startswith("flag.predictions: 2 of 3 pictures have no prediction")


def test_what_is_written_is_read_again(tmp_path):
    predictions = make_predictions(("c", "b", 0.25, "b", 0.25), ("a", "b", 0.125, "x", 0.5))
    write_predictions(predictions, tmp_path / "predictions.csv")
    again = read_predictions(tmp_path / "predictions.csv")
    assert again.to_dict("records") == predictions.sort_values("sha256").to_dict("records")


@pytest.mark.parametrize(("text", "fault"), [
    (None, "there is no such file"), ("", "cannot be read"), ("sha256,class_id\n", "column label_quality is missing"),
    (",".join(COLUMNS) + "\n", "has no row"),
    (",".join(COLUMNS) + "\na,b,0.5,b,0.5\nc,b,1.5,b,0.5\n", "line 3: label_quality is 1.5, not a probability"),
])
def test_a_file_that_is_none_is_refused_with_the_command_that_makes_it(tmp_path, text, fault):
    path = tmp_path / "predictions.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(MaterialError) as error:
        read_predictions(path)
    assert fault in str(error.value) and "run whatbenz cross-predict" in str(error.value)
