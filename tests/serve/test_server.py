import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from serve.server import listen, run, serving
from tests.serve.bundles import GREEN, RED, coloured
from tests.test_extras import ALONE, BASE

ROOT = Path(__file__).parent.parent.parent
EXTRA = {"flask", "werkzeug", "jinja2", "markupsafe", "itsdangerous", "blinker", "waitress", "onnxruntime", "numpy",
         "PIL", "pillow_heif", "_pillow_heif", "prometheus_client", "google", "flatbuffers", "packaging"}


@pytest.fixture
def session():
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def process(bundle, tmp_path):
    """Run `whatbenz serve` where nothing beyond the extra serve can be imported; yield the process and its address."""
    code = ALONE.replace("*ALLOWED", "*" + repr(sorted(BASE | EXTRA)))
    running = subprocess.Popen(
        [sys.executable, "-c", code, "-C", str(tmp_path), "serve", "--port", "0", "--bundle", str(bundle.folder)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)})
    line = running.stdout.readline()
    assert "open http://" in line, running.communicate()[1]
    yield running, line.split("open ")[1].split()[0].rstrip("/")
    running.kill()
    running.communicate()


def test_the_command_answers_with_the_packages_of_its_extra_alone(process, session):
    running, url = process
    answer = session.post(f"{url}/predict", data=coloured(RED), headers={"Content-Type": "image/jpeg"})
    assert answer.json()["predictions"][0]["class_id"] == RED
    heic = session.post(f"{url}/predict", data=coloured(GREEN, "HEIF"), headers={"Content-Type": "image/heic"})
    assert heic.json()["predictions"][0]["class_id"] == GREEN
    running.send_signal(signal.SIGTERM)
    _, log = running.communicate(timeout=30)
    assert running.returncode == 0
    assert [json.loads(line)["status"] for line in log.splitlines()] == [200, 200]


def test_nothing_is_written_to_the_home_and_nothing_told_to_the_maker_of_onnxruntime(bundle, tmp_path):
    """Its telemetry, which is on by itself where CI is not set, begins with an id in the user's cache."""
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    code = "import sys; from pathlib import Path; from serve.predictor import Predictor; " \
           "from serve.bundles import open_bundle; Predictor(open_bundle(Path(sys.argv[1])))"
    result = subprocess.run([sys.executable, "-c", code, str(bundle.folder)], cwd=ROOT, capture_output=True, text=True,
                            env=environment | {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}, timeout=120)
    assert (result.returncode, result.stderr) == (0, "") and list(tmp_path.rglob("*")) == []


class Slow:
    """Stands in the model's place: each picture waits until it is let go."""

    def __init__(self, service):
        self.go, self.inside = threading.Event(), threading.Semaphore(0)
        self._infer, service.predictor.infer = service.predictor.infer, self.infer

    def infer(self, images):
        self.inside.release()
        assert self.go.wait(20)
        return self._infer(images)


def post(url):
    return requests.post(f"{url}/predict", data=coloured(RED), headers={"Content-Type": "image/jpeg"}, timeout=30)


def test_beyond_the_queue_pictures_are_turned_away_while_facts_are_still_answered(make_service, session):
    service = make_service(workers=1, queue=1, wait_seconds=20)
    slow = Slow(service)
    with serving(service) as url, ThreadPoolExecutor(2) as pool:
        taken = [pool.submit(post, url) for _ in range(2)]
        assert slow.inside.acquire(timeout=20)
        while service.gate.taken < 2:
            time.sleep(0.005)
        refused = [post(url) for _ in range(3)]
        facts = session.get(f"{url}/classes/{RED}")
        slow.go.set()
        answered = [each.result() for each in taken]
    assert [answer.status_code for answer in refused] == [503] * 3
    assert all(answer.headers["Retry-After"] == "2" and answer.json()["title"] == "Busy" for answer in refused)
    assert facts.status_code == 200
    assert [answer.status_code for answer in answered] == [200, 200]


def test_a_service_that_is_told_to_end_finishes_what_is_under_way_also_where_ctrl_c_is_ignored(make_service):
    service = make_service(workers=1)
    slow = Slow(service)
    server, port = listen(service, "127.0.0.1", 0)
    answers = []

    def ask_and_end():
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(post, f"http://127.0.0.1:{port}")
            assert slow.inside.acquire(timeout=20)
            os.kill(os.getpid(), signal.SIGTERM)
            while not service.draining:
                time.sleep(0.005)
            slow.go.set()
            answers.append(answer.result())

    before, before_int = signal.getsignal(signal.SIGTERM), signal.signal(signal.SIGINT, signal.SIG_IGN)
    asking = threading.Thread(target=ask_and_end)
    asking.start()
    try:
        run(server, service)
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGINT, before_int)
    asking.join(20)
    assert answers[0].status_code == 200


def raw(url, text):
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(text)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.headers["Content-Type"], json.loads(answer.read())


@pytest.mark.parametrize(("text", "status"), [
    (b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", 413),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", 431),
    (b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
    (b"POST /predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501)])
def test_what_the_server_refuses_by_itself_is_a_problem_too(make_service, text, status):
    with serving(make_service()) as url:
        code, kind, body = raw(url, text)
    assert (code, kind, body["status"]) == (status, "application/problem+json", status)


def test_a_picture_beyond_the_limit_is_taken_in_and_answered(make_service, session):
    with serving(make_service(max_bytes=1_000_000)) as url:
        answer = session.post(f"{url}/predict", data=b"\xff" * 1_900_000, headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 413 and answer.json()["detail"] == "A picture may have at most 1000000 bytes."


def test_a_chunked_body_is_a_picture_like_any_other(make_service, session):
    with serving(make_service()) as url:
        answer = session.post(f"{url}/predict", data=iter([coloured(RED)]), headers={"Content-Type": "image/jpeg"})
    assert answer.json()["predictions"][0]["class_id"] == RED


def test_behind_a_proxy_the_client_is_whom_the_proxy_names(make_service, session):
    with serving(make_service(proxies=1, rate_per_minute=1, burst=1)) as url:
        def ask(address):
            return session.post(f"{url}/predict", data=coloured(RED),
                                headers={"Content-Type": "image/jpeg", "X-Forwarded-For": address}).status_code
        codes = [ask(address) for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.9, 192.0.2.2")]
    assert codes == [200, 200, 429, 429]


def test_without_a_proxy_nobody_can_name_another_client(make_service, session):
    with serving(make_service(rate_per_minute=1, burst=1)) as url:
        codes = [session.post(f"{url}/predict", data=coloured(RED), headers={
            "Content-Type": "image/jpeg", "X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(2)]
    assert codes == [200, 429]
