import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercedes_api.match import Match
from mercedes_api.plan import (
    Call,
    Phase,
    configuration_path,
    describe_plan,
    described,
    models_path,
    plan_details,
    selectables_path,
)

OWN, LATER = Match("c", "series", False), Match("c", "successor", True)


def test_the_hash_in_a_configurations_id_is_encoded_once():
    assert selectables_path("de_DE", "2050411", "AU-651_PS-012#-966#_SA-01U") == (
        "/markets/de_DE/models/2050411/configurations/AU-651_PS-012%23-966%23_SA-01U/selectables")


def test_paths_are_those_of_the_api():
    assert models_path("en_AE-AZ") == "/markets/en_AE-AZ/models"
    assert configuration_path("de_DE", "44781513_002") == "/markets/de_DE/models/44781513_002/configurations/initial"


def test_the_cheapest_model_represents_its_class(model):
    prices = {"2050413": 50.0, "2050411": 40.0, "2050412": None}
    speaking = described([(model(model_id, price_gross=price), OWN) for model_id, price in prices.items()])
    assert [m.model_id for m in speaking["c"]] == ["2050411", "2050413", "2050412"]


def test_successors_do_not_speak_beside_the_classs_own_models(model):
    speaking = described([(model("2060411", price_gross=1.0), LATER), (model("2050411"), OWN)])
    assert [m.model_id for m in speaking["c"]] == ["2050411"]


def test_successors_speak_where_there_is_nothing_else(model):
    assert [m.model_id for m in described([(model("2060411"), LATER)])["c"]] == ["2060411"]


def test_models_of_no_class_are_not_asked_for(model):
    assert described([(model(), Match(None, "none", None))]) == {}


@pytest.fixture
def two_markets(model):
    one = {"b": [model("1")], "a": [model("2"), model("3")]}
    return [("de_DE", one), ("en_GB", {"a": [model("4")]})]


def test_representatives_come_first_then_their_paints_then_the_rest(two_markets):
    calls = [(call.phase, call.market_id, call.class_id, call.model_id) for call in plan_details(two_markets)]
    first = [("de_DE", "a", "2"), ("de_DE", "b", "1"), ("en_GB", "a", "4")]
    assert calls == ([(Phase.REPRESENTATIVE, *place) for place in first]
                     + [(Phase.REPRESENTATIVE_PAINTS, *place) for place in first]
                     + [(Phase.FURTHER, "de_DE", "a", "3"), (Phase.FURTHER_PAINTS, "de_DE", "a", "3")])


def test_a_second_language_of_a_country_comes_after_the_first_of_all(model):
    speaking = [(market_id, {"a": [model("1")]}) for market_id in ("de_DE", "en_DE", "en_AT", "de_AT", "fr_FR")]
    assert [call.market_id for call in plan_details(speaking)][:5] == ["de_DE", "en_AT", "fr_FR", "en_DE", "de_AT"]


def test_the_plan_says_how_far_the_budget_reaches(two_markets):
    text = describe_plan(plan_details(two_markets), lambda call: call.model_id == "2", 3)
    assert text == ("plan: 3 representatives, 3 representatives' paints, 1 further models, 1 further models' paints; "
                    "2 answers kept, 6 to pay; "
                    "the budget allows 3 and ends within the representatives' paints, at de_DE")


@pytest.mark.parametrize("left, ending", [(None, "2 to pay"), (5, "2 to pay of 5 that the budget allows"),
                                          (0, "2 to pay, and the budget allows none")])
def test_the_plan_says_what_the_budget_is(left, ending):
    calls = [Call(Phase.PRICE_LIST, "de_DE"), Call(Phase.PRICE_LIST, "en_GB")]
    assert describe_plan(calls, lambda call: False, left).endswith(ending)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.none() | st.floats(1, 9)), max_size=12,
                unique_by=lambda row: row[1]), st.randoms())
def test_the_order_of_the_price_list_changes_no_plan(rows, random):
    from mercedes_api.parse import ModelFacts

    models = [(ModelFacts(str(number), None, None, None, None, None, None, None, price, None, "EUR", None, False, None),
               Match(class_id, "series", False)) for class_id, number, price in rows]
    shuffled = list(models)
    random.shuffle(shuffled)
    assert plan_details([("de_DE", described(shuffled))]) == plan_details([("de_DE", described(models))])
