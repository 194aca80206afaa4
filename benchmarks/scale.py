"""What curating a collection costs, and a hundred pictures more: stage by stage, beside imagededup on the same files.

    python -m benchmarks.scale RUN [--added 100] [--until split] [--peers PYTHON]

RUN is a workspace whose download is done. Its pictures but the ``--added`` last are inspected, embedded, deduplicated,
flagged and split in a workspace of their own, from nothing; then with the others added. CPU seconds are of all
processes of a stage, its start included; memory is that of the largest process.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import tables
from benchmarks.duplicates import run_peer_in
from curate.inspect import find_files, list_saved
from pipeline.layout import Layout

STAGES = ("inspect", "embed", "dedupe", "flag", "split")


@dataclass(frozen=True)
class Cost:
    """What a command took."""

    cpu: float  # s, of all its processes
    wall: float  # s
    peak: float  # MB, of its largest process
    said: str  # its last line


def run_stage(stage: str, root: Path) -> Cost:
    """Run one stage in a workspace.

    Raises:
        SystemExit: it failed; its output is shown.
    """
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([sys.executable, "-m", "whatbenz", "-C", str(root), stage], stdout=output,
                                   stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read().strip()
    if process.returncode:
        raise SystemExit(f"whatbenz {stage} failed:\n{said}")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1e3, said.splitlines()[-1])


def prepare(run: Path, root: Path) -> tuple[pd.DataFrame, Layout]:
    """Make a workspace of the downloaded pictures and their table; return the table and the layout."""
    source, target = Layout(run), Layout(root)
    target.raw.mkdir(parents=True)
    target.images.symlink_to(source.images.resolve())
    for path in (source.params, source.classes):
        shutil.copyfile(path, root / path.name)
    return tables.read(tables.HITS, source.hits), target


def leave_out(hits: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the hits without those of the ``count`` last saved pictures."""
    saved = hits[hits["status"] == "saved"]
    last = set(saved["sha256"].drop_duplicates(keep="first").tail(count))
    return hits[~hits["sha256"].isin(last)]


def main() -> None:
    """Run the benchmark that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--added", type=int, default=100)
    parser.add_argument("--until", choices=STAGES, default="split")
    parser.add_argument("--peers", help="interpreter that has imagededup")
    arguments = parser.parse_args()
    stages = STAGES[:STAGES.index(arguments.until) + 1]
    with tempfile.TemporaryDirectory(dir=arguments.run.parent) as folder:
        hits, layout = prepare(arguments.run, Path(folder) / "run")
        costs = {}
        for name, there in (("from nothing", leave_out(hits, arguments.added)), (f"{arguments.added} more", hits)):
            tables.write(tables.HITS, there, layout.hits)
            print(f"{name}: {len(list_saved(there))} pictures\n{'':<10}{'CPU s':>9}{'wall s':>9}{'MB':>8}", flush=True)
            for stage in stages:
                costs[name, stage] = cost = run_stage(stage, layout.root)
                print(f"{stage:<10}{cost.cpu:>9.1f}{cost.wall:>9.1f}{cost.peak:>8.0f}  {cost.said}", flush=True)
        if arguments.peers:
            files, flat = find_files(layout.images), Path(folder) / "flat"
            flat.mkdir()
            images = tables.read(tables.IMAGES, layout.inspected)
            decodable = set(images.loc[images["error"].isna(), "sha256"])
            for sha in decodable.intersection(list_saved(leave_out(hits, arguments.added))):
                shutil.copyfile(layout.images / files[sha], flat / Path(files[sha]).name)
            peer = run_peer_in(arguments.peers, "imagededup", 10, flat)
            if isinstance(peer, str):
                raise SystemExit(f"imagededup could not run: {peer}")
            ours = costs["from nothing", "dedupe"].cpu
            both = ours + costs["from nothing", "inspect"].cpu
            print(f"imagededup: {peer['cpu']:.1f} CPU s, {peer['wall']:.1f} s, {len(peer['pairs'])} pairs; dedupe "
                  f"takes {ours / peer['cpu']:.2f} times as much, with inspect {both / peer['cpu']:.2f} times")


if __name__ == "__main__":
    main()
