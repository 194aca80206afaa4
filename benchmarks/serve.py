"""The service under load beside bare onnxruntime on the same picture in the same run.

    python -m benchmarks.serve --bundle FOLDER [--picture FILE] [--seconds 10] [--fastai export.pkl]
    python -m benchmarks.serve --quick

Rounds in turn, so that what else the machine does weighs on all alike: bare onnxruntime (decode with Pillow, squish,
run; no HTTP) with one thread a core, then the service at 1, 8 and 64 clients that keep their connections. Wall time
says how much of the machine each got; CPU seconds a picture do not depend on it. Then: memory over 10,000 requests,
answers beyond the queue, the time from the start of the process to its first answer, waitress beside gunicorn, and
with --fastai the original's way (Flask and `learn.predict` on export.pkl) in a process of its own.
"""

import argparse
import contextlib
import http.client
import io
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import onnxruntime
from PIL import Image

from benchmarks.servers import draw_pictures
from serve.bundles import Bundle, open_bundle
from serve.predictor import count_cores
from tests.serve.bundles import make_bundle

ROOT = Path(__file__).parent.parent
GUNICORN = """
import sys
from pathlib import Path
from serve.app import create_app
from serve.bundles import open_bundle
from serve.params import ServeParams
from serve.service import Service
app = create_app(Service(open_bundle(Path({folder!r})), ServeParams(rate_per_minute=0), Path("/nonexistent")))
"""
FASTAI = """
import io, sys, warnings
warnings.simplefilter("ignore")
from fastai.vision.all import PILImage, load_learner
from flask import Flask, jsonify, request
from waitress import serve
learn = load_learner(sys.argv[1])
app = Flask(__name__)
@app.post("/predict")
def predict():
    with learn.no_bar():
        name, _, shares = learn.predict(PILImage.create(io.BytesIO(request.get_data())))
    return jsonify({"name": name, "probability": float(shares.max())})
@app.get("/readyz")
def ready():
    return "yes"
serve(app, host="127.0.0.1", port=int(sys.argv[2]), threads=8)
"""


@dataclass
class Load:
    """What came of one round: answers by status, seconds each took, and how long the round was."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    wall: float = 0.0
    cpu: float = 0.0  # of the answering process

    @property
    def good(self) -> int:
        """Pictures that were answered."""
        return self.statuses[200]

    def describe(self) -> str:
        """Return rate, percentiles and CPU time as one line."""
        cuts = statistics.quantiles(self.seconds, n=100, method="inclusive") if len(self.seconds) > 1 else [0.0] * 99
        percentiles = ", ".join(f"p{p} {cuts[p - 1] * 1000:.0f} ms" for p in (50, 95, 99))
        others = "".join(f", {count} × {status}" for status, count in self.statuses.items() if status != 200)
        return (f"{self.good / self.wall:7.1f}/s  {percentiles}; {self.cpu / max(1, self.good) * 1000:.1f} ms of CPU a "
                f"picture{others}")


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of a process and its threads so far, from /proc; children that ended included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def memory_of(pid: int) -> float:
    """Return the resident memory of a process, MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def ask_for(url: str, picture: bytes, clients: int, stop: Callable[[int], bool]) -> Load:
    """Post the picture with ``clients`` connections until ``stop(answers so far)``."""
    load, lock, host = Load(), threading.Lock(), urlsplit(url).netloc

    def ask() -> None:
        connection = http.client.HTTPConnection(host, timeout=60)
        while not stop(len(load.seconds)):
            start = time.perf_counter()
            connection.request("POST", "/predict", picture, {"Content-Type": "image/jpeg"})
            answer = connection.getresponse()
            answer.read()
            with lock:
                load.statuses[answer.status] += 1
                load.seconds.append(time.perf_counter() - start)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    load.wall = time.perf_counter() - start
    return load


def until(seconds: float) -> Callable[[int], bool]:
    """Return what stops a round after so many seconds."""
    end = time.perf_counter() + seconds
    return lambda _: time.perf_counter() > end


def measure(url: str, pid: int, picture: bytes, clients: int, seconds: float) -> Load:
    """Load a server for some seconds and note the CPU time that its processes took."""
    family = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    before = sum(map(cpu_of, family))
    load = ask_for(url, picture, clients, until(seconds))
    load.cpu = sum(map(cpu_of, family)) - before
    return load


def bare(bundle: Bundle, picture: bytes, seconds: float) -> Load:
    """Decode and run the model with one thread a core and nothing else: what HTTP and limits are held against."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(bundle.model, options, providers=["CPUExecutionProvider"])
    labels, load, lock, stop = bundle.labels, Load(), threading.Lock(), until(seconds)
    mean, std = np.array(labels.mean, np.float32), np.array(labels.std, np.float32)

    def work() -> None:
        while not stop(0):
            start = time.perf_counter()
            with Image.open(io.BytesIO(picture)) as image:
                image.draft("RGB", (labels.size[1] * 3, labels.size[0] * 3))
                small = image.convert("RGB").resize(labels.size[::-1], Image.Resampling.BILINEAR)
            pixels = (np.asarray(small, np.float32) / 255 - mean) / std
            session.run([labels.output], {labels.input: pixels.transpose(2, 0, 1)[None]})
            with lock:
                load.statuses[200] += 1
                load.seconds.append(time.perf_counter() - start)

    threads = [threading.Thread(target=work) for _ in range(count_cores())]
    start, cpu = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    load.wall, load.cpu = time.perf_counter() - start, time.process_time() - cpu
    return load


@contextlib.contextmanager
def running(command: list[str], url: str | None = None) -> Iterator[tuple[str, int, float]]:
    """Run a server; yield its address, process id and the seconds until it could be asked."""
    start = time.perf_counter()
    log = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the process)
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True,
                               env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert process.stdout
    try:
        if url is None:
            url = process.stdout.readline().split("open ")[1].split()[0].rstrip("/")
        while True:
            try:
                connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                if process.poll() is not None:
                    log.seek(0)
                    raise SystemExit(log.read().decode()[-3000:]) from None
                time.sleep(0.02)
        yield url, process.pid, time.perf_counter() - start
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def command(folder: Path, *settings: str) -> list[str]:
    """Return the command line of the service without a limit of rate."""
    overrides = [part for setting in ("serve.rate_per_minute=0", *settings) for part in ("-S", setting)]
    return [sys.executable, "-m", "whatbenz", *overrides, "serve", "--port", "0", "--bundle", str(folder.resolve())]


def free_port() -> int:
    """Return a port that nobody listens at."""
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def compare(bundle: Bundle, picture: bytes, seconds: float, rounds: int) -> None:
    """Print bare onnxruntime and the service at 1, 8 and 64 clients, round by round, and the ratios."""
    ratios: dict[int, list[tuple[float, float]]] = {1: [], 8: [], 64: []}
    with running(command(bundle.folder, "serve.queue=64", "serve.wait_seconds=60")) as (url, pid, _):
        ask_for(url, picture, 2, lambda count: count >= 5)
        for _ in range(rounds):
            for clients in ratios:
                before = bare(bundle, picture, seconds)
                load = measure(url, pid, picture, clients, seconds)
                ratios[clients].append(((load.good / load.wall) / (before.good / before.wall),
                                        (before.cpu / before.good) / (load.cpu / load.good)))
                print(f"  bare onnxruntime, {count_cores()} threads  {before.describe()}")
                print(f"  service, {clients:2} clients           {load.describe()}", flush=True)
    for clients, found in ratios.items():
        wall, cpu = (statistics.median(values) for values in zip(*found, strict=True))
        print(f"{clients:2} clients: {wall:.2f} of bare onnxruntime's throughput by wall time, {cpu:.2f} by CPU time "
              f"of the server{'; wanted 0.85' if clients == 8 else ''}")


def watch_memory(bundle: Bundle, picture: bytes, requests: int) -> None:
    """Print the resident memory while many requests come."""
    with running(command(bundle.folder, "serve.queue=64", "serve.wait_seconds=60")) as (url, pid, _):
        marks = []
        for part in range(11):
            if part:
                ask_for(url, picture, 8, lambda count: count >= requests // 10)
            marks.append(memory_of(pid))
    print(f"memory over {requests} requests of {len(picture) / 1000:.0f} KB, MB: "
          f"{' '.join(f'{mark:.0f}' for mark in marks)}; "
          f"{marks[-1] - marks[1]:+.1f} after the first tenth")


def overload(bundle: Bundle, picture: bytes, seconds: float) -> None:
    """Print what 64 clients get of a service with room for 8 in its queue, beside 8 clients."""
    with running(command(bundle.folder, "serve.queue=8")) as (url, pid, _):
        ask_for(url, picture, 2, lambda count: count >= 5)
        fitting = measure(url, pid, picture, 8, seconds)
        flooded = measure(url, pid, picture, 64, seconds)
    print(f"queue of 8,  8 clients: {fitting.describe()}")
    print(f"queue of 8, 64 clients: {flooded.describe()}")


def start_cold(bundle: Bundle, picture: bytes, times: int) -> None:
    """Print the time from the start of the process to its first answer."""
    ready, first, cpu, memory = [], [], [], []
    for _ in range(times):
        start = time.perf_counter()
        with running(command(bundle.folder)) as (url, pid, seconds):
            ask_for(url, picture, 1, lambda count: count >= 1)
            first.append(time.perf_counter() - start)
            ready.append(seconds)
            cpu.append(cpu_of(pid))
            memory.append(memory_of(pid))
    print(f"cold start: ready after {statistics.median(ready):.2f} s, first answer after "
          f"{statistics.median(first):.2f} s ({statistics.median(cpu):.2f} s of CPU, {statistics.median(memory):.0f} "
          f"MB), median of {times}")


def compare_servers(bundle: Bundle, picture: bytes, seconds: float, rounds: int) -> None:
    """Print waitress beside gunicorn, with threads and with a process a core, at 8 clients, in turn."""
    cores = count_cores()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "benched.py").write_text(GUNICORN.format(folder=str(bundle.folder.resolve())))
        found: dict[str, list[str]] = {}
        for _ in range(rounds):
            for name, workers, threads in (("waitress", 0, 0), ("gunicorn, threads", 1, 16),
                                           ("gunicorn, a process a core", cores, 8)):
                port = free_port()
                line = command(bundle.folder) if not workers else [
                    sys.executable, "-m", "gunicorn", "--chdir", folder, "--pythonpath", str(ROOT), "--bind",
                    f"127.0.0.1:{port}", "--workers", str(workers), "--threads", str(threads), "benched:app"]
                with running(line, f"http://127.0.0.1:{port}" if workers else None) as (url, pid, _):
                    ask_for(url, picture, 8, lambda count: count >= 20)
                    load = measure(url, pid, picture, 8, seconds)
                    family = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
                    found.setdefault(name, []).append(f"{load.describe()}; {sum(map(memory_of, family)):.0f} MB")
    for name, lines in found.items():
        for text in lines:
            print(f"  {name:28}{text}")


def compare_fastai(learner: Path, bundle: Bundle, picture: bytes, seconds: float) -> None:
    """Print the original's way, Flask and learn.predict, beside the service at 8 clients."""
    port = free_port()
    line = [sys.executable, "-c", FASTAI, str(learner), str(port)]
    with running(line, f"http://127.0.0.1:{port}") as (url, pid, ready):
        ask_for(url, picture, 1, lambda count: count >= 3)
        load = measure(url, pid, picture, 8, seconds)
        print(f"Flask + fastai: ready after {ready:.1f} s, {memory_of(pid):.0f} MB; {load.describe()}")
    with running(command(bundle.folder)) as (url, pid, ready):
        ask_for(url, picture, 1, lambda count: count >= 3)
        load = measure(url, pid, picture, 8, seconds)
        print(f"this service:   ready after {ready:.1f} s, {memory_of(pid):.0f} MB; {load.describe()}")


def main() -> None:
    """Run all of it, or what is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, help="folder of a bundle; without it a model of a few numbers")
    parser.add_argument("--picture", type=Path, help="a JPEG; without it a drawn one of 480 by 320")
    parser.add_argument("--seconds", type=float, default=10, help="length of a round")
    parser.add_argument("--fastai", type=Path, metavar="FILE", help="export.pkl of the same training")
    parser.add_argument("--quick", action="store_true", help="short rounds, 500 requests")
    options = parser.parse_args()
    seconds, rounds = (1.0, 1) if options.quick else (options.seconds, 3)
    picture = options.picture.read_bytes() if options.picture else draw_pictures(1)[0]
    with tempfile.TemporaryDirectory() as folder:
        small = make_bundle(Path(folder))
        bundle = open_bundle(options.bundle) if options.bundle else small
        facts = json.loads((bundle.folder / "bundle.json").read_text())["model"]
        print(f"{facts['architecture']}, {bundle.labels.size[0]} px; a JPEG of {len(picture) / 1000:.0f} KB; "
              f"{count_cores()} cores, load {os.getloadavg()[0]:.1f}")
        compare(bundle, picture, seconds, rounds)
        overload(bundle, picture, seconds)
        watch_memory(small, picture, 500 if options.quick else 10_000)
        start_cold(bundle, picture, 1 if options.quick else 5)
        if not options.quick:
            compare_servers(bundle, picture, seconds, rounds)
        if options.fastai:
            compare_fastai(options.fastai, bundle, picture, seconds)


if __name__ == "__main__":
    main()
