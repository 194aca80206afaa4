import json

import tables
from serve.facts import make_vehicles
from tests.serve.bundles import BLUE, GREEN, NO_CAR, RED, make_frames

FRAMES = make_frames()
VEHICLES = make_vehicles(*FRAMES)


def facts(market="de_DE", class_id=RED, frames=None):
    return (make_vehicles(*frames) if frames else VEHICLES)["facts"][market][class_id]


def test_markets_have_country_language_and_currency():
    assert VEHICLES["markets"] == [
        {"market_id": "de_DE", "country": "DE", "language": "de", "currency": "EUR"},
        {"market_id": "en_GB", "country": "GB", "language": "en", "currency": "EUR"},
        {"market_id": "fr_FR", "country": "FR", "language": "fr", "currency": None}]


def test_all_of_it_is_json():
    assert json.loads(json.dumps(VEHICLES, allow_nan=False))


def test_a_paint_stands_there_once_at_its_lowest_price():
    assert facts()["paints"] == [
        {"name": "polarweiß", "colour_group": "White", "swatch": "#f2f3f1", "price": 0.0},
        {"name": "obsidianschwarz", "colour_group": "Black", "swatch": "#101114", "price": 900.0},
        {"name": "Zweifarbenlackierung silber / schwarz", "colour_group": None, "swatch": "#b5b9bc", "price": None}]
    assert facts("en_GB")["paints"] == []


def test_what_is_invented_and_when_it_was_priced_is_said():
    assert facts()["invented"] is True and facts()["pricing_date"] == "2019-06-03"
    assert facts(class_id=BLUE)["invented"] is False and facts(class_id=BLUE)["pricing_date"] is None


def test_sold_not_sold_and_not_fetched_differ():
    assert [facts(market, RED)["sold"] for market in ("de_DE", "en_GB", "fr_FR")] == [True, True, None]
    assert [facts(market, NO_CAR)["status"] for market in ("de_DE", "fr_FR")] == ["not_sold", "not_fetched"]


def test_the_successor_is_told_by_class_and_series_and_only_where_the_class_is_gone():
    successor = facts(class_id=GREEN)["successor"]
    assert (successor["name"], successor["series"], successor["model_count"]) == ("GLC 200", ["C254"], 2)
    assert successor["price"] == {"min": 56000.0, "max": 62000.0, "currency": "EUR", "gross": True}
    assert successor["power"] is None and facts("en_GB", GREEN)["successor"] is None
    assert facts(class_id=RED)["successor"] is None


def test_a_later_series_that_the_run_took_for_the_class_is_its_successor_and_not_the_class():
    """As with mercedes_api.successors: true, where the table gives the class to the later series."""
    summary, models, paints, classes = FRAMES
    later = models["match"] == "successor_left_out"
    models = tables.make(tables.MODELS, models.assign(
        class_id=models["class_id"].where(~later, GREEN), match=models["match"].where(~later, "successor")))
    summary = summary.assign(status=summary["status"].where(
        ~((summary["market_id"] == "de_DE") & (summary["class_id"] == GREEN)), "complete"))
    found = facts(class_id=GREEN, frames=(summary, models, paints, classes))
    assert found["sold"] is False and found["status"] == "not_sold" and found["price"] is None
    assert found["successor"]["name"] == "GLC 200"


def test_models_without_prices_or_currency_make_no_price():
    summary, models, paints, classes = FRAMES
    models = tables.make(tables.MODELS, models.assign(price_gross=None))
    assert facts(frames=(summary, models, paints, classes))["price"] is None
