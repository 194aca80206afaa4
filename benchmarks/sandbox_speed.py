"""How quickly the sandbox draws and serves, and how well its photographs can be told apart.

    python -m benchmarks.sandbox_speed [--pictures 1000] [--quick] [--draw-only]

Every kind of picture that the sandbox has is drawn: cars, their repaints and other variants, and the off-topic kinds.
Drawing is held against writing and reading the same pictures as JPEG with Pillow, serving against the standard
library's threaded HTTP server with the same bytes, both in the same run. A picture costs CPU time of its thread; one
above the limit is drawn twice more, since a busy machine adds some milliseconds to any of them, and counts as above it
where it stays there.
"""

import argparse
import http.client
import io
import multiprocessing
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import imagehash
import numpy as np
from PIL import Image

from sandbox.cars import draw_car
from sandbox.connection import Answer, Server
from sandbox.kinds import CHANGES
from sandbox.offtopic import DRAWINGS
from sandbox.photographs import seed_of
from sandbox.plan import SIZES
from sandbox.shapes import SHAPES
from sandbox.textures import clouds, ground
from sandbox.variants import change_picture

CLIENTS, REQUESTS = 16, 6000
LIMIT_MS = 50.0
GROUNDS = ("asphalt", "grass", "gravel", "cobbles", "slabs", "planks", "sand", "snow", "plain")


def make_bodies() -> None:
    """Make what is made once a process: textures and the bodies of all classes, open and closed."""
    for name in GROUNDS:
        ground(name)
    for number in range(6):
        clouds(number)
    for draw in DRAWINGS.values():
        for seed in range(3):
            draw(seed, (96, 64))
    for class_id in SHAPES:
        for seed in range(6):
            draw_car(class_id, seed, (96, 64))


def drawings(count: int) -> dict[str, list[Callable[[], Image.Image]]]:
    """Return how to draw ``count`` pictures of the classes, a quarter as many repaints and variants, an eighth of each
    other kind.
    """
    classes, changes = sorted(SHAPES), [kind.name for kind in CHANGES if kind.name != "repaint"]

    def car(number: int, repaint: bool = False) -> Image.Image:
        return draw_car(classes[number % 33], seed_of(1, str(number)), SIZES[number % len(SIZES)], repaint)

    def variant(number: int) -> Image.Image:
        return change_picture(car(number), changes[number % len(changes)], np.random.default_rng(number))

    ways: dict[str, list[Callable[[], Image.Image]]] = {
        "car": [partial(car, number) for number in range(count)],
        "repaint": [partial(car, number, repaint=True) for number in range(count // 4)],
        "variant": [partial(variant, number) for number in range(count // 4)],
    }
    for kind, draw in DRAWINGS.items():
        ways[kind] = [partial(draw, seed_of(1, f"{kind}-{number}"), SIZES[number % len(SIZES)])
                      for number in range(count // 8)]
    return ways


def clock(draw: Callable[[], Image.Image]) -> tuple[Image.Image, float]:
    """Return a picture and the milliseconds of one core that it took."""
    started = time.thread_time()
    picture = draw()
    return picture, (time.thread_time() - started) * 1000


def measure_drawing(count: int) -> np.ndarray:
    """Print milliseconds of one core a picture of each kind, beside a JPEG's; return the cars' hashes (count, 64) bool.
    """
    cv2.setNumThreads(1)
    make_bodies()
    coded, hashes = [], []
    for kind, ways in drawings(count).items():
        drawn, above = [], 0
        for draw in ways:
            picture, ms = clock(draw)
            drawn.append(ms)
            above += ms > LIMIT_MS and min(clock(draw)[1] for _ in range(2)) > LIMIT_MS
            if kind == "car":
                coded.append(clock(partial(recode, picture))[1])
                hashes.append(imagehash.phash(picture).hash.ravel())
        print(f"draw: {len(drawn):4} {kind:10} median {np.median(drawn):5.1f} ms, 95 % {np.percentile(drawn, 95):5.1f} "
              f"ms, most {max(drawn):5.1f} ms; above {LIMIT_MS:.0f} ms {np.sum(np.array(drawn) > LIMIT_MS)}, "
              f"of them again and again {above}")
        if kind == "car":
            print(f"      {np.median(drawn) / np.median(coded):.1f} times a JPEG written and read")
    return np.array(hashes)


def recode(picture: Image.Image) -> Image.Image:
    """Return a picture written as a JPEG and read."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    read = Image.open(io.BytesIO(buffer.getvalue()))
    read.load()
    return read


def count_collisions(hashes: np.ndarray) -> None:
    """Print how many pairs of distinct photographs are near to a 64-bit perceptual hash."""
    bits = hashes.astype(int)
    distance = (bits.sum(axis=1)[:, None] + bits.sum(axis=1)[None] - 2 * bits @ bits.T)[np.triu_indices(len(bits), 1)]
    near = ", ".join(f"{(distance <= limit).sum()} at {limit} bits" for limit in (4, 6, 8, 10))
    print(f"phash: of {len(distance)} pairs of distinct photographs, {near}; nearest {distance.min()}")


def serve_ours(body: bytes, port: "multiprocessing.Queue[int]") -> None:
    """Serve ``body`` with the sandbox's server."""
    server = Server(0, lambda request: Answer(200, body, "image/jpeg"), lambda request, answer, started: None)
    port.put(server.port)
    server.serve_forever()


def serve_standard(body: bytes, port: "multiprocessing.Queue[int]") -> None:
    """Serve ``body`` with the standard library's server."""
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port.put(server.server_address[1])
    server.serve_forever()


def ask(port: int) -> float:
    """Return requests a second of all clients together, each on one connection."""
    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(REQUESTS // CLIENTS):
            connection.request("GET", "/picture.jpg")
            connection.getresponse().read()

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return REQUESTS / (time.perf_counter() - started)


def measure_serving() -> None:
    """Print requests a second of both servers with a JPEG of some 14 KB."""
    buffer = io.BytesIO()
    draw_car("c-sedan", 1, (320, 213)).save(buffer, "JPEG", quality=85)
    rates: dict[Callable[..., None], list[float]] = {serve_ours: [], serve_standard: []}
    context = multiprocessing.get_context("spawn")
    for _ in range(3):
        for serve, found in rates.items():
            port: multiprocessing.Queue[int] = context.Queue()
            process = context.Process(target=serve, args=(buffer.getvalue(), port), daemon=True)
            process.start()
            found.append(ask(port.get(timeout=60)))
            process.terminate()
            process.join()
    ours, standard = (float(np.median(found)) for found in rates.values())
    print(f"serve: {ours:.0f} requests/s of {len(buffer.getvalue())} bytes, "
          f"{ours / standard:.1f} times the standard library's {standard:.0f}")


def main() -> None:
    """Print what drawing and serving cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="66 pictures")
    parser.add_argument("--draw-only", action="store_true", help="leave the servers out")
    options = parser.parse_args()
    count_collisions(measure_drawing(66 if options.quick else options.pictures))
    if not options.draw_only:
        measure_serving()


if __name__ == "__main__":
    main()
