import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import requests
from click.testing import CliRunner
from PIL import Image

import whatbenz
from sandbox.sheet import draw_sheet
from tests.sandbox.webs import session, write_classes


def test_help_names_what_it_reads_and_writes() -> None:
    text = CliRunner().invoke(whatbenz.main, ["sandbox", "--help"]).output
    assert "classes.csv" in text and "data/sandbox/truth.parquet" in text


def test_it_serves_until_ctrl_c_and_says_what_it_offers(tmp_path: Path) -> None:
    write_classes(tmp_path)
    command = [sys.executable, "-u", "-m", "whatbenz", "-C", str(tmp_path), "-S", "sandbox.port=0",
               "-S", "sandbox.images_per_class=1", "sandbox"]
    environment = {**os.environ, "PYTHONPATH": str(Path(whatbenz.__file__).parent)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as run:
        assert run.stdout is not None
        first = run.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", first)
        try:
            assert found, first + run.stdout.read()
            with session() as client:
                assert client.get(f"{found[0]}/healthz", timeout=60).json()["sandbox"] == "whatbenz"
        finally:
            run.send_signal(signal.SIGINT)
        rest = run.stdout.read()
    assert run.returncode == 0 and "ended" in rest and "truth.parquet" in rest
    assert (tmp_path / "data" / "sandbox" / "truth.parquet").exists()
    try:
        requests.get(found[0], timeout=1)
    except requests.ConnectionError:
        return
    raise AssertionError("the server outlived its command")


def test_the_contact_sheet_shows_the_classes_that_are_asked_for(tmp_path: Path) -> None:
    draw_sheet(1, tmp_path / "sheet.jpg", ("c-sedan", "v-van", "toy"))
    sheet = Image.open(tmp_path / "sheet.jpg")
    assert sheet.format == "JPEG" and sheet.height < sheet.width
