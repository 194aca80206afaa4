from datetime import UTC, datetime

import pytest

from mercedes_api.answers import Answers
from mercedes_api.client import Stop, Why
from mercedes_api.collect import Collected, PriceList
from mercedes_api.markets import market_of
from mercedes_api.match import Match
from mercedes_api.outcome import describe_outcome, failure_of
from mercedes_api.plan import Call, Phase
from mercedes_api.source import Source


@pytest.fixture
def collected(model):
    found = Collected(markets=[market_of("de_DE"), market_of("fr_FR")])
    models = [(model("1"), Match("a", "series", False)), (model("2"), Match("b", "series", False)),
              (model("3"), Match("b", "series", False)), (model("4", api_class_id="EQA"), Match(None, "none", None))]
    found.price_lists["de_DE"] = PriceList(models, datetime(2024, 5, 1, tzinfo=UTC))
    return found


@pytest.fixture
def tell(tmp_path):
    return lambda collected, offline=False: describe_outcome(collected, Source(Answers(tmp_path)), 12, offline)


def test_the_outcome_counts_what_was_had(collected, tell):
    assert tell(collected).splitlines()[0] == (
        "1 of 2 price lists with 4 models, 3 of them of a class; 0 configurations; paints of 0 models; "
        "0 answers paid in this run, 12 calls in all")


def test_models_of_no_class_are_listed(collected, tell):
    assert "1 models of no class (none), listed in the table: EQA 1" in tell(collected)


def test_what_is_missing_is_said_by_market_and_class(collected, tell):
    collected.missing = [Call(Phase.PRICE_LIST, "fr_FR"), Call(Phase.REPRESENTATIVE, "de_DE", "b", "2"),
                         Call(Phase.REPRESENTATIVE_PAINTS, "de_DE", "a", "1"),
                         Call(Phase.REPRESENTATIVE_PAINTS, "de_DE", "b", "2"), Call(Phase.FURTHER, "de_DE", "b", "3")]
    assert """\
missing:
  fr_FR: price list, and so everything
  de_DE: power, fuel and transmission of b; colours of all 2 classes; \
power, fuel and transmission of 1 further models""" in tell(collected)


@pytest.mark.parametrize("why", list(Why))
def test_every_stop_says_how_to_go_on(collected, tell, why):
    collected.stop = Stop(why, "the details")
    stopped, how = tell(collected).splitlines()[-2:]
    assert stopped == f"stopped: {why.value}: the details"
    assert how.startswith("To go on, ")


def test_offline_says_how_to_have_what_is_missing(collected, tell):
    collected.missing = [Call(Phase.PRICE_LIST, "fr_FR")]
    assert tell(collected, offline=True).endswith("run `whatbenz vehicles` without --offline; "
                                                  "what is kept is not paid again.")


def test_the_end_of_the_budget_is_no_failure(collected):
    collected.stop = Stop(Why.BUDGET, "used up")
    assert failure_of(collected) is None


@pytest.mark.parametrize("why", [why for why in Why if why is not Why.BUDGET])
def test_any_other_stop_is_a_failure(collected, why):
    collected.stop = Stop(why, "the details")
    assert failure_of(collected) is collected.stop


def test_a_failed_call_is_a_failure_so_that_the_stage_runs_again(collected):
    collected.failures["/markets/fr_FR/models"] = "/markets/fr_FR/models: answered 500"
    assert "run `whatbenz vehicles` again" in failure_of(collected).message


def test_a_market_that_the_api_has_not_is_no_failure(collected):
    collected.unusable["/markets/fr_FR/models"] = "/markets/fr_FR/models: answered 404"
    assert failure_of(collected) is None


def test_no_price_list_at_all_is_a_failure():
    assert "no market has a price list" in failure_of(Collected(markets=[market_of("xx_XX")])).message
