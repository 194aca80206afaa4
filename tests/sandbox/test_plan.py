from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tables
from sandbox.classes import SearchedClass, read_classes
from sandbox.kinds import ALL, CHANGES, EXPECTED, FAULTS
from sandbox.params import SandboxParams
from sandbox.plan import Plan, make_plan
from tests.sandbox.webs import two_classes

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def classes() -> tuple[SearchedClass, ...]:
    return read_classes(ROOT / "classes.csv")


@pytest.fixture(scope="module")
def plan(classes: tuple[SearchedClass, ...]) -> Plan:
    return make_plan(SandboxParams(), classes)


def planted(plan: Plan) -> Counter[str]:
    names: Counter[str] = Counter()
    for item in plan.items:
        names.update({item.fault, item.conflict, item.picture.kind} - {None, "car"})
        if item.conflict is None and item.change:
            names[item.change] += 1
    return names


def good_cars(plan: Plan, class_id: str) -> set[str]:
    return {item.picture.picture_id for item in plan.found_by(class_id)
            if item.expected == "saved" and item.picture.class_id == class_id}


def test_the_same_parameters_make_the_same_plan(classes: tuple[SearchedClass, ...], plan: Plan) -> None:
    assert make_plan(SandboxParams(), classes) == plan


def test_another_seed_makes_another_plan(classes: tuple[SearchedClass, ...], plan: Plan) -> None:
    assert make_plan(SandboxParams(seed=1), classes).items != plan.items


def test_every_kind_is_planted_by_default(plan: Plan) -> None:
    assert planted(plan).keys() == {kind.name for kind in ALL}


def test_every_kind_is_planted_in_the_smallest_run(tmp_path: Path) -> None:
    smallest = make_plan(SandboxParams(images_per_class=1), two_classes(tmp_path))
    assert planted(smallest).keys() == {kind.name for kind in ALL}


def test_a_single_class_has_no_label_conflicts_and_all_else(tmp_path: Path) -> None:
    single = make_plan(SandboxParams(images_per_class=1), two_classes(tmp_path)[:1])
    assert {item.conflict for item in single.items} == {None}
    assert {kind.name for kind in FAULTS + CHANGES} <= planted(single).keys()


def test_each_class_keeps_fifteen_good_cars_by_default(plan: Plan) -> None:
    assert min(len(good_cars(plan, known.class_id)) for known in plan.classes) >= 15


def test_three_hundred_a_class_make_ten_thousand_candidates(classes: tuple[SearchedClass, ...]) -> None:
    large = make_plan(SandboxParams(images_per_class=300), classes)
    assert len(large.items) >= 9900
    assert min(len(good_cars(large, known.class_id)) for known in large.classes) >= 200


def test_what_costs_a_client_time_does_not_grow_with_the_run(classes: tuple[SearchedClass, ...]) -> None:
    found = planted(make_plan(SandboxParams(images_per_class=300), classes))
    assert all(found[kind.name] <= kind.limit for kind in FAULTS if kind.limit is not None)
    assert found["not_found"] > 10


def test_without_faults_every_hit_is_a_good_car_of_its_class(classes: tuple[SearchedClass, ...]) -> None:
    clean = make_plan(SandboxParams(faults=False), classes)
    assert len(clean.items) == 24 * len(classes)
    assert all(item.expected == "saved" and not (item.fault or item.change or item.conflict) for item in clean.items)
    assert all(item.searched == (item.picture.class_id,) for item in clean.items)


def test_no_title_of_a_class_has_a_word_that_excludes_it(plan: Plan) -> None:
    import csv

    with open(ROOT / "classes.csv", encoding="utf-8", newline="") as file:
        words = {row["class_id"]: [word.casefold() for word in row["exclude_words"].split("|") if word]
                 for row in csv.DictReader(file)}
    excluded = [(searched, item.title, word) for item in plan.items for searched in item.searched
                for word in words[searched] if word in item.title.casefold()]
    assert excluded == []


def test_a_variant_names_an_original_of_the_same_picture(plan: Plan) -> None:
    variants = [item for item in plan.items if item.variant_of]
    assert variants
    for item in variants:
        original = plan.by_path[item.variant_of or ""]
        assert original.picture == item.picture and original.variant_of is None


def test_a_photograph_under_two_classes_is_for_review_at_both_addresses(plan: Plan) -> None:
    conflicting = [item for item in plan.items if item.conflict]
    assert {item.expected for item in conflicting} == {"review"}
    assert all(len(item.searched) == 2 for item in conflicting if item.conflict == "same_url")


def test_the_truth_has_a_row_for_each_address_and_search_that_finds_it(plan: Plan) -> None:
    truth = tables.make(tables.TRUTH, plan.truth("http://127.0.0.1:1"))
    assert len(truth) == sum(len(item.searched) for item in plan.items)
    assert not truth.duplicated(["url", "searched_class_id"]).any()
    assert set(truth.expected) <= {"saved", "duplicate", "rejected", "failed", "dropped", "review"}


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), images=st.integers(1, 40), count=st.integers(1, 6), faults=st.booleans())
def test_addresses_are_unique_and_ends_follow_from_kinds(seed: int, images: int, count: int, faults: bool) -> None:
    classes = tuple(SearchedClass(f"class-{n}", f"Class {n}", "", (f"query {n}",), ()) for n in range(count))
    plan = make_plan(SandboxParams(seed=seed, images_per_class=images, faults=faults), classes)
    assert len(plan.by_path) == len(plan.items)
    assert len({item.page for item in plan.items}) == len(plan.items)
    for item in plan.items:
        why = item.conflict or item.fault or item.change
        if item.picture.kind != "car":
            why = item.picture.kind
        assert item.expected == (EXPECTED[why] if why else "saved")
