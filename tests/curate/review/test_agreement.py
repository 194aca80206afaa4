import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from curate.review.agreement import kappa, measure_agreement
from curate.review.history import DISAGREEMENT
from tests.curate.review.decided import decide, history_of

ANSWERS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=40)


@given(ANSWERS)
def test_kappa_is_that_of_scikit_learn(answers):
    first, second = zip(*answers, strict=True)
    ours = kappa(answers)
    if ours is None:
        assert len(set(first) | set(second)) == 1
    else:
        assert ours == pytest.approx(cohen_kappa_score(first, second))


def test_kappa_is_left_open_where_both_always_say_the_same_one_thing():
    assert kappa([("keep", "keep")] * 5) is None


def both(n, ann, bob, flag="blurry"):
    return [decide(ann, f"{n:064x}", who="ann", flag=flag), decide(bob, f"{n:064x}", who="bob", flag=flag)]


def test_agreement_is_told_for_each_flag_and_pair_of_reviewers():
    rows = [*both(1, "keep", "keep"), *both(2, "drop", "drop"), *both(3, "keep", "drop"),
            *both(4, "drop", "drop", "dark")]
    found = {(a.flag, a.reviewers): a for a in measure_agreement(history_of(*rows))}
    assert found[("blurry", ("ann", "bob"))].count == 3
    assert found[("blurry", ("ann", "bob"))].observed == pytest.approx(2 / 3)
    assert found[("blurry", ("ann", "bob"))].kappa == pytest.approx(0.4)
    assert found[("all", ("ann", "bob"))].count == 4
    assert found[("dark", ("ann", "bob"))].kappa is None


def test_a_decision_made_with_the_others_in_view_does_not_count():
    rows = [*both(1, "keep", "drop"), decide("drop", f"{1:064x}", who="ann", flag=DISAGREEMENT)]
    (_, found) = measure_agreement(history_of(*rows))
    assert found.observed == 0


def test_one_reviewer_alone_agrees_with_nobody():
    assert measure_agreement(history_of(decide())) == []
