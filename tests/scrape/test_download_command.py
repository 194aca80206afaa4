import os
import signal
import time

import pytest
from click.testing import CliRunner

import tables
from pipeline.layout import Layout
from pipeline.workspace import Workspace
from scrape.commands import download
from tests.scrape.download_killing import whatbenz
from tests.scrape.download_web import Host, candidate, picture, raw, write_candidates
from tests.scrape.pictures import jpeg


@pytest.fixture
def host():
    with Host().running() as running:
        yield running


def settings(host: Host) -> list[str]:
    limits = f"[{{host: '{host.netloc}', connections: 4, interval: 0}}]"
    return ["-S", "scrape.sources=[urls]", "-S", f"scrape.allow_hosts=['{host.netloc}']",
            "-S", f"download.hosts={limits}"]


def test_ctrl_c_ends_within_two_seconds_keeps_everything_and_says_how_to_go_on(tmp_path, host):
    host.replies |= {f"/{n}.jpg": picture(n) for n in range(20)}
    host.replies |= {f"/slow{n}.jpg": raw(b"", wait=60) for n in range(9)}
    layout = write_candidates(tmp_path, [candidate(host.url(path)) for path in host.replies])
    process = whatbenz(tmp_path, *settings(host), "-S", "download.stall_seconds=60", "download")
    while process.poll() is None and sum("slow" in target for target in host.log) < 4:
        time.sleep(0.01)
    start = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    assert time.monotonic() - start < 2
    assert process.returncode == 130, errors.decode()
    assert b"Run `whatbenz download` (or `dvc repro`) again to go on" in output
    hits = tables.read(tables.HITS, layout.hits)
    assert hits["status"].value_counts().to_dict() == {"saved": 20, "pending": 9}
    assert sorted(path.name for path in layout.raw.iterdir()) == ["hits.parquet", "images", "ledger.sqlite"]


def invoke(root, *overrides: str):
    pairs = tuple(overrides[1::2])
    return CliRunner().invoke(download, obj=Workspace(Layout(root), pairs))


def test_the_command_prints_the_conservation_table_and_the_reasons(tmp_path, host):
    host.replies["/a.jpg"] = picture()
    write_candidates(tmp_path, [candidate(host.url("/a.jpg")), candidate(host.url("/b.jpg"), "e-sedan")])
    result = invoke(tmp_path, *settings(host))
    assert result.exit_code == 0, result.output
    assert ["total", "2", "1", "0", "0", "1", "0"] in [line.split() for line in result.stdout.splitlines()]
    assert "not_found" in result.stdout
    assert "download: 2/2 images, 1 saved, 0 duplicate, 0 rejected, 1 failed" in result.stderr


def test_a_missing_table_of_candidates_is_named(tmp_path, host):
    result = invoke(tmp_path, *settings(host))
    assert result.exit_code == 1
    assert "candidates.parquet" in result.stderr


def test_pictures_of_scrape_folder_are_taken(tmp_path):
    (tmp_path / "mine/c-sedan").mkdir(parents=True)
    (tmp_path / "mine/c-sedan/a.jpg").write_bytes(jpeg())
    write_candidates(tmp_path, [candidate("folder:c-sedan/a.jpg", source="folder")])
    assert invoke(tmp_path, "-S", "scrape.sources=[folder]", "-S", "scrape.folder=mine").exit_code == 0
    assert list(tables.read(tables.HITS, Layout(tmp_path).hits)["status"]) == ["saved"]
