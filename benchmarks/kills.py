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
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import requests

import tables
from pipeline.layout import Layout
from scrape.reasons import Again, look_up
from tests.scrape.download_killing import ROOT, kill_after, ledger_after_a_kill, whatbenz

TIMES = {"found_at", "fetched_at"}


class Bench:
    """The running sandbox, and how commands are run against it."""

    def __init__(self, folder: Path, port: int, images: int):
        self.settings = ["-S", f"sandbox.port={port}", "-S", f"sandbox.images_per_class={images}",
                         "-S", "scrape.allow_empty=true", "-S", "download.stall_seconds=6", "-S", "download.threads=8"]
        self.base_url = f"http://127.0.0.1:{port}"
        self.session = requests.Session()
        self.session.trust_env = False
        self.process = whatbenz(self.prepare(folder / "sandbox").root, *self.settings, "sandbox")
        while True:
            try:
                self.session.get(f"{self.base_url}/healthz").raise_for_status()
                return
            except requests.ConnectionError:
                if self.process.poll() is not None:
                    raise SystemExit(self.process.communicate()[1].decode()) from None
                time.sleep(0.1)

    def prepare(self, folder: Path) -> Layout:
        """Make a folder to run in, with the project's classes."""
        folder.mkdir()
        (folder / "classes.csv").write_bytes((ROOT / "classes.csv").read_bytes())
        return Layout(folder)

    def start(self, layout: Layout, command: str) -> subprocess.Popen[bytes]:
        """Start a command."""
        return whatbenz(layout.root, *self.settings, command)

    def requests(self, since: int = 0) -> list[str]:
        """Return the targets asked of the sandbox since so many requests."""
        return [entry["target"] for entry in self.session.get(f"{self.base_url}/log").json()[since:]]

    def reset(self) -> None:
        """Empty the log, and let passing faults happen again."""
        self.session.post(f"{self.base_url}/reset").raise_for_status()


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


def facts(layout: Layout) -> dict[str, object]:
    """Return all that must not depend on kills: the tables without their times, and the files' bytes."""
    found: dict[str, object] = {}
    for table, path in ((tables.CANDIDATES, layout.candidates), (tables.HITS, layout.hits)):
        frame = tables.read(table, path)
        found[table.name] = frame.drop(columns=list(TIMES & set(frame.columns)))
    found["files"] = {path.name: path.read_bytes() for path in sorted(layout.images.rglob("*")) if path.is_file()}
    found["left over"] = sorted(path.name for path in layout.raw.iterdir())
    return found


def differences(ours: dict[str, object], theirs: dict[str, object]) -> list[str]:
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
    chance, kills, rounds, twice, wrong = random.Random(options.seed), Counter(), 0, [], []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        bench = Bench(folder, options.port, options.images)
        try:
            spans = {}
            # The first run makes the sandbox draw its pictures, for longer than a client may want to wait.
            for name in ("drawn", "whole"):
                whole = bench.prepare(folder / name)
                bench.reset()
                for command in ("search", "download"):
                    start = time.monotonic()
                    kill_after(bench.start(whole, command), 600)
                    spans[command] = time.monotonic() - start
            undisturbed, asked = facts(whole), len(bench.requests())
            again = []
            while kills.total() < options.kills:
                rounds += 1
                layout = bench.prepare(folder / f"round{rounds}")
                bench.reset()
                for command in ("search", "download"):
                    while True:
                        known, before = settled(layout, command), len(bench.requests())
                        # Starting up takes most of a short run: reach a little further than it needs.
                        patience = chance.uniform(0.0, min(spans[command], 4.0))
                        killed = kill_after(bench.start(layout, command),
                                            patience if kills.total() < options.kills else 600)
                        twice += [asked for asked in bench.requests(before) if asked in known]
                        if not killed:
                            break
                        kills[command] += 1
                again.append(len(bench.requests()))
                wrong += [f"round {rounds}: {name}" for name in differences(facts(layout), undisturbed)]
                print(f"round {rounds}: {kills['search']} kills of search, {kills['download']} of download", flush=True)
        finally:
            bench.process.kill()
            bench.process.communicate()
    hits = undisturbed["hits"]
    print(f"candidates, of which saved                      {len(hits)}, {(hits['status'] == 'saved').sum()}")
    print(f"kills of search, of download, rounds            {kills['search']}, {kills['download']}, {rounds}")
    print(f"requests undisturbed, and in each round         {asked}, {again}")
    print(f"asked although kept, saved or failed for good   {len(twice)} {twice[:3]}")
    print(f"tables, files or leftovers that differ          {len(wrong)}")
    print("".join(f"  {line}\n" for line in wrong), end="")


if __name__ == "__main__":
    main()
