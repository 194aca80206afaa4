"""The tables in words: what the app says of a class in a market, and the report's table a market."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mercedes_api.vehicles import NOT_FETCHED, NOT_SOLD, PARTIAL

INVENTED = "Prices are invented: they come from the sandbox."
PRICE_REMARK = {False: " with taxes", True: " with taxes, invented"}
COLUMNS = ("class", "models", "price with taxes", "power", "fuel", "transmission", "colours", "remark")


@dataclass(frozen=True)
class MarketTable:
    """One market for the report: texts that are ready to be shown.

    Attributes:
        remark: that the prices are invented, or that the price list is missing; empty where all is well.
        columns: the headings.
        rows: one row a class, as many texts as columns; "–" where there is nothing.
        unmatched: series, name and how of each model of no class.
    """

    market_id: str
    currency: str
    remark: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    unmatched: tuple[tuple[str, str, str], ...]


def market_tables(summary: pd.DataFrame, models: pd.DataFrame, names: Mapping[str, str]) -> list[MarketTable]:
    """Return the report's table of each market, in the summary's order.

    Args:
        summary: frame of ``tables.SUMMARY``.
        models: frame of ``tables.MODELS``.
        names: class_id → the class's name as people say it; the id stands where there is none.
    """
    made = []
    for market_id, rows in summary.groupby("market_id", sort=False):
        currencies = rows["currency"].dropna().unique()
        of_market = models[models["market_id"] == market_id]
        unmatched = of_market[of_market["class_id"].isna()]
        if (rows["status"] == NOT_FETCHED).all():
            remark = "The price list was not fetched."
        else:
            remark = INVENTED if rows["invented"].any() else ""
        made.append(MarketTable(
            market_id=str(market_id),
            currency=", ".join(sorted(currencies)),
            remark=remark,
            columns=COLUMNS,
            rows=tuple(_row(row, names) for row in _records(rows)),
            unmatched=tuple((row["series"] or "–", row["name"] or row["model_id"], row["match"])
                            for row in _records(unmatched)),
        ))
    return made


def describe_class(class_id: str, name: str, market_id: str, summary: pd.DataFrame, models: pd.DataFrame,
                   paints: pd.DataFrame) -> str:
    """Return what the app would say of one class in one market, in a few lines.

    Args:
        class_id, market_id: a row of ``summary``.
        name: the class's name as people say it.
        summary, models, paints: frames of ``tables.SUMMARY``, ``tables.MODELS`` and ``tables.PAINTS``.
    """
    chosen = summary[(summary["market_id"] == market_id) & (summary["class_id"] == class_id)]
    row = _records(chosen)[0]
    heading = f"{name} in {market_id}"
    if row["status"] == NOT_FETCHED:
        return f"{heading}\n  not known: the market's price list was not fetched; run `whatbenz vehicles`"
    if row["status"] == NOT_SOLD:
        return f"{heading}\n  not on sale: the market's price list has no model of it"
    here = models[(models["market_id"] == market_id) & (models["class_id"] == class_id)]
    own = here[~here["successor"].fillna(True)]
    here = here if own.empty else own  # as the summary's row: never both generations
    facts = {
        "models": str(row["model_count"]),
        "price": _price(row) + ("" if row["price_min"] is None else PRICE_REMARK[bool(row["invented"])]),
        "power": _power(row, here),
        "fuel": _list(row["fuel_types"]),
        "transmission": _list(row["transmissions"]),
        "colours": _colours(row, paints),
        "prices of": _dates(here),
    }
    lines = [heading] + [f"  {label:<13} {text}" for label, text in facts.items()]
    remarks = [_remark(row), INVENTED if row["invented"] else ""]
    return "\n".join(lines + [f"  {remark}" for remark in remarks if remark])


def _row(row: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, ...]:
    name = names.get(row["class_id"], row["class_id"])
    if row["status"] == NOT_FETCHED:
        return (name, *["–"] * 6, "not fetched")
    if row["status"] == NOT_SOLD:
        return (name, "0", *["–"] * 5, "not on sale")
    colours = str(len(row["paints"])) if row["paints_count"] else "–"
    return (name, str(row["model_count"]), _price(row), _range(row["power_kw_min"], row["power_kw_max"], "kW"),
            _list(row["fuel_types"]), _list(row["transmissions"]), colours, _remark(row))


def _remark(row: Mapping[str, Any]) -> str:
    remarks = []
    if row["successor"] is None:
        remarks.append("the series is not known")
    elif row["successor"]:
        remarks.append("a later series than the class")
    if row["status"] == PARTIAL:
        remarks.append(f"details of {row['details_count']} and colours of {row['paints_count']} "
                       f"of {row['model_count']} models known")
    return "; ".join(remarks)


def _price(row: Mapping[str, Any]) -> str:
    return _range(row["price_min"], row["price_max"], row["currency"] or "")


def _power(row: Mapping[str, Any], models: pd.DataFrame) -> str:
    power = _range(row["power_kw_min"], row["power_kw_max"], "kW")
    stated = models.dropna(subset=["power_hp"])
    if power == "–" or stated.empty:
        return power
    units = stated["power_hp_unit"].dropna()
    unit = units.iloc[0] if len(units) else "hp"
    return f"{power} ({_range(stated['power_hp'].min(), stated['power_hp'].max(), unit)})"


def _colours(row: Mapping[str, Any], paints: pd.DataFrame) -> str:
    if not row["paints_count"]:
        return "–"
    here = paints[(paints["market_id"] == row["market_id"]) & (paints["class_id"] == row["class_id"])]
    cheapest = here.groupby(here["name"].fillna(here["paint_id"]))["price_gross"].min()
    named = [f"{name} (extra charge)" if cheapest.get(name, 0) > 0 else name for name in row["paints"]]
    return f"{len(named)}: {', '.join(named)}" if named else "none listed"


def _dates(models: pd.DataFrame) -> str:
    pricing = models["pricing_date"].dropna()
    fetched = models["fetched_at"].max()
    return (f"{max(pricing):%Y-%m-%d}, " if len(pricing) else "") + f"fetched {fetched:%Y-%m-%d %H:%M} UTC"


def _range(low: Any, high: Any, unit: str) -> str:
    if low is None or pd.isna(low):
        return "–"
    text = f"{low:,.0f}" if round(low) == round(high) else f"{low:,.0f} to {high:,.0f}"
    return f"{text} {unit}".strip()


def _list(values: Sequence[str] | None) -> str:
    return ", ".join(values) if values is not None and len(values) else "–"


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as dicts with None for every null, lists as they are."""
    return [{name: value if isinstance(value, list) or hasattr(value, "__len__") or not pd.isna(value) else None
             for name, value in row.items()} for row in frame.to_dict("records")]
