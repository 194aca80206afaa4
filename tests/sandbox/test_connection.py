import socket
from collections.abc import Iterator

import pytest

from sandbox.connection import Answer, Request, Server


def respond(request: Request) -> Answer:
    echo = f"{request.method} {request.path} {request.query} {request.body.decode()}"
    return Answer(200, echo.encode(), "text/plain")


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(0, respond, lambda request, answer, started: None)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def connection(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as made:
        yield made


def read_answer(connection: socket.socket) -> tuple[bytes, bytes]:
    file = connection.makefile("rb")
    lines = []
    while (line := file.readline().strip()):
        lines.append(line)
    length = next(int(line.split(b": ")[1]) for line in lines if line.startswith(b"Content-Length"))
    return lines[0], file.read(length)


def test_one_connection_serves_request_after_request(connection: socket.socket) -> None:
    for path in (b"/one", b"/two?a=1&a=2", b"/%C3%A4"):
        connection.sendall(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path)
        assert read_answer(connection)[0] == b"HTTP/1.1 200 OK"


def test_the_path_is_decoded_and_the_query_split(connection: socket.socket) -> None:
    connection.sendall(b"GET /%C3%A4%20b?x=%26&y HTTP/1.1\r\nHost: x\r\n\r\n")
    assert read_answer(connection)[1].decode() == "GET /ä b {'x': '&', 'y': ''} "


def test_a_body_is_read_by_its_length(connection: socket.socket) -> None:
    connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
    assert read_answer(connection)[1] == b"POST / {} hello"


def test_head_has_the_headers_and_no_body(connection: socket.socket) -> None:
    connection.sendall(b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    data = b"".join(iter(lambda: connection.recv(4096), b""))
    assert b"Content-Length: 10" in data and data.endswith(b"\r\n\r\n")


def test_a_client_may_ask_to_close(connection: socket.socket) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    read_answer(connection)
    assert connection.recv(1) == b""


def test_what_is_no_http_is_hung_up_on(connection: socket.socket) -> None:
    connection.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
    assert connection.recv(1) == b""
