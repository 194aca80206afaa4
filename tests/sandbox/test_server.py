import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests

import tables
from pipeline.errors import ParamError
from sandbox.params import SandboxParams
from sandbox.server import Web, serving
from tests.sandbox.webs import session, write_classes

SMALL = SandboxParams(port=0, images_per_class=1)


def port_of(web: Web) -> int:
    return int(web.base_url.rpartition(":")[2])


def on_port(port: int, **changes: int) -> SandboxParams:
    return SandboxParams(**{"images_per_class": 1, **changes}, port=port)


def test_the_truth_is_written_with_the_addresses_that_are_served(tmp_path: Path) -> None:
    with serving(SMALL, write_classes(tmp_path), tmp_path / "truth.parquet") as web:
        truth = tables.read(tables.TRUTH, tmp_path / "truth.parquet")
        assert set(truth.url) == {web.base_url + item.path for item in web.plan.items}


def test_a_sandbox_of_the_same_plan_is_shared(tmp_path: Path) -> None:
    classes = write_classes(tmp_path)
    with serving(SMALL, classes) as first, session() as client:
        with serving(on_port(port_of(first)), classes) as second:
            assert (second.own, second.base_url, second.identity) == (False, first.base_url, first.identity)
            client.get(first.base_url + first.plan.items[0].path, timeout=60)
            assert [entry["target"] for entry in second.log()] == [first.plan.items[0].path]
        assert client.get(f"{first.base_url}/robots.txt", timeout=60).status_code == 200


def test_a_sandbox_of_another_seed_on_the_port_is_an_error_that_names_the_key(tmp_path: Path) -> None:
    classes = write_classes(tmp_path)
    with serving(SMALL, classes) as first:
        with pytest.raises(ParamError, match=r"sandbox\.port: a sandbox with other parameters"):
            with serving(on_port(port_of(first), seed=7), classes):
                pass


def test_another_program_on_the_port_is_an_error_that_names_the_key(tmp_path: Path) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        with pytest.raises(ParamError, match=r"sandbox\.port: port \d+ on 127\.0\.0\.1 is taken by another program"):
            with serving(on_port(other.server_address[1]), write_classes(tmp_path)):
                pass
        other.shutdown()


def test_the_port_is_free_again_afterwards(tmp_path: Path) -> None:
    with serving(SMALL, write_classes(tmp_path)) as web:
        port = port_of(web)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    with serving(on_port(port), write_classes(tmp_path)) as web:
        assert port_of(web) == port


def test_stopping_hangs_up_on_clients_that_keep_their_connection(tmp_path: Path) -> None:
    with serving(SMALL, write_classes(tmp_path)) as web:
        connection = socket.create_connection(("127.0.0.1", port_of(web)), timeout=5)
        connection.sendall(b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
    while connection.recv(65536):
        pass
    connection.close()


def test_the_log_says_who_asked_for_what(web: Web, client: requests.Session) -> None:
    web.reset()
    client.get(f"{web.base_url}/robots.txt", timeout=60)
    client.get(f"{web.base_url}/images/none.jpg?a=1", timeout=60)
    log = web.log()
    assert [(entry["method"], entry["target"], entry["status"]) for entry in log] == [
        ("GET", "/robots.txt", 200), ("GET", "/images/none.jpg?a=1", 404)]
    assert {entry["agent"] for entry in log} == {"sandbox-test (test@example.org)"}
    assert client.get(f"{web.base_url}/log", timeout=60).json() == log


def test_resetting_empties_the_log(web: Web, client: requests.Session) -> None:
    client.get(f"{web.base_url}/robots.txt", timeout=60)
    web.reset()
    assert web.log() == []


def test_the_identity_follows_the_plan_and_not_the_port(tmp_path: Path) -> None:
    classes = write_classes(tmp_path)
    identities = []
    for params in (SMALL, SMALL, SandboxParams(port=0, images_per_class=2)):
        with serving(params, classes) as web:
            identities.append(web.identity)
    assert identities[0] == identities[1] != identities[2]
