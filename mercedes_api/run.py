"""One run of the stage: the API or the sandbox in its place, the kept answers, the tables and the outcome."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import tables
from mercedes_api.answers import Answers, folder_name
from mercedes_api.client import Client
from mercedes_api.collect import Collected, collect
from mercedes_api.key import ApiKey, read_key, redacted_logs
from mercedes_api.match import class_rules
from mercedes_api.outcome import describe_outcome, failure_of
from mercedes_api.params import SANDBOX, VehiclesParams
from mercedes_api.source import Source
from mercedes_api.vehicles import make_models, make_paints, make_summary
from pipeline.errors import ApiError, ParamError
from pipeline.layout import Layout
from pipeline.progress import Progress
from pipeline.workspace import Workspace
from sandbox.params import SandboxParams
from sandbox.vehicle_api import KEY as SANDBOX_KEY
from sandbox.vehicle_api import default_faults, serving_vehicle_api
from sandbox.vehicle_catalogue import ALL_MARKETS, World
from scrape.classes import read_classes


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        collected: what was collected; the tables are written from it.
        text: what to tell the user.
        failure: the error to end with, or None where the run did all that its budget allowed.
    """

    collected: Collected
    text: str
    failure: ApiError | None


def run(workspace: Workspace, offline: bool, say: Callable[[str], None]) -> Outcome:
    """Fetch what is not kept, parse everything, write the three tables.

    Args:
        offline: parse what is kept and ask for nothing.
        say: is told the plan before it is paid.

    Raises:
        ApiError: there is no key, another run is at work, or not even the markets are known; nothing is written.
        MaterialError, ParamError: classes.csv or params.yaml cannot be used.
    """
    layout, params = workspace.layout, workspace.params(VehiclesParams)
    params.check_agreement()
    sandbox = workspace.params(SandboxParams)
    classes = read_classes(layout.classes)
    rules = class_rules(classes)
    name = _world(sandbox).name if params.base_url == SANDBOX else folder_name(params.base_url)
    answers = Answers(layout.api_cache / name)
    with ExitStack() as stack:
        client = None if offline else stack.enter_context(_client(params, sandbox, answers))
        source = Source(answers, client)
        collected = collect(source, rules, params, say, lambda total: Progress("vehicles", total, unit="call"))
    _write(collected, list(classes["class_id"]), layout)
    for place in answers.damaged:
        collected.notes[f"damaged file of a kept answer, asked for again: {place.name}"] += 1
    return Outcome(collected, describe_outcome(collected, source, answers.paid, offline), failure_of(collected))


@contextmanager
def _client(params: VehiclesParams, sandbox: SandboxParams, answers: Answers) -> Iterator[Client]:
    """Open the API that the parameters name; the sandbox is served for as long as the block runs."""
    with ExitStack() as stack:
        if params.base_url == SANDBOX:
            # never the user's own key: the sandbox is no place for it
            key = ApiKey(SANDBOX_KEY)
            world = _world(sandbox)
            faults = default_faults(world) if sandbox.faults else {}
            base_url = stack.enter_context(serving_vehicle_api(world, faults=faults)).base_url(params.version)
        else:
            key, base_url = read_key(), params.base_url
        stack.enter_context(redacted_logs(key))
        answers.open_ledger()
        stack.callback(answers.close_ledger)
        client = Client(base_url, key, params, answers)
        stack.callback(client.close)
        yield client


def _world(sandbox: SandboxParams) -> World:
    markets = ALL_MARKETS if sandbox.vehicle_markets == ("all",) else sandbox.vehicle_markets
    for market_id in markets:
        if market_id not in ALL_MARKETS:
            raise ParamError(f"sandbox.vehicle_markets: {market_id!r} is no market of the sandbox; "
                             f"there are {', '.join(ALL_MARKETS)}")
    return World(sandbox.seed, markets, sandbox.vehicle_models)


def _write(collected: Collected, class_ids: list[str], layout: Layout) -> None:
    tables.write(tables.MODELS, make_models(collected), layout.models)
    tables.write(tables.PAINTS, make_paints(collected), layout.paints)
    tables.write(tables.SUMMARY, make_summary(collected, class_ids), layout.summary)
