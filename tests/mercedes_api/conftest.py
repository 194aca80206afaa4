"""Excerpts in the exact shapes of real answers, their prices invented; the sandbox's API on loopback; a clock."""

import json
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import tables
from mercedes_api.answers import Answers
from mercedes_api.client import Client
from mercedes_api.key import ApiKey
from mercedes_api.match import class_rules
from mercedes_api.params import VehiclesParams
from mercedes_api.parse import ModelFacts
from sandbox.vehicle_api import serving_vehicle_api
from sandbox.vehicle_catalogue import World
from scrape.classes import read_classes

EXCERPTS = Path(__file__).parent / "excerpts"
CLASSES = Path(__file__).parents[2] / "classes.csv"
TEST_KEY = "test-key+with/odd=signs&42"


class Clock:
    """A time that passes only when somebody sleeps."""

    def __init__(self):
        self.time, self.slept = datetime(2024, 5, 1, tzinfo=UTC), []

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def excerpt():
    return lambda name: json.loads((EXCERPTS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def stack():
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def serve(stack):
    """Serve a small world; keywords as those of serving_vehicle_api, or ``models`` and ``markets`` of the world."""

    def start(models=12, markets=("de_DE", "en_GB"), **keywords):
        return stack.enter_context(serving_vehicle_api(World(2019, markets, models), key=TEST_KEY, **keywords))

    return start


@pytest.fixture
def connect(stack, tmp_path, clock):
    """Open a client of a served API, with its answers in tmp_path."""

    def open_client(api, version=2, key=TEST_KEY, folder="answers", **changes):
        params = VehiclesParams(base_url=api.base_url(version), version=version, **({"max_calls": 100_000} | changes))
        answers = Answers(tmp_path / folder)
        answers.open_ledger()
        stack.callback(answers.close_ledger)
        client = Client(params.base_url, ApiKey(key), params, answers, sleep=clock.sleep, now=clock.now)
        stack.callback(client.close)
        return client

    return open_client


@pytest.fixture(scope="session")
def classes():
    return read_classes(CLASSES)


@pytest.fixture(scope="session")
def rules(classes):
    return class_rules(classes)


@pytest.fixture
def model():
    """Make one model of a price list; keywords change what it is."""

    def make(model_id="2050411", series="W205", api_class_id="C-KLASSE", body_id="LIMOUSINE", **changes):
        facts = {"name": "C 200", "number": model_id[:3], "product_group": "PKW", "all_terrain": False,
                 "price_gross": 11900.0, "price_net": 10000.0, "currency": "EUR", "tax_rate": 19.0, "invented": True,
                 "pricing_date": None}
        return ModelFacts(model_id=model_id, series=series, api_class_id=api_class_id, body_id=body_id,
                          **(facts | changes))

    return make


@pytest.fixture
def few_classes():
    return lambda *rows: tables.make(tables.CLASSES, [{"label": row["class_id"], "name": row["class_id"]} | row
                                                      for row in rows])
