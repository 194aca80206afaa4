"""The API's answers → facts. A fact that is missing, unknown or contradicts another is None and counted.

The shapes are those of real answers, which differ from the vendor's Swagger: links are strings, the
components are a list in a configuration and an object in the selectables, units are words of the
market's language, a tax rate is 19 or 0.19.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from sys import intern
from typing import Any
from urllib.parse import unquote

from mercedes_api.values import as_number, as_object, as_positive, as_text
from pipeline.errors import ApiError

FUELS = ("NORMAL", "SUPER", "SUPERPLUS", "DIESEL", "GAS", "ELECTRIC", "FUELCELL", "HGAS")
DRIVES = ("COMBUSTOR", "HYBRID", "ELECTRIC", "FUELCELL")
UNDEFINED = "UNDEFINED"
CONSUMPTION_UNITS = {"l/100km": "l/100 km", "л/100км": "l/100 km", "kwh/100km": "kWh/100 km", "kg/100km": "kg/100 km"}
EMISSION_UNITS = ("g/km", "г/км")
KW_PER_HP = (0.70, 0.78)  # 0.7355 for the metric horsepower, 0.7457 for the imperial; the rest is rounding
MOST_GEARS = 12


class ShapeError(ApiError):
    """An answer is of a shape that holds none of the facts it should."""


@dataclass(frozen=True, slots=True)
class Market:
    """One market: a country in one of its languages."""

    market_id: str
    country: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One model of a price list. Prices in ``currency``, the tax rate in per cent; ``number`` is the series' digits."""

    model_id: str
    name: str | None
    series: str | None
    number: str | None
    api_class_id: str | None
    body_id: str | None
    product_group: str | None
    all_terrain: bool | None
    price_gross: float | None
    price_net: float | None
    currency: str | None
    tax_rate: float | None
    invented: bool
    pricing_date: date | None


@dataclass(frozen=True, slots=True)
class ConfigurationFacts:
    """A model's initial configuration: power in kW and in the market's hp, consumption in its unit, CO2 in g/km."""

    configuration_id: str | None
    fuel_type: str | None
    alternative_fuel_type: str | None
    drive: str | None
    engine_concept: str | None
    power_kw: float | None
    power_hp: float | None
    power_hp_unit: str | None
    hybrid_power_kw: float | None
    transmission: str | None
    transmission_category: str | None
    gears: int | None
    consumption: float | None
    consumption_unit: str | None
    co2: float | None


@dataclass(frozen=True, slots=True)
class PaintFacts:
    """One paint a model can have; ``colour_group`` is None for two-tone paints."""

    paint_id: str
    name: str | None
    colour_group: str | None
    price_gross: float | None
    currency: str | None
    invented: bool


def parse_markets(body: Any, notes: Counter[str]) -> list[Market]:
    """Return the markets of ``GET /markets``; ``notes`` counts what could not be used.

    Raises:
        ShapeError: the answer holds no list.
    """
    markets = []
    for entry in _entries(body, "markets", notes):
        market_id = as_text(entry.get("marketId"))
        if market_id is None:
            notes["market without marketId, left out"] += 1
            continue
        markets.append(Market(market_id, as_text(entry.get("country")), as_text(entry.get("language"))))
    return markets


def parse_models(body: Any, notes: Counter[str]) -> list[ModelFacts]:
    """Return the models of ``GET /markets/{m}/models``, each id once; ``notes`` counts what was missing or odd.

    Raises:
        ShapeError: the answer holds no list.
    """
    models: dict[str, ModelFacts] = {}
    for entry in _entries(body, "models", notes):
        model_id = as_text(entry.get("modelId"))
        if model_id is None:
            notes["model without modelId, left out"] += 1
        elif model_id in models:
            notes["model listed twice, the first counts"] += 1
        else:
            models[model_id] = _model(model_id, entry, notes)
    return list(models.values())


def _model(model_id: str, entry: dict[str, Any], notes: Counter[str]) -> ModelFacts:
    prices = as_object(entry.get("priceInformation"))
    gross, net, currency = _prices(prices, notes)
    vehicle_class, body = as_object(entry.get("vehicleClass")), as_object(entry.get("vehicleBody"))
    all_terrain = entry.get("allTerrain")
    series = as_text(entry.get("internalModelSeries"))
    if series is None:
        notes["model without internalModelSeries"] += 1
    return ModelFacts(
        model_id=model_id,
        name=as_text(entry.get("name")) or as_text(entry.get("shortName")),
        series=series,
        number=_series_number(entry, model_id),
        api_class_id=as_text(vehicle_class.get("classId")),
        body_id=as_text(body.get("bodyId")),
        product_group=_product_group(entry.get("productGroup")),
        all_terrain=all_terrain if isinstance(all_terrain, bool) else None,
        price_gross=gross,
        price_net=net,
        currency=currency,
        tax_rate=_tax_rate(prices.get("taxes"), notes),
        invented=prices.get("invented") is True,
        pricing_date=_date(as_object(entry.get("context")).get("pricingDate"), notes),
    )


def _series_number(entry: dict[str, Any], model_id: str) -> str | None:
    """Return the three digits of the series: ``baureihe``, or the first three of the Baumuster or of the id."""
    for value in (entry.get("baureihe"), entry.get("baumuster"), model_id):
        digits = re.match(r"\d{3}", as_text(value) or "")
        if digits:
            return digits[0]
    return None


def _product_group(value: Any) -> str | None:
    return as_text(value.get("name")) if isinstance(value, dict) else as_text(value)


def _prices(prices: dict[str, Any], notes: Counter[str]) -> tuple[float | None, float | None, str | None]:
    """Return gross and net base price and currency; no car costs nothing, so 0 is missing here."""
    gross, net = (as_positive(prices.get(name)) for name in ("price", "netPrice"))
    currency = _currency(prices)
    if gross is None:
        notes["price missing"] += 1
    if currency is None and (gross is not None or net is not None):
        notes["price without currency, left out"] += 1
        return None, None, None
    if gross is not None and net is not None and gross < net:
        notes["price with taxes below the one without, both left out"] += 1
        return None, None, currency
    return gross, net, currency


def _currency(prices: dict[str, Any]) -> str | None:
    currency = as_text(prices.get("currency"))
    return currency if currency and re.fullmatch(r"[A-Z]{3}", currency) else None


def _tax_rate(taxes: Any, notes: Counter[str]) -> float | None:
    """Return the VAT in per cent. Cars say 19, vans 0.19: the amount and its base tell which is meant."""
    vat = [tax for tax in taxes if isinstance(tax, dict) and tax.get("id") == "VAT"] if isinstance(taxes, list) else []
    if len(vat) != 1:
        return None
    rate, amount, base = (as_number(vat[0].get(name)) for name in ("rate", "amount", "baseAmount"))
    if rate is None or rate < 0:
        return None
    per_cent = rate * 100 if rate <= 1 else rate
    if amount is not None and base and abs(amount / base * 100 - per_cent) > 0.5:
        notes["tax rate contradicts the tax, left out"] += 1
        return None
    return round(per_cent, 4)


def parse_configuration(body: Any, notes: Counter[str]) -> ConfigurationFacts:
    """Return the facts of ``…/configurations/initial``; ``notes`` counts what was missing or odd.

    Raises:
        ShapeError: the answer is no object.
    """
    if not isinstance(body, dict):
        raise ShapeError("a configuration that is no object")
    configuration = body
    technical = as_object(configuration.get("technicalInformation"))
    if not technical:
        notes["configuration without technicalInformation"] += 1
    engine, transmission = as_object(technical.get("engine")), as_object(technical.get("transmission"))
    if technical and not transmission:
        notes["transmission missing"] += 1
    power_kw, power_hp, power_hp_unit = _power(engine, bool(technical), notes)
    consumption, consumption_unit = _consumption(technical, notes)
    name = as_text(transmission.get("name"))
    category = as_text(transmission.get("transmissionCategory"))
    return ConfigurationFacts(
        configuration_id=_configuration_id(configuration),
        fuel_type=_choice(engine.get("fuelType"), FUELS, "fuel type", notes, expected=bool(technical)),
        alternative_fuel_type=_choice(engine.get("alternativeFuelType"), FUELS, "alternative fuel type", notes),
        drive=_choice(engine.get("driveConcept"), DRIVES, "drive concept", notes),
        engine_concept=_known(as_text(engine.get("engineConcept"))),
        power_kw=power_kw,
        power_hp=power_hp,
        power_hp_unit=power_hp_unit,
        hybrid_power_kw=as_positive(as_object(engine.get("powerHybridExtensionKw")).get("value")),
        transmission=intern(name) if name else None,
        transmission_category=_known(category),
        gears=_gears(transmission, notes),
        consumption=consumption,
        consumption_unit=consumption_unit,
        co2=_co2(technical, notes),
    )


def _configuration_id(configuration: dict[str, Any]) -> str | None:
    """Return the configuration's id: the field, or what stands encoded in the link to the selectables."""
    found = as_text(configuration.get("configurationId"))
    if found is None:
        link = as_text(as_object(configuration.get("_links")).get("selectables")) or ""
        part = re.search(r"/configurations/([^/?]+)/selectables", link)
        found = unquote(part[1]) if part else None
    return found


def _power(engine: dict[str, Any], expected: bool,
           notes: Counter[str]) -> tuple[float | None, float | None, str | None]:
    kw, hp_amount = as_positive(as_object(engine.get("powerKw")).get("value")), as_object(engine.get("powerHp"))
    hp, unit = as_positive(hp_amount.get("value")), as_text(hp_amount.get("unit"))
    if kw is None and expected:
        notes["power in kW missing"] += 1
    if kw is not None and hp is not None and not KW_PER_HP[0] <= kw / hp <= KW_PER_HP[1]:
        notes["power in kW contradicts the one in hp, both left out"] += 1
        return None, None, None
    return kw, hp, unit if hp is not None else None


def _gears(transmission: dict[str, Any], notes: Counter[str]) -> int | None:
    value = as_number(as_object(transmission.get("numberOfGears")).get("value"))
    if value is None or value == 0:
        return None
    if value != int(value) or not 1 <= value <= MOST_GEARS:
        notes["number of gears impossible, left out"] += 1
        return None
    return int(value)


def _consumption(technical: dict[str, Any], notes: Counter[str]) -> tuple[float | None, str | None]:
    for amount in _cycle_amounts(technical, "consumption"):
        value, unit = as_positive(amount.get("value")), as_text(amount.get("unit")) or ""
        if value is None:
            continue
        known = CONSUMPTION_UNITS.get("".join(unit.lower().split()))
        if known is None:
            notes[f"consumption in {unit or 'no unit'}, left out"] += 1
        return (value, known) if known else (None, None)
    return None, None


def _co2(technical: dict[str, Any], notes: Counter[str]) -> float | None:
    for amount in _cycle_amounts(technical, "emission"):
        value, unit = as_number(amount.get("value")), as_text(amount.get("unit")) or ""
        if value is None or value < 0:
            continue
        if "".join(unit.lower().split()) not in EMISSION_UNITS:
            notes[f"CO2 in {unit or 'no unit'}, left out"] += 1
            return None
        return value
    return None


def _cycle_amounts(technical: dict[str, Any], quantity: str) -> Iterator[dict[str, Any]]:
    """Yield the combined values of the active drive cycle, then of the other; for plug-ins the weighted one leads."""
    cycles = ["wltp", "nedc"]
    if as_text(technical.get("activeDriveCycle")) == "NEDC":
        cycles.reverse()
    for cycle in cycles:
        phases = as_object(as_object(technical.get(cycle)).get(quantity))
        for phase in ("weighted", "total", "combined", "electric"):
            values = as_object(phases.get(phase))
            gear = as_object(values.get("primaryGear")) or values
            if amount := as_object(gear.get("individual")):
                yield amount


def parse_paints(body: Any, notes: Counter[str]) -> list[PaintFacts]:
    """Return the paints among the components of ``…/selectables``, in the answer's order, each id once.

    Hidden components and pseudo-codes are no paint a buyer can choose. Two-tone paints have the code
    type of extras, so the component type alone tells what is a paint.

    Raises:
        ShapeError: the answer holds no components.
    """
    components = as_object(body).get("vehicleComponents")
    if isinstance(components, dict):
        entries = [{"id": key} | value for key, value in components.items() if isinstance(value, dict)]
    elif isinstance(components, list):
        entries = [value for value in components if isinstance(value, dict)]
    else:
        raise ShapeError("selectables without vehicleComponents")
    paints: dict[str, PaintFacts] = {}
    for entry in entries:
        if entry.get("componentType") != "PAINTS" or entry.get("hidden") is True or entry.get("pseudoCode") is True:
            continue
        paint_id = as_text(entry.get("id"))
        if paint_id is None:
            notes["paint without id, left out"] += 1
            continue
        paints.setdefault(paint_id, _paint(paint_id, entry, notes))
    return list(paints.values())


def _paint(paint_id: str, entry: dict[str, Any], notes: Counter[str]) -> PaintFacts:
    prices = as_object(entry.get("priceInformation"))
    price, currency = as_number(prices.get("price")), _currency(prices)
    if price is None or price < 0:
        notes["paint price missing"] += 1
        price = None
    elif currency is None:
        notes["paint price without currency, left out"] += 1
        price = None
    name, group = as_text(entry.get("name")), as_text(entry.get("colorGroup"))
    return PaintFacts(intern(paint_id), intern(name) if name else None, intern(group) if group else None, price,
                      intern(currency) if currency else None, prices.get("invented") is True)


def _entries(body: Any, name: str, notes: Counter[str]) -> list[dict[str, Any]]:
    """Return the objects of a list, or of the list under ``name`` where the answer is an object around it."""
    if isinstance(body, dict):
        body = body.get(name)
    if not isinstance(body, list):
        raise ShapeError(f"no list of {name} in the answer")
    entries = [entry for entry in body if isinstance(entry, dict)]
    if len(entries) < len(body):
        notes[f"entry of the list of {name} that is no object, left out"] += len(body) - len(entries)
    return entries


def _known(value: str | None) -> str | None:
    return None if value == UNDEFINED else value


def _choice(value: Any, choices: tuple[str, ...], what: str, notes: Counter[str], expected: bool = False) -> str | None:
    text = as_text(value)
    if text is None or text == UNDEFINED:
        if expected:
            notes[f"{what} {'undefined' if text else 'missing'}"] += 1
        return None
    if text not in choices:
        notes[f"{what} unknown: {text[:40]}"] += 1
        return None
    return text


def _date(value: Any, notes: Counter[str]) -> date | None:
    text = as_text(value)
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        notes["pricing date unreadable, left out"] += 1
        return None
