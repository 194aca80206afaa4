import copy
import json
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercedes_api.parse import (
    ShapeError,
    parse_configuration,
    parse_markets,
    parse_models,
    parse_paints,
)


def models_by_id(body):
    return {model.model_id: model for model in parse_models(body, Counter())}


@pytest.fixture
def one_model(excerpt):
    """Parse one real model after a change; return it with what was noted."""

    def parse(change):
        body = copy.deepcopy(excerpt("v1_models")[:1])
        change(body[0])
        notes = Counter()
        return parse_models(body, notes)[0], notes

    return parse


@pytest.fixture
def configured(excerpt):
    """Parse a real configuration after a change; return it with what was noted."""

    def parse(change=lambda body: None):
        body = copy.deepcopy(excerpt("v1_configuration"))
        change(body)
        notes = Counter()
        return parse_configuration(body, notes), notes

    return parse


def test_markets_have_country_and_language(excerpt):
    markets = {market.market_id: market for market in parse_markets(excerpt("v1_markets"), Counter())}
    assert (markets["en_AE-AZ"].country, markets["en_AE-AZ"].language) == ("AE-AZ", "en")
    assert [m for m in markets if m.endswith("_CH")] == ["en_CH", "fr_CH", "it_CH", "de_CH"]


def test_a_car_of_a_real_price_list_is_parsed_whole(excerpt):
    model = models_by_id(excerpt("v1_models"))["1770511"]
    assert model.name == "Mercedes-AMG A 35 4MATIC Kompaktlimousine"
    assert (model.series, model.number) == ("W177", "177")
    assert (model.api_class_id, model.body_id, model.product_group) == ("A-KLASSE", "KOMPAKT-LIMOUSINE", "PKW")
    assert (model.price_gross, model.price_net, model.currency) == (11900.0, 10000.0, "EUR")
    assert model.all_terrain is False
    assert model.invented is False
    assert model.pricing_date == date(2023, 4, 18)


def test_nothing_is_odd_about_real_models(excerpt):
    notes = Counter()
    assert len(parse_models(excerpt("v1_models"), notes)) == 7
    assert notes == Counter()


def test_tax_rates_of_cars_and_vans_are_both_per_cent(excerpt):
    models = models_by_id(excerpt("v1_models"))
    assert models["1770511"].tax_rate == 19.0
    assert models["44781513_002"].tax_rate == 19.0


def test_a_body_id_keeps_its_space(excerpt):
    assert models_by_id(excerpt("v1_models"))["2470101"].body_id == "SPORTS TOURER"


def test_a_pricing_date_may_lie_in_the_future(one_model):
    model, _ = one_model(lambda body: body["context"].update(pricingDate="2099-12-31"))
    assert model.pricing_date == date(2099, 12, 31)


def test_a_missing_price_is_null_and_counted(one_model):
    model, notes = one_model(lambda body: body.pop("priceInformation"))
    assert (model.price_gross, model.price_net, model.currency) == (None, None, None)
    assert notes == {"price missing": 1}


def test_a_car_for_nothing_has_no_price(one_model):
    model, notes = one_model(lambda body: body["priceInformation"].update(price=0))
    assert model.price_gross is None
    assert notes == {"price missing": 1}


def test_a_price_without_currency_is_no_fact(one_model):
    model, notes = one_model(lambda body: body["priceInformation"].pop("currency"))
    assert (model.price_gross, model.price_net) == (None, None)
    assert notes == {"price without currency, left out": 1}


def test_a_gross_price_below_the_net_one_is_left_out(one_model):
    model, notes = one_model(lambda body: body["priceInformation"].update(price=9000))
    assert (model.price_gross, model.price_net) == (None, None)
    assert notes == {"price with taxes below the one without, both left out": 1}


def test_a_tax_rate_that_contradicts_the_tax_is_left_out(one_model):
    model, notes = one_model(lambda body: body["priceInformation"]["taxes"][0].update(rate=7))
    assert model.tax_rate is None
    assert notes == {"tax rate contradicts the tax, left out": 1}


@pytest.mark.parametrize("name", ["vehicleClass", "vehicleBody", "context", "internalModelSeries", "allTerrain",
                                  "name"])
def test_a_missing_object_costs_only_its_own_facts(one_model, name):
    model, _ = one_model(lambda body: body.pop(name))
    assert model.model_id == "1770511"
    assert model.price_gross == 11900.0


def test_the_series_digits_come_from_the_baumuster_where_the_series_is_missing(one_model):
    model, _ = one_model(lambda body: (body.pop("internalModelSeries"), body.pop("baureihe")))
    assert (model.series, model.number) == (None, "177")


def test_a_model_without_id_is_left_out_and_counted(excerpt):
    body, notes = excerpt("v1_models"), Counter()
    del body[0]["modelId"]
    assert len(parse_models(body, notes)) == 6
    assert notes == {"model without modelId, left out": 1}


def test_a_model_listed_twice_counts_once(excerpt):
    body, notes = excerpt("v1_models"), Counter()
    assert len(parse_models(body + body[:1], notes)) == 7
    assert notes == {"model listed twice, the first counts": 1}


def test_a_model_id_may_be_a_number(one_model):
    assert one_model(lambda body: body.update(modelId=1770511))[0].model_id == "1770511"


def test_the_swaggers_product_group_object_is_borne(one_model):
    assert one_model(lambda body: body.update(productGroup={"name": "PKW"}))[0].product_group == "PKW"


def test_invented_prices_are_known_by_their_mark(one_model):
    assert one_model(lambda body: body["priceInformation"].update(invented=True))[0].invented is True


@pytest.mark.parametrize("body", [{"statusCode": 200}, "text", None, {"models": 3}])
def test_an_answer_without_a_list_is_of_no_use(body):
    with pytest.raises(ShapeError):
        parse_models(body, Counter())


def test_a_real_configuration_is_parsed_whole(configured):
    facts, notes = configured()
    assert facts.configuration_id == "AJ-053_AU-651_GC-426_LE-L_LU-696_MJ-803_PS-012#-953#-B15#_SA-01U-02B"
    assert (facts.fuel_type, facts.alternative_fuel_type) == ("SUPERPLUS", None)
    assert (facts.drive, facts.engine_concept) == ("COMBUSTOR", "BI_MILD")
    assert (facts.power_kw, facts.power_hp, facts.power_hp_unit, facts.hybrid_power_kw) == (225.0, 306.0, "PS", 10.0)
    assert (facts.transmission, facts.transmission_category, facts.gears) == ("AMG SPEEDSHIFT DCT 8G", "AUTOMATIC", 8)
    assert (facts.consumption, facts.consumption_unit, facts.co2) == (8.3, "l/100 km", 188.0)
    assert notes == Counter()


def test_an_unknown_fuel_is_null_and_counted(configured):
    facts, notes = configured(lambda body: body["technicalInformation"]["engine"].update(fuelType="WOOD"))
    assert facts.fuel_type is None
    assert notes == {"fuel type unknown: WOOD": 1}


def test_an_undefined_fuel_is_null_and_counted(configured):
    facts, notes = configured(lambda body: body["technicalInformation"]["engine"].update(fuelType="UNDEFINED"))
    assert facts.fuel_type is None
    assert notes == {"fuel type undefined": 1}


def test_undefined_is_no_engine_concept_and_no_transmission_category(configured):
    def change(body):
        body["technicalInformation"]["engine"]["engineConcept"] = "UNDEFINED"
        body["technicalInformation"]["transmission"]["transmissionCategory"] = "UNDEFINED"

    facts, _ = configured(change)
    assert (facts.engine_concept, facts.transmission_category) == (None, None)


@pytest.mark.parametrize("fuel", ["NORMAL", "SUPER", "SUPERPLUS", "DIESEL", "GAS", "ELECTRIC", "FUELCELL", "HGAS"])
def test_every_known_fuel_is_kept(configured, fuel):
    assert configured(lambda body: body["technicalInformation"]["engine"].update(fuelType=fuel))[0].fuel_type == fuel


def test_missing_kilowatts_are_not_made_of_horsepower(configured):
    facts, notes = configured(lambda body: body["technicalInformation"]["engine"].pop("powerKw"))
    assert (facts.power_kw, facts.power_hp) == (None, 306.0)
    assert notes == {"power in kW missing": 1}


def test_kilowatts_that_contradict_the_horsepower_are_left_out(configured):
    facts, notes = configured(lambda body: body["technicalInformation"]["engine"]["powerKw"].update(value=306))
    assert (facts.power_kw, facts.power_hp) == (None, None)
    assert notes == {"power in kW contradicts the one in hp, both left out": 1}


def test_the_cylinder_may_be_a_word(configured):
    assert configured(lambda body: body["technicalInformation"]["engine"].update(cylinder="V8"))[0].power_kw == 225.0


@pytest.mark.parametrize("unit, expected", [("l/100km", "l/100 km"), ("L/100 km", "l/100 km"), ("л/100км", "l/100 km"),
                                            ("kWh/100km", "kWh/100 km"), ("kg/100 km", "kg/100 km")])
def test_consumption_units_are_told_apart(configured, unit, expected):
    def change(body):
        body["technicalInformation"]["wltp"]["consumption"]["total"]["primaryGear"]["individual"]["unit"] = unit

    assert configured(change)[0].consumption_unit == expected


def test_miles_per_gallon_are_no_litres(configured):
    def change(body):
        body["technicalInformation"]["wltp"]["consumption"]["total"]["primaryGear"]["individual"] = {
            "value": 34.0, "unit": "mpg"}

    facts, notes = configured(change)
    assert (facts.consumption, facts.consumption_unit) == (None, None)
    assert notes == {"consumption in mpg, left out": 1}


def test_the_older_drive_cycle_is_read_where_it_is_the_active_one(configured):
    def change(body):
        technical = body["technicalInformation"]
        technical["activeDriveCycle"] = "NEDC"
        amount = {"value": 6.7, "unit": "l/100km"}
        technical["nedc"] = {"consumption": {"combined": {"primaryGear": {"individual": amount}}}}

    assert configured(change)[0].consumption == 6.7


def test_a_cars_city_consumption_does_not_stand_for_the_combined_one(configured):
    facts, _ = configured(lambda body: body["technicalInformation"].pop("wltp"))
    assert (facts.consumption, facts.co2) == (None, None)


def test_no_technical_information_is_counted_once(configured):
    facts, notes = configured(lambda body: body.pop("technicalInformation"))
    assert (facts.fuel_type, facts.power_kw, facts.transmission, facts.co2) == (None, None, None, None)
    assert notes == {"configuration without technicalInformation": 1}


def test_the_configuration_id_is_read_from_the_link_where_the_field_is_missing(configured):
    facts, _ = configured(lambda body: body.pop("configurationId"))
    assert facts.configuration_id == "AJ-053_AU-651_GC-426_LE-L_LU-696_MJ-803_PS-012#-953#-B15#_SA-01U-02B"


@pytest.mark.parametrize("gears", [0.5, 13, -1])
def test_an_impossible_number_of_gears_is_left_out(configured, gears):
    def change(body):
        body["technicalInformation"]["transmission"]["numberOfGears"]["value"] = gears

    facts, notes = configured(change)
    assert facts.gears is None
    assert notes == {"number of gears impossible, left out": 1}


def test_real_paints_are_told_by_their_component_type(excerpt):
    notes = Counter()
    paints = {paint.paint_id: paint for paint in parse_paints(excerpt("v2_selectables"), notes)}
    assert list(paints) == ["LU-149", "LU-197", "LU-956", "SA-C23"]
    assert (paints["LU-149"].name, paints["LU-149"].colour_group, paints["LU-149"].price_gross) == (
        "polar white", "White", 0.0)
    assert (paints["LU-956"].price_gross, paints["LU-956"].currency) == (1190.0, "EUR")
    assert paints["SA-C23"].colour_group is None
    assert notes == Counter()


def test_components_in_a_list_hold_paints_too(excerpt):
    assert [paint.paint_id for paint in parse_paints(excerpt("v1_configuration"), Counter())] == ["LU-696"]


@pytest.mark.parametrize("mark", ["hidden", "pseudoCode"])
def test_a_paint_that_no_buyer_sees_is_skipped(excerpt, mark):
    body = excerpt("v2_selectables")
    body["vehicleComponents"]["LU-149"][mark] = True
    assert "LU-149" not in [paint.paint_id for paint in parse_paints(body, Counter())]


def test_an_old_paint_id_is_a_paint_id(excerpt):
    body = excerpt("v2_selectables")
    component = body["vehicleComponents"].pop("LU-149")
    body["vehicleComponents"]["L-149"] = component | {"id": "L-149", "codeType": "L"}
    assert "L-149" in [paint.paint_id for paint in parse_paints(body, Counter())]


def test_selectables_without_components_are_of_no_use():
    with pytest.raises(ShapeError):
        parse_paints({"componentCategories": []}, Counter())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=8)


def places(body):
    """Return the path of every value inside a JSON body."""
    found = []
    for key in (body if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ()):
        found.append((key,))
        found += [(key, *rest) for rest in places(body[key])]
    return found


@given(data=st.data(), value=json_values)
def test_no_value_anywhere_breaks_the_parser(data, value):
    from pathlib import Path

    folder = Path(__file__).parent / "excerpts"
    name, parse = data.draw(st.sampled_from([("v1_models", parse_models), ("v1_configuration", parse_configuration),
                                             ("v2_selectables", parse_paints), ("v1_markets", parse_markets)]))
    body = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    *way, last = data.draw(st.sampled_from(places(body)))
    inside = body
    for key in way:
        inside = inside[key]
    inside[last] = value
    try:
        parse(body, Counter())
    except ShapeError:
        pass
