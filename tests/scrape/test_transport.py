import gzip
import socket
import ssl
import threading
import time
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.connection import Answer, head
from scrape.addresses import Gate, parse
from scrape.transport import FetchError, Timeouts, Transport
from tests.scrape.download_web import Host, claimed, once, picture, raw
from tests.scrape.pictures import jpeg

BODY = jpeg()


@pytest.fixture
def host():
    with Host().running() as running:
        yield running


def resolving(*answers: str):
    """A resolver that gives one answer after another, and the last one from then on."""
    left = list(answers)

    def resolve(name, port, type):
        ip = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, type, 6, "", (ip, port))]
    return resolve


@pytest.fixture
def transport(host):
    with Transport("WhatBenz/0 (me@example.org)", Gate((host.netloc,)), Timeouts(1.0, 0.3, 1.0), keep=4) as made:
        yield made


def get(transport: Transport, url: str, most: int = 10**6) -> bytes:
    with transport.get(parse(url)) as answer:
        return b"".join(answer.chunks(most))


def reason(transport: Transport, url: str, most: int = 10**6) -> str:
    with pytest.raises(FetchError) as caught:
        get(transport, url, most)
    return caught.value.reason


def test_a_picture_comes_whole_under_an_honest_name(host, transport):
    host.replies["/a.jpg"] = picture()
    assert get(transport, host.url("/a.jpg")) == BODY
    assert host.requests[0].headers["user-agent"] == "WhatBenz/0 (me@example.org)"
    assert host.requests[0].headers["host"] == host.netloc


def test_a_connection_is_used_again(host, transport):
    host.replies |= {f"/{n}.jpg": picture(n) for n in range(5)}
    accepted = []
    serve = host._server.process_request
    host._server.process_request = lambda request, client: (accepted.append(client), serve(request, client))
    for n in range(5):
        get(transport, host.url(f"/{n}.jpg"))
    assert len(accepted) == 1


def test_a_kept_connection_that_the_host_closed_is_opened_anew(host, transport):
    host.replies["/a.jpg"] = once(raw(head(Answer(200, BODY, "image/jpeg"), length=len(BODY)) + BODY), picture())
    assert get(transport, host.url("/a.jpg")) == BODY
    assert get(transport, host.url("/a.jpg")) == BODY
    assert host.log == ["/a.jpg", "/a.jpg"]


def test_the_connection_goes_to_the_address_that_was_checked(host):
    host.replies["/a.jpg"] = picture()
    gate = Gate(("pictures.example",), resolver=resolving("127.0.0.1", "127.0.0.99"))
    with Transport("x", gate, Timeouts(1, 1, 1), keep=1) as transport:
        assert get(transport, f"http://pictures.example:{host.port}/a.jpg") == BODY
    assert host.requests[0].headers["host"] == f"pictures.example:{host.port}"


def test_a_name_that_leads_to_loopback_is_not_connected_to(host):
    with Transport("x", Gate(resolver=resolving("127.0.0.1")), Timeouts(1, 1, 1), keep=1) as transport:
        assert reason(transport, f"http://rebound.example:{host.port}/a.jpg") == "private_address"
    assert host.log == []


def test_a_private_address_is_not_connected_to(host):
    with Transport("x", Gate(), Timeouts(1, 1, 1), keep=1) as transport:
        assert reason(transport, host.url("/a.jpg")) == "private_address"
    assert host.log == []


def test_proxies_of_the_environment_are_not_used(host, transport, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    host.replies["/a.jpg"] = picture()
    assert get(transport, host.url("/a.jpg")) == BODY


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> Answer:
    start = head(Answer(200, b"", "image/jpeg", (("Transfer-Encoding", "chunked"),)), close=True)
    return raw(start + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + end)


def compressed(body: bytes, encoding: str) -> Answer:
    return Answer(200, body, "image/jpeg", (("Content-Encoding", encoding),))


@pytest.mark.parametrize("reply", [
    chunked(BODY[:100], BODY[100:]), compressed(gzip.compress(BODY), "gzip"),
    compressed(zlib.compress(BODY), "deflate"),
    compressed(BODY, "identity"), raw(b"HTTP/1.0 200 OK\r\n\r\n" + BODY),
], ids=["chunked", "gzip", "deflate", "identity", "until closed"])
def test_a_body_comes_whole_however_it_is_sent(host, transport, reply):
    host.replies["/a.jpg"] = reply
    assert get(transport, host.url("/a.jpg")) == BODY


@pytest.mark.parametrize("reply, expected", [
    (claimed(BODY[:100], len(BODY)), "cut_off"),
    (claimed(BODY[:100], len(BODY), reset=True), "cut_off"),
    (chunked(BODY[:100], end=b""), "cut_off"),
    (chunked(BODY[:100], end=b"zz\r\n"), "cut_off"),
    (claimed(b"", 10**7), "too_large"),
    (chunked(*[b"\0" * 60_000] * 20), "too_large"),
    (compressed(gzip.compress(b"\0" * 10**7), "gzip"), "too_large"),
    (compressed(gzip.compress(BODY)[:-20], "gzip"), "truncated"),
    (compressed(b"no gzip at all", "gzip"), "damaged"),
    (compressed(BODY, "br"), "bad_encoding"),
    (raw(b"220 smtp.example.org ESMTP\r\n"), "bad_answer"),
    (raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"), "bad_answer"),
    (raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n"), "bad_answer"),
    (raw(b""), "connection_failed"),
    (raw(b"", reset=True), "connection_failed"),
    (raw(b"", wait=5), "no_answer"),
    (raw(head(Answer(200), length=100) + b"12345", wait=5), "stalled"),
    (raw(*[b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 50], wait=0.05), "too_slow"),
    (raw(head(Answer(200), length=1000), *[b"1"] * 90, wait=0.05), "too_slow"),
    (raw(b"HTTP/1.0 200 OK\r\n\r\n", *[b"1" * 1000] * 60, wait=0.05), "too_slow"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_bad_answer_ends_with_its_reason(host, transport, reply, expected):
    host.replies["/a.jpg"] = reply
    start = time.monotonic()
    assert reason(transport, host.url("/a.jpg")) == expected
    assert time.monotonic() - start < 4  # the largest bound is 1 s


def test_an_endless_body_is_not_read_to_its_end(host, transport):
    sent = []

    def pour(wire):
        wire.send(head(Answer(200, b"", "image/jpeg"), close=True))
        for _ in range(10_000):
            wire.send(b"\0" * 65536)
            sent.append(65536)
    host.replies["/a.jpg"] = Answer(200, script=pour)
    assert reason(transport, host.url("/a.jpg")) == "too_large"
    assert sum(sent) < 50_000_000


def test_a_trickle_is_given_up_long_before_the_total_time(host):
    host.replies["/a.jpg"] = raw(head(Answer(200), length=1000), *[b"1"] * 90, wait=0.05)
    with Transport("x", Gate((host.netloc,)), Timeouts(1, 0.3, 60), keep=1) as patient:
        start = time.monotonic()
        assert reason(patient, host.url("/a.jpg")) == "too_slow"
        assert time.monotonic() - start < 3


def test_nobody_listening_is_a_failed_connection(transport):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with Transport("x", Gate(("127.0.0.1",)), Timeouts(1, 1, 1), keep=1) as anywhere:
        assert reason(anywhere, f"http://127.0.0.1:{port}/a.jpg") == "connection_failed"


def test_a_name_that_cannot_be_resolved_is_an_unknown_host():
    def fail(host, port, type):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    with Transport("x", Gate(resolver=fail), Timeouts(1, 1, 1), keep=1) as transport:
        assert reason(transport, "http://nowhere.example/a.jpg") == "unknown_host"


def test_closing_ends_a_request_under_way(host):
    host.replies["/a.jpg"] = raw(head(Answer(200), length=100), b"1", wait=30)
    transport = Transport("x", Gate((host.netloc,)), Timeouts(20, 20, 20), keep=1)
    reasons = []
    asking = threading.Thread(target=lambda: reasons.append(reason(transport, host.url("/a.jpg"))))
    asking.start()
    while not host.log:
        time.sleep(0.01)
    transport.close()
    asking.join(2)
    assert reasons in (["cut_off"], ["connection_failed"])


def test_no_socket_stays_open_after_failures(host, transport):
    psutil = pytest.importorskip("psutil")
    host.replies["/a.jpg"] = claimed(BODY[:100], len(BODY))
    for _ in range(20):
        reason(transport, host.url("/a.jpg"))
    ours = [c for c in psutil.Process().net_connections("tcp") if c.raddr and c.raddr.port == host.port]
    assert len(ours) <= 1


@pytest.fixture
def tls_host(tmp_path, monkeypatch):
    """A host on TLS as pictures.example; yields its port and the names that clients asked for."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pictures.example")])
    now = datetime.now(UTC)
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                   .serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
                   .add_extension(x509.SubjectAlternativeName([x509.DNSName("pictures.example")]), False)
                   .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256()))
    pem, key_file = tmp_path / "ca.pem", tmp_path / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    context, asked = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), []
    context.load_cert_chain(pem, key_file)
    context.sni_callback = lambda stream, server_name, _: asked.append(server_name)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                stream, _ = listener.accept()
                with context.wrap_socket(stream, server_side=True) as secured:
                    secured.recv(65536)
                    secured.sendall(head(Answer(200, b"", "image/jpeg"), length=len(BODY), close=True) + BODY)
            except ssl.SSLError:
                continue
            except OSError:
                return
    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1], asked
    listener.close()


def test_https_asks_for_the_name_at_the_checked_address(tls_host):
    port, asked = tls_host
    gate = Gate(("pictures.example",), resolver=resolving("127.0.0.1"))
    with Transport("x", gate, Timeouts(2, 2, 2), keep=1) as transport:
        assert get(transport, f"https://pictures.example:{port}/a.jpg") == BODY
    assert asked == ["pictures.example"]


def test_a_certificate_for_another_name_is_refused(tls_host):
    port, _ = tls_host
    gate = Gate(("other.example",), resolver=resolving("127.0.0.1"))
    with Transport("x", gate, Timeouts(2, 2, 2), keep=1) as transport:
        assert reason(transport, f"https://other.example:{port}/a.jpg") == "bad_certificate"


def test_https_at_a_host_that_speaks_plain_http_fails():
    listener = socket.create_server(("127.0.0.1", 0))

    def refuse():
        stream, _ = listener.accept()
        stream.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        stream.recv(65536)
        stream.close()
    threading.Thread(target=refuse, daemon=True).start()
    netloc = f"127.0.0.1:{listener.getsockname()[1]}"
    with Transport("x", Gate((netloc,)), Timeouts(2, 2, 2), keep=1) as transport, listener:
        assert reason(transport, f"https://{netloc}/a.jpg") == "tls_failed"
