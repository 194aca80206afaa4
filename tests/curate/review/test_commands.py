import http.client
import json
import re
import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner

from whatbenz import main


@pytest.fixture
def started(layout):
    """The command as a process of its own; gives its port and the process."""
    process = subprocess.Popen([sys.executable, "-m", "whatbenz", "-C", str(layout.root), "review", "--port", "0",
                                "--reviewer", "dora"], stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    yield line, process
    process.kill()
    process.wait()


def test_review_serves_the_page_at_the_address_it_prints_and_ends_with_ctrl_c(started):
    line, process = started
    found = re.fullmatch(r"review: 16 questions; open http://127\.0\.0\.1:(\d+)/ \(Ctrl\+C ends it\)\n", line)
    connection = http.client.HTTPConnection("127.0.0.1", int(found.group(1)), timeout=30)
    connection.request("GET", "/api/start")
    assert json.loads(connection.getresponse().read())["reviewer"] == "dora"
    process.send_signal(2)
    assert process.wait(20) == 0


def test_a_port_that_is_taken_is_named(layout):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = CliRunner().invoke(main, ["-C", str(layout.root), "review", "--port", str(port)])
    assert run.exit_code == 1 and f"port {port}" in run.output and "--port" in run.output


def test_tables_that_are_missing_name_their_stage(layout):
    layout.flags.unlink()
    run = CliRunner().invoke(main, ["-C", str(layout.root), "review", "--port", "0"])
    assert run.exit_code == 1 and "flags.parquet" in run.output and "run the stage" in run.output


def test_a_reviewer_without_a_proper_name_is_refused(layout):
    run = CliRunner().invoke(main, ["-C", str(layout.root), "review", "--reviewer", "=1+1"])
    assert run.exit_code == 2 and "--reviewer" in run.output


def test_help_says_what_is_read_and_written():
    text = CliRunner().invoke(main, ["review", "--help"]).output
    assert "reviews/decisions.csv" in text and "data/flagged" in text
