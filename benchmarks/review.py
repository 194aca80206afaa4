"""How fast the review page is, and whether kill -9 loses a decision. On the flagged pictures of a run.

    python -m benchmarks.review DIR --items 300            decisions a minute, key → next picture painted
    python -m benchmarks.review DIR --kills 50             kill -9 of the server at random moments under load

DIR is a working directory in which the stages up to flag have run; its own decisions are not touched.
"""

import argparse
import difflib
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from curate.params import ReviewParams
from curate.review.board import Board, Filters
from curate.review.history import Decision
from curate.review.items import Item
from pipeline.layout import Layout

Action = tuple[frozenset[tuple[str, ...]], str | None]  # the subjects of one answer or screenful, and the decision

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"]

# Runs in the page, beside it: from the key's time stamp to the first frame that shows the next picture, decoded.
WATCH = """
(() => {
  window.painted = [];
  let pressed = null;
  addEventListener("keydown", (event) => { pressed = event.timeStamp; }, true);
  const painted = (from) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.painted.push(performance.now() - from);
    requestAnimationFrame(() => channel.port2.postMessage(null));
  };
  addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
    const images = [...document.querySelectorAll("#stage img, #stage .end")];
    if (pressed === null || !images.length) return;
    const from = pressed;
    pressed = null;
    Promise.all(images.map((image) => image.decode ? image.decode().catch(() => {}) : null)).then(() => painted(from));
  }).observe(document.getElementById("stage"), {childList: true}));
})();
"""


def make_workspace(run: Path, target: Path) -> Path:
    """Return a directory that shares the run's tables and pictures and has no decisions yet."""
    target.mkdir(parents=True, exist_ok=True)
    (target / "data").symlink_to((run / "data").resolve())
    for name in ("params.yaml", "classes.csv"):
        if (run / name).exists():
            shutil.copy(run / name, target / name)
    return target


def find_port() -> int:
    """Return a free port below those that the system hands out: it is still free when the server comes back."""
    while True:
        port = random.randint(15_000, 30_000)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


class Server:
    """`whatbenz review` as a process of its own, at one port for its whole life and after each kill."""

    def __init__(self, workspace: Path):
        self.workspace, self.port = workspace, find_port()
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "whatbenz", "-C", str(self.workspace), "review", "--port", str(self.port),
             "--reviewer", "ann"], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        if not self.process.stdout.readline():  # it says where it listens
            raise SystemExit("the server did not start; its message stands above")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Press:
    """One key that decided: the item that was shown, how, the sha256 of its large pictures, and the key."""

    item: str
    mode: str
    shown: tuple[str, ...]
    key: str


def review(page: Page, draw: random.Random) -> Press | None:
    """Press one key that decides and wait for the next picture; None where nothing is left."""
    item = page.get_attribute("#main", "data-item")
    if item is None:
        return None
    mode = page.get_attribute("#main", "data-mode") or ""
    sources = page.eval_on_selector_all("#stage figure img", "all => all.map(image => image.getAttribute('src'))")
    key = draw.choice("sssd" if mode == "compare" else "kkkkx1")  # mostly the plain answer, at times another
    before = page.evaluate("window.painted.length")
    page.keyboard.press(key)
    page.wait_for_function("n => window.painted.length > n", arg=before)
    return Press(item, mode, tuple(re.findall(r"[0-9a-f]{64}", " ".join(sources))), key)


def open_page(browser, url: str) -> Page:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(1_200_000)  # on a busy machine a server that is killed often is away most of the time
    page.add_init_script(WATCH)
    page.goto(url)
    page.wait_for_selector("#main[data-item]")
    return page


def measure(run: Path, items: int, think: float, flag: str) -> None:
    """Print decisions a minute and the time from key to picture; the reviewer looks at each for ``think`` seconds."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(make_workspace(run, Path(folder) / "run"))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        page = open_page(browser, f"{server.url}/?flag={flag}")
        page.wait_for_load_state("networkidle")
        pressed: list[Press] = []
        draw, start = random.Random(1), time.perf_counter()
        while len(pressed) < items and (press := review(page, draw)):
            pressed.append(press)
            time.sleep(think)
        seconds = time.perf_counter() - start
        times = sorted(page.evaluate("window.painted"))
        rows = (server.workspace / "reviews/decisions.csv").read_bytes().count(b"\n") - 1
        browser.close()
        server.kill()
    kinds = ", ".join(f"{count} {mode}" for mode, count in Counter(press.mode for press in pressed).items())
    print(f"{len(pressed)} decisions ({kinds}), {rows} rows, {seconds:.1f} s, thinking {think} s each: "
          f"{60 * len(pressed) / seconds:.0f} a minute; key → next picture painted: "
          f"median {statistics.median(times):.0f} ms, p95 {times[int(0.95 * len(times))]:.0f} ms, "
          f"longest {times[-1]:.0f} ms, {sum(t > 100 for t in times)} above 100 ms; "
          f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


class Reviewer(threading.Thread):
    """Another reviewer at the same server: screenfuls of ten, each sent until it is confirmed, as the page does.

    Goes over its items again and again, each time with another decision than before.
    """

    def __init__(self, server: Server, name: str, items: list[Item], stop: threading.Event):
        super().__init__(daemon=True)
        self.server, self.reviewer, self.items, self.stop = server, name, items, stop
        self.confirmed: list[Action] = []
        self.sent_again = 0

    def run(self) -> None:
        seen, decision = 0, "drop"
        while not self.stop.is_set():
            for n in range(0, len(self.items), 10):
                batch = self.items[n:n + 10]
                body = {"reviewer": self.reviewer, "seen": seen,
                        "answers": [{"item": item.id, "decision": decision} for item in batch]}
                while (answer := self._post(body)) is None:
                    self.sent_again += 1
                    time.sleep(0.05)
                seen = answer["seen"]
                self.confirmed.append((frozenset(subject for item in batch for subject in item.asks), decision))
            decision = "keep" if decision == "drop" else "drop"

    def _post(self, body: dict[str, object]) -> dict[str, int] | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            connection.request("POST", "/api/decide", json.dumps(body), {
                "Content-Type": "application/json", "Origin": self.server.url})
            answer = connection.getresponse()
            return json.loads(answer.read()) if answer.status == 200 else None
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()


def kill_often(run: Path, kills: int, seed: int) -> None:
    """Kill the server at random moments while three reviewers decide; print what was lost and what was doubled."""
    draw, keys = random.Random(seed), random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        workspace = make_workspace(run, Path(folder) / "run")
        board = Board(Layout(workspace), ReviewParams(), ())
        pictures = [ranked.item for ranked in board.queue(Filters("ann")) if ranked.item.kind == "picture"]
        server = Server(workspace)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        page = open_page(browser, server.url)
        stop = threading.Event()
        others = [Reviewer(server, name, pictures[-60:], stop) for name in ("bob", "cy")]  # the page is not there yet
        killed: list[int] = []

        def kill_and_restart() -> None:
            while len(killed) < kills:
                time.sleep(draw.uniform(0.02, 2.5))
                server.kill()
                killed.append(server.process.pid)
                server.start()
            stop.set()

        killer = threading.Thread(target=kill_and_restart, daemon=True)
        for thread in (*others, killer):
            thread.start()
        pressed = []
        while killer.is_alive():
            press = review(page, keys)
            if press is None:  # all is decided: the others go on alone
                killer.join()
            else:
                pressed.append(press)
        for other in others:
            other.join()
        page.wait_for_selector("body:not([data-busy])", state="attached")
        browser.close()
        server.kill()
        by_keys: list[Action] = [(subjects_of(press, board.items[press.item]), None) for press in pressed]
        report_kills(board.history.rows, len(killed), {"ann": by_keys} | {o.reviewer: o.confirmed for o in others},
                     sum(other.sent_again for other in others))


def subjects_of(press: Press, item: Item) -> frozenset[tuple[str, ...]]:
    """Return what one key decided: all that its item asks, of a comparison the pair that was shown."""
    return frozenset(s for s in item.asks if item.kind != "compare" or set(s[1:]) == set(press.shown))


def report_kills(rows: list[Decision], kills: int, confirmed: dict[str, list[Action]], sent_again: int) -> None:
    """Hold each reviewer's actions in the file against those that the server confirmed, one by one in their order."""
    lost = doubled = 0
    for reviewer, wanted in confirmed.items():
        mine = [row for row in rows if row.reviewer == reviewer]
        found = []
        for _, together in groupby(mine, key=lambda row: row.decided_at):
            action = list(together)
            same = reviewer != "ann"  # of the keys the subjects are compared: what a digit means depends on the item
            found.append((frozenset(row.subject for row in action), action[0].decision if same else None))
            doubled += len(action) - len({row.subject for row in action})
        for kind, a, b, c, d in difflib.SequenceMatcher(None, wanted, found, autojunk=False).get_opcodes():
            if kind != "equal":
                lost, doubled = lost + b - a, doubled + d - c
    keys, others = len(confirmed.pop("ann")), sum(map(len, confirmed.values()))
    print(f"{kills} kills; {keys} decisions by keys and {others} screenfuls by two other reviewers confirmed, "
          f"{sent_again} requests sent again; {len(rows)} rows in the file: {lost} lost, {doubled} doubled; "
          f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="a working directory with flagged pictures")
    parser.add_argument("--items", type=int, default=300, help="decisions to make")
    parser.add_argument("--think", type=float, default=0.0, help="seconds that the reviewer looks at each picture")
    parser.add_argument("--flag", default="", help="only this flag, for example duplicate")
    parser.add_argument("--kills", type=int, default=0, help="kill the server so often instead")
    parser.add_argument("--seed", type=int, default=1, help="of the keys and the moments of the kills")
    options = parser.parse_args()
    if options.kills:
        kill_often(options.run, options.kills, options.seed)
    else:
        measure(options.run, options.items, options.think, options.flag)


if __name__ == "__main__":
    main()
