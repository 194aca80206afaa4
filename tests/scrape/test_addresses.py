import ipaddress
import socket

import pytest

from scrape.addresses import AddressError, Gate, canonical, is_public, parse

PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
    "127.255.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.9", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.1.2.3",
    "::ffff:169.254.169.254", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "100::1",
    "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1", "fc00::1", "fd12:3456::1",
    "fe80::1", "fec0::1", "ff02::1", "ff0e::1", "5f00::1",
]
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "11.0.0.1", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1",
    "192.0.1.1", "192.167.255.255", "198.17.0.1", "198.20.0.1", "223.255.255.255", "91.198.174.192",
    "2620:0:862:ed1a::2:b", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
]


@pytest.mark.parametrize("text", PRIVATE)
def test_a_special_address_is_not_public(text):
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_an_ordinary_address_is_public(text):
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("url, reason", [
    ("ftp://example.org/a.jpg", "bad_scheme"), ("file:///etc/passwd", "bad_scheme"), ("data:image/png;base64,AA",
    "bad_scheme"),
    ("//example.org/a.jpg", "bad_scheme"), ("a.jpg", "bad_scheme"), ("", "bad_scheme"), ("javascript:alert(1)",
    "bad_scheme"),
    ("http://", "bad_url"), ("http:///a.jpg", "bad_url"), ("http://example.org:0/", "bad_url"),
    ("http://example.org:99999/", "bad_url"), ("http://example.org:http/", "bad_url"), ("http://[::1/", "bad_url"),
    ("http://me:secret@example.org/", "bad_url"), ("http://me@example.org/", "bad_url"), ("http://a b/", "bad_url"),
    ("http://ex\u2028ample.org/", "bad_url"), ("http://[fe80::1%25eth0]/", "bad_url"), ("http://" + "a" * 300 + "/",
    "bad_url"),
    ("http://example.org/" + "a" * 9000, "bad_url"), ("http://example.org%00.evil/", "bad_url"),
])
def test_a_url_that_cannot_be_asked_is_refused_with_the_reason(url, reason):
    with pytest.raises(AddressError) as caught:
        parse(url)
    assert caught.value.reason == reason


@pytest.mark.parametrize("url, asked", [
    ("HTTP://Example.ORG", "http://example.org/"),
    ("http://example.org:80/a.jpg#top", "http://example.org/a.jpg"),
    ("https://example.org:443/a.jpg?x=1&y=%20", "https://example.org/a.jpg?x=1&y=%20"),
    ("http://example.org:8080/a b/ü.jpg", "http://example.org:8080/a%20b/%C3%BC.jpg"),
    ("http://example.org/100%.jpg", "http://example.org/100%25.jpg"),
    ("http://example.org/a%2Fb.jpg?q=ä", "http://example.org/a%2Fb.jpg?q=%C3%A4"),
    ("http://bücher.example/a.jpg", "http://xn--bcher-kva.example/a.jpg"),
    ("http://example.org./a.jpg", "http://example.org/a.jpg"),
    ("http://[2A00:1450::0:1]:81/", "http://[2a00:1450::1]:81/"),
    (" http://example.org/a.jpg\n", "http://example.org/a.jpg"),
    ("http://example.org?x=1", "http://example.org/?x=1"),
])
def test_a_url_is_asked_in_one_canonical_form(url, asked):
    assert parse(url).url == asked
    assert canonical(asked) == asked


def test_a_url_that_cannot_be_asked_keeps_its_form():
    assert canonical("ftp://Example.org/a b") == "ftp://Example.org/a b"


def test_control_characters_cannot_reach_the_request():
    assert "\r" not in parse("http://example.org/a\rX: y").target
    assert " " not in parse("http://example.org/a\x0bb c").target


@pytest.mark.parametrize("location, leads_to", [
    ("/b.jpg", "http://example.org:81/b.jpg"), ("b.jpg?x", "http://example.org:81/a/b.jpg?x"),
    ("//other.org/b", "http://other.org/b"), ("https://other.org", "https://other.org/"),
    ("?hop=2", "http://example.org:81/a/c.jpg?hop=2"),
])
def test_a_redirect_is_taken_relative_to_where_it_came_from(location, leads_to):
    assert parse("http://example.org:81/a/c.jpg").join(location).url == leads_to


def answering(*ips: str):
    """Resolve every name to ``ips``, and count how often that is asked."""
    def resolve(host, port, type):
        resolve.asked += 1
        return [(socket.AF_INET6 if ":" in ip else socket.AF_INET, type, 6, "", (ip, port)) for ip in ips]
    resolve.asked = 0
    return resolve


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "127.1", "0177.0.0.1", "::1"])
def test_loopback_is_refused_however_it_is_written(host):
    with pytest.raises(AddressError, match="private_address"):
        Gate().resolve(host, 80)


def test_one_private_address_among_public_ones_refuses_the_host():
    with pytest.raises(AddressError, match="private_address"):
        Gate(resolver=answering("8.8.8.8", "10.0.0.1")).resolve("example.org", 80)


def test_a_public_host_gives_the_addresses_that_were_checked():
    resolver = answering("8.8.8.8", "2a00:1450::1")
    found = Gate(resolver=resolver).resolve("example.org", 443)
    assert found == [(socket.AF_INET, ("8.8.8.8", 443)), (socket.AF_INET6, ("2a00:1450::1", 443))]
    assert resolver.asked == 1


@pytest.mark.parametrize("entry, host, port, allowed", [
    ("127.0.0.1", "127.0.0.1", 80, True), ("127.0.0.1:8000", "127.0.0.1", 8000, True),
    ("127.0.0.1:8000", "127.0.0.1", 8001, False), ("Intranet.example", "intranet.example", 443, True),
    ("intranet.example", "other.example", 443, False), ("[::1]:80", "::1", 80, True), ("::1", "::1", 80, True),
    ("127.0.0.1:800", "127.0.0.1", 8000, False),
])
def test_only_what_the_user_named_may_be_private(entry, host, port, allowed):
    gate = Gate((entry,), resolver=answering("10.0.0.1"))
    if allowed:
        assert gate.resolve(host, port) == [(socket.AF_INET, ("10.0.0.1", port))]
    else:
        with pytest.raises(AddressError, match="private_address"):
            gate.resolve(host, port)
