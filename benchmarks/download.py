"""Downloads side by side with the peers: throughput without faults, then 2,000 candidates with every fault planted.

    python -m benchmarks.download [--peers PYTHON] [--rounds 5] [--quick]

Throughput is a ratio: `requests` with 32 threads that does nothing but fetch, against `download` with its limits
lifted (full decode, sha256, fsync, rename, ledger), on 2,000 JPEGs of 14 KB from a lean host on loopback, in turn.

With faults, stock icrawler 0.6.10, img2dataset and ours fetch the same list from the sandbox. PYTHON is an interpreter
that has icrawler and img2dataset; what it has not is skipped. What they kept is then decoded and compared with what
the sandbox serves to a patient client, and the requests come from the sandbox's log.
"""

import argparse
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

import pillow_heif
import requests
from PIL import Image

import tables
from benchmarks.servers import Sandbox, draw_pictures, lean_host
from pipeline.layout import Layout
from scrape.download import Web, download
from scrape.params import DownloadParams, HostLimits

THREADS = 32
ICRAWLER = """
import logging, sys
from icrawler.builtin import UrlListCrawler
crawler = UrlListCrawler(downloader_threads=32, storage={"root_dir": sys.argv[2]}, log_level=logging.ERROR)
crawler.crawl(sys.argv[1], max_num=10**6)
"""
IMG2DATASET = """
import sys
from img2dataset import download
if __name__ == "__main__":
    download(url_list=sys.argv[1], output_folder=sys.argv[2], processes_count=2, thread_count=16, resize_mode="no",
             skip_reencode=True, number_sample_per_shard=1000, compute_hash="sha256", output_format="files")
"""


def write_candidates(layout: Layout, urls: Iterable[str]) -> None:
    """Write a table of candidates, all of one class."""
    now = datetime.now(UTC)
    tables.write(tables.CANDIDATES, [{"class_id": "c-sedan", "source": "urls", "query": "", "rank": rank, "url": url,
                                      "found_at": now} for rank, url in enumerate(urls)], layout.candidates)


def fetch_only(urls: list[str]) -> None:
    """Fetch with `requests`: one session and a pool for 32 threads, and nothing done with the bytes."""
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=THREADS))
    with ThreadPoolExecutor(THREADS) as pool:
        for answer in pool.map(session.get, urls):
            answer.raise_for_status()


def measure_throughput(folder: Path, count: int, rounds: int) -> None:
    """Print images a second of both, round by round in turn, and the ratio."""
    pictures = draw_pictures(count)
    size = sum(map(len, pictures)) / count / 1000
    print(f"throughput: {count} JPEGs of {size:.1f} KB on loopback, {os.cpu_count()} cores, {THREADS} threads")
    ratios = []
    with lean_host(pictures) as base:
        urls = [f"{base}/{n}.jpg" for n in range(count)]
        host = base.partition("//")[2]
        params = DownloadParams(threads=THREADS, hosts=(HostLimits(host, THREADS, 0.0),))
        for n in range(rounds):
            seconds, cpu = [], []
            layout = Layout(folder / f"throughput{n}")
            write_candidates(layout, urls)
            for work in (lambda: fetch_only(urls),
                         lambda layout=layout: download(layout, params, Web("WhatBenz/0", (host,)))):
                start, used = time.perf_counter(), time.process_time()
                work()
                seconds.append(time.perf_counter() - start)
                cpu.append((time.process_time() - used) / count * 1000)
            saved = sum(path.is_file() for path in layout.images.rglob("*"))
            assert saved == count, f"{saved} of {count} saved"
            ratios.append(seconds[0] / seconds[1])
            print(f"  requests {count / seconds[0]:6.0f}/s, CPU {cpu[0]:.2f} ms a picture    "
                  f"ours {count / seconds[1]:6.0f}/s, CPU {cpu[1]:.2f} ms    ratio {ratios[-1]:.2f}", flush=True)
    print(f"  ratio: median {median(ratios):.2f}, from {min(ratios):.2f} to {max(ratios):.2f}; wanted 0.60\n")


@dataclass
class Reference:
    """What a patient client gets from the sandbox: sha256 by URL, and what the truth says of each URL."""

    urls: list[str]
    sha256: dict[str, str]
    expected: dict[str, str]
    fault: dict[str, str]

    @property
    def good(self) -> set[str]:
        """The sha256 of all pictures that a good run has."""
        return {self.sha256[url] for url in self.urls if self.expected[url] not in ("rejected", "failed")}

    @property
    def reserved(self) -> set[str]:
        """The sha256 of the pictures that robots.txt or a header reserves, and that are not found elsewhere."""
        refused = ("robots_refused", "robots_wildcard", "noai", "noimageai", "noindex", "noai_among_others",
                   "noai_second_header", "noai_for_us", "tdm_reservation")
        return {self.sha256[url] for url in self.urls if self.fault[url] in refused} - self.good


def make_reference(sandbox: Sandbox, count: int) -> Reference:
    """Fetch ``count`` URLs of the truth patiently, so that every picture is drawn and known."""
    truth = tables.read(tables.TRUTH, sandbox.layout.truth).drop_duplicates("url")
    truth = truth.sample(min(count, len(truth)), random_state=0)
    expected = dict(zip(truth["url"], truth["expected"], strict=True))
    fault = dict(zip(truth["url"], truth["fault"].fillna(""), strict=True))

    def fetch(url: str) -> tuple[str, str]:
        for _ in range(4):
            try:
                answer = sandbox.session.get(url, timeout=60)
                if answer.status_code == 200:
                    return url, hashlib.sha256(answer.content).hexdigest()
            except requests.RequestException:
                pass
            time.sleep(1.1)
        raise RuntimeError(f"{url} cannot be had")

    reserved = ("noai", "noindex", "tdm", "robots", "noimageai")
    wanted = [url for url in expected
              if expected[url] not in ("rejected", "failed") or fault[url].startswith(reserved)]
    with ThreadPoolExecutor(8) as pool:
        return Reference(list(expected), dict(pool.map(fetch, wanted)), expected, fault)


@dataclass
class Kept:
    """What a tool says it saved: sha256 of the bytes as they came, and whether the stored file decodes."""

    sha256: str
    whole: bool


def decodes(content: bytes) -> bool:
    """Return whether Pillow decodes all of a picture."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
        return True
    except Exception:  # decoders raise anything on broken files
        return False


def run_ours(folder: Path, reference: Reference, sandbox: Sandbox, limits: HostLimits) -> list[Kept]:
    """Download with ours, in a process of its own as the peers are."""
    layout = Layout(folder)
    write_candidates(layout, reference.urls)
    host = sandbox.base_url.partition("//")[2]
    overrides = {"scrape.sources": ["urls"], "scrape.allow_hosts": [host], "scrape.contact": "bench@example.org",
                 "download.hosts": [{"host": host, "connections": limits.connections, "interval": limits.interval,
                                     "megabits": limits.megabits}]}
    arguments = [part for key, value in overrides.items() for part in ("-S", f"{key}={json.dumps(value)}")]
    subprocess.run([sys.executable, "-m", "whatbenz", "-C", str(folder), *arguments, "download"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    contents = [path.read_bytes() for path in layout.images.rglob("*") if path.is_file()]
    return [Kept(hashlib.sha256(content).hexdigest(), decodes(content)) for content in contents]


def run_peer(script: str, python: str, folder: Path, reference: Reference) -> list[Kept]:
    """Run a peer's script on the list of URLs; its files and, of img2dataset, its records say what it kept."""
    folder.mkdir()
    (folder / "urls.txt").write_text("\n".join(reference.urls))
    (folder / "peer.py").write_text(script)
    kept = folder / "kept"
    environment = {**os.environ, "NO_ALBUMENTATIONS_UPDATE": "1", "WANDB_MODE": "disabled", "no_proxy": "*"}
    ended = subprocess.run([python, folder / "peer.py", folder / "urls.txt", kept], env=environment,
                           capture_output=True, text=True)
    if ended.returncode != 0:
        raise RuntimeError(ended.stderr[-2000:])
    found = []
    for path in kept.rglob("*"):
        if path.suffix in (".json", ".parquet", ".txt") or not path.is_file():
            continue
        content, record = path.read_bytes(), path.with_suffix(".json")
        sha256 = json.loads(record.read_text())["sha256"] if record.exists() else hashlib.sha256(content).hexdigest()
        found.append(Kept(sha256, decodes(content)))
    return found


def count_wasted(log: list[dict]) -> int:
    """Count requests that repeat one whose answer could not change, or that robots.txt forbids.

    An answer that may pass (429, 503, a reset) may be asked for again until the first good one.
    """
    answers: dict[str, list[int]] = {}
    for entry in log:
        if entry["target"] != "/robots.txt":
            answers.setdefault(entry["target"], []).append(entry["status"])
    wasted = 0
    for target, statuses in answers.items():
        forbidden = target.startswith("/images/members/") and not target.startswith("/images/members/press/")
        if forbidden or target.endswith("?action=download"):
            wasted += len(statuses)
        else:
            passing = sum(status in (429, 503) for status in statuses)
            wasted += len(statuses) - 1 - min(passing, len(statuses) - 1)
    return wasted


def peak_rate(log: list[dict]) -> int:
    """Return the most requests within one second."""
    times, start, most = sorted(entry["time"] for entry in log), 0, 0
    for end, moment in enumerate(times):
        while times[start] <= moment - 1:
            start += 1
        most = max(most, end - start + 1)
    return most


def compare(name: str, run: Callable[[], list[Kept]], sandbox: Sandbox, reference: Reference) -> None:
    """Run one tool against the reset sandbox and print its line."""
    sandbox.reset()
    start = time.monotonic()
    kept = run()
    seconds = time.monotonic() - start
    log, canary = sandbox.log(), sandbox.canary()
    whole = Counter(one.sha256 for one in kept if one.whole)
    verified, good = set(whole), reference.good
    print(f"{name:<26} {len(verified & good) / len(reference.urls) * 1000:>9.0f} {len(good - verified):>6} "
          f"{sum(not one.whole for one in kept):>7} {len(verified & reference.reserved):>9} {len(canary):>8} "
          f"{len(log):>9} {count_wasted(log):>7} {peak_rate(log):>7} {seconds:>7.1f}", flush=True)


def measure_faults(folder: Path, count: int, port: int, peers: str | None) -> None:
    """Print one line a tool."""
    with Sandbox(folder / "sandbox", port, -(-count // 33)) as sandbox:
        reference = make_reference(sandbox, count)
        planted = sum(reference.expected[url] in ("rejected", "failed") for url in reference.urls)
        print(f"faults: {len(reference.urls)} candidates, {len(reference.good)} different pictures to be had, "
              f"{planted} that are to be refused or cannot be had, {len(reference.reserved)} reserved by their hosts")
        tools: list[tuple[str, Callable[[], list[Kept]]]] = [
            ("ours, sandbox limits", partial(run_ours, folder / "ours", reference, sandbox, HostLimits("", 8, 0.0))),
            ("ours, as on Wikimedia", partial(run_ours, folder / "polite", reference, sandbox,
                                              HostLimits("", 2, 0.0, 25.0)))]
        for name, script in (("icrawler", ICRAWLER), ("img2dataset", IMG2DATASET)):
            if peers is None or subprocess.run([peers, "-c", f"import {name}"], capture_output=True).returncode:
                print(f"{name} is left out: --peers names no Python that has it")
            else:
                tools.append((name, partial(run_peer, script, peers, folder / name, reference)))
        print(f"{'':<26} {'verified':>9} {'':>6} {'broken':>7} {'reserved':>9} {'private':>8} {'':>9} {'':>7} "
              f"{'peak':>7} {'':>7}\n{'tool':<26} {'per 1000':>9} {'lost':>6} {'kept':>7} {'kept':>9} {'reached':>8} "
              f"{'requests':>9} {'wasted':>7} {'req/s':>7} {'s':>7}")
        for name, run in tools:
            compare(name, run, sandbox, reference)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", metavar="PYTHON", help="interpreter that has icrawler and img2dataset")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--port", type=int, default=8791, help="port of the sandbox")
    parser.add_argument("--quick", action="store_true", help="200 pictures, one round")
    options = parser.parse_args()
    if options.quick:
        options.count, options.rounds = 200, 1
    pillow_heif.register_heif_opener()
    with tempfile.TemporaryDirectory() as place:
        measure_throughput(Path(place), options.count, options.rounds)
        measure_faults(Path(place), options.count, options.port, options.peers)


if __name__ == "__main__":
    main()
