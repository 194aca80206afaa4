"""How quickly the sandbox draws and serves, and how well its photographs can be told apart.

    python -m benchmarks.sandbox_speed [--pictures 1000] [--quick]

Drawing is held against writing and reading the same pictures as JPEG with Pillow, serving against the standard
library's threaded HTTP server with the same bytes, both in the same run.
"""

import argparse
import http.client
import io
import multiprocessing
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import imagehash
import numpy as np
from PIL import Image

from sandbox.cars import draw_car
from sandbox.connection import Answer, Server
from sandbox.photographs import seed_of
from sandbox.plan import SIZES
from sandbox.shapes import SHAPES
from sandbox.textures import ground

CLIENTS, REQUESTS = 16, 6000
LIMIT_MS = 50.0
GROUNDS = ("asphalt", "grass", "gravel", "cobbles", "slabs", "planks", "sand", "snow", "plain")


def measure_drawing(count: int) -> np.ndarray:
    """Print milliseconds of one core a picture, beside a JPEG's; return the pictures' hashes (count, 64) bool."""
    cv2.setNumThreads(1)
    classes = sorted(SHAPES)
    for name in GROUNDS:  # textures and bodies are made once a process
        ground(name)
    for class_id in classes:
        draw_car(class_id, 0)
    drawn, coded, hashes = [], [], []
    for number in range(count):
        started = time.thread_time()
        picture = draw_car(classes[number % 33], seed_of(1, str(number)), SIZES[number % len(SIZES)])
        drawn.append(time.thread_time() - started)
        started = time.thread_time()
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=90)
        Image.open(io.BytesIO(buffer.getvalue())).load()
        coded.append(time.thread_time() - started)
        hashes.append(imagehash.phash(picture).hash.ravel())
    ms = np.array(drawn) * 1000
    high = np.percentile(ms, 95)
    print(f"draw: {count} pictures, median {np.median(ms):.1f} ms, 95 % {high:.1f} ms, most {ms.max():.1f} ms, "
          f"{(ms > LIMIT_MS).sum()} above {LIMIT_MS:.0f} ms")
    print(f"      {np.median(ms) / np.median(coded) / 1000:.1f} times a JPEG written and read")
    return np.array(hashes)


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
    options = parser.parse_args()
    count_collisions(measure_drawing(66 if options.quick else options.pictures))
    measure_serving()


if __name__ == "__main__":
    main()
