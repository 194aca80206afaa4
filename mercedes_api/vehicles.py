"""What was collected → the tables models, paints and summary. Pure functions; nothing is asked or written here."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

import tables
from mercedes_api.collect import Collected
from mercedes_api.match import Match
from mercedes_api.parse import ConfigurationFacts, Market, ModelFacts
from mercedes_api.plan import described

COMPLETE, PARTIAL, NOT_SOLD, NOT_FETCHED = "complete", "partial", "not_sold", "not_fetched"

_NO_CONFIGURATION = dict.fromkeys(name for name in ConfigurationFacts.__slots__ if name != "configuration_id")


def make_models(collected: Collected) -> pd.DataFrame:
    """Return ``tables.MODELS``: every model of every price list, matched to a class or not, by market and id."""
    frames = [tables.make(tables.MODELS)]
    for market in collected.markets:
        price_list = collected.price_lists.get(market.market_id)
        if price_list is None:
            continue
        rows = [_model_row(collected, market, model, match) | {"fetched_at": price_list.fetched_at}
                for model, match in sorted(price_list.models, key=lambda pair: pair[0].model_id)]
        frames.append(tables.make(tables.MODELS, rows))
    return _joined(frames)


def _model_row(collected: Collected, market: Market, model: ModelFacts, match: Match) -> dict[str, Any]:
    configuration = collected.configurations.get((market.market_id, model.model_id))
    details = _NO_CONFIGURATION if configuration is None else {
        name: getattr(configuration, name) for name in _NO_CONFIGURATION}
    return details | {
        "market_id": market.market_id, "country": market.country, "language": market.language,
        "class_id": match.class_id, "match": match.how, "successor": match.successor,
        "model_id": model.model_id, "series": model.series, "name": model.name, "body_id": model.body_id,
        "api_class_id": model.api_class_id, "product_group": model.product_group,
        "price_gross": model.price_gross, "price_net": model.price_net, "currency": model.currency,
        "tax_rate": model.tax_rate, "invented": model.invented, "pricing_date": model.pricing_date,
    }


def make_paints(collected: Collected) -> pd.DataFrame:
    """Return ``tables.PAINTS``: the paints of every model whose paints were fetched, by market, model and id."""
    frames = [tables.make(tables.PAINTS)]
    for market in collected.markets:
        price_list = collected.price_lists.get(market.market_id)
        if price_list is None:
            continue
        rows = [{"market_id": market.market_id, "class_id": match.class_id, "model_id": model.model_id,
                 "paint_id": paint.paint_id, "name": paint.name, "colour_group": paint.colour_group,
                 "price_gross": paint.price_gross, "currency": paint.currency, "invented": paint.invented}
                for model, match in sorted(price_list.models, key=lambda pair: pair[0].model_id)
                for paint in sorted(collected.paints.get((market.market_id, model.model_id), ()),
                                    key=lambda paint: paint.paint_id)]
        frames.append(tables.make(tables.PAINTS, rows))
    return _joined(frames)


def make_summary(collected: Collected, class_ids: Sequence[str]) -> pd.DataFrame:
    """Return ``tables.SUMMARY``: one row for each market and class, in their order, also where it is not sold.

    A row speaks of the class's own series where a market sells any, else of its successors
    (``successor``), never of both. Prices are those in the currency that most of its models have.
    """
    rows = []
    for market in collected.markets:
        price_list = collected.price_lists.get(market.market_id)
        successors = {} if price_list is None else {
            model.model_id: match.successor for model, match in price_list.models}
        speaking = {} if price_list is None else described(price_list.models)
        for class_id in class_ids:
            row = {"market_id": market.market_id, "class_id": class_id, "invented": False,
                   "details_count": 0, "paints_count": 0}
            if price_list is None:
                row |= {"status": NOT_FETCHED, "model_count": None}
            elif class_id not in speaking:
                row |= {"status": NOT_SOLD, "model_count": 0}
            else:
                models = speaking[class_id]
                row |= _facts(collected, market.market_id, models) | {"successor": successors[models[0].model_id]}
            rows.append(row)
    return tables.make(tables.SUMMARY, rows)


def _facts(collected: Collected, market_id: str, models: list[ModelFacts]) -> dict[str, Any]:
    places = [(market_id, model.model_id) for model in models]
    asked = [place for place in places if place in collected.configurations]
    painted = [place for place in places if place in collected.paints]
    details = [facts for place in asked if (facts := collected.configurations[place]) is not None]
    powers = [facts.power_kw for facts in details if facts.power_kw is not None]
    currencies = Counter(model.currency for model in models if model.price_gross is not None)
    currency = min(currencies, key=lambda name: (-currencies[name], name)) if currencies else None
    prices = [model.price_gross for model in models if model.price_gross is not None and model.currency == currency]
    complete = len(asked) == len(painted) == len(models)
    return {
        "status": COMPLETE if complete else PARTIAL,
        "model_count": len(models), "details_count": len(asked), "paints_count": len(painted),
        "price_min": min(prices, default=None), "price_max": max(prices, default=None), "currency": currency,
        "invented": any(model.invented for model in models),
        "power_kw_min": min(powers, default=None), "power_kw_max": max(powers, default=None),
        "fuel_types": sorted({facts.fuel_type for facts in details if facts.fuel_type}),
        "transmissions": sorted({facts.transmission for facts in details if facts.transmission}),
        "paints": sorted({paint.name or paint.paint_id for place in painted for paint in collected.paints[place]}),
    }


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
