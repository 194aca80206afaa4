"""The vehicle tables → what the app says of each class in each market, as plain JSON."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from mercedes_api.match import SUCCESSOR_LEFT_OUT, class_rules, match_model
from mercedes_api.parse import ModelFacts
from mercedes_api.vehicles import NOT_FETCHED
from serve.swatches import choose_swatch


def make_vehicles(summary: pd.DataFrame, models: pd.DataFrame, paints: pd.DataFrame,
                  classes: pd.DataFrame) -> dict[str, Any]:
    """Return ``markets`` (a list) and ``facts`` (market → class → facts), as the service answers them.

    Where a market no longer sells a class, ``successor`` describes the later series that it sells in its place: from
    the models that the vehicles stage left out for that, whose details it did not ask for, so that often no more than
    their names and prices are known.

    Args:
        summary, models, paints: frames of ``tables.SUMMARY``, ``tables.MODELS`` and ``tables.PAINTS``.
        classes: frame of ``tables.CLASSES``.
    """
    models = models.assign(successor=models["successor"].astype("boolean"))
    later = models[models["class_id"].notna() & models["successor"].fillna(False)]
    own = models[models["class_id"].notna() & ~models["successor"].fillna(False)]
    later = pd.concat([later, _recognise(models[models["match"] == SUCCESSOR_LEFT_OUT], classes)])
    markets, facts = [], {}
    for market_id, rows in summary.groupby("market_id", sort=False):
        own_here, later_here, paints_here = (frame[frame["market_id"] == market_id] for frame in (own, later, paints))
        markets.append(_market(str(market_id), models[models["market_id"] == market_id]))
        facts[str(market_id)] = {
            row.class_id: _facts(row.status, own_here[own_here["class_id"] == row.class_id],
                                 later_here[later_here["class_id"] == row.class_id], paints_here)
            for row in rows.itertuples()}
    return {"markets": markets, "facts": facts}


def _market(market_id: str, models: pd.DataFrame) -> dict[str, Any]:
    language, _, country = market_id.partition("_")
    currencies = models["currency"].dropna()
    return {"market_id": market_id, "country": country[:2], "language": language,
            "currency": str(currencies.mode().iloc[0]) if len(currencies) else None}


def _recognise(models: pd.DataFrame, classes: pd.DataFrame) -> pd.DataFrame:
    """Return the models that were left out as later series, with the class that each follows."""
    rules = class_rules(classes)
    found = [match_model(_as_facts(row), rules, successors=True).class_id for row in models.to_dict("records")]
    return models.assign(class_id=pd.array(found, dtype=models["class_id"].dtype)).dropna(subset=["class_id"])


def _as_facts(row: Mapping[str, Any]) -> ModelFacts:
    """Return what the match looks at; the table does not hold allTerrain, but the name says it."""
    series, name, class_id, body_id = (row[key] if isinstance(row[key], str) else None
                                       for key in ("series", "name", "api_class_id", "body_id"))
    digits = re.match(r"\d{3}", row["model_id"])
    return ModelFacts(
        model_id=row["model_id"], name=name, series=series, number=digits[0] if digits else None,
        api_class_id=class_id, body_id=body_id, product_group=None,
        all_terrain=bool(re.search(r"all[- ]?terrain", name or "", re.IGNORECASE)), price_gross=None, price_net=None,
        currency=None, tax_rate=None, invented=bool(row["invented"]), pricing_date=None)


def _facts(status: str, own: pd.DataFrame, later: pd.DataFrame, paints: pd.DataFrame) -> dict[str, Any]:
    sold = None if status == NOT_FETCHED else len(own) > 0
    successor = None
    if not sold and len(later):
        successor = {"name": _shared_name(later["name"]), "series": sorted(later["series"].dropna().unique()),
                     **_describe(later, paints)}
    return {"status": status if sold is not False else "not_sold", "sold": sold, "successor": successor,
            **_describe(own, paints)}


def _shared_name(names: pd.Series) -> str:
    """Return the shortest model name: "CLA 180" of CLA 180, CLA 180 d and CLA 200 4MATIC."""
    return min(names.dropna(), key=lambda name: (len(name), name), default="")


def _describe(models: pd.DataFrame, paints: pd.DataFrame) -> dict[str, Any]:
    """Return count, prices, power, fuels, transmissions and paints of some models of one market."""
    dates = models["pricing_date"].dropna()
    return {
        "model_count": len(models), "price": _price(models), "power": _power(models),
        "fuel_types": sorted(models["fuel_type"].dropna().unique()),
        "transmissions": sorted(models["transmission"].dropna().unique()),
        "paints": _paints(paints[paints["model_id"].isin(models["model_id"])]),
        "pricing_date": f"{max(dates):%Y-%m-%d}" if len(dates) else None,
        "invented": bool(models["invented"].any()),
    }


def _price(models: pd.DataFrame) -> dict[str, Any] | None:
    priced = models.dropna(subset=["price_gross", "currency"])
    if priced.empty:
        return None
    currency = str(priced["currency"].mode().iloc[0])
    prices = priced.loc[priced["currency"] == currency, "price_gross"]
    return {"min": float(prices.min()), "max": float(prices.max()), "currency": currency, "gross": True}


def _power(models: pd.DataFrame) -> dict[str, Any] | None:
    known = models.dropna(subset=["power_kw"])
    if known.empty:
        return None
    stated, units = known["power_hp"].dropna(), known["power_hp_unit"].dropna()
    return {"min_kw": float(known["power_kw"].min()), "max_kw": float(known["power_kw"].max()),
            "min_hp": float(stated.min()) if len(stated) else None,
            "max_hp": float(stated.max()) if len(stated) else None, "hp_unit": units.iloc[0] if len(units) else None}


def _paints(paints: pd.DataFrame) -> list[dict[str, Any]]:
    """Return each paint once, by name: the cheapest first, as a price list does."""
    found = []
    for name, rows in paints.groupby(paints["name"].fillna(paints["paint_id"]), sort=True):
        group, prices = rows["colour_group"].dropna(), rows["price_gross"].dropna()
        colour_group = str(group.iloc[0]) if len(group) else None
        swatch = choose_swatch(min(rows["paint_id"]), str(name), colour_group)
        found.append({"name": str(name), "colour_group": colour_group, "swatch": swatch,
                      "price": float(prices.min()) if len(prices) else None})
    return sorted(found, key=lambda paint: (paint["price"] is None, paint["price"] or 0, paint["name"]))
