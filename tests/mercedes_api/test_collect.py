from contextlib import nullcontext

import pytest

from mercedes_api.answers import Answers
from mercedes_api.client import Why
from mercedes_api.collect import collect
from mercedes_api.params import VehiclesParams
from mercedes_api.plan import Phase
from mercedes_api.source import Source
from pipeline.errors import ApiError
from sandbox.vehicle_bodies import oddity
from sandbox.vehicle_catalogue import World, price_list


class Counted:
    def advance(self, count=1):
        pass


@pytest.fixture
def walk(connect, rules, tmp_path):
    """Collect from a served API; return what was collected, the source and what was said."""

    def start(api, markets=("de_DE", "en_GB"), language="all", successors=False, folder="answers", **changes):
        client = connect(api, folder=folder, **changes)
        said = []
        source = Source(Answers(tmp_path / folder), client)
        params = VehiclesParams(markets=markets, language=language, successors=successors)
        collected = collect(source, rules, params, said.append, lambda total: nullcontext(Counted()))
        client._answers.close_ledger()
        return collected, source, said

    return start


def asked(api):
    return [entry.path for entry in api.served]


def test_price_lists_are_paid_first_then_a_model_of_each_class_then_its_paints(serve, walk):
    api = serve(models=60)
    collected, _, _ = walk(api)
    kinds = ["list" if path.endswith("/models") else "paints" if path.endswith("selectables") else "model"
             for path in asked(api)]
    classes = sum(len(speaking) for _, speaking in collected.speaking())
    assert kinds[:2] == ["list", "list"]
    # a representative without a configuration has no paints to ask for
    assert kinds[2:2 + classes] == ["model"] * classes
    first = kinds.index("paints")
    assert first == 2 + classes
    assert kinds[first:].count("model") > 0 and "list" not in kinds[first:]


def test_every_path_is_paid_once(serve, walk):
    api = serve(models=60, markets=("de_DE", "en_DE", "en_GB"))
    walk(api, "europe")
    assert len(asked(api)) == len(set(asked(api)))


def test_a_second_run_pays_nothing_and_finds_the_same(serve, walk):
    api = serve()
    first, _, _ = walk(api)
    paid = len(api.served)
    second, source, _ = walk(api)
    assert (len(api.served), source.paid) == (paid, 0)
    assert (second.price_lists, second.configurations, second.paints) == (
        first.price_lists, first.configurations, first.paints)


def test_a_listed_market_needs_no_list_of_markets(serve, walk):
    api = serve()
    walk(api)
    assert "/markets" not in asked(api)


def test_europe_is_asked_in_the_language_preferred(serve, walk):
    api = serve(markets=("de_DE", "en_DE", "fr_FR", "en_AE"))
    collected, _, _ = walk(api, "europe", "en")
    assert [market.market_id for market in collected.markets] == ["en_DE", "fr_FR"]


def test_the_budget_ends_the_run_where_the_plan_says(serve, walk):
    api = serve(models=60)
    collected, _, said = walk(api, max_calls=10)
    assert collected.stop.why is Why.BUDGET
    assert len(api.served) == 10
    assert said[0] == "plan: 2 price lists; 0 answers kept, 2 to pay of 10 that the budget allows"
    assert said[1].endswith("the budget allows 8 and ends within the representatives, at de_DE")
    assert len(collected.configurations) == 8
    assert {call.phase for call in collected.missing} == set(Phase) - {Phase.PRICE_LIST}


def test_a_higher_budget_goes_on_where_the_lower_one_ended(serve, walk):
    api = serve(models=30)
    walk(api, max_calls=10)
    collected, _, _ = walk(api, max_calls=1000)
    assert collected.missing == [] and collected.stop is None
    assert len(asked(api)) == len(set(asked(api)))


def test_a_stop_still_reads_what_is_kept(serve, walk):
    api = serve()
    walk(api)
    again, _, _ = walk(serve(quota=0), markets=("de_DE", "fr_FR"))
    assert again.stop.why is Why.QUOTA
    assert "de_DE" in again.price_lists and len(again.configurations) > 0
    assert [call.market_id for call in again.missing] == ["fr_FR"]


def test_one_failing_call_costs_only_its_own_facts(serve, walk):
    api = serve(faults={"/markets/en_GB/models": ("error",) * 99})
    collected, _, _ = walk(api, retries=1)
    assert (collected.stop, list(collected.failures)) == (None, ["/markets/en_GB/models"])
    assert [(call.phase, call.market_id) for call in collected.missing] == [(Phase.PRICE_LIST, "en_GB")]
    assert "de_DE" in collected.price_lists


def test_three_failing_calls_in_a_row_end_the_run(serve, walk):
    markets = ("de_DE", "en_DE", "fr_FR", "en_FR")
    api = serve(markets=markets, faults={f"/markets/{market}/models": ("error",) * 99 for market in markets})
    collected, _, _ = walk(api, markets, retries=0)
    assert collected.stop.why is Why.UNREACHABLE
    assert len(api.served) == 3


def test_a_market_that_the_api_does_not_have_is_said_and_not_asked_again(serve, walk):
    api = serve(markets=("de_DE",))
    for _ in range(2):
        collected, _, _ = walk(api)
    assert list(collected.unusable.values()) == [
        "/markets/en_GB/models: answered 400; the API has no market en_GB, see mercedes_api.markets"]
    assert asked(api).count("/markets/en_GB/models") == 1


def test_a_market_that_sells_nothing_has_an_empty_price_list(serve, walk):
    collected, _, _ = walk(serve(markets=("en_PS-GZA",)), ("en_PS-GZA",))
    assert collected.price_lists["en_PS-GZA"].models == []
    assert collected.missing == []


def test_oddities_of_the_sandbox_are_counted(serve, walk):
    collected, _, _ = walk(serve(models=118), ("en_GB",))
    assert {note.split(":")[0].split(" (")[0] for note in collected.notes} >= {
        "price missing", "model without internalModelSeries", "model without a configuration", "transmission missing",
        "configuration without technicalInformation", "fuel type undefined", "fuel type unknown",
        "consumption in mpg, left out"}


def test_without_the_markets_there_is_nothing_to_make_tables_of(rules, tmp_path):
    source = Source(Answers(tmp_path))
    with pytest.raises(ApiError, match="without --offline"):
        collect(source, rules, VehiclesParams(), print, lambda total: nullcontext(Counted()))


def test_paints_are_asked_by_the_link_where_the_id_is_missing(serve, walk):
    collected, _, _ = walk(serve(models=60, markets=("de_DE",)), ("de_DE",))
    cars = price_list(World(2019, ("de_DE",), 60), "DE")
    odd = {car.model_id for car in cars if oddity(car) == "no_configuration_id"}
    assert any(collected.paints.get(("de_DE", model_id)) for model_id in odd)


def test_successors_are_paid_for_only_where_they_count(serve, walk):
    api = serve(models=60)
    without, _, _ = walk(api)
    with_them, _, _ = walk(api, successors=True, folder="others")
    assert len(without.configurations) < len(with_them.configurations)
