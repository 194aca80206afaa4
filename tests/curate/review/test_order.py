import pytest

from curate.review.grid import choose_screenful
from curate.review.items import make_items
from curate.review.material import read_material
from curate.review.order import rank
from curate.review.pace import SECONDS
from tests.curate.review.decided import decide, history_of
from tests.curate.review.drawn import COUPE, ESTATE, SEDAN, SUV, Drawn, write_classes

HOLD = ("label_conflict",)


@pytest.fixture
def run(tmp_path):
    return Drawn(tmp_path)


def ranked(run, *rows, seconds=SECONDS):
    layout = run.write()
    write_classes(layout)
    history = history_of(*rows)
    return rank(make_items(read_material(layout), history), history, HOLD, seconds)


def shas(found):
    return [r.item.subjects[0][0] for r in found]


def test_the_nearer_to_the_threshold_the_sooner(run):
    near, middle, far = (run.add(SEDAN) for _ in range(3))
    for sha, score in ((far, 0.01), (near, 0.245), (middle, 0.2)):
        run.flag(sha, SEDAN, "blurry", score, 0.25, action="drop")
    assert shas(ranked(run)) == [near, middle, far]


def test_what_can_be_foretold_waits_for_the_grid_even_where_it_changes_much(run):
    doubtful, sure = run.add(SEDAN), run.add(SEDAN)
    run.flag(doubtful, SEDAN, "off_topic", 0.7, 0.5)
    run.flag(sure, SEDAN, "off_topic", 0.99, 0.5)
    run.flag(run.add(SEDAN), SEDAN, "off_topic", 0.71, 0.5)
    found = ranked(run)
    assert shas(found)[-1] == sure and found[-1].chance == max(r.chance for r in found)


def test_a_photograph_that_waits_under_two_classes_comes_early_and_sure_duplicates_last(run):
    both = run.add(SEDAN, COUPE)
    for class_id in (SEDAN, COUPE):
        run.flag(both, class_id, "label_conflict")
    blurry = run.add(SEDAN)
    run.flag(blurry, SEDAN, "blurry")
    a, b = run.add(SUV), run.add(SUV)
    run.group(a, b)
    c, d = run.add(ESTATE), run.add(ESTATE)
    run.pair(c, d, "review")
    order = [r.item.kind if r.item.kind != "compare" else r.item.flag_names[0] for r in ranked(run)]
    assert order.index("conflict") < order.index("duplicate_doubt") < order.index("duplicate") == 3


def test_the_slower_the_answers_of_a_kind_the_later_it_comes(run):
    run.flag(run.add(SEDAN), SEDAN, "blurry")
    a, b = run.add(ESTATE), run.add(ESTATE)
    run.pair(a, b, "review")
    assert [r.item.kind for r in ranked(run, seconds={"picture": 3, "compare": 2})] == ["compare", "picture"]
    assert [r.item.kind for r in ranked(run, seconds={"picture": 2, "compare": 3})] == ["picture", "compare"]


def test_what_people_said_of_a_flag_moves_its_pictures(run):
    for n in range(20):
        run.flag(run.add(SEDAN), SEDAN, "blurry", 0.2 - n / 1000)
        run.flag(run.add(COUPE), COUPE, "dark", 0.2 - n / 1000)
    before = ranked(run)
    assert {r.item.flag_names[0] for r in before[:4]} == {"blurry", "dark"}
    blurry = [r.item for r in before if r.item.flag_names == ("blurry",)]
    rows = [decide("keep", item.subjects[0][0], second=n) for n, item in enumerate(blurry[:10])]
    after = {r.item.id: r for r in ranked(run, *rows)}
    rest = [after[item.id] for item in blurry[10:]]
    assert all(r.chance < 0.5 for r in rest)  # blurry ones are mostly kept: asking more of them changes little
    assert next(r for r in ranked(run, *rows) if r.item not in blurry[:10]).item.flag_names == ("dark",)


def test_the_chance_is_that_of_changing_what_happens_without_an_answer(run):
    kept, dropped = run.add(SEDAN), run.add(SEDAN)
    run.flag(kept, SEDAN, "blurry", action="review")
    run.flag(dropped, SEDAN, "too_small", action="drop")
    chances = {r.item.flag_names[0]: (r.likely, r.chance) for r in ranked(run)}
    assert chances["blurry"][0] == chances["blurry"][1]
    assert chances["too_small"][0] == pytest.approx(1 - chances["too_small"][1])


def test_the_order_of_the_tables_changes_nothing(run, tmp_path):
    for _ in range(8):
        run.flag(run.add(SEDAN), SEDAN, "blurry", 0.2)
    first = shas(ranked(run))
    run.rows["flags"].reverse()
    assert shas(ranked(run)) == first


def test_a_screenful_is_of_one_flag_and_class_the_surest_first(run):
    sure = [run.add(SEDAN) for _ in range(6)]
    for n, sha in enumerate(sure):
        run.flag(sha, SEDAN, "too_small", 10 * n, 128, action="drop")
    for _ in range(2):
        run.flag(run.add(COUPE), COUPE, "blurry")
    found = choose_screenful(ranked(run), 4)
    assert (found.flag, found.class_id, found.left, found.proposal) == ("too_small", SEDAN, 6, "drop")
    assert [item.subjects[0][0] for item in found.items] == sure[:4]
    assert [item.subjects[0][0] for item in found.following] == sure[4:]


def test_where_people_keep_what_is_flagged_keeping_is_proposed_and_the_likeliest_to_be_kept_come_first(run):
    flagged = [run.add(SEDAN) for n in range(20)]
    for n, sha in enumerate(flagged):
        run.flag(sha, SEDAN, "blurry", 0.2 - n / 200)
    rows = [decide("keep", sha, second=n) for n, sha in enumerate(flagged[10:])]
    history_rows = {row.sha256 for row in rows}
    found = choose_screenful([r for r in ranked(run, *rows) if r.item.subjects[0][0] not in history_rows], 4)
    assert found.proposal == "keep"
    assert [item.subjects[0][0] for item in found.items] == flagged[:4]


def test_conflicts_are_never_decided_by_the_screenful(run):
    both = run.add(SEDAN, COUPE)
    for class_id in (SEDAN, COUPE):
        run.flag(both, class_id, "label_conflict")
    assert choose_screenful(ranked(run), 12).items == ()


def test_groups_are_a_screenful_of_their_own_with_same_proposed(run):
    for _ in range(3):
        run.group(run.add(SUV), run.add(SUV))
    found = choose_screenful(ranked(run), 12)
    assert (found.flag, found.proposal, len(found.items)) == ("duplicate", "same", 3)
