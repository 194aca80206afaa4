import pytest

import tables
from mercedes_api.overview import describe_class, market_tables

WHEN = "2024-05-01T12:00:00Z"


def summary_row(**changes):
    row = {"market_id": "de_DE", "class_id": "c-sedan", "model_count": 2, "price_min": 40000.0, "price_max": 60000.0,
           "currency": "EUR", "power_kw_min": 90.0, "power_kw_max": 150.0, "fuel_types": ["DIESEL", "SUPER"],
           "transmissions": ["9G-TRONIC"], "paints": ["obsidianschwarz", "schwarz"], "status": "complete",
           "successor": False, "invented": False, "details_count": 2, "paints_count": 2}
    return row | changes


NOTHING = dict.fromkeys(("price_min", "price_max", "currency", "power_kw_min", "power_kw_max", "fuel_types",
                         "transmissions", "paints", "successor"))


def model_row(model_id="2050411", **changes):
    row = {"market_id": "de_DE", "class_id": "c-sedan", "model_id": model_id, "series": "W205", "name": "C 200",
           "match": "series", "successor": False, "invented": False, "power_kw": 90.0, "power_hp": 122.0,
           "power_hp_unit": "PS", "fetched_at": WHEN}
    return row | changes


def frames(summary, models=(), paints=()):
    import pandas as pd

    models = [row | {"fetched_at": pd.Timestamp(row["fetched_at"])} for row in models]
    return tables.make(tables.SUMMARY, summary), tables.make(tables.MODELS, models), tables.make(tables.PAINTS, paints)


def paint_row(name, price):
    return {"market_id": "de_DE", "class_id": "c-sedan", "model_id": "2050411", "paint_id": name, "name": name,
            "price_gross": price, "currency": "EUR", "invented": False}


def show(summary, models=None, paints=()):
    models = [model_row(), model_row("2050412", power_hp=204.0)] if models is None else models
    return describe_class("c-sedan", "C-Class Sedan", "de_DE", *frames([summary], models, paints))


def test_the_app_names_price_power_fuel_and_colours():
    text = show(summary_row(), paints=[paint_row("schwarz", 0.0), paint_row("obsidianschwarz", 900.0)])
    assert text == """\
C-Class Sedan in de_DE
  models        2
  price         40,000 to 60,000 EUR with taxes
  power         90 to 150 kW (122 to 204 PS)
  fuel          DIESEL, SUPER
  transmission  9G-TRONIC
  colours       2: obsidianschwarz (extra charge), schwarz
  prices of     fetched 2024-05-01 12:00 UTC"""


def test_invented_prices_are_said_to_be_invented():
    text = show(summary_row(invented=True))
    assert "EUR with taxes, invented" in text and "Prices are invented: they come from the sandbox." in text


def test_a_class_that_is_not_sold_is_said_to_be():
    assert "not on sale" in show(summary_row(status="not_sold", model_count=0, **NOTHING))


def test_a_market_that_was_not_fetched_is_not_said_to_sell_nothing():
    text = show(summary_row(status="not_fetched", model_count=None, **NOTHING))
    assert "not known" in text and "not on sale" not in text


def test_a_successor_is_said_to_be_one():
    assert "a later series than the class" in show(summary_row(successor=True), [model_row(successor=True)])


def test_a_series_that_is_not_known_is_said():
    assert "the series is not known" in show(summary_row(successor=None), [model_row(successor=None)])


def test_a_partial_row_says_how_much_is_known():
    text = show(summary_row(status="partial", details_count=1, paints_count=0, paints=[]))
    assert "details of 1 and colours of 0 of 2 models known" in text
    assert "colours       –" in text


def test_a_missing_price_is_a_dash():
    text = show(summary_row(price_min=None, price_max=None, currency=None))
    assert "  price         –\n" in text


@pytest.fixture
def report():
    summary = [summary_row(invented=True), summary_row(class_id="b", status="not_sold", model_count=0, **NOTHING),
               summary_row(market_id="fr_FR", status="not_fetched", model_count=None, **NOTHING)]
    models = [model_row(), model_row("2437011", class_id=None, series="H243", name="EQA 250", match="none")]
    summary, models, _ = frames(summary, models)
    return market_tables(summary, models, {"c-sedan": "C-Class Sedan"})


def test_the_report_has_a_table_a_market(report):
    assert [table.market_id for table in report] == ["de_DE", "fr_FR"]
    assert report[0].rows[0] == ("C-Class Sedan", "2", "40,000 to 60,000 EUR", "90 to 150 kW", "DIESEL, SUPER",
                                 "9G-TRONIC", "2", "")
    assert report[0].rows[1] == ("b", "0", "–", "–", "–", "–", "–", "not on sale")
    assert all(len(row) == len(table.columns) for table in report for row in table.rows)


def test_the_reports_tables_say_that_prices_are_invented_or_not_fetched(report):
    assert report[0].remark == "Prices are invented: they come from the sandbox."
    assert report[1].remark == "The price list was not fetched."


def test_the_report_lists_models_of_no_class(report):
    assert report[0].unmatched == (("H243", "EQA 250", "none"),)
