"""The whole line, as `dvc repro` runs it, on a small sandbox."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

import tables
from curate.subjects import check_account
from pipeline.layout import Layout
from whatbenz import STAGES

pytestmark = pytest.mark.timeout(1300)  # a hang must fail; a slow machine must not
ROOT = Path(__file__).parent.parent
CODE = ["whatbenz.py", "tables.py", "dvc.yaml", "params.yaml", "classes.csv", ".dvcignore", "pipeline", "scrape",
        "curate", "mercedes_api", "sandbox", "reviews"]
ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "CI": "true"}


def run(folder, *command, succeed=True):
    result = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=1200)
    assert not succeed or result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return result.stdout + result.stderr


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    folder = tmp_path_factory.mktemp("line")
    for name in CODE:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name, **({"ignore": shutil.ignore_patterns("__pycache__")} if source.is_dir() else {}))
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["sandbox"] |= {"images_per_class": 6, "port": free_port()}
    params["split"] |= {"min_images": 2}
    (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    classes = pd.read_csv(folder / "classes.csv", dtype=str, keep_default_na=False)
    classes.iloc[[3, 9, 30, 32]].to_csv(folder / "classes.csv", index=False)
    run(folder, "dvc", "init", "--no-scm", "--quiet")
    run(folder, "dvc", "config", "core.analytics", "false")
    run(folder, "dvc", "repro", "report")
    return Layout(folder)


def read_all(layout):
    return {name: tables.read(table, getattr(layout, name)) for name, table in
            (("candidates", tables.CANDIDATES), ("hits", tables.HITS), ("inspected", tables.IMAGES),
             ("pairs", tables.PAIRS), ("groups", tables.GROUPS), ("flags", tables.FLAGS),
             ("manifest", tables.MANIFEST), ("dropped", tables.DROPPED), ("summary", tables.SUMMARY))}


def test_every_class_has_pictures_on_both_sides(line):
    manifest = tables.read(tables.MANIFEST, line.manifest)
    assert (manifest.groupby(["class_id", "split"]).size() > 0).sum() == 4 * 2
    assert all((line.dataset / file).exists() for file in manifest["file"])


def test_no_candidate_and_no_saved_picture_is_lost(line):
    found = read_all(line)
    assert len(found["hits"]) == len(found["candidates"])
    assert set(found["hits"]["status"]) <= set(tables.HIT_STATUSES) - {"pending"}
    check_account(found["hits"], found["manifest"], found["dropped"])


def test_what_the_sandbox_planted_to_be_saved_is_saved_and_the_rest_is_not(line):
    truth = tables.read(tables.TRUTH, line.truth).set_index("url")
    hits = tables.read(tables.HITS, line.hits)
    expected = hits["url"].map(truth["expected"].groupby(level=0).first())
    has_bytes = hits["status"].isin(["saved", "duplicate"])
    assert has_bytes[expected.isin(["saved", "duplicate", "dropped", "review"])].all()
    assert not has_bytes[expected.isin(["rejected", "failed"])].any()


def test_no_group_stands_on_both_sides(line):
    manifest = tables.read(tables.MANIFEST, line.manifest)
    assert (manifest.groupby("split_group_id")["split"].nunique() == 1).all()


def test_a_second_run_does_nothing(line):
    output = run(line.root, "dvc", "repro", "report")
    assert "up to date" in output
    assert not any(f"Running stage '{name}'" in output for name in STAGES)


def test_the_report_opens_without_network(line):
    page = line.report.read_text(encoding="utf-8")
    assert "<html" in page and "src=\"http" not in page and "href=\"http://127" not in page.split("</head>")[0]


def test_explain_tells_the_story_of_a_dropped_picture(line):
    dropped = tables.read(tables.DROPPED, line.dropped).iloc[0]
    output = run(line.root, "whatbenz", "explain", dropped["sha256"])
    assert f"dropped by {dropped['stage']}, {dropped['reason']}" in output


def test_a_decision_changes_the_rows_of_its_picture_and_no_other(line):
    before = read_all(line)
    victim = before["manifest"].iloc[0]
    csv = line.decisions.read_text(encoding="utf-8")
    line.decisions.write_text(f"{csv}2026-01-01T00:00:00Z,ann,{victim['sha256']},{victim['class_id']},,drop,,,\n")
    try:
        run(line.root, "dvc", "repro", "split")
        after = read_all(line)
    finally:
        line.decisions.write_text(csv, encoding="utf-8")
    group = before["groups"].set_index("sha256")["group_id"]
    touched = group.get(victim["sha256"])
    for name in ("manifest", "dropped"):
        rows = [set(frame[name][frame[name]["sha256"].map(group).ne(touched)].itertuples(index=False, name=None))
                for frame in (before, after)]
        assert rows[0] == rows[1]
    assert victim["sha256"] not in set(after["manifest"]["sha256"])
    assert not (line.dataset / victim["file"]).exists()
