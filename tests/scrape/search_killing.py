"""A search that is killed with SIGKILL again and again, against a server that knows what was asked.

The server pulls the trigger: a random request sets a timer of a random few milliseconds, so that the process dies
before, while and after the answer is written, renamed and followed up.
"""

import json
import multiprocessing
import random
import signal
import threading
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import pandas as pd

import tables
from tests.scrape.commons_web import commons_search
from tests.scrape.search_web import Asked, web

COUNTS = {f"query {n}": 20 + 37 * n % 130 for n in range(12)}
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["scrape.search", "scrape.sources", "tests.scrape.search_killing"])


@dataclass
class Outcome:
    """What came of a search that was killed ``kills`` times."""

    candidates: pd.DataFrame
    kills: int
    asked: int
    asked_though_kept: list[str]


def run_search(base_url: str, folder: Path, queries: list[str]) -> None:
    """Search as the command does, and write the table; runs in a process of its own."""
    from datetime import UTC, datetime

    import requests
    from tqdm import tqdm

    from scrape.answers import Answers
    from scrape.pages import Pages
    from scrape.params import SearchParams
    from scrape.search import search
    from scrape.sources.commons import Commons

    tqdm.set_lock(threading.RLock())  # its own is shared between processes, and leaks when one is killed
    classes = tables.make(tables.CLASSES, [
        {"class_id": f"class-{n}", "label": f"L{n}", "name": f"N{n}", "queries_en": "|".join(queries[n::6])}
        for n in range(6)])
    with requests.Session() as session:
        session.trust_env = False
        found = search(classes, SearchParams(),
                       [Commons(f"{base_url}/w/api.php", interval=0.0)], Answers(session, "WhatBenz/test"),
                       Pages(folder / "pages", 30), datetime.now(UTC))
    assert found.problems == [], found.problems
    tables.write(tables.CANDIDATES, found.candidates, folder / "candidates.parquet")


def search_killed(folder: Path, kills: int, chance: random.Random, counts: dict[str, int] | None = None) -> Outcome:
    """Start the search, kill it at a random moment, and so on; then let it end.

    Args:
        folder: where pages and table are kept.
        kills: how often to kill it, at most: a search that ends first is not started again.
        chance: draws the moments.
        counts: how many files each query finds.
    """
    counts = counts or COUNTS
    find, gun = commons_search(counts), _Gun(chance)

    def respond(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        gun.hear()
        return find(asked)

    done, asked_though_kept = 0, []
    with web(respond) as served:
        while True:
            kept, before = _kept(folder), len(served.asked)
            process = CONTEXT.Process(target=run_search, args=(served.base_url, folder, list(counts)))
            gun.load(process, chance.randint(1, 2) if done < kills else 0)
            process.start()
            process.join()
            gun.unload()
            targets = [asked.target for asked in served.asked[before:]]
            asked_though_kept += [target for target in targets if served.base_url + target in kept]
            if process.exitcode == 0:
                candidates = tables.read(tables.CANDIDATES, folder / "candidates.parquet")
                return Outcome(candidates, done, len(served.asked), asked_though_kept)
            assert process.exitcode == -signal.SIGKILL, process.exitcode
            done += 1


class _Gun:
    """Kills a process some milliseconds after the server heard its n-th request."""

    def __init__(self, chance: random.Random):
        self._chance, self._lock = chance, threading.Lock()
        self._left, self._timer, self._process = 0, None, None

    def load(self, process: BaseProcess, requests: int) -> None:
        self._process, self._left = process, requests

    def hear(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._timer = threading.Timer(self._chance.uniform(0, 0.04), self._fire)
                self._timer.start()

    def unload(self) -> None:
        with self._lock:
            self._left = 0
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            timer.join()

    def _fire(self) -> None:
        self._process.kill()


def _kept(folder: Path) -> set[str]:
    return {json.loads(path.read_bytes().partition(b"\n")[0])["request"] for path in folder.rglob("*.page")}
