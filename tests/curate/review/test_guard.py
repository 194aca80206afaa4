import pytest

from curate.review.guard import Guard, is_loopback

LOCAL = Guard.for_host("127.0.0.1")
OPEN = Guard.for_host("0.0.0.0")


def refuse(guard, method="GET", token=None, **headers):
    return guard.refuse(method, {name.replace("_", "-"): value for name, value in headers.items()}, token)


@pytest.mark.parametrize(("host", "loopback"), [
    ("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.9.9.9", True),
    ("0.0.0.0", False), ("192.168.1.5", False), ("::", False), ("example.org", False)])
def test_what_only_this_machine_reaches_is_loopback(host, loopback):
    assert is_loopback(host) == loopback
    assert (Guard.for_host(host).token is None) == loopback


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "[::1]:8765", "localhost"])
def test_addresses_of_this_machine_are_welcome(host):
    assert refuse(LOCAL, Host=host) is None


@pytest.mark.parametrize("host", ["evil.example:8765", "127.0.0.1.evil.example", "192.168.1.5:8765", "", "[bad"])
def test_a_name_that_someone_else_lets_point_here_is_refused(host):
    assert "does not answer" in refuse(LOCAL, Host=host)


def test_decisions_come_from_the_page_itself():
    assert refuse(LOCAL, "POST", Host="localhost:1", Origin="http://localhost:1") is None
    assert refuse(LOCAL, "POST", Host="localhost:1", Origin="http://evil.example") is not None
    assert refuse(LOCAL, "POST", Host="localhost:1", Origin="http://localhost:2") is not None
    assert refuse(LOCAL, "POST", Host="localhost:1", Origin="null") is not None
    assert refuse(LOCAL, "POST", Host="localhost:1") is not None


def test_another_site_cannot_show_a_picture_of_here():
    assert refuse(LOCAL, Host="localhost:1", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors") is not None
    assert refuse(LOCAL, Host="localhost:1", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate") is None


def test_beyond_loopback_a_token_is_asked_for():
    assert "token" in refuse(OPEN, Host="10.0.0.5:8765")
    assert refuse(OPEN, Host="10.0.0.5:8765", token="wrong") is not None
    assert refuse(OPEN, Host="10.0.0.5:8765", token=OPEN.token) is None
    assert refuse(OPEN, Host="10.0.0.5:8765", Cookie=f"other=1; whatbenz_review={OPEN.token}") is None
    assert refuse(OPEN, Host="10.0.0.5:8765", Cookie="whatbenz_review=\xe9") is not None


def test_beyond_loopback_too_a_foreign_name_is_refused():
    assert refuse(OPEN, Host="evil.example:8765", token=OPEN.token) is not None


def test_the_token_is_not_shown_by_accident():
    assert OPEN.token not in repr(OPEN)
