import pytest

from curate.review.history import History
from curate.review.items import count_gone, is_settled, make_items, relations_of
from curate.review.material import read_material
from tests.curate.review.decided import decide, history_of
from tests.curate.review.drawn import COUPE, ESTATE, SEDAN, SUV, Drawn, write_classes


@pytest.fixture
def run(tmp_path):
    return Drawn(tmp_path)


def material_of(run):
    layout = run.write()
    write_classes(layout)
    return read_material(layout)


def items_of(run, *rows):
    return make_items(material_of(run), history_of(*rows))


def settled(item, *rows, reviewer=None):
    history = history_of(*rows)
    return is_settled(item, history, relations_of(history), reviewer)


def test_all_flags_of_a_picture_are_one_question(run):
    sha = run.add(SEDAN)
    run.flag(sha, SEDAN, "dark")
    run.flag(sha, SEDAN, "blurry")
    (item,) = items_of(run)
    assert (item.kind, item.flag_names, item.subjects) == ("picture", ("dark", "blurry"), ((sha, SEDAN),))


def test_a_picture_without_a_flag_is_not_asked(run):
    run.add(SEDAN)
    assert items_of(run) == []


def test_one_photograph_under_two_classes_is_one_question(run):
    same = run.add(SEDAN, COUPE)
    near = run.add(COUPE)
    run.group(same, near)
    for sha, class_id in ((same, SEDAN), (same, COUPE), (near, COUPE)):
        run.flag(sha, class_id, "label_conflict")
    (item,) = [item for item in items_of(run) if item.kind == "conflict"]
    assert set(item.subjects) == {(same, SEDAN), (same, COUPE), (near, COUPE)}
    assert item.subjects[0][0] == same  # the keeper is shown


def test_a_conflict_is_settled_when_one_class_is_left(run):
    sha = run.add(SEDAN, COUPE)
    for class_id in (SEDAN, COUPE):
        run.flag(sha, class_id, "label_conflict")
    (item,) = items_of(run)
    assert not settled(item)
    assert settled(item, decide("keep", sha, class_id=COUPE))
    assert settled(item, decide("drop", sha, class_id=SEDAN))
    assert settled(item, decide("relabel", sha, class_id=SEDAN, label=ESTATE))
    assert not settled(item, decide("keep", sha, class_id=COUPE), decide("keep", sha, class_id=SEDAN))


def test_doubtful_pairs_round_one_picture_are_one_question(run):
    a, b, c, d = (run.add(SUV) for _ in range(4))
    for x, y in ((a, b), (a, c), (b, d)):
        run.pair(x, y, "review")
    stars = {item.subjects[0][0]: set(item.others) for item in items_of(run)}
    asked = {frozenset((first, other)) for first, others in stars.items() for other in others}
    assert asked == {frozenset((a, b)), frozenset((a, c)), frozenset((b, d))}
    assert len(stars) == 2


def test_copies_of_a_photograph_are_asked_about_once(run):
    a, copy, b = (run.add(SUV) for _ in range(3))
    run.group(a, copy)
    run.pair(a, b, "review", inliers=20)
    run.pair(copy, b, "review", inliers=50)
    (doubt,) = [item for item in items_of(run) if "duplicate_doubt" in item.flag_names]
    assert {doubt.subjects[0][0], *doubt.others} == {copy, b}


def test_a_group_of_duplicates_stands_round_its_keeper(run):
    keeper, other, third = (run.add(SUV) for _ in range(3))
    run.group(keeper, other, third)
    (item,) = items_of(run)
    assert (item.flag_names, item.subjects[0][0], set(item.others)) == (("duplicate",), keeper, {other, third})


def test_what_pairs_are_different_or_variants_is_not_asked(run):
    a, b = run.add(SUV), run.add(SUV)
    run.pair(a, b, "different")
    assert items_of(run) == []


def test_a_comparison_is_settled_when_every_picture_is_judged_or_dropped(run):
    keeper, other, third = (run.add(SUV) for _ in range(3))
    run.group(keeper, other, third)
    (item,) = items_of(run)
    first = [decide("same", keeper, other, class_id=SUV)]
    assert not settled(item, *first)
    assert settled(item, *first, decide("different", third, keeper, class_id=SUV))
    assert settled(item, *first, decide("drop", third, class_id=SUV))
    assert settled(item, decide("drop", keeper, class_id=SUV))
    assert not settled(item, *first, decide("drop", third, class_id=SUV, who="bob"), reviewer="bob")


def test_a_decided_picture_can_be_looked_at_after_its_flag_is_gone(run):
    sha = run.add(SEDAN)
    (item,) = items_of(run, decide("drop", sha))
    assert (item.flag_names, item.subjects) == (("blurry",), ((sha, SEDAN),))


def test_decisions_on_pictures_that_are_gone_are_counted_and_no_question(run):
    there, other = run.add(SEDAN), run.add(SEDAN)
    rows = [decide("keep", "f" * 64), decide("keep", there), decide("keep", there, class_id=SUV),
            decide("same", there, "f" * 64), decide("same", there, other)]
    material = material_of(run)
    assert count_gone(material, history_of(*rows)) == 3
    assert {item.kind for item in make_items(material, history_of(*rows))} == {"picture", "compare"}


def test_ids_stay_when_the_tables_are_written_again(run):
    sha = run.add(SEDAN)
    run.flag(sha, SEDAN, "dark")
    material = material_of(run)
    assert [i.id for i in make_items(material, History())] == [i.id for i in make_items(material, History())]


def test_without_features_the_page_does_without(run):
    run.add(SEDAN)
    assert len(material_of(run).embeddings) == 0


def test_classes_that_the_pictures_have_beyond_the_list_can_be_chosen_too(run):
    run.add("found-folder")
    assert "found-folder" in material_of(run).classes
