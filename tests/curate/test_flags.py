import pandas as pd
import pytest

import tables
from curate.flags import NAMES, SCORED, adapt, as_decided, judge, measure
from curate.params import FlagParams, Rule
from curate.subjects import find_unchecked
from pipeline.errors import ParamError
from pipeline.params import make_params
from tests.curate.rows import make_decisions, make_groups, sha

GOOD = {"width": 800, "height": 600, "aspect": 4 / 3, "brightness": 0.5, "contrast": 0.2, "sharpness": 0.6,
        "entropy": 7.5, "colourfulness": 40.0}
SEEN = {"car": 0.99, "detail": 0.01, "photo": 0.99, "toy": 0.005, "drawing": 0.005, "many": 0.01,
        "top_label": "sports car"}
SURE = {"label_quality": 0.9, "suggested_class_id": "c", "suggested_probability": 0.9, "outlier": 1.0}


def make_subjects(*subjects):
    return pd.DataFrame([(sha(n), c) for n, c in subjects], columns=["sha256", "class_id"]).astype("str")


def flag_one(image=None, content=None, label=None, params=None, decisions=None):
    """Return the flags of one picture that is good but for what is given."""
    subjects = make_subjects(("a", "c"))
    images = tables.make(tables.IMAGES, [{"sha256": sha("a"), "path": "x", "bytes": 1} | GOOD | (image or {})])
    seen = tables.make(tables.CONTENT, [{"sha256": sha("a")} | SEEN | (content or {})])
    labels = tables.make(tables.LABELS, [{"sha256": sha("a"), "class_id": "c"} | SURE | (label or {})])
    scores = measure(subjects, images, seen, labels)
    none = make_decisions() if decisions is None else decisions
    return judge(scores, seen, labels, tables.make(tables.PAIRS), make_groups(("a",)), none, params or FlagParams())


def make_pairs(*pairs):
    return tables.make(tables.PAIRS, [
        {"sha256_a": sha(a), "sha256_b": sha(b), "found_by": "phash", "inliers": inliers, "verdict": verdict}
        for a, b, inliers, verdict in pairs])


def judge_subjects(subjects, groups, pairs=None, decisions=None, params=None):
    """Return the flags of pictures of which nothing is known but their groups and pairs."""
    empty = [tables.make(t) for t in (tables.IMAGES, tables.CONTENT, tables.LABELS)]
    scores = measure(subjects, *empty)
    return judge(scores, *empty[1:], make_pairs() if pairs is None else pairs, groups,
                 make_decisions() if decisions is None else decisions, params or FlagParams())


def test_a_good_picture_has_no_flag():
    assert flag_one().empty


@pytest.mark.parametrize(("name", "image", "content", "label"), [
    ("too_small", {"width": 800, "height": 40}, {}, {}),
    ("odd_aspect", {"aspect": 5.0}, {}, {}),
    ("odd_aspect", {"aspect": 0.2}, {}, {}),
    ("dark", {"brightness": 0.02}, {}, {}),
    ("bright", {"brightness": 0.99}, {}, {}),
    ("blurry", {"sharpness": 0.01}, {}, {}),
    ("low_information", {"entropy": 0.5}, {}, {}),
    ("not_a_photo", {}, {"photo": 0.02}, {}),
    ("off_topic", {}, {"car": 0.01}, {}),
    ("detail", {}, {"detail": 0.98}, {}),
    ("many_cars", {}, {"many": 0.98}, {}),
    ("outlier", {}, {}, {"outlier": 3.0}),
    ("label_suspect", {}, {}, {"label_quality": 0.001, "suggested_class_id": "d", "suggested_probability": 0.95}),
])
def test_each_score_past_its_threshold_raises_its_flag(name, image, content, label):
    assert flag_one(image, content, label)["flag"].tolist() == [name]


def test_a_grey_picture_is_flagged_where_the_parameters_ask_for_it():
    params = make_params(FlagParams, {"greyscale": {"threshold": 4.0, "action": "review"}})
    assert flag_one({"colourfulness": 0.1}, params=params)["flag"].tolist() == ["greyscale"]
    assert flag_one({"colourfulness": 0.1}).empty


def make_scores(*off_topic):
    return tables.make(tables.SCORES, [{"sha256": f"{n:064x}", "class_id": "c", "off_topic": score}
                                       for n, score in enumerate(off_topic)])


def test_a_collection_of_photographs_keeps_its_threshold():
    assert adapt(make_scores(0.01, 0.02, 0.9), FlagParams()) == (FlagParams(), [])


def test_a_collection_unlike_photographs_raises_the_threshold_of_off_topic_and_says_so():
    params, messages = adapt(make_scores(0.3, 0.4, 0.5), FlagParams())
    assert FlagParams().off_topic.threshold < params.off_topic.threshold < 1
    assert f"to {params.off_topic.threshold:.2f}" in messages[0]


def test_unknown_content_keeps_the_threshold():
    assert adapt(make_scores(None, None), FlagParams()) == (FlagParams(), [])


def test_the_sentence_holds_the_score_and_the_threshold():
    params = make_params(FlagParams, {"blurry": {"threshold": 0.25, "action": "review"}})
    row = flag_one({"sharpness": 0.12}, params=params).iloc[0]
    assert row["detail"] == "its sharpness is 0.12 of 1, below 0.25"
    assert (row["score"], row["threshold"], row["action"]) == (0.12, 0.25, "review")


def test_a_label_doubt_names_the_class_that_the_features_suggest():
    row = flag_one(label={"label_quality": 0.001, "suggested_class_id": "d", "suggested_probability": 0.9}).iloc[0]
    assert "suggest d (0.90)" in row["detail"]


def test_an_off_topic_picture_says_what_is_seen_in_it():
    assert "'teddy'" in flag_one(content={"car": 0.0, "top_label": "teddy"}).iloc[0]["detail"]


@pytest.mark.parametrize("action", ["review", "drop"])
def test_the_action_is_that_of_the_parameters(action):
    params = make_params(FlagParams, {"blurry": {"threshold": 0.25, "action": action}})
    assert flag_one({"sharpness": 0.1}, params=params)["action"].tolist() == [action]


def test_the_action_keep_gives_no_flag():
    params = make_params(FlagParams, {"blurry": {"threshold": 0.25, "action": "keep"}})
    assert flag_one({"sharpness": 0.1}, params=params).empty


def test_a_score_at_its_threshold_is_not_flagged():
    rule = FlagParams().dark
    assert flag_one({"brightness": rule.threshold}).empty


def test_every_scored_flag_has_a_rule_and_every_rule_a_score():
    rules = {name for name, field in FlagParams.__dataclass_fields__.items() if isinstance(field.default, Rule)}
    assert rules == {s.name for s in SCORED}
    assert set(tables.SCORES.names) == {s.name for s in SCORED} | {"sha256", "class_id"}


def test_an_unknown_action_is_refused():
    with pytest.raises(ParamError, match=r"flag\.blurry\.action"):
        make_params(FlagParams, {"blurry": {"threshold": 0.25, "action": "delete"}})


@pytest.mark.parametrize("decision", [("a", "c", "keep"), ("a", "c", "drop"), ("a", "c", "relabel", "d")])
def test_a_decided_picture_has_no_flag(decision):
    assert flag_one({"sharpness": 0.01}, decisions=make_decisions(decision)).empty


def test_unknown_scores_raise_nothing():
    flags = judge_subjects(make_subjects(("a", "c")), make_groups(("a",)))
    assert flags.empty


def test_one_photograph_under_two_classes_is_a_conflict_for_both():
    flags = judge_subjects(make_subjects(("a", "c"), ("b", "d")), make_groups(("a", "b")))
    assert flags["flag"].tolist() == ["label_conflict"] * 2
    assert "also under d" in flags["detail"][0]
    assert flags["score"].tolist() == [2.0, 2.0]


def test_a_decision_for_one_class_settles_the_conflict():
    flags = judge_subjects(make_subjects(("a", "c"), ("b", "d")), make_groups(("a", "b")),
                           decisions=make_decisions(("b", "d", "keep")))
    assert flags.empty


def test_dropping_one_side_leaves_the_other_without_conflict():
    flags = judge_subjects(make_subjects(("a", "c"), ("b", "d")), make_groups(("a", "b")),
                           decisions=make_decisions(("b", "d", "drop")))
    assert flags.empty


def test_moving_one_side_to_the_class_of_the_other_settles_the_conflict():
    flags = judge_subjects(make_subjects(("a", "c"), ("b", "d")), make_groups(("a", "b")),
                           decisions=make_decisions(("b", "d", "relabel", "c")))
    assert flags.empty


def test_people_who_decide_one_photograph_to_be_of_two_classes_keep_the_conflict_open():
    flags = judge_subjects(make_subjects(("a", "c"), ("b", "c")), make_groups(("a", "b")),
                           decisions=make_decisions(("a", "c", "keep"), ("b", "c", "relabel", "d")))
    assert flags[["sha256", "class_id", "flag"]].to_numpy().tolist() == [
        [sha("a"), "c", "label_conflict"], [sha("b"), "c", "label_conflict"]]
    assert "people decided for several" in flags["detail"][0]


def test_a_pair_that_geometry_could_not_judge_raises_a_doubt_about_both():
    flags = judge_subjects(make_subjects(("a", "c"), ("b", "c")), make_groups(("a",), ("b",)),
                           make_pairs(("a", "b", 14, "review")))
    assert flags["flag"].tolist() == ["duplicate_doubt"] * 2
    assert "14 points" in flags["detail"][0]
    assert sha("b")[:12] in flags["detail"][0]


@pytest.mark.parametrize("verdict", ["same", "different"])
def test_a_pair_that_a_person_judged_raises_no_doubt(verdict):
    flags = judge_subjects(make_subjects(("a", "c"), ("b", "c")), make_groups(("a",), ("b",)),
                           make_pairs(("a", "b", 14, "review")), make_decisions(("b", "c", verdict, "a")))
    assert flags.empty


def test_a_settled_pair_raises_no_doubt():
    flags = judge_subjects(make_subjects(("a", "c"), ("b", "c")), make_groups(("a",), ("b",)),
                           make_pairs(("a", "b", 14, "variant")))
    assert flags.empty


def test_flags_stand_in_the_order_in_which_they_speak():
    flags = flag_one({"brightness": 0.01, "sharpness": 0.01}, {"car": 0.0})
    assert flags["flag"].tolist() == [n for n in NAMES if n in ("off_topic", "dark", "blurry")]


def test_the_order_of_the_rows_changes_nothing():
    subjects, groups = make_subjects(("a", "c"), ("b", "d"), ("e", "c")), make_groups(("a", "b"), ("e",))
    pairs = make_pairs(("a", "e", 14, "review"), ("b", "e", 20, "review"))
    there = judge_subjects(subjects, groups, pairs)
    back = judge_subjects(subjects[::-1], groups[::-1], pairs[::-1])
    pd.testing.assert_frame_equal(there, back)


def test_subjects_as_decided_are_without_those_dropped_and_moved_where_people_moved_them():
    here = as_decided(make_subjects(("a", "c"), ("b", "c"), ("x", "c")),
                      make_decisions(("a", "c", "drop"), ("b", "c", "relabel", "d")))
    assert here.to_numpy().tolist() == [[sha("b"), "d", "c", True], [sha("x"), "c", "c", False]]


def make_hits(*hits):
    return pd.DataFrame([{"sha256": sha(n), "class_id": c, "source": source, "status": status}
                         for n, c, source, status in hits])


def test_what_strangers_alone_have_sent_is_unchecked_until_a_person_decides():
    hits = make_hits(("a", "c", "folder", "saved"), ("b", "c", "folder", "saved"), ("b", "c", "commons", "duplicate"),
                     ("a", "d", "commons", "saved"), ("e", "c", "folder", "rejected"))
    unchecked = find_unchecked(hits, ["folder"])
    assert unchecked == {(sha("a"), "c")}
    assert find_unchecked(hits, []) == set()
    scores = measure(make_subjects(("a", "c"), ("b", "c")), *(tables.make(t) for t in
                                                              (tables.IMAGES, tables.CONTENT, tables.LABELS)))
    rest = (tables.make(tables.CONTENT), tables.make(tables.LABELS), make_pairs(), make_groups(("a",), ("b",)))
    flags = judge(scores, *rest, make_decisions(), FlagParams(), unchecked)
    assert flags[["sha256", "flag", "action"]].values.tolist() == [[sha("a"), "unchecked", "review"]]
    assert judge(scores, *rest, make_decisions(("a", "c", "keep")), FlagParams(), unchecked).empty
