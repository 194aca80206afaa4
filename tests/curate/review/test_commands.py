import http.client
import json
import random
import re
import socket
import subprocess
import sys
import threading
from collections import Counter

import pytest
from click.testing import CliRunner

from curate.decisions import read_decisions
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


def test_kill_9_at_any_moment_loses_no_confirmed_decision_and_doubles_none(layout):
    """Three reviewers decide everything twice over a server that is killed; each sends again until it is confirmed."""
    port, chance = random.randint(15_000, 30_000), random.Random(7)

    def start():
        process = subprocess.Popen([sys.executable, "-m", "whatbenz", "-C", str(layout.root), "review",
                                    "--port", str(port)], stdout=subprocess.PIPE)
        process.stdout.readline()
        return process

    def ask(method, path, body=None):
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                connection.request(method, path, json.dumps(body) if body else None,
                                   {"Content-Type": "application/json", "Origin": f"http://127.0.0.1:{port}"})
                return json.loads(connection.getresponse().read())
            except (OSError, http.client.HTTPException):
                ended.wait(0.02)

    def decide(name):
        seen = 0
        for decision in ("drop", "keep") * 8:
            for item in items:
                answer = ask("POST", "/api/decide", {"reviewer": name, "seen": seen,
                                                     "answers": [{"item": item, "decision": decision}]})
                seen = answer["seen"]
                confirmed[name] += 1

    ended, confirmed, process = threading.Event(), Counter(), start()
    items = [i for i, kind, _ in ask("GET", "/api/queue?reviewer=ann&flag=blurry")["items"]]
    reviewers = [threading.Thread(target=decide, args=(name,)) for name in ("ann", "bob", "cy")]
    for reviewer in reviewers:
        reviewer.start()
    kills = 0
    while any(reviewer.is_alive() for reviewer in reviewers):
        if kills < 3:
            ended.wait(chance.uniform(0.05, 0.3))
            process.kill()
            process.wait()
            process, kills = start(), kills + 1
        reviewers[0].join(0.2)
    process.kill()
    process.wait()
    written = Counter(read_decisions(layout.decisions)["reviewer"])
    assert kills == 3 and written == confirmed == {name: 16 * len(items) for name in ("ann", "bob", "cy")}


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
