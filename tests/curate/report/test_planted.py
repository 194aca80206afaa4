import pytest

import tables
from curate.report.material import make_material
from curate.report.pictures import Gallery
from curate.report.planted import count_false_alarms, judge_planted
from tests.curate.report.conftest import make_drop, make_flag, make_group, make_hit, make_kept


def truth_row(name, expected, **values):
    return {"url": f"https://host.example/{name}.jpg", "searched_class_id": "b", "class_id": "b", "kind": "car",
            "picture_id": name, "expected": expected} | values


def judge(truth, hits=(), manifest=(), dropped=(), groups=(), flags=()):
    material = make_material(
        truth=tables.make(tables.TRUTH, truth), hits=tables.make(tables.HITS, hits),
        manifest=tables.make(tables.MANIFEST, manifest), dropped=tables.make(tables.DROPPED, dropped),
        groups=tables.make(tables.GROUPS, groups), flags=tables.make(tables.FLAGS, flags))
    return judge_planted(material, Gallery(material.hits, {}), 3)


@pytest.mark.parametrize("status", ["failed", "rejected", "saved"])
@pytest.mark.parametrize("expected", ["failed", "rejected"])
def test_a_broken_answer_must_end_with_its_own_status(status, expected):
    (row,) = judge([truth_row("p", expected, fault="html")], [make_hit("p", "b", status)])
    assert (row.family, row.name) == ("answer", "html")
    assert row.met == (status == expected)


COPY = truth_row("copy", "dropped", picture_id="p", change="crop20", variant_of="https://host.example/p.jpg")


def test_a_duplicate_is_caught_whichever_of_the_two_is_kept():
    hits = [make_hit("p", "b"), make_hit("copy", "b")]
    drop = make_drop("p", "b", "dedupe", "duplicate", "x")
    rows = judge([truth_row("p", "saved"), COPY], hits, [make_kept("copy", "b")], [drop],
                 [make_group("copy"), make_group("p", "copy")])
    assert {(row.name, row.met) for row in rows} == {("plain", 1), ("crop20", 1)}


def test_a_duplicate_that_stays_beside_its_original_is_missed():
    hits = [make_hit("p", "b"), make_hit("copy", "b")]
    rows = judge([truth_row("p", "saved"), COPY], hits, [make_kept("p", "b"), make_kept("copy", "b")], [],
                 [make_group("copy"), make_group("p")])
    (missed,) = [row for row in rows if row.missed]
    assert missed.name == "crop20" and missed.instead == ("in the data set (1)",) and len(missed.pictures) == 1


def test_a_variant_may_stay_where_its_original_could_not_be_fetched():
    rows = judge([COPY], [make_hit("p", "b", "failed"), make_hit("copy", "b")], [make_kept("copy", "b")])
    assert rows[0].met == 1


def test_a_tiny_picture_that_stays_is_missed():
    (row,) = judge([truth_row("p", "dropped", fault="tiny")], [make_hit("p", "b")], [make_kept("p", "b")])
    assert row.met == 0 and row.family == "doubt"


def test_a_repainted_car_that_was_merged_with_its_original_is_missed():
    repaint = truth_row("copy", "saved", picture_id="p", change="repaint", variant_of="https://host.example/p.jpg")
    rows = judge([truth_row("p", "saved"), repaint], [make_hit("p", "b"), make_hit("copy", "b")], [make_kept("p", "b")],
                 [make_drop("copy", "b", "dedupe", "duplicate", "x")])
    assert {row.name: row.met for row in rows} == {"plain": 1, "repaint": 0}


@pytest.mark.parametrize(("flags", "met"), [([make_flag("p", "b", "off_topic")], 1), ([], 0)])
def test_an_interior_must_be_asked_about(flags, met):
    (row,) = judge([truth_row("p", "review", kind="interior", class_id=None)], [make_hit("p", "b")],
                   [make_kept("p", "b")], flags=flags)
    assert (row.family, row.met) == ("off_topic", met)


def test_bytes_that_the_class_has_already_are_caught_in_either_order():
    copy = COPY | {"expected": "duplicate", "change": "copy"}
    for first, second in (("saved", "duplicate"), ("duplicate", "saved")):
        hits = [make_hit("p", "b", first), make_hit("copy", "b", second, sha256=make_hit("p", "b")["sha256"])]
        rows = judge([truth_row("p", "saved"), copy], hits, [make_kept("p", "b")])
        assert all(row.met == row.count for row in rows)


def test_what_no_search_found_does_not_count():
    assert judge([truth_row("p", "saved")]) == []


def test_good_pictures_with_a_flag_are_false_alarms():
    material = make_material(
        truth=tables.make(tables.TRUTH, [truth_row("p", "saved"), truth_row("q", "saved"),
                                         truth_row("r", "review", kind="toy")]),
        hits=tables.make(tables.HITS, [make_hit(n, "b") for n in "pqr"] + [make_hit("p", "b", "duplicate", query="2")]),
        manifest=tables.make(tables.MANIFEST, [make_kept(n, "b") for n in "pqr"]),
        flags=tables.make(tables.FLAGS, [make_flag("p", "b", "dark"), make_flag("r", "b", "off_topic")]))
    assert count_false_alarms(material) == (1, 2)


def test_the_order_of_rows_changes_nothing():
    truth = [truth_row("p", "saved"), COPY]
    hits = [make_hit("p", "b"), make_hit("copy", "b")]
    kept = [make_kept("p", "b"), make_kept("copy", "b")]
    assert judge(truth, hits, kept) == judge(truth[::-1], hits[::-1], kept[::-1])
