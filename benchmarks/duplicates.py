"""Near-duplicates, side by side: ours, imagehash, imagededup, cleanvision and feature neighbours, same files, same run.

    python -m benchmarks.duplicates FOLDER                  # a drawn corpus from the photographs of FOLDER
    python -m benchmarks.duplicates FOLDER --pairs JUDGED.csv   # the photographs themselves against judged pairs

A drawn corpus has 19 kinds of change of each of some photographs (``--hard`` adds twelve more) and the other
photographs as distractors. A judged file has the columns sha256_a, sha256_b and verdict: ``same``, ``variant`` and any
other. imagededup and cleanvision run in the interpreter that ``--peers`` names and are left out, with a word, where
that cannot import them.
"""

import argparse
import csv
import datetime as dt
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.corpus import draw, find_photographs
from benchmarks.workspaces import Clock, fill

Pair = tuple[str, str]
PEERS = {"imagehash phash ≤ 10": ("imagehash", 10), "imagehash phash ≤ 14": ("imagehash", 14),
         "imagededup PHash ≤ 10": ("imagededup", 10), "cleanvision": ("cleanvision", 0)}
SHOWN = ("inliers", "residual", "structure", "shift", "tone", "chroma", "side")
COSINE = 0.92  # of Lite0's features alone


def order(a: str, b: str) -> Pair:
    """Return two files as one pair, whichever comes first."""
    return (a, b) if a < b else (b, a)


def score(found: set[Pair], true: set[Pair]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of pairs."""
    hits = len(found & true)
    precision, recall = hits / max(len(found), 1), hits / max(len(true), 1)
    return precision, recall, 2 * hits / max(len(found) + len(true), 1)


def run_ours(files: list[Path], jobs: int) -> tuple[dict[str, set[Pair]], Clock, list[dict[str, object]]]:
    """Return our pairs by verdict, by group and as candidates, by file name, the time, and the table of pairs."""
    import tables
    from curate.duplicates import Workshop, dedupe
    from curate.embed import embed, load_model
    from curate.inspect import inspect, read_thumbnail
    from curate.params import DedupeParams, EmbedParams, InspectParams

    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        layout, shas = fill(Path(folder), files)
        hits = tables.read(tables.HITS, layout.hits)
        with clock.part("inspect"):
            images = inspect(hits, layout.images, layout.thumbnails, InspectParams(), jobs=jobs)
        names = sorted(images.loc[images["error"].isna(), "sha256"])
        parts: list[np.ndarray] = []
        with clock.part("embed"):
            embed(load_model(EmbedParams().model), names, lambda sha: read_thumbnail(layout.thumbnails, sha),
                  on_batch=lambda _, features, __: parts.append(features))
        features = np.concatenate(parts)
        with clock.part("dedupe"):
            pairs, groups = dedupe(images, hits, features, DedupeParams(), tables.make(tables.DECISIONS),
                                   Workshop(layout.thumbnails, layout.pairs.parent, jobs))
    by_sha = defaultdict(list)
    for name, sha in shas.items():
        by_sha[sha].append(name)

    def named(of_shas: set[Pair]) -> set[Pair]:
        exact = {order(*p) for same in by_sha.values() for p in combinations(same, 2)}
        return exact | {order(x, y) for a, b in of_shas for x in by_sha[a] for y in by_sha[b]}

    with_verdict = {verdict: {(r.sha256_a, r.sha256_b) for r in pairs.itertuples() if r.verdict == verdict}
                    for verdict in ("duplicate", "variant", "review")}
    grouped = {p for members in groups.groupby("group_id")["sha256"] for p in combinations(sorted(members[1]), 2)}
    nearest = features.astype(np.float32) @ features.astype(np.float32).T >= COSINE
    found = {"ours: verdict duplicate": named(with_verdict["duplicate"]), "ours: groups": named(grouped),
             "ours: candidates alone": named(set(zip(pairs["sha256_a"], pairs["sha256_b"], strict=True))),
             f"Lite0 cosine ≥ {COSINE}": named({(names[a], names[b]) for a, b in zip(*np.nonzero(nearest), strict=True)
                                                if a < b}),
             "variant": named(with_verdict["variant"]), "review": named(with_verdict["review"])}
    rows = [row | {"name_a": by_sha[row["sha256_a"]][0], "name_b": by_sha[row["sha256_b"]][0]}
            for row in pairs.to_dict("records")]
    return found, clock, rows


def run_peer(python: str, name: str, distance: int, files: list[Path]) -> dict[str, Any] | str:
    """Return what ``benchmarks/peers.py`` prints of these files, or why it could not run."""
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            shutil.copyfile(path, Path(folder) / path.name)
        return run_peer_in(python, name, distance, Path(folder))


def run_peer_in(python: str, name: str, distance: int, folder: Path) -> dict[str, Any] | str:
    """Return what ``benchmarks/peers.py`` prints of the files of a folder, or why it could not run."""
    script = Path(__file__).with_name("peers.py")
    run = subprocess.run([python, str(script), name, str(folder), str(distance)], capture_output=True, text=True)
    if run.returncode:
        return (run.stderr.strip().splitlines() or ["it ended without a word"])[-1]
    return json.loads(run.stdout)


def print_scores(found: dict[str, set[Pair]], true: set[Pair], cpu: dict[str, float]) -> None:
    """Print one line a method: pairs, precision, recall, F1 and CPU seconds."""
    print(f"{'':<28}{'pairs':>8}{'P':>8}{'R':>8}{'F1':>8}{'CPU s':>9}")
    for name, pairs in found.items():
        precision, recall, f1 = score(pairs, true)
        seconds = f"{cpu[name]:>9.1f}" if name in cpu else ""
        print(f"{name:<28}{len(pairs):>8}{precision:>8.3f}{recall:>8.3f}{f1:>8.3f}{seconds}")


def print_kinds(found: dict[str, set[Pair]], truth: list[dict[str, str]], methods: list[str]) -> None:
    """Print each kind's recall: over its pairs with the original, and over all its true pairs."""
    kind, photograph = ({row["file"]: row[column] for row in truth} for column in ("kind", "photograph"))
    original = {row["photograph"]: row["file"] for row in truth if row["kind"] == "original"}
    print("\nrecall by kind: with the original / over all pairs")
    print(" " * 20 + "".join(f"{name[:26]:>28}" for name in methods))
    members = defaultdict(list)
    for file, group in photograph.items():
        members[group].append(file)
    for name in dict.fromkeys(row["kind"] for row in truth if row["kind"] != "original"):
        files = [file for file in kind if kind[file] == name]
        cells = []
        for method in methods:
            of_original = np.mean([order(f, original[photograph[f]]) in found[method] for f in files])
            of_all = np.mean([order(f, other) in found[method]
                              for f in files for other in members[photograph[f]] if other != f])
            cells.append(f"{of_original:>19.3f} / {of_all:.3f}")
        print(f"{name:<20}" + "".join(f"{cell:>28}" for cell in cells))


def main() -> None:
    """Run the benchmark that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", type=Path, help="judged pairs: columns sha256_a, sha256_b, verdict")
    parser.add_argument("--originals", type=int, default=40, help="photographs of which variants are drawn")
    parser.add_argument("--distractors", type=int, help="others that are added; all, where not given")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hard", action="store_true", help="twelve more kinds: windows, turns, collage, cut-out …")
    parser.add_argument("--exclude", type=Path, help="judged pairs of which only one picture may be drawn from")
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--peers", default=sys.executable, help="interpreter that has imagededup and cleanvision")
    parser.add_argument("--show", type=int, default=30, help="false and missed pairs that are printed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        truth: list[dict[str, str]] = []
        photographs = find_photographs(arguments.folder)
        if arguments.pairs:
            true, variants, files = read_judged(arguments.pairs, photographs, Path(folder))
        else:
            if arguments.exclude:
                photographs = leave_one_of_each(arguments.exclude, photographs)
            truth = draw(photographs, Path(folder), arguments.originals, arguments.seed, arguments.hard,
                         arguments.distractors)
            files, variants = sorted((Path(folder) / "images").iterdir()), set()
            groups = defaultdict(list)
            for row in truth:
                groups[row["photograph"]].append(row["file"])
            true = {order(*p) for group in groups.values() for p in combinations(group, 2)}
        print(f"{len(files)} files, {len(true)} true pairs")
        found, clock, rows = run_ours(files, arguments.jobs)
        cpu = {"ours: groups": clock.cpu["inspect"] + clock.cpu["dedupe"],
               f"Lite0 cosine ≥ {COSINE}": clock.cpu["inspect"] + clock.cpu["embed"]}
        for name, (peer, distance) in PEERS.items():
            answer = run_peer(sys.executable if peer == "imagehash" else arguments.peers, peer, distance, files)
            if isinstance(answer, str):
                print(f"{name}: left out: {answer}")
                continue
            found[name] = {order(*pair) for pair in answer["pairs"]}
            cpu[name] = answer["cpu"]
    variant, review = found.pop("variant"), found.pop("review")
    print_scores(found, true, cpu)
    print("ours, CPU s: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in clock.cpu.items()))
    if variants:
        precision, recall, _ = score(variant, variants)
        print(f"verdict variant against judged variants: {len(variant)} pairs, P {precision:.3f} R {recall:.3f}")
    print(f"verdict variant on true pairs: {len(variant & true)}, review: {len(review & true)} true, "
          f"{len(review - true)} others")
    if arguments.pairs:
        print_calibration(arguments.pairs, rows)
    if truth:
        print_kinds(found, truth, ["ours: groups", *(name for name in PEERS if name in found)])
    print_errors(found["ours: verdict duplicate"], true, rows, arguments.show)


def read_judged(path: Path, photographs: list[Path], out: Path) -> tuple[set[Pair], set[Pair], list[Path]]:
    """Copy the photographs under their sha256 and return the same pairs, the variant pairs, and the files."""
    names = {}
    for photograph in photographs:
        sha = hashlib.sha256(photograph.read_bytes()).hexdigest()
        names[sha] = out / f"{sha}{photograph.suffix.lower()}"
        shutil.copyfile(photograph, names[sha])
    judged: dict[str, set[Pair]] = defaultdict(set)
    with open(path, newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["sha256_a"] in names and row["sha256_b"] in names:
                judged[row["verdict"]].add(order(names[row["sha256_a"]].name, names[row["sha256_b"]].name))
    return judged["same"], judged["variant"], sorted(names.values())


def print_calibration(path: Path, rows: list[dict[str, object]]) -> None:
    """Print how thresholds fitted to some judged pairs do on the others; what is not ``same`` counts as different."""
    import tables
    from curate.calibrate import calibrate, describe
    from curate.params import DedupeParams

    with open(path, newline="", encoding="utf-8") as stream:
        decisions = [{"decided_at": dt.datetime.now(dt.UTC), "reviewer": "judge", "sha256": row["sha256_a"],
                      "class_id": "benchmark", "decision": "same" if row["verdict"] == "same" else "different",
                      "other_sha256": row["sha256_b"]} for row in csv.DictReader(stream)]
    measured = [{name: row[name] for name in tables.PAIRS.names} for row in rows]
    print("\n" + describe(calibrate(tables.make(tables.PAIRS, pd.DataFrame(measured)),
                                    tables.make(tables.DECISIONS, decisions), DedupeParams())))


def leave_one_of_each(path: Path, photographs: list[Path]) -> list[Path]:
    """Return the photographs without the second of each judged pair that is not ``different``."""
    with open(path, newline="", encoding="utf-8") as stream:
        second = {row["sha256_b"] for row in csv.DictReader(stream) if row["verdict"] != "different"}
    return [p for p in photographs if hashlib.sha256(p.read_bytes()).hexdigest() not in second]


def print_errors(found: set[Pair], true: set[Pair], rows: list[dict[str, object]], most: int) -> None:
    """Print false and missed pairs with what was measured of them."""
    by_pair = {tuple(sorted((str(row["name_a"]), str(row["name_b"])))): row for row in rows}
    for title, pairs in (("false", sorted(found - true)), ("missed", sorted(true - found))):
        print(f"\n{len(pairs)} {title} pairs" + (f", the first {most}:" if len(pairs) > most else ":"))
        for pair in pairs[:most]:
            row = by_pair.get(pair)
            numbers = "never compared" if row is None else ", ".join(
                f"{key} {row[key]:.3g}" for key in SHOWN if row[key] is not None and row[key] == row[key])
            if row is not None:
                numbers += f", {row['verdict']}"
            print(f"  {pair[0][:26]}  {pair[1][:26]}  {numbers}")


if __name__ == "__main__":
    main()
