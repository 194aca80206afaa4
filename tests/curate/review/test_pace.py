from curate.review.pace import list_seconds, measure_pace
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


def test_a_steady_pace_has_a_narrow_range():
    pace = measure_pace(actions(*range(0, 60, 2)))["picture"]
    assert (pace.seconds, pace.low, pace.high, pace.guessed) == (2, 2, 2, False)


def test_an_unsteady_pace_has_a_wide_range():
    uneven = [sum([1, 9][n % 2] for n in range(m)) for m in range(40)]
    pace = measure_pace(actions(*uneven))["picture"]
    assert pace.low < 4.9 < pace.high and pace.high - pace.low > 2


def test_without_enough_answers_of_a_kind_it_is_called_a_guess():
    pace = measure_pace(actions(0, 2, 4))["picture"]
    assert (pace.seconds, pace.low, pace.high, pace.guessed) == (2.5, 1.25, 5, True)


def test_only_the_latest_answers_count():
    assert measure_pace(actions(*range(0, 4000, 8), *range(4000, 4400, 1)))["picture"].seconds == 1
