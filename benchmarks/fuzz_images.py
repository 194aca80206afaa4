"""Mutations of real pictures against the service: no crash, no hang, no memory beyond the cap.

    python -m benchmarks.fuzz_images [--each 2000] [--seed 7] [--quick]

Whole JPEG, PNG, WebP and HEIC files of many kinds (progressive, CMYK, EXIF, palette, 16 bit, animated) are
mutated: bits flipped, bytes replaced, numbers set to extremes, pieces cut, doubled, swapped or taken from another file.
Each mutation is posted to the service in a child process and must be answered 200 or as no picture (400, 413, 415,
422), within two seconds of CPU. After them come crafted bombs, and whole pictures of nearly 50 megapixels, which set
the peak of memory. A child that dies, or is silent for 20 seconds of CPU, is a crash or a hang; its mutation is kept in
--keep FOLDER.
"""

import argparse
import io
import multiprocessing
import random
import resource
import struct
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

import numpy as np
import pillow_heif
from PIL import Image

from benchmarks.serve import cpu_of
from serve.app import create_app
from serve.journal import Journal
from serve.params import ServeParams
from serve.service import Service
from tests.serve.bundles import make_bundle

pillow_heif.register_heif_opener()
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
ALLOWED = {200, 400, 413, 415, 422}  # 400: nothing is left of the file
MOST_CPU, MOST_SILENCE = 2.0, 20.0  # seconds of CPU
MOST_MEMORY = 1000  # MB above what the service takes at rest: Pillow's WebP decoder holds a picture four times over


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def draw(width: int, height: int, seed: int = 0) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def make_seeds(kind: str) -> list[bytes]:
    """Return whole files of one format, of many kinds."""
    small, other = draw(320, 240), draw(200, 260, 1)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "camera"
    options = {"exif": exif.tobytes()}
    alpha = small.convert("RGBA")
    alpha.putalpha(Image.linear_gradient("L").resize(small.size))
    match kind:
        case "JPEG":
            return [encode(small, kind), encode(other, kind, progressive=True),
                    encode(small, kind, quality=100, **options), encode(small.convert("L"), kind),
                    encode(small.convert("CMYK"), kind), encode(small, kind, restart_marker_rows=1),
                    encode(other, "MPO", save_all=True, append_images=[small])]
        case "PNG":
            grey = Image.fromarray(np.linspace(0, 65535, 96 * 96).reshape(96, 96).astype(np.uint16))
            return [encode(small, kind), encode(alpha, kind), encode(small.convert("P"), kind, transparency=0),
                    encode(grey, kind), encode(small.convert("1"), kind), encode(other, kind, **options),
                    encode(other, kind, save_all=True, append_images=[other.rotate(9)])]
        case "WEBP":
            return [encode(small, kind), encode(small, kind, lossless=True), encode(alpha, kind),
                    encode(other, kind, **options),
                    encode(other, kind, save_all=True, append_images=[other.rotate(9)])]
        case _:
            return [encode(small, kind), encode(other, kind, quality=30, **options), encode(alpha, kind),
                    encode(other, kind, save_all=True, append_images=[small])]


def mutate(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """Return the file with one to six faults; more often near its beginning, where its structure is."""
    spoiled = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 6))):
        reach = len(spoiled) if dice.random() < 0.5 else min(len(spoiled), 600)
        place = dice.randrange(max(1, reach))
        length = min(dice.choice((1, 2, 4, 16, 200, 2000)), len(spoiled) - place)
        match dice.randrange(8):
            case 0 if spoiled:
                spoiled[place] ^= 1 << dice.randrange(8)
            case 1:
                spoiled[place:place + length] = dice.randbytes(length)
            case 2:
                number = dice.choice((0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 50_000, 16_383))
                packed = struct.pack(dice.choice((">I", "<I")), number) if dice.random() < 0.6 else \
                    struct.pack(dice.choice((">H", "<H")), number & 0xFFFF)
                spoiled[place:place + len(packed)] = packed
            case 3:
                del spoiled[place:place + length]
            case 4:
                spoiled[place:place] = spoiled[place:place + length] * dice.choice((1, 2, 50))
            case 5:
                start = dice.randrange(max(1, len(other)))
                spoiled[place:place + length] = other[start:start + length]
            case 6:
                del spoiled[place:]
            case _:
                end = dice.randrange(max(1, len(spoiled)))
                spoiled[place:place + length], spoiled[end:end + length] = \
                    spoiled[end:end + length], spoiled[place:place + length]
    return bytes(spoiled)


def repair(data: bytes) -> bytes:
    """Return a PNG with the checksums of its chunks made right, so that a decoder goes on to what is in them."""
    place, parts = 8, [data[:8]]
    while place + 12 <= len(data):
        (length,) = struct.unpack(">I", data[place:place + 4])
        if place + 12 + length > len(data):
            break
        parts.append(chunk(data[place + 4:place + 8], data[place + 8:place + 8 + length]))
        place += 12 + length
    return b"".join(parts) + data[place:]


def mutations(kind: str, count: int, seed: int) -> Iterator[bytes]:
    """Yield ``count`` mutations of one format's files, the same for the same seed."""
    dice, seeds = random.Random(f"{kind}{seed}"), make_seeds(kind)
    for _ in range(count):
        spoiled = mutate(dice.choice(seeds), dice.choice(seeds), dice)
        yield repair(spoiled) if kind == "PNG" and dice.random() < 0.7 else spoiled


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, rows: bytes, *chunks: bytes) -> bytes:
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + b"".join(chunks) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield crafted files that ask for much more than they are."""
    zeros = zlib.compress(bytes(50_000_000), 9)
    yield "PNG that says 50,000 × 50,000", png(50_000, 50_000, zeros)
    yield "PNG of 4,000 × 4,000 with an endless body", png(4000, 4000, zlib.compress(bytes(300_000_000), 9))
    yield "PNG with 50 MB of text", png(8, 8, zlib.compress(bytes(200)), chunk(b"zTXt", b"a\0\0" + zeros))
    yield "PNG with a profile of 50 MB", png(8, 8, zlib.compress(bytes(200)), chunk(b"iCCP", b"a\0\0" + zeros))
    jpeg = bytearray(encode(draw(320, 240), "JPEG"))
    start = jpeg.index(b"\xff\xc0") + 5
    jpeg[start:start + 4] = struct.pack(">HH", 65_500, 65_500)
    yield "JPEG that says 65,500 × 65,500", bytes(jpeg)
    jpeg[start:start + 4] = struct.pack(">HH", 7_000, 7_100)
    yield "JPEG that says 7,100 × 7,000 and holds little", bytes(jpeg)
    large = encode(draw(6000, 6000).convert("L"), "JPEG", progressive=True, quality=10)
    scan = large[large.rindex(b"\xff\xda"):-2]
    endless = scan * (15_000_000 // len(scan))
    yield "JPEG of 36 megapixels with scans without end", large[:-2] + endless + large[-2:]
    yield "JPEG of 36 megapixels with 40 more scans", large[:-2] + scan * 40 + large[-2:]
    webp = bytearray(encode(draw(64, 64), "WEBP"))
    webp[26:30] = struct.pack("<HH", 16_383, 16_383)
    yield "WebP that says 16,383 × 16,383", bytes(webp)
    heic = bytearray(encode(draw(64, 64), "HEIF"))
    place = heic.index(b"ispe") + 8
    for size in ((30_000, 30_000), (7_000, 7_000)):
        heic[place:place + 8] = struct.pack(">II", *size)
        yield f"HEIC that says {size[0]} × {size[1]}", bytes(heic)


def giants() -> Iterator[tuple[str, bytes]]:
    """Yield whole pictures of just below 50 megapixels."""
    large = draw(8160, 6120)
    yield "JPEG of 50 megapixels", encode(large, "JPEG", quality=80)
    yield "progressive JPEG of 50 megapixels", encode(large, "JPEG", quality=60, progressive=True)
    yield "PNG of 50 megapixels", encode(large, "PNG", compress_level=1)
    yield "PNG of 50 megapixels with transparency", encode(large.convert("RGBA"), "PNG", compress_level=1)
    yield "WebP of 50 megapixels", encode(large, "WEBP", quality=40, method=0)
    yield "HEIC of 50 megapixels", encode(large, "HEIF", quality=30, enc_params={"preset": "ultrafast"})


def answer(pipe: Connection, folder: str) -> None:
    """In the child: post what comes through the pipe; send back status, CPU seconds and peak memory in MB."""
    service = Service(make_bundle(Path(folder)), ServeParams(rate_per_minute=0), Path(folder) / "feedback",
                      Journal(io.StringIO()), Path(folder))
    client = create_app(service).test_client()
    pipe.send(("ready", 0.0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
    while (data := pipe.recv_bytes()) != b"end":
        start = time.process_time()
        status = client.post("/predict", data=data, content_type="application/octet-stream").status_code
        pipe.send((status, time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
        service.journal._stream.truncate(0)


class Child:
    """The service in a process of its own; started anew after a crash."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        folder = tempfile.mkdtemp(dir=self._folder.name)
        self._process = context.Process(target=answer, args=(theirs, folder), daemon=True)
        self._process.start()
        theirs.close()
        self.rest = self.pipe.recv()[2]

    def post(self, data: bytes) -> tuple[int | str, float, float]:
        """Return status (or crash, hang), CPU seconds and peak memory in MB."""
        pid = cast(int, self._process.pid)  # it has started
        before = cpu_of(pid)
        self.pipe.send_bytes(data)
        try:
            while cpu_of(pid) - before < MOST_SILENCE:
                if self.pipe.poll(1):
                    return self.pipe.recv()
            outcome = "hang"
        except (EOFError, OSError):
            outcome = "crash"
        self._process.kill()
        self._start()
        return outcome, 0.0, 0.0


def main() -> None:
    """Run the mutations of each format, the bombs and the giants; exit with 1 where one was answered badly."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="50 mutations of each format")
    parser.add_argument("--keep", type=Path, help="folder for the mutations that were answered badly")
    options = parser.parse_args()
    each = 50 if options.quick else options.each
    child, bad = Child(), 0
    print(f"at rest {child.rest:.0f} MB; allowed {MOST_MEMORY} MB more, {MOST_CPU} s of CPU a picture")
    for kind in FORMATS:
        counts: Counter[int | str] = Counter()
        slowest = peak = 0.0
        for number, data in enumerate(mutations(kind, each, options.seed)):
            status, seconds, memory = child.post(data)
            counts[status] += 1
            slowest, peak = max(slowest, seconds), max(peak, memory)
            if status not in ALLOWED or seconds > MOST_CPU:
                bad += 1
                if options.keep:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    (options.keep / f"{kind}-{number}").write_bytes(data)
        shares = ", ".join(f"{count} {status}" for status, count in sorted(counts.items(), key=str))
        print(f"{kind:5} {each} mutations: {shares}; slowest {slowest:.2f} s CPU, peak {peak - child.rest:+.0f} MB",
              flush=True)
        bad += peak - child.rest > MOST_MEMORY
    for name, data in chain(bombs(), () if options.quick else giants()):
        status, seconds, memory = child.post(data)
        wrong = status not in ALLOWED or seconds > MOST_CPU or memory - child.rest > MOST_MEMORY
        bad += wrong
        print(f"{name} ({len(data) / 1e6:.1f} MB): {status}, {seconds:.2f} s CPU, peak {memory - child.rest:+.0f} MB"
              f"{'  BAD' if wrong else ''}", flush=True)
    print(f"answered badly: {bad}")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
