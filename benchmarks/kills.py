"""kill -9 at 100 random moments of `whatbenz search` and `whatbenz download`, resumed each time.

    python -m benchmarks.kills [--kills 100] [--seed 1] [--quick]

A sandbox with all its faults runs apart. One round searches and downloads in a fresh folder, each process killed at
a random moment and started again until it ends by itself; rounds follow until the kills are used up. Every round's
tables and files are compared with those of an undisturbed run, times aside, and the sandbox's log of requests with
what the kept pages and the ledger knew before each start.
"""

import argparse
import json
import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from subprocess import Popen
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

import tables
from benchmarks.servers import Sandbox, prepare
from pipeline.layout import Layout
from scrape.reasons import Again, look_up
from tests.scrape.download_killing import kill_after, ledger_after_a_kill, whatbenz

TIMES = {"found_at", "fetched_at"}
SETTINGS = ["-S", "scrape.allow_empty=true", "-S", "download.stall_seconds=3", "-S", "download.threads=8"]


def settled(layout: Layout, command: str) -> set[str]:
    """Return the targets that a kill may not cause to be asked again."""
    if command == "search":
        urls = [json.loads(path.read_bytes().partition(b"\n")[0])["request"] for path in layout.pages.rglob("*.page")]
    else:
        urls = [url for url, row in ledger_after_a_kill(layout.ledger).items()
                if row.status == "saved" or look_up(row.reason or "").again is Again.NEVER]
    return {target(url) for url in urls}


def target(url: str) -> str:
    """Return what a request line asks for."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def facts(layout: Layout) -> dict[str, Any]:
    """Return all that must not depend on kills: the tables without their times, and the files' bytes."""
    found: dict[str, Any] = {}
    for table, path in ((tables.CANDIDATES, layout.candidates), (tables.HITS, layout.hits)):
        frame = tables.read(table, path)
        found[table.name] = frame.drop(columns=list(TIMES & set(frame.columns)))
    found["files"] = {path.name: path.read_bytes() for path in sorted(layout.images.rglob("*")) if path.is_file()}
    found["left over"] = sorted(path.name for path in layout.raw.iterdir())
    return found


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """Return what differs, by its name, with the first example."""
    found = []
    for name, value in theirs.items():
        if isinstance(value, pd.DataFrame):
            frame = ours[name]
            if len(frame) != len(value):
                found.append(f"{name}: {len(frame)} rows in place of {len(value)}")
            elif not frame.equals(value):
                row = int((frame.astype("string").fillna("") != value.astype("string").fillna("")).any(axis=1).argmax())
                found.append(f"{name}: row {row}: {dict(frame.iloc[row])} in place of {dict(value.iloc[row])}")
        elif ours[name] != value:
            found.append(f"{name}: {sorted(set(ours[name]) ^ set(value))[:3]}")
    return found


def draw_moment(chance: random.Random, process: Popen[bytes], sandbox: Sandbox, before: int) -> float:
    """Return after how many seconds to kill: one in five while it starts up, the others after its first request."""
    if chance.random() < 0.2:
        return chance.uniform(0.0, 1.5)
    while process.poll() is None and len(sandbox.log()) <= before:
        time.sleep(0.05)
    return chance.uniform(0.0, 4.5)


def main() -> None:
    """Run undisturbed once, then round after round with kills, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=8790, help="port of the sandbox")
    parser.add_argument("--images", type=int, default=24, help="images a class")
    parser.add_argument("--quick", action="store_true", help="6 kills of a small run")
    options = parser.parse_args()
    if options.quick:
        options.kills, options.images = 6, 4
    chance, rounds = random.Random(options.seed), 0
    kills: Counter[str] = Counter()
    twice: list[str] = []
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with Sandbox(folder / "sandbox", options.port, options.images) as sandbox:
            settings = [*SETTINGS, *sandbox.settings]
            # The first run makes the sandbox draw its pictures, for longer than a client may want to wait.
            for name in ("drawn", "whole"):
                whole = prepare(folder / name)
                sandbox.reset()
                for command in ("search", "download"):
                    kill_after(whatbenz(whole.root, *settings, command), 600)
            undisturbed, asked = facts(whole), len(sandbox.log())
            again = []
            while kills.total() < options.kills:
                rounds += 1
                layout = prepare(folder / f"round{rounds}")
                sandbox.reset()
                for command in ("search", "download"):
                    while True:
                        known, before = settled(layout, command), len(sandbox.log())
                        process = whatbenz(layout.root, *settings, command)
                        killed = kill_after(process, 600 if kills.total() >= options.kills
                                            else draw_moment(chance, process, sandbox, before))
                        twice += [entry["target"] for entry in sandbox.log(before) if entry["target"] in known]
                        if not killed:
                            break
                        kills[command] += 1
                again.append(len(sandbox.log()))
                wrong += [f"round {rounds}: {line}" for line in differences(facts(layout), undisturbed)]
                print(f"round {rounds}: {kills['search']} kills of search, {kills['download']} of download", flush=True)
    hits = undisturbed["hits"]
    print(f"candidates, of which saved                      {len(hits)}, {(hits['status'] == 'saved').sum()}")
    print(f"kills of search, of download, rounds            {kills['search']}, {kills['download']}, {rounds}")
    print(f"requests undisturbed, and in each round         {asked}, {again}")
    print(f"asked although kept, saved or failed for good   {len(twice)} {twice[:3]}")
    print(f"tables, files or leftovers that differ          {len(wrong)}")
    print("".join(f"  {line}\n" for line in wrong), end="")


if __name__ == "__main__":
    main()
