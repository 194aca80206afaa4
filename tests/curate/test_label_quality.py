import numpy as np
import pandas as pd
import pytest

import tables
from curate.label_quality import assess_labels, assign_folds, read_features
from curate.params import FlagParams
from pipeline.errors import TableError
from tests.curate.rows import make_groups


def make_collection(classes=4, each=12, size=16, wrong=(), seed=0):
    """Return subjects, content and features of classes that lie apart; rows ``wrong`` have the next class's label."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(classes, size)) * 2
    true = np.repeat(np.arange(classes), each)
    features = centres[true] + random.normal(size=(len(true), size))
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    label = true.copy()
    label[list(wrong)] = (label[list(wrong)] + 1) % classes
    names = [f"{n:064x}" for n in range(len(true))]
    subjects = pd.DataFrame({"sha256": names, "class_id": [f"c{n}" for n in label]}).astype("str")
    content = tables.make(tables.CONTENT, [{"sha256": n} for n in names])
    return subjects, content, features.astype(np.float16)


def assess(subjects, content, features, groups=None, **params):
    return assess_labels(subjects, content, features, make_groups() if groups is None else groups,
                         FlagParams(**params))


def join(*together):
    return tables.make(tables.GROUPS, [
        {"sha256": sha, "group_id": sha, "keeper": True, "reason": "alone", "split_group_id": min(group)}
        for group in together for sha in group])


def test_wrong_labels_have_the_lowest_quality_and_the_right_class_is_suggested():
    wrong = (0, 13, 30)
    labels, messages = assess(*make_collection(wrong=wrong))
    assert set(labels["label_quality"].sort_values().index[:3]) == set(wrong)
    assert labels.loc[list(wrong), "suggested_class_id"].tolist() == ["c0", "c1", "c2"]
    assert messages == []


def test_quality_lies_between_0_and_1():
    labels, _ = assess(*make_collection(wrong=(0, 13)))
    assert labels["label_quality"].between(0, 1).all()
    assert labels["suggested_probability"].between(0, 1).all()


def test_a_near_duplicate_with_the_same_wrong_label_does_not_bear_it_out():
    subjects, content, features = make_collection(wrong=(0, 1, 2))
    features[1], features[2] = features[0], features[0]
    apart, _ = assess(subjects, content, features)
    together, _ = assess(subjects, content, features, join(tuple(subjects["sha256"][:3])))
    assert together["label_quality"][0] < apart["label_quality"][0] * 0.9


def test_the_order_of_the_subjects_changes_nothing():
    subjects, content, features = make_collection(wrong=(3,))
    there, _ = assess(subjects, content, features)
    back, _ = assess(subjects[::-1], content[::-1], features[::-1])
    merged = there.merge(back, on=["sha256", "class_id"])
    np.testing.assert_allclose(merged["label_quality_x"], merged["label_quality_y"], atol=1e-6)


def test_a_class_of_few_photographs_is_left_out_and_named():
    subjects, content, features = make_collection()
    subjects.loc[subjects.index[:3], "class_id"] = "tiny"
    labels, messages = assess(subjects, content, features)
    assert labels["label_quality"].isna().tolist() == [True] * 3 + [False] * 45
    assert len(messages) == 1 and "tiny" in messages[0] and "min_photographs" in messages[0]


def test_many_files_of_one_photograph_make_no_large_class():
    subjects, content, features = make_collection()
    labels, messages = assess(subjects, content, features, join(tuple(subjects["sha256"][:12])))
    assert labels["label_quality"][:12].isna().all()
    assert "c0" in messages[0]


def test_a_single_class_gives_a_message_and_no_quality():
    subjects, content, features = make_collection(classes=1)
    labels, messages = assess(subjects, content, features)
    assert labels["label_quality"].isna().all()
    assert "2 classes" in messages[-1]


def test_no_subject_at_all_gives_an_empty_table():
    subjects, content, features = make_collection()
    labels, _ = assess(subjects[:0], content, features)
    assert labels.empty and list(labels.columns) == tables.LABELS.names


def test_a_picture_without_features_has_no_quality():
    subjects, content, features = make_collection()
    labels, _ = assess(subjects, content[1:], features[1:])
    assert labels["label_quality"].isna().tolist() == [True] + [False] * 47


def test_a_picture_under_two_classes_has_a_row_for_each():
    subjects, content, features = make_collection()
    subjects = pd.concat([subjects, subjects[:1].assign(class_id="c3")], ignore_index=True)
    labels, _ = assess(subjects, content, features)
    right, wrong = labels.loc[[0, 1], "label_quality"]
    assert right > wrong


def test_a_group_stands_in_one_fold_and_a_class_in_all():
    classes = np.array([0] * 10 + [1] * 10)
    groups = np.array(["g", "g", "g"] + [f"s{n}" for n in range(17)])
    folds = assign_folds(classes, groups, 5)
    assert len(set(folds[:3])) == 1
    assert set(folds[classes == 0]) == set(folds[classes == 1]) == set(range(5))


def test_missing_features_name_the_stage_to_run(tmp_path):
    with pytest.raises(TableError, match="whatbenz embed"):
        read_features(tables.make(tables.CONTENT), tmp_path / "none.npy")


def test_features_of_another_run_are_refused(tmp_path):
    np.save(tmp_path / "e.npy", np.zeros((3, 4), np.float16))
    with pytest.raises(TableError, match="3 rows where content.parquet has 0"):
        read_features(tables.make(tables.CONTENT), tmp_path / "e.npy")
