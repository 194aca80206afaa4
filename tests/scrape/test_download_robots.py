
import pytest

from sandbox.connection import Answer
from scrape.download import Web, download
from tests.scrape.download_web import (
    AGENT,
    Host,
    candidate,
    ends,
    fetch_one,
    once,
    picture,
    quick,
    raw,
    redirect,
    run,
    write_candidates,
)


@pytest.fixture
def host():
    with Host().running() as running:
        yield running


def test_robots_txt_is_obeyed_and_asked_once(tmp_path, host):
    host.replies |= {"/robots.txt": Answer(200, b"User-agent: *\nDisallow: /no/"), "/yes/1.jpg": picture(),
                     "/no/1.jpg": picture(1), "/yes/2.jpg": picture(2)}
    rows = [candidate(host.url(path)) for path in ("/yes/1.jpg", "/no/1.jpg", "/yes/2.jpg")]
    assert ends(run(tmp_path, host, rows)) == [("saved", None), ("rejected", "robots"), ("saved", None)]
    assert sorted(host.log) == ["/robots.txt", "/yes/1.jpg", "/yes/2.jpg"]


@pytest.mark.parametrize("robots, end", [
    (Answer(404), ("saved", None)), (Answer(403), ("saved", None)), (Answer(200, b""), ("saved", None)),
    (Answer(500), ("failed", "robots_unreachable")), (Answer(503), ("failed", "robots_unreachable")),
    (raw(b"", wait=5), ("failed", "no_answer")), (once(Answer(503), Answer(404)), ("saved", None)),
    (redirect("/rules.txt"), ("rejected", "robots")), (redirect("/robots.txt"), ("saved", None)),
    (Answer(200, b"User-agent: whatbenz\nDisallow: /"), ("rejected", "robots")),
    (Answer(200, b"User-agent: whatbenz\nDisallow:\n\nUser-agent: *\nDisallow: /"), ("saved", None)),
    (Answer(200, b"#" * (600 << 10)), ("saved", None)),
], ids=range(12))
def test_an_answer_for_robots_txt_is_taken_as_rfc_9309_says(tmp_path, host, robots, end):
    host.replies |= {"/robots.txt": robots, "/rules.txt": Answer(200, b"User-agent: *\nDisallow: /")}
    assert fetch_one(tmp_path, host, picture()) == end


def test_a_redirect_to_another_host_obeys_that_hosts_robots_txt(tmp_path, host):
    with Host({"/robots.txt": Answer(200, b"User-agent: *\nDisallow: /"), "/a.jpg": picture()}).running() as other:
        host.replies["/a.jpg"] = redirect(other.url("/a.jpg"))
        layout = write_candidates(tmp_path, [candidate(host.url("/a.jpg"))])
        result = download(layout, quick(host), Web(AGENT, (host.netloc, other.netloc)))
        assert ends(result) == [("rejected", "robots")]
        assert other.log == ["/robots.txt"]
