"""What the sandbox's vehicle API sells: lines, markets and models. Its prices are invented.

Series, class and body ids are those of the real API; which market sells what, the engines and every
price follow from the seed.
"""

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache

EDITION = 1  # a change of what is drawn from a seed counts this up, so that kept answers of the old one are not reused
DEFAULT_MARKETS = ("de_DE", "en_DE", "en_GB", "fr_FR", "it_IT", "de_CH", "pl_PL", "sv_SE")


@dataclass(frozen=True)
class Country:
    """One country: its currency, VAT in per cent, price level in the currency, languages, word for horsepower."""

    code: str
    currency: str
    vat: float
    level: float
    languages: tuple[str, ...]
    hp: str


def _country(row: str) -> Country:
    code, currency, vat, level, languages, hp = row.split()
    return Country(code, currency, float(vat), float(level), tuple(languages.split(",")), hp)


COUNTRIES = {country.code: country for country in map(_country, """\
DE EUR 19 1.00 de,en PS
AT EUR 20 1.06 en,de PS
BE EUR 21 1.02 fr,nl,en,de ch
BG BGN 20 1.90 bg,en к.с.
CH CHF 7.7 1.12 en,fr,it,de PS
CZ CZK 21 25.1 cs,en k
DK DKK 25 11.9 da,en hk
EE EUR 20 1.03 et,en hj
ES EUR 21 0.98 es,en CV
FI EUR 24 1.10 fi,en hv
FR EUR 20 1.01 fr,en ch
GB GBP 20 0.88 en hp
GR EUR 24 1.04 el,en PS
HR EUR 25 1.01 hr,en KS
HU HUF 27 375 hu,en LE
IE EUR 23 1.08 en hp
IS ISK 24 152 is,en hö
IT EUR 22 1.00 it,en CV
LT EUR 21 0.99 lt,en AG
LU EUR 17 0.99 fr,de,en ch
LV EUR 21 0.99 lv,en ZS
MT EUR 18 1.05 en hp
NL EUR 21 1.09 nl,en pk
NO NOK 25 11.8 nb,en hk
PL PLN 23 4.45 pl,en KM
PT EUR 23 1.05 pt,en cv
RO RON 19 4.90 ro,en CP
SE SEK 25 11.3 sv,en hk
SI EUR 22 0.99 sl,en KM
SK EUR 20 0.98 sk,en k
AE AED 5 4.10 en,ar HP
AE-AZ AED 5 4.10 en,ar HP
PS ILS 16 4.00 en HP
PS-GZA ILS 16 4.00 en HP""".splitlines())}
ALL_MARKETS = tuple(f"{language}_{country.code}" for country in COUNTRIES.values() for language in country.languages)
EMPTY_MARKETS = ("en_PS-GZA",)  # answers 204 to its price list


@dataclass(frozen=True)
class Line:
    """One line of cars: how the API names it, its engines and its level of price.

    Attributes:
        slug: tells the line in the draw.
        prefix: first digits of its Baumuster.
        price: net price of the simplest model, EUR.
        kw: power of the weakest and the strongest engine.
        engines: badges, the fuel behind each: p petrol, d diesel, h plug-in hybrid, e electric, m mild hybrid.
        successor: series, digits of the line that came after, or None.
    """

    slug: str
    series: str
    prefix: str
    api_class: str
    class_name: str
    body: str
    body_name: str
    group: str
    price: float
    kw: tuple[int, int]
    engines: tuple[tuple[str, str], ...]
    all_terrain: bool = False
    successor: tuple[str, str] | None = None


_SMALL = (("180", "p"), ("180 d", "d"), ("200", "m"), ("200 d", "d"), ("220 d", "d"), ("250", "p"), ("250 e", "h"),
          ("35 4MATIC", "p"), ("45 S 4MATIC+", "p"))
_MIDDLE = (("180", "p"), ("200", "m"), ("220 d", "d"), ("200 d", "d"), ("300", "m"), ("300 e", "h"), ("300 d", "d"),
           ("400 4MATIC", "p"), ("43 4MATIC", "p"), ("63 S", "p"))
_LARGE = (("350 d 4MATIC", "d"), ("300 d 4MATIC", "d"), ("450 4MATIC", "m"), ("400 d 4MATIC", "d"), ("500 e", "h"),
          ("53 4MATIC+", "m"), ("580 4MATIC", "p"), ("63 S 4MATIC+", "p"))
_SPORT = (("43", "m"), ("53 4MATIC+", "m"), ("", "p"), ("S", "p"), ("C", "p"), ("63 S 4MATIC+", "p"), ("R", "p"))
_ELECTRIC = (("250", "e"), ("300", "e"), ("350 4MATIC", "e"), ("400 4MATIC", "e"))
_VAN = (("220 d", "d"), ("250 d", "d"), ("300 d", "d"), ("250 d 4MATIC", "d"), ("300", "p"))


def _line(slug: str, series: str, prefix: str, api_class: str, name: str, body: str, price: float, kw: tuple[int, int],
          engines: tuple[tuple[str, str], ...], group: str = "PKW", successor: tuple[str, str] | None = None,
          all_terrain: bool = False) -> Line:
    return Line(slug, series, prefix, api_class, name, body, body.replace("_", " ").title(), group, price, kw, engines,
                all_terrain, successor)


LINES = (
    _line("a-hatchback", "W177", "1770", "A-KLASSE", "A", "KOMPAKT-LIMOUSINE", 25500, (80, 310), _SMALL),
    _line("a-sedan", "V177", "1771", "A-KLASSE", "A", "LIMOUSINE", 26300, (80, 285), _SMALL),
    _line("b", "W247", "2470", "B-KLASSE", "B", "SPORTS TOURER", 27200, (80, 165), _SMALL[:7]),
    _line("cla-coupe", "C117", "1173", "CLA-KLASSE", "CLA", "COUPE", 28900, (80, 280), _SMALL,
          successor=("C118", "1183")),
    _line("cla-shooting-brake", "X117", "1179", "CLA-KLASSE", "CLA", "SHOOTING BRAKE", 29400, (80, 280), _SMALL,
          successor=("X118", "1186")),
    _line("cls-sedan", "C257", "2573", "CLS-KLASSE", "CLS", "COUPE", 57900, (180, 320), _MIDDLE[2:]),
    _line("c-cabriolet", "A205", "2054", "C-KLASSE", "C", "CABRIOLET", 41800, (115, 375), _MIDDLE),
    _line("c-coupe", "C205", "2053", "C-KLASSE", "C", "COUPE", 34900, (115, 375), _MIDDLE),
    _line("c-estate", "S205", "2052", "C-KLASSE", "C", "T-MODELL", 33100, (90, 375), _MIDDLE,
          successor=("S206", "2062")),
    _line("c-sedan", "W205", "2050", "C-KLASSE", "C", "LIMOUSINE", 31700, (90, 375), _MIDDLE,
          successor=("W206", "2060")),
    _line("eqc-suv", "N293", "2938", "EQC-KLASSE", "EQC", "OFFROADER", 59900, (240, 300), _ELECTRIC),
    _line("e-all-terrain", "S213", "2132", "E-KLASSE", "E", "T-MODELL", 51900, (143, 250), _MIDDLE[2:7],
          all_terrain=True, successor=("S214", "2142")),
    _line("e-cabriolet", "A238", "2384", "E-KLASSE", "E", "CABRIOLET", 50900, (143, 320), _MIDDLE[1:]),
    _line("e-coupe", "C238", "2383", "E-KLASSE", "E", "COUPE", 44800, (143, 320), _MIDDLE[1:]),
    _line("e-estate", "S213", "2132", "E-KLASSE", "E", "T-MODELL", 41300, (110, 450), _MIDDLE,
          successor=("S214", "2142")),
    _line("e-sedan", "W213", "2130", "E-KLASSE", "E", "LIMOUSINE", 39200, (110, 450), _MIDDLE,
          successor=("W214", "2140")),
    _line("gla-suv", "X156", "1569", "GLA-KLASSE", "GLA", "OFFROADER", 27900, (80, 280), _SMALL,
          successor=("H247", "2477")),
    _line("glc-suv", "X253", "2539", "GLC-KLASSE", "GLC", "OFFROADER", 39900, (120, 375), _MIDDLE[1:],
          successor=("X254", "2546")),
    _line("glc-coupe", "C253", "2533", "GLC-KLASSE", "GLC", "COUPE", 43200, (120, 375), _MIDDLE[1:],
          successor=("C254", "2543")),
    _line("gle-suv", "V167", "1671", "GLE-KLASSE", "GLE", "OFFROADER", 55300, (180, 450), _LARGE),
    _line("gle-coupe", "C292", "2923", "GLE-KLASSE", "GLE", "COUPE", 58900, (180, 430), _LARGE,
          successor=("C167", "1673")),
    _line("gls-suv", "X166", "1668", "GL-KLASSE", "GLS", "OFFROADER", 63400, (190, 430), _LARGE,
          successor=("X167", "1679")),
    _line("gt-4-door-coupe", "X290", "2906", "GT-KLASSE", "AMG GT", "4-TUERER COUPE", 80400, (270, 470), _SPORT),
    _line("gt-coupe", "C190", "1903", "GT-KLASSE", "AMG GT", "COUPE", 98300, (350, 430), _SPORT[2:],
          successor=("C192", "1923")),
    _line("gt-roadster", "R190", "1904", "GT-KLASSE", "AMG GT", "ROADSTER", 108600, (350, 430), _SPORT[2:]),
    _line("g-suv", "W463", "4632", "G-KLASSE", "G", "GELAENDEWAGEN", 80200, (210, 430), _LARGE, group="GELAENDEWAGEN"),
    _line("slc-roadster", "R172", "1724", "SLC-KLASSE", "SLC", "ROADSTER", 29800, (115, 287), _MIDDLE[:3]),
    _line("sl-roadster", "R231", "2314", "SL-KLASSE", "SL", "ROADSTER", 84200, (270, 430), _SPORT,
          successor=("R232", "2324")),
    _line("s-cabriolet", "A217", "2174", "S-KLASSE", "S", "CABRIOLET", 118900, (345, 463), _LARGE[4:]),
    _line("s-coupe", "C217", "2173", "S-KLASSE", "S", "COUPE", 88200, (270, 463), _LARGE[2:]),
    _line("s-sedan", "W222", "2220", "S-KLASSE", "S", "LIMOUSINE", 74800, (210, 463), _LARGE,
          successor=("W223", "2230")),
    _line("s-sedan-long", "V222", "2221", "S-KLASSE", "S", "LIMOUSINE_LANG", 78900, (210, 463), _LARGE,
          successor=("V223", "2231")),
    _line("v-van", "4478-XZ1", "447813", "V-KLASSE", "V", "PEOPLE-CARRIER", 44100, (120, 176), _VAN, group="VAN"),
    _line("x-pickup", "4702-XZ0", "470231", "X-KLASSE", "X", "PICKUP", 31400, (120, 190), _VAN[:3], group="VAN"),
    # lines of no class, as every price list has them
    _line("eqa", "H243", "2437", "EQA-KLASSE", "EQA", "OFFROADER", 42700, (140, 215), _ELECTRIC),
    _line("eqe", "V295", "2951", "EQE-KLASSE", "EQE", "LIMOUSINE_LANG", 55800, (180, 505), _ELECTRIC),
    _line("c-all-terrain", "S206", "2062", "C-KLASSE", "C All-Terrain", "T-MODELL", 45900, (147, 195), _MIDDLE[1:4],
          all_terrain=True),
    _line("eqv", "4478-XZ1-ME4", "447813", "EQV", "EQV", "PEOPLE-CARRIER", 62600, (150, 150), _ELECTRIC[:2],
          group="VAN"),
    _line("t-van", "4208-XZ0", "420823", "T-KLASSE", "T", "PEOPLE-CARRIER", 27800, (70, 96), _VAN[:2], group="VAN"),
    _line("vito", "4476-XZ1", "447601", "VITO", "Vito", "PANEL-VAN", 40000, (75, 174), _VAN[:3], group="VAN"),
    _line("smart", "A453", "4534", "FORTWO", "smart fortwo", "CABRIOLET", 21200, (60, 60), _ELECTRIC[:1],
          group="SMART"),
)
ALWAYS = ("c-sedan",)  # sold everywhere, in its own series: the example of the documentation
ABSENT, SUCCEEDED, BOTH = 0.14, 0.26, 0.36  # shares of the lines that a country has not, or only or also as successor


@dataclass(frozen=True)
class World:
    """What the API serves; everything follows from these.

    Attributes:
        markets: ids of the markets it has.
        models: models in each price list.
    """

    seed: int = 2019
    markets: tuple[str, ...] = field(default=DEFAULT_MARKETS)
    models: int = 60

    @property
    def name(self) -> str:
        """A name that tells this world from any other."""
        facts = repr((EDITION, self.seed, self.markets, self.models)).encode()
        return f"sandbox-{hashlib.sha256(facts).hexdigest()[:12]}"


@dataclass(frozen=True)
class Car:
    """One model of one country's price list, before it is put into words.

    Attributes:
        number: its place in the list, from 0; oddities are planted by it.
        engine: badge and fuel.
        variant: which of the line's models it is, from 0.
        net: invented net price in the country's currency, whole.
    """

    country: Country
    line: Line
    number: int
    series: str
    prefix: str
    engine: tuple[str, str]
    variant: int
    net: int
    model_id: str
    kw: int

    @property
    def name(self) -> str:
        """Its name, the same in every language."""
        brand = "Mercedes-" if self.line.class_name.startswith("AMG") else ""
        edition = self.variant // len(self.line.engines)
        words = [brand + self.line.class_name, self.engine[0]]
        if self.line.all_terrain and "All-Terrain" not in words[0]:
            words.append("All-Terrain")
        if edition:
            words.append(f"Edition {edition}")
        return " ".join(word for word in words if word)


def draw(*parts: object) -> float:
    """Return a number from 0 to 1 that follows from ``parts`` alone, the same on every machine."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2 ** 64


@lru_cache(maxsize=64)
def price_list(world: World, country_code: str) -> tuple[Car, ...]:
    """Return the models that a country's markets sell, the same in all its languages."""
    country = COUNTRIES[country_code]
    sold: list[tuple[Line, str, str]] = []
    for line in LINES:
        chance = 1.0 if line.slug in ALWAYS else draw(world.seed, country_code, line.slug, "sold")
        later = line.successor is not None and chance < BOTH
        if chance >= ABSENT and not (later and chance < SUCCEEDED):
            sold.append((line, line.series, line.prefix))
        if chance >= ABSENT and later and line.successor is not None:
            sold.append((line, *line.successor))
    counts: dict[tuple[str, str], int] = {}
    cars = []
    for number in range(world.models):
        line, series, prefix = sold[number % len(sold)]
        variant = counts.get((line.slug, series), 0)
        counts[line.slug, series] = variant + 1
        cars.append(_car(world, country, line, series, prefix, number, variant))
    return tuple(cars)


def _car(world: World, country: Country, line: Line, series: str, prefix: str, number: int, variant: int) -> Car:
    first = int(draw(world.seed, line.slug, "engine") * 2)  # not every line has its weakest engine
    place = (first + variant) % len(line.engines)
    strength = place / max(1, len(line.engines) - 1)
    low, high = line.kw
    kw = round(low + strength * (high - low))
    edition = variant // len(line.engines)
    net = line.price * country.level * (1 + 0.9 * strength + 0.04 * edition) * (
        0.98 + 0.04 * draw(world.seed, country.code, line.slug, variant))
    model_id = f"{prefix}{place:02d}{1 if line.group != 'VAN' else ''}"
    if line.group == "VAN" or line.all_terrain or edition or series != line.series:
        # the national sales type tells models of one Baumuster apart
        model_id += f"_{number:03d}"
    return Car(country, line, number, series, prefix, line.engines[place], variant, round(net / 10) * 10, model_id, kw)
