"""The vehicle API's answers as JSON objects, in the shapes and with the oddities of the real ones.

Oddities that a parser must bear are planted by a model's place in the price list, see ``ODDITIES``.
"""

from collections.abc import Callable
from typing import Any

from sandbox.vehicle_catalogue import Car, Country, draw

Json = dict[str, Any]
Link = Callable[[str], str]

ODDITIES = {
    7: "config_link",  # the link to the configuration is called config
    11: "no_price",
    13: "no_series",
    17: "no_body",
    19: "undefined_fuel",
    23: "unknown_fuel",
    29: "no_transmission",
    31: "no_technical_information",
    37: "configuration_404",
    41: "selectables_204",
    43: "no_all_terrain",
    47: "no_configuration_id",  # only the link to the selectables has it
    53: "price_0",
}
ODDITY_PERIOD = 59

FUTURE = "2031-01-15"
PRICING = "2019-06-03"

_PAINTS = (
    # code, two-tone, price without tax in EUR, group, names by language
    ("149", False, 0, "White", {"en": "polar white", "de": "polarweiß", "fr": "blanc polaire", "it": "bianco polare",
                                "es": "blanco polar", "pl": "biel polarna", "sv": "polarvit", "nl": "polarwit"}),
    ("040", False, 0, "Black", {"en": "black", "de": "schwarz", "fr": "noir", "it": "nero", "es": "negro",
                                "pl": "czarny", "sv": "svart", "nl": "zwart"}),
    ("696", False, 0, "Black", {"en": "night black", "de": "nachtschwarz", "fr": "noir nuit", "it": "nero notte",
                                "es": "negro noche", "pl": "nocna czerń", "sv": "nattsvart", "nl": "nachtzwart"}),
    ("197", False, 850, "Black", {"en": "obsidian black", "de": "obsidianschwarz", "fr": "noir obsidienne",
                                  "it": "nero ossidiana", "es": "negro obsidiana", "pl": "czerń obsydianu"}),
    ("775", False, 850, "Silver", {"en": "iridium silver", "de": "iridiumsilber", "fr": "argent iridium",
                                   "it": "argento iridio", "es": "plata iridio", "pl": "srebro irydowe"}),
    ("992", False, 850, "Grey", {"en": "selenite grey", "de": "selenitgrau", "fr": "gris sélénite",
                                 "it": "grigio selenite", "es": "gris selenita", "pl": "szarość selenitowa"}),
    ("890", False, 850, "Blue", {"en": "cavansite blue", "de": "cavansitblau", "fr": "bleu cavansite",
                                 "it": "blu cavansite", "es": "azul cavansita", "pl": "błękit kawansytu"}),
    ("989", False, 850, "Green", {"en": "emerald green", "de": "smaragdgrün", "fr": "vert émeraude",
                                  "it": "verde smeraldo", "es": "verde esmeralda", "pl": "zieleń szmaragdowa"}),
    ("996", False, 1200, "Red", {"en": "hyacinth red", "de": "hyazinthrot", "fr": "rouge jacinthe",
                                 "it": "rosso giacinto", "es": "rojo jacinto", "pl": "czerwień hiacyntowa"}),
    ("799", False, 1200, "White", {"en": "diamond white", "de": "diamantweiß", "fr": "blanc diamant",
                                   "it": "bianco diamante", "es": "blanco diamante", "pl": "diamentowa biel"}),
    ("C23", True, 14500, None, {"en": "two-tone obsidian black / iridium silver",
                                "de": "Zweifarbenlackierung obsidianschwarz / iridiumsilber"}),
)
_EXTRAS = (("SA", "01U", "control code", True, False), ("SA", "270", "GPS antenna", True, False),
           ("SA", "413", "panoramic roof", False, False), ("PC", "P49", "mirror package", False, False),
           ("PS", "966#", "package code", False, True), ("SC", "8U8", "control code", True, False))
_FUELS = {"p": ("SUPER", "UNDEFINED", "MONO_REGULAR", "COMBUSTOR"),
          "d": ("DIESEL", "UNDEFINED", "MONO_DIESEL", "COMBUSTOR"),
          "m": ("SUPERPLUS", "UNDEFINED", "BI_MILD", "COMBUSTOR"),
          "h": ("SUPER", "ELECTRIC", "BI_PLUGIN", "HYBRID"),
          "e": ("ELECTRIC", "UNDEFINED", "MONO_ELECTRIC", "ELECTRIC")}
_MANUAL = {"de": "6-Gang-Schaltgetriebe", "fr": "boîte manuelle 6 rapports", "it": "cambio manuale a 6 marce",
           "pl": "skrzynia manualna 6-biegowa", "sv": "6-växlad manuell växellåda"}


def oddity(car: Car) -> str | None:
    """Return what is odd about a model, or None."""
    return ODDITIES.get(car.number % ODDITY_PERIOD)


def market_body(market_id: str, country: Country, link: Link) -> Json:
    """Return one market."""
    return {
        "marketId": market_id, "language": market_id.partition("_")[0], "country": country.code,
        "gssnId": f"GS{int(draw(country.code) * 1e7):07d}", "vbet": f"{int(draw(country.code, 'vbet') * 1000):03d}",
        "kernelType": ["GCC"],
        "_links": {"self": link(f"/markets/{market_id}")} | {
            name: link(f"/markets/{market_id}/{name}") for name in ("classes", "bodies", "models", "productgroups")},
    }


def model_body(car: Car, market_id: str, link: Link) -> Json:
    """Return one model of a price list."""
    line, odd = car.line, oddity(car)
    van = line.group == "VAN"
    here = f"/markets/{market_id}/models/{car.model_id}"
    baumuster, _, sales_type = car.model_id.partition("_")
    body: Json = {
        "vehicleSortId": car.number * 10000,
        "context": _context(car, market_id),
        "modelId": car.model_id,
        "internalModelSeries": car.series,
        "name": car.name,
        "shortName": car.name,
        "brand": {"name": "Mercedes-AMG" if line.class_name.startswith("AMG") else "Mercedes-Benz"},
        "baumuster": baumuster,
        "baumuster6": baumuster[:6],
        "baureihe": car.prefix[:3],
        "nationalSalesType": sales_type,
        "vehicleClass": class_body(car, market_id, link),
        "vehicleBody": body_body(car, market_id, link),
        "modelYear": "XZ1" if van else "800",
        "productGroup": line.group,
        "productDivision": 5 if van else 0,
        "facelift": False,
        "allTerrain": line.all_terrain,
        "customerGroups": ["PRIVATE"],
        "priceInformation": _price(car, car.net),
        "steeringPosition": "RIGHT" if car.country.code in ("GB", "IE", "MT") else "LEFT",
        "validationStatus": {"valid": True},
        "_links": {"self": link(here), "configurations": link(f"{here}/configurations/initial")},
    }
    if odd == "config_link":
        body["_links"]["config"] = body["_links"].pop("configurations")
    elif odd == "price_0":
        body["priceInformation"] = _price(car, 0)
    left_out = {"no_price": "priceInformation", "no_series": "internalModelSeries", "no_body": "vehicleBody",
                "no_all_terrain": "allTerrain"}
    if odd in left_out:
        del body[left_out[odd]]
    return body


def class_body(car: Car, market_id: str, link: Link) -> Json:
    """Return a model's class; its id may have spaces, which the link has encoded."""
    identity, name = car.line.api_class, car.line.class_name
    return {"classId": identity, "className": name,
            "_links": {"self": link(f"/markets/{market_id}/classes/{_encoded(identity)}"),
                       "models": link(f"/markets/{market_id}/models?classId={_encoded(identity)}")}}


def body_body(car: Car, market_id: str, link: Link) -> Json:
    """Return a model's body; its id may have spaces, which the link has encoded."""
    identity, name = car.line.body, car.line.body_name
    return {"bodyId": identity, "bodyName": name,
            "_links": {"self": link(f"/markets/{market_id}/bodies/{_encoded(identity)}"),
                       "models": link(f"/markets/{market_id}/models?bodyId={_encoded(identity)}")}}


def configuration_id(car: Car) -> str:
    """Return the id of a model's initial configuration, with its ``#``."""
    van = "XZ1" if car.line.group == "VAN" else "800"
    return f"AU-651_GC-426_LE-L_{_standard_paint(car)}_MJ-{van}_PC-P49_PS-012#-966#_SA-01U-270-{car.number:03d}_SC-8U8"


def configuration_body(car: Car, market_id: str, link: Link) -> Json:
    """Return a model's initial configuration."""
    odd, identity = oddity(car), configuration_id(car)
    here = f"/markets/{market_id}/models/{car.model_id}/configurations"
    encoded = identity.replace("#", "%23")
    components = [component | {"_links": {"image": link(f"{here}/{encoded}/images/components/{component['code']}")}}
                  for component in _components(car, market_id) if component["selected"]]
    body: Json = {
        "marketId": market_id,
        "modelId": car.model_id,
        "configurationId": identity,
        "internalModelSeries": car.series,
        "context": _context(car, market_id),
        "initialPrice": _price(car, car.net),
        "configurationPrice": _price(car, car.net),
        "modelYear": "800",
        "productGroup": car.line.group,
        "vehicleComponents": components,
        "componentCategories": _categories(components),
        "technicalInformation": _technical(car, market_id.partition("_")[0]),
        "wltpConfiguration": True,
        "validationStatus": {"valid": True},
        "_links": {"self": link(f"{here}/initial"), "image": link(f"{here}/{encoded}/images/vehicle"),
                   "selectables": link(f"{here}/{encoded}/selectables")},
    }
    if odd == "no_technical_information":
        del body["technicalInformation"]
    elif odd == "no_configuration_id":
        del body["configurationId"]
    return body


def selectables_body(car: Car, market_id: str, types: set[str], link: Link) -> Json:
    """Return what can be chosen, keyed by id; ``types`` narrows it to some component types."""
    components = [component for component in _components(car, market_id)
                  if not types or component["componentType"] in types]
    encoded = configuration_id(car).replace("#", "%23")
    here = f"/markets/{market_id}/models/{car.model_id}/configurations/{encoded}/selectables"
    return {"vehicleComponents": {component["id"]: component for component in components},
            "componentCategories": _categories(components), "_links": {"self": link(here)}}


def images_body(car: Car, perspectives: list[str], link: Link) -> Json:
    """Return where the vehicle's images would lie; the sandbox draws none."""
    return {"vehicle": {name: {"url": link(f"/images/{car.model_id}/{name}.png")} for name in perspectives}}


def _context(car: Car, market_id: str) -> Json:
    date = FUTURE if car.line.group == "VAN" else PRICING
    return {"market": {"country": car.country.code, "marketId": market_id, "language": market_id.partition("_")[0]},
            "salesLevel": "INTERNET", "configurationDate": date, "pricingDate": date}


def _price(car: Car, net: float) -> Json:
    """Return an invented price; the tax rate is a percentage for cars and a fraction for vans."""
    van, vat = car.line.group == "VAN", car.country.vat
    amount = round(net * vat / 100, 2)
    tax = {"id": "VAT", "amount": amount, "baseAmount": net, "charge": 0,
           "rate": round(vat / 100, 4) if van else vat} | ({"taxCode": "Full"} if van else {"taxFlag": "NONE"})
    return {"price": round(net + amount, 2), "netPrice": net, "currency": car.country.currency, "taxes": [tax],
            "invented": True}


def _standard_paint(car: Car) -> str:
    return f"{_paint_type(car)}-{_PAINTS[car.number % 3][0]}"


def _paint_type(car: Car) -> str:
    return "LU" if car.number % 2 else "L"  # ids of 2023 and of 2019


def _components(car: Car, market_id: str) -> list[Json]:
    """Return all components of a model: its paints, among them a hidden one and a pseudo-code, and extras."""
    language = market_id.partition("_")[0]
    standard = _standard_paint(car)
    components = []
    for place, (code, two_tone, price, group, names) in enumerate(_PAINTS):
        kind = "SA" if two_tone else _paint_type(car)
        offered = f"{kind}-{code}" == standard or draw(car.line.slug, code, "offered") < (0.25 if two_tone else 0.8)
        if offered:
            component = _component(car, kind, code, names.get(language, names["en"]), "PAINTS", price, place)
            component["selected"] = component["standard"] = component["id"] == standard
            components.append(component | ({"colorGroup": group} if group else {}))
    hidden = _component(car, "LU", "999", "paint of the line, not for sale", "PAINTS", 0, 90)
    pseudo = _component(car, "LU", "000#", "any paint", "PAINTS", 0, 91)
    components += [hidden | {"hidden": True, "colorGroup": "Grey"}, pseudo | {"pseudoCode": True}]
    for place, (kind, code, name, is_hidden, is_pseudo) in enumerate(_EXTRAS):
        extra = _component(car, kind, code, name, "PACKAGES" if kind == "PC" else "SPECIAL_EQUIPMENT", 300, 100 + place)
        components.append(extra | {"hidden": is_hidden, "pseudoCode": is_pseudo, "selected": is_hidden})
    return components


def _component(car: Car, kind: str, code: str, name: str, component_type: str, price: float, place: int) -> Json:
    return {"id": f"{kind}-{code}", "componentSortId": place, "codeType": kind, "code": code, "name": name,
            "componentType": component_type, "owner": "CENTRAL",
            "priceInformation": _price(car, round(price * car.country.level)), "standard": False,
            "standardType": "NON_STANDARD", "selected": False, "fixed": False, "hidden": False, "pseudoCode": False}


def _categories(components: list[Json]) -> list[Json]:
    types = dict.fromkeys(component["componentType"] for component in components)
    return [{"categoryId": f"CT:{name}", "categorySortId": 0, "categoryName": name,
             "cardinality": "EXACTLY_ONE" if name == "PAINTS" else "ARBITRARY", "subcategories": [],
             "componentIds": [c["id"] for c in components if c["componentType"] == name]} for name in types]


def _technical(car: Car, language: str) -> Json:
    odd, fuel = oddity(car), car.engine[1]
    fuel_type, alternative, concept, drive = _FUELS[fuel]
    if odd == "undefined_fuel":
        fuel_type = drive = concept = "UNDEFINED"
    elif odd == "unknown_fuel":
        fuel_type = "SYNTHETIC"
    hp_word = car.country.hp if language == car.country.languages[0] or language == "de" else "hp"
    per_hp = 0.7457 if hp_word in ("hp", "HP") else 0.7355
    engine: Json = {
        "fuelType": fuel_type, "alternativeFuelType": alternative, "engineConcept": concept, "driveConcept": drive,
        "powerHp": {"value": round(car.kw / per_hp), "unit": hp_word}, "powerKw": {"value": car.kw, "unit": "kW"},
        "typeOfPropulsion": "4x4" if "4MATIC" in car.engine[0] else "4x2",
    }
    if fuel in "mh":
        engine["powerHybridExtensionKw"] = {"value": 10 if fuel == "m" else 90, "unit": "kW"}
        engine["powerHybridExtensionHp"] = {"value": 14 if fuel == "m" else 122, "unit": hp_word}
    if fuel != "e":
        big = car.kw > 300
        engine["cylinder"] = "V8" if big else "4"
        engine["capacity"] = {"value": 3982 if big else 1991, "unit": {"de": "ccm", "en": "cc"}.get(language, "cm³")}
    technical: Json = {"engine": engine, "transmission": _transmission(car, language), "doors": 5, "seats": 5,
                       "acceleration": {"value": round(900 / car.kw + 1.5, 1), "unit": "s"},
                       "topSpeed": {"value": 250, "unit": "km/h"}, "activeDriveCycle": "WLTP",
                       "wltp": _cycle(car, language)}
    if odd == "no_transmission":
        del technical["transmission"]
    return technical


def _transmission(car: Car, language: str) -> Json:
    automatic = {"transmissionType": "auto.", "transmissionCategory": "AUTOMATIC", "codeType": "GC"}
    if car.engine[1] == "e":
        return automatic | {"name": "1-speed", "code": "9E1", "numberOfGears": {"value": 1, "unit": ""}}
    if car.variant == 0 and car.kw < 120:
        return {"name": _MANUAL.get(language, "6-speed manual transmission"), "code": "427", "codeType": "GC",
                "transmissionType": "man.", "transmissionCategory": "MANUAL", "numberOfGears": {"value": 6, "unit": ""}}
    if car.line.prefix[:3] in ("177", "247", "117", "156"):
        return automatic | {"name": "7G-DCT", "code": "429", "numberOfGears": {"value": 7, "unit": ""}}
    return automatic | {"name": "9G-TRONIC", "code": "421", "numberOfGears": {"value": 9, "unit": ""}}


def _cycle(car: Car, language: str) -> Json:
    """Return the WLTP values; Britain counts miles per gallon, plug-ins have a weighted value beside."""
    electric, plug_in = car.engine[1] == "e", car.engine[1] == "h"
    litres = round(3.6 + car.kw / 45 - (0.8 if car.engine[1] == "d" else 0), 1)
    unit = {"GB": "mpg"}.get(car.country.code, "л/100км" if language == "bg" else "l/100km")
    used = {"value": round(14 + car.kw / 20, 1), "unit": "kWh/100km"} if electric else {
        "value": round(282.5 / litres, 1) if unit == "mpg" else litres, "unit": unit}
    co2 = {"value": 0 if electric else round(litres * (26.5 if car.engine[1] == "d" else 23.2)), "unit": "g/km"}
    consumption, emission = {"total": _gear(used)}, {"total": _gear(co2)}
    if plug_in:
        consumption["weighted"] = _gear(used | {"value": 48.0 if unit == "mpg" else 1.8})
        emission["weighted"] = _gear(co2 | {"value": 41})
    return {"consumption": consumption, "emission": emission}


def _gear(amount: Json) -> Json:
    return {"primaryGear": {"individual": amount, "min": amount, "max": amount}}


def _encoded(identity: str) -> str:
    return identity.replace(" ", "%20")
