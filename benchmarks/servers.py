"""The servers that benchmarks fetch from, in processes of their own: a lean image host, and the sandbox."""

import asyncio
import contextlib
import io
import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import requests
from PIL import Image

from pipeline.layout import Layout
from tests.scrape.download_killing import ROOT, whatbenz


def draw_pictures(count: int, seed: int = 7) -> list[bytes]:
    """Return ``count`` different JPEGs of about 14 KB each: smooth shapes with some noise, 480 by 320."""
    generator = np.random.default_rng(seed)
    pictures = []
    for _ in range(count):
        coarse = generator.integers(0, 256, (8, 12, 3), dtype=np.uint8)
        image = np.asarray(Image.fromarray(coarse).resize((480, 320), Image.Resampling.BICUBIC), dtype=np.int16)
        image = image + generator.normal(0, 7, image.shape).astype(np.int16)
        buffer = io.BytesIO()
        Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=60)
        pictures.append(buffer.getvalue())
    return pictures


class _Protocol(asyncio.Protocol):
    def __init__(self, answers: list[bytes]):
        self._answers, self._received = answers, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            name = head.split(b" ", 2)[1].strip(b"/").partition(b".")[0]
            answer = self._answers[int(name)] if name.isdigit() else b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"
            self._transport.write(answer)  # type: ignore[attr-defined]


def _serve(pictures: list[bytes], ready: Connection) -> None:
    answers = [b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture) + picture
               for picture in pictures]

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(
            lambda: _Protocol(answers), "127.0.0.1", 0, backlog=256)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextlib.contextmanager
def lean_host(pictures: list[bytes]) -> Iterator[str]:
    """Serve ``pictures`` from memory as /0.jpg, /1.jpg … and yield the address: the client is the bound."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(pictures, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def prepare(folder: Path) -> Layout:
    """Make a folder to run in, with the project's classes."""
    folder.mkdir(parents=True)
    (folder / "classes.csv").write_bytes((ROOT / "classes.csv").read_bytes())
    return Layout(folder)


class Sandbox:
    """A sandbox in a process of its own; ``settings`` make a command use it."""

    def __init__(self, folder: Path, port: int, images: int):
        self.settings = ["-S", f"sandbox.port={port}", "-S", f"sandbox.images_per_class={images}"]
        self.base_url = f"http://127.0.0.1:{port}"
        self.layout = prepare(folder)
        self.session = requests.Session()
        self.session.trust_env = False
        self._process = whatbenz(folder, *self.settings, "sandbox")
        while True:
            try:
                self.session.get(f"{self.base_url}/healthz").raise_for_status()
                if self.layout.truth.exists():
                    return
            except requests.ConnectionError:
                pass
            if self._process.poll() is not None:
                raise SystemExit(self._process.communicate()[1].decode())
            time.sleep(0.1)

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def log(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the requests after the first ``since``: time, method, target, status, agent."""
        return self.session.get(f"{self.base_url}/log").json()[since:]

    def canary(self) -> list[str]:
        """Return the requests that were led to the port nobody may be led to."""
        return self.session.get(f"{self.base_url}/canary").json()

    def reset(self) -> None:
        """Empty the log, and let passing faults happen again."""
        self.session.post(f"{self.base_url}/reset").raise_for_status()
