"""Which calls to pay next, in what order, and how far a budget reaches."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from urllib.parse import quote

from mercedes_api.match import Match
from mercedes_api.parse import ModelFacts

MARKETS = "/markets"


class Phase(Enum):
    """What a call is for. The order is the order of spending: what says most for one call comes first."""

    PRICE_LIST = "price lists"
    REPRESENTATIVE = "representatives"
    REPRESENTATIVE_PAINTS = "representatives' paints"
    FURTHER = "further models"
    FURTHER_PAINTS = "further models' paints"

    @property
    def of_paints(self) -> bool:
        """Whether it asks for paints."""
        return self in (Phase.REPRESENTATIVE_PAINTS, Phase.FURTHER_PAINTS)


@dataclass(frozen=True, slots=True)
class Call:
    """One call to pay: a market's price list, or a model's configuration or paints."""

    phase: Phase
    market_id: str
    class_id: str | None = None
    model_id: str | None = None


def models_path(market_id: str) -> str:
    """Return the path of a market's price list."""
    return f"{MARKETS}/{quote(market_id, safe='')}/models"


def configuration_path(market_id: str, model_id: str) -> str:
    """Return the path of a model's initial configuration."""
    return f"{models_path(market_id)}/{quote(model_id, safe='')}/configurations/initial"


def selectables_path(market_id: str, model_id: str, configuration_id: str) -> str:
    """Return the path of what can be chosen; the ``#`` in a configuration's id is encoded once."""
    configuration = quote(configuration_id, safe="")
    return f"{models_path(market_id)}/{quote(model_id, safe='')}/configurations/{configuration}/selectables"


def described(models: Iterable[tuple[ModelFacts, Match]]) -> dict[str, list[ModelFacts]]:
    """Return each class's models that speak for it: those of its own series, or else its successors.

    The generations are never mixed. Within a class the representative stands first: the cheapest
    model, by id where prices are equal; models without a price come last.
    """
    by_class: dict[str, list[tuple[ModelFacts, Match]]] = {}
    for model, match in models:
        if match.class_id is not None:
            by_class.setdefault(match.class_id, []).append((model, match))
    speaking = {}
    for class_id, found in by_class.items():
        own = [model for model, match in found if match.successor is False]
        speaking[class_id] = sorted(own or [model for model, _ in found], key=_cheapest_first)
    return speaking


def _cheapest_first(model: ModelFacts) -> tuple[bool, float, str]:
    return model.price_gross is None, model.price_gross or 0.0, model.model_id


def plan_details(speaking: Sequence[tuple[str, dict[str, list[ModelFacts]]]]) -> list[Call]:
    """Return the calls for configurations and paints in the order of spending.

    First one representative of each class, market after market, then the representatives' paints,
    then all further models, then their paints. Each country's first market comes before the second
    of any: a country sells the same cars in all its languages.

    Args:
        speaking: for each market in its order, :func:`described` of its price list.
    """
    representatives, further = [], []
    for market_id, classes in _countries_first(speaking):
        for class_id in sorted(classes):
            first, *others = classes[class_id]
            representatives.append((market_id, class_id, first.model_id))
            further += [(market_id, class_id, model.model_id) for model in others]
    phases = ((Phase.REPRESENTATIVE, representatives), (Phase.REPRESENTATIVE_PAINTS, representatives),
              (Phase.FURTHER, further), (Phase.FURTHER_PAINTS, further))
    return [Call(phase, *place) for phase, places in phases for place in places]


def _countries_first(
        speaking: Sequence[tuple[str, dict[str, list[ModelFacts]]]]) -> list[tuple[str, dict[str, list[ModelFacts]]]]:
    turns: dict[str, int] = {}
    ordered = []
    for place, (market_id, classes) in enumerate(speaking):
        country = market_id.partition("_")[2]
        turns[country] = turns.get(country, -1) + 1
        ordered.append((turns[country], place, market_id, classes))
    return [(market_id, classes) for _, _, market_id, classes in sorted(ordered, key=lambda entry: entry[:2])]


def describe_plan(calls: Sequence[Call], is_kept: Callable[[Call], bool], left: int | None) -> str:
    """Return the plan as one line: how many calls of each phase, how many are kept, and how far the budget reaches."""
    to_pay = [call for call in calls if not is_kept(call)]
    parts = [f"{len(list(group))} {phase.value}" for phase, group in groupby(calls, key=lambda call: call.phase)]
    kept = len(calls) - len(to_pay)
    text = f"plan: {', '.join(parts) or 'nothing to ask'}; {kept} answers kept, {len(to_pay)} to pay"
    if left is None:
        return text
    if len(to_pay) <= left:
        return f"{text} of {left} that the budget allows"
    if left == 0:
        return f"{text}, and the budget allows none"
    last = to_pay[left - 1]
    return f"{text}; the budget allows {left} and ends within the {last.phase.value}, at {last.market_id}"
