import pytest

from curate.review.pace import SECONDS, estimate, list_seconds, seconds_each
from tests.curate.review.decided import A, B, decide, history_of


def actions(*seconds, flag="blurry"):
    rows = [decide("keep", sha=f"{n:064x}", second=second, flag=flag) for n, second in enumerate(seconds)]
    return history_of(*rows).actions("ann")


def test_the_time_of_an_answer_is_that_since_the_one_before():
    assert list_seconds(actions(0, 2, 5)) == {"picture": [2, 3]}


def test_a_pause_is_no_answer():
    assert list_seconds(actions(0, 2, 400, 403)) == {"picture": [2, 3]}


def test_a_screenful_counts_for_each_of_its_pictures():
    rows = [decide("keep"), *(decide("keep", f"{n:064x}", second=12) for n in range(6))]
    assert list_seconds(history_of(*rows).actions("ann")) == {"picture": [2.0] * 6}


def test_kinds_of_question_have_their_own_pace():
    rows = [decide(), decide("same", A, B, second=8), decide("keep", B, second=9, flag="label_conflict")]
    assert list_seconds(history_of(*rows).actions("ann")) == {"compare": [8], "conflict": [1]}


def test_a_steady_pace_gives_a_narrow_range():
    found = estimate({"picture": 300}, actions(*range(0, 60, 2)))
    assert found.minutes == pytest.approx((10, 10)) and found.guessed == ()


def test_an_unsteady_pace_gives_a_wide_range():
    uneven = [sum([1, 9][n % 2] for n in range(m)) for m in range(40)]
    low, high = estimate({"picture": 300}, actions(*uneven)).minutes
    assert low < 25 < high and high - low > 5


def test_without_enough_answers_of_a_kind_it_is_called_a_guess():
    found = estimate({"picture": 60, "compare": 0}, actions(0, 2, 4))
    assert found.guessed == ("picture",) and found.minutes == pytest.approx((1.25, 5))


def test_the_own_pace_replaces_the_guess_once_it_is_known():
    assert seconds_each(actions(*range(0, 22, 2)))["picture"] == 2
    assert seconds_each(actions(0, 2, 4)) == SECONDS


def test_nothing_left_takes_no_time():
    assert estimate({}, []).minutes == (0, 0)
