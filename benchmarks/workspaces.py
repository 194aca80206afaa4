"""A folder of pictures as a workspace, so that a benchmark runs the stages as a user does."""

import datetime as dt
import hashlib
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tables
from pipeline.layout import Layout, image_path


def fill(root: Path, files: list[Path]) -> tuple[Layout, dict[str, str]]:
    """Put the files under ``root`` as saved pictures of one class; return the layout and file name → sha256."""
    layout, rows = Layout(root), []
    names: dict[str, str] = {}
    now = dt.datetime.now(dt.UTC)
    for rank, path in enumerate(files):
        data = path.read_bytes()
        sha = hashlib.sha256(data).hexdigest()
        target = layout.images / image_path(sha, path.suffix.lower().lstrip(".") or "bin")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        status = "duplicate" if sha in names.values() else "saved"
        names[path.name] = sha
        rows.append({"class_id": "benchmark", "source": "folder", "query": "benchmark", "rank": rank, "sha256": sha,
                     "url": f"folder:{rank}", "found_at": now, "status": status, "bytes": len(data)})
    tables.write(tables.HITS, rows, layout.hits)
    return layout, names


def cpu_seconds() -> float:
    """Return the CPU time of this process and its finished children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used)


class Clock:
    """CPU and wall seconds of named parts."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = {}
        self.wall: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measure a block; worker processes are ended with it, so that their time counts."""
        from joblib.externals.loky import get_reusable_executor

        cpu, wall = cpu_seconds(), time.perf_counter()
        yield
        get_reusable_executor().shutdown(wait=True)
        self.cpu[name], self.wall[name] = cpu_seconds() - cpu, time.perf_counter() - wall
