import multiprocessing
import random
import time

import pytest

import tables
from pipeline.layout import Layout
from scrape.download import Web, download
from scrape.reasons import Again, look_up
from tests.scrape.download_killing import ledger_after_a_kill
from tests.scrape.download_web import Host, candidate, picture, quick, write_candidates

COUNT, KILLS = 120, 6
# Each process is fresh, forked from one that has the imports done and nothing else.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["scrape.download", "tests.scrape.download_web"])


@pytest.fixture
def host():
    def slowly(request):
        time.sleep(0.03)
        return picture(int(request.target[1:-4]) % 100)
    with Host({f"/{n}.jpg": slowly for n in range(COUNT)}).running() as running:
        yield running


def start(layout: Layout, host: Host):
    process = CONTEXT.Process(target=download, args=(layout, quick(host), Web("WhatBenz/0", (host.netloc,))))
    process.start()
    return process


def test_a_download_killed_at_random_moments_loses_nothing_and_asks_for_nothing_twice(tmp_path, host):
    rows = [candidate(host.url(f"/{n}.jpg"), f"class-{n % 3}") for n in (*range(COUNT), 500, 501)]
    whole, broken = write_candidates(tmp_path / "whole", rows), write_candidates(tmp_path / "broken", rows)
    start(whole, host).join(60)
    chance, kills = random.Random(5), 0
    while True:
        settled = {url for url, row in ledger_after_a_kill(broken.ledger).items()
                   if row.status == "saved" or look_up(row.reason).again is Again.NEVER}
        host.log.clear()
        process = start(broken, host)
        while process.is_alive() and not host.pictures_asked:
            time.sleep(0.002)
        process.join(chance.uniform(0, 0.2) if kills < KILLS else 60)
        if process.is_alive():
            process.kill()
            process.join()
        assert settled.isdisjoint(map(host.url, host.pictures_asked))
        if process.exitcode == 0:
            break
        kills += 1
    assert kills == KILLS
    first, second = tables.read(tables.HITS, whole.hits), tables.read(tables.HITS, broken.hits)
    assert second.drop(columns="fetched_at").equals(first.drop(columns="fetched_at"))
    assert files(whole) == files(broken)
    assert not list(broken.raw.glob("*-wal")) + list(broken.raw.rglob("*.part"))


def files(layout: Layout) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in layout.images.rglob("*") if path.is_file()}
