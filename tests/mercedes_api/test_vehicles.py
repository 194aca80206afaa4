from datetime import UTC, date, datetime

import pandas as pd
import pyarrow.parquet as pq
import pytest

import tables
from mercedes_api.collect import Collected, PriceList
from mercedes_api.markets import market_of
from mercedes_api.match import Match
from mercedes_api.parse import ConfigurationFacts, PaintFacts
from mercedes_api.vehicles import make_models, make_paints, make_summary

WHEN = datetime(2024, 5, 1, tzinfo=UTC)
OWN, LATER, NONE = Match("c", "series", False), Match("c", "successor", True), Match(None, "none", None)


def details(power_kw=100.0, fuel_type="DIESEL", transmission="9G-TRONIC"):
    return ConfigurationFacts("id", fuel_type, None, "COMBUSTOR", "MONO_DIESEL", power_kw, 136.0, "PS", None,
                              transmission, "AUTOMATIC", 9, 5.0, "l/100 km", 130.0)


def paint(paint_id, name, price=0.0):
    return PaintFacts(paint_id, name, "Black", price, "EUR", True)


@pytest.fixture
def collected(model):
    """One market with two models of class c and one of none; another market whose price list is not known."""
    cheap, dear = model("2050411", price_gross=40.0), model("2050412", price_gross=60.0)
    found = Collected(markets=[market_of("de_DE"), market_of("fr_FR")])
    found.price_lists["de_DE"] = PriceList([(dear, OWN), (cheap, OWN), (model("2437011"), NONE)], WHEN)
    found.configurations = {("de_DE", "2050411"): details(90.0), ("de_DE", "2050412"): details(150.0, "SUPER")}
    found.paints = {("de_DE", "2050411"): [paint("LU-197", "obsidian black", 9.0), paint("L-040", "black")],
                    ("de_DE", "2050412"): [paint("L-040", "black")]}
    return found


def row(summary, market_id="de_DE", class_id="c"):
    return summary[(summary["market_id"] == market_id) & (summary["class_id"] == class_id)].iloc[0]


def test_every_model_is_a_row_also_those_of_no_class(collected):
    models = make_models(collected)
    assert list(models["model_id"]) == ["2050411", "2050412", "2437011"]
    assert list(models["match"]) == ["series", "series", "none"]
    assert models["class_id"].isna().tolist() == [False, False, True]


def test_a_models_row_has_the_facts_of_its_configuration(collected):
    first = make_models(collected).iloc[0]
    assert (first["power_kw"], first["fuel_type"], first["gears"], first["country"]) == (90.0, "DIESEL", 9, "DE")
    assert pd.isna(make_models(collected).iloc[2]["power_kw"])


def test_every_paint_of_every_model_is_a_row(collected):
    paints = make_paints(collected)
    assert list(zip(paints["model_id"], paints["paint_id"], strict=True)) == [
        ("2050411", "L-040"), ("2050411", "LU-197"), ("2050412", "L-040")]


def test_a_summary_row_spans_the_models_of_its_class(collected):
    one = row(make_summary(collected, ["c"]))
    assert (one["model_count"], one["price_min"], one["price_max"], one["currency"]) == (2, 40.0, 60.0, "EUR")
    assert (one["power_kw_min"], one["power_kw_max"]) == (90.0, 150.0)
    assert list(one["fuel_types"]) == ["DIESEL", "SUPER"]
    assert list(one["paints"]) == ["black", "obsidian black"]
    assert (one["status"], one["successor"], one["invented"]) == ("complete", False, True)


def test_there_is_a_row_for_each_market_and_class(collected):
    summary = make_summary(collected, ["c", "other"])
    assert list(zip(summary["market_id"], summary["class_id"], strict=True)) == [
        ("de_DE", "c"), ("de_DE", "other"), ("fr_FR", "c"), ("fr_FR", "other")]


def test_a_class_that_is_not_sold_has_no_models(collected):
    one = row(make_summary(collected, ["c", "other"]), class_id="other")
    assert (one["model_count"], one["status"]) == (0, "not_sold")


def test_a_market_that_was_not_fetched_is_not_said_to_sell_nothing(collected):
    one = row(make_summary(collected, ["c"]), "fr_FR")
    assert pd.isna(one["model_count"]) and one["status"] == "not_fetched"


def test_a_class_of_which_some_details_are_missing_is_partial(collected):
    del collected.paints["de_DE", "2050412"], collected.configurations["de_DE", "2050412"]
    one = row(make_summary(collected, ["c"]))
    assert (one["status"], one["model_count"], one["details_count"], one["paints_count"]) == ("partial", 2, 1, 1)
    assert (one["price_max"], one["power_kw_max"]) == (60.0, 90.0)


def test_a_model_that_has_no_configuration_does_not_make_its_class_partial(collected):
    collected.configurations["de_DE", "2050412"] = None
    collected.paints["de_DE", "2050412"] = []
    assert row(make_summary(collected, ["c"]))["status"] == "complete"


def test_successors_speak_for_a_class_only_without_models_of_its_own(collected, model):
    market = collected.price_lists["de_DE"]
    market.models.append((model("2060411", price_gross=90.0), LATER))
    assert row(make_summary(collected, ["c"]))["price_max"] == 60.0
    market.models[:] = market.models[-1:]
    one = row(make_summary(collected, ["c"]))
    assert (one["price_max"], one["successor"], one["model_count"]) == (90.0, True, 1)


def test_a_price_in_another_currency_does_not_enter_the_range(collected, model):
    collected.price_lists["de_DE"].models.append((model("2050413", price_gross=9e9, currency="HUF"), OWN))
    one = row(make_summary(collected, ["c"]))
    assert (one["price_max"], one["currency"], one["model_count"]) == (60.0, "EUR", 3)


def test_models_without_a_price_leave_the_range_null(collected, model):
    collected.price_lists["de_DE"].models[:] = [(model(price_gross=None), OWN)]
    one = row(make_summary(collected, ["c"]))
    assert one["model_count"] == 1 and pd.isna(one["price_min"]) and pd.isna(one["currency"])


def test_nothing_collected_makes_empty_tables():
    empty = Collected()
    assert [len(frame) for frame in (make_models(empty), make_paints(empty), make_summary(empty, ["c"]))] == [0, 0, 0]


def test_the_order_of_the_price_list_changes_no_table(collected):
    before = make_models(collected), make_paints(collected), make_summary(collected, ["c"])
    collected.price_lists["de_DE"].models.reverse()
    for frame, again in zip(before, (make_models(collected), make_paints(collected), make_summary(collected, ["c"])),
                            strict=True):
        pd.testing.assert_frame_equal(frame, again)


def test_units_stand_in_the_schemas_metadata(collected, tmp_path):
    tables.write(tables.MODELS, make_models(collected), tmp_path / "models.parquet")
    schema = pq.read_schema(tmp_path / "models.parquet")
    assert schema.field("power_kw").metadata[b"unit"] == b"kW"
    assert schema.field("co2").metadata[b"unit"] == b"g/km"
    assert schema.field("price_gross").metadata[b"unit"] == b"currency"


def test_tables_come_back_as_they_were_written(collected, tmp_path, model):
    collected.price_lists["de_DE"].models.append((model("1", pricing_date=date(2031, 1, 15)), NONE))
    for table, frame in ((tables.MODELS, make_models(collected)), (tables.PAINTS, make_paints(collected)),
                         (tables.SUMMARY, make_summary(collected, ["c", "other"]))):
        tables.write(table, frame, tmp_path / "t.parquet")
        pd.testing.assert_frame_equal(tables.read(table, tmp_path / "t.parquet"), frame)
