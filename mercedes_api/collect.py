"""The walk through the API: price lists, then one model of each class, then its paints, then the rest."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from mercedes_api.answers import Answer
from mercedes_api.client import Stop
from mercedes_api.markets import choose_markets, market_of
from mercedes_api.match import Match, Rule, match_model
from mercedes_api.params import VehiclesParams
from mercedes_api.parse import (
    ConfigurationFacts,
    Market,
    ModelFacts,
    PaintFacts,
    ShapeError,
    parse_configuration,
    parse_markets,
    parse_models,
    parse_paints,
)
from mercedes_api.plan import (
    MARKETS,
    Call,
    Phase,
    configuration_path,
    describe_plan,
    described,
    models_path,
    plan_details,
    selectables_path,
)
from mercedes_api.source import Source
from pipeline.errors import ApiError

Place = tuple[str, str]


class Counting(Protocol):
    """Something that is told of progress, such as ``pipeline.progress.Progress``."""

    def advance(self, count: int = 1) -> None:
        """Count ``count`` more as done."""


@dataclass(frozen=True)
class PriceList:
    """A market's models, each with the class it was matched to."""

    models: list[tuple[ModelFacts, Match]]
    fetched_at: datetime


@dataclass
class Collected:
    """All facts that were found, and what was not.

    Attributes:
        markets: the markets asked for, in their order.
        price_lists: by market id; a market whose list was not fetched is not there.
        configurations: by (market id, model id); None where the API has none for the model.
        paints: by (market id, model id); empty where the API has none for the model.
        missing: planned calls without an answer.
        unusable: paths whose kept answer is of no use, and why; asking again would not help.
        failures: paths that did not answer in spite of all tries, and why; another run asks them again.
        notes: how often a fact was missing, unknown or contradictory.
        stop: what ended the run before its plan did, or None.
    """

    markets: list[Market] = field(default_factory=list)
    price_lists: dict[str, PriceList] = field(default_factory=dict)
    configurations: dict[Place, ConfigurationFacts | None] = field(default_factory=dict)
    paints: dict[Place, list[PaintFacts]] = field(default_factory=dict)
    missing: list[Call] = field(default_factory=list)
    unusable: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    stop: Stop | None = None

    def speaking(self) -> list[tuple[str, dict[str, list[ModelFacts]]]]:
        """Return each market with the models that speak for each of its classes."""
        return [(market.market_id, described(self.price_lists[market.market_id].models))
                for market in self.markets if market.market_id in self.price_lists]


def collect(source: Source, rules: Sequence[Rule], params: VehiclesParams, say: Callable[[str], None],
            progress: Callable[[int], AbstractContextManager[Counting]]) -> Collected:
    """Return what the kept answers and, within the budget, the API tell of the markets and classes.

    Each plan is said before its first call is paid. When something ends the run, what is kept is
    still read, and the rest is in ``missing``.

    Args:
        source: gives the answers.
        rules: of all classes, see :func:`mercedes_api.match.class_rules`.
        params: which markets, and whether successors count.
        say: is told the plan, a line at a time.
        progress: opens a progress for so many calls.

    Raises:
        ApiError: the markets themselves are not known, so there is nothing to make tables of.
    """
    walk = _Walk(source, rules, params.successors)
    walk.collected.markets = _markets(source, params, walk.collected)
    walk.pay([Call(Phase.PRICE_LIST, market.market_id) for market in walk.collected.markets], say, progress)
    walk.pay(plan_details(walk.collected.speaking()), say, progress)
    walk.collected.failures = source.failures
    walk.collected.stop = source.stop
    return walk.collected


def _markets(source: Source, params: VehiclesParams, collected: Collected) -> list[Market]:
    if not isinstance(params.markets, str):
        return [market_of(market_id) for market_id in dict.fromkeys(params.markets)]
    answer = source.kept(MARKETS) or source.pay(MARKETS)
    if answer is None:
        if source.stop is not None:
            raise source.stop
        raise ApiError("; ".join(source.failures.values()) or "the list of markets is not among the kept answers; "
                       "run `whatbenz vehicles` without --offline, or name the markets in mercedes_api.markets")
    if answer.status not in (200, 204):
        raise ApiError(f"{MARKETS}: answered {answer.status}; check mercedes_api.base_url and mercedes_api.version")
    known = parse_markets(answer.data, collected.notes) if answer.status == 200 else []
    markets = choose_markets(known, params.markets, params.language)
    if not markets:
        raise ApiError(f"{MARKETS}: {len(known)} markets, none of them chosen by mercedes_api.markets: "
                       f"{params.markets}; choose all, or name some")
    return markets


class _Walk:
    """Turns calls into facts, first from what is kept, then by paying."""

    def __init__(self, source: Source, rules: Sequence[Rule], successors: bool):
        self._source, self._rules, self._successors = source, rules, successors
        self.collected = Collected()

    def pay(self, calls: Sequence[Call], say: Callable[[str], None],
            progress: Callable[[int], AbstractContextManager[Counting]]) -> None:
        for call in calls:
            self._recall(call)
        if self._source.open and calls:
            say(describe_plan(calls, self._is_known, self._source.left))
        to_pay = [call for call in calls if not self._is_known(call)]
        with progress(len(to_pay) if self._source.open else 0) as counting:
            for call in to_pay:
                self._recall(call)  # the path of paints is known only now, and they may be kept
                path = None if self._is_known(call) else self._path(call)
                # an answer that could not be used would be no better the second time
                answer = self._source.pay(path) if path and path not in self.collected.unusable else None
                if answer is not None:
                    self._take(call, answer)
                if not self._is_known(call):
                    self.collected.missing.append(call)
                if self._source.open:
                    counting.advance()

    def _recall(self, call: Call) -> None:
        path = self._path(call)
        answer = self._source.kept(path) if path else None
        if answer is not None:
            self._take(call, answer)

    def _is_known(self, call: Call) -> bool:
        if call.phase is Phase.PRICE_LIST:
            return call.market_id in self.collected.price_lists
        known = self.collected.paints if call.phase.of_paints else self.collected.configurations
        return (call.market_id, call.model_id) in known

    def _path(self, call: Call) -> str | None:
        """Return the call's path; None for paints while the configuration is not known, or has no id."""
        if call.model_id is None:
            return models_path(call.market_id)
        if not call.phase.of_paints:
            return configuration_path(call.market_id, call.model_id)
        configuration = self.collected.configurations.get((call.market_id, call.model_id))
        if configuration is None or configuration.configuration_id is None:
            return None
        return selectables_path(call.market_id, call.model_id, configuration.configuration_id)

    def _take(self, call: Call, answer: Answer) -> None:
        try:
            if call.model_id is None:
                self._take_price_list(call.market_id, answer)
            elif call.phase.of_paints:
                found = parse_paints(answer.data, self.collected.notes) if answer.status == 200 else []
                self.collected.paints[call.market_id, call.model_id] = found
            else:
                self._take_configuration((call.market_id, call.model_id), answer)
        except ShapeError as error:
            self.collected.unusable[answer.path] = f"{answer.path}: {error.message}"

    def _take_price_list(self, market_id: str, answer: Answer) -> None:
        if answer.status not in (200, 204):
            self.collected.unusable[answer.path] = (
                f"{answer.path}: answered {answer.status}; the API has no market {market_id}, see mercedes_api.markets")
            return
        models = parse_models(answer.data, self.collected.notes) if answer.status == 200 else []
        matched = [(model, match_model(model, self._rules, self._successors)) for model in models]
        self.collected.price_lists[market_id] = PriceList(matched, answer.fetched_at)

    def _take_configuration(self, place: Place, answer: Answer) -> None:
        if answer.status == 200:
            facts = parse_configuration(answer.data, self.collected.notes)
            self.collected.configurations[place] = facts
            has_paints = facts.configuration_id is not None
        else:
            self.collected.notes[f"model without a configuration ({answer.status})"] += 1
            self.collected.configurations[place], has_paints = None, False
        if not has_paints:
            self.collected.paints[place] = []
