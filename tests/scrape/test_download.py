import os
import time
from email.utils import formatdate

import pytest

from pipeline.errors import WhatBenzError
from sandbox.connection import Answer
from scrape.params import HostLimits
from tests.scrape.download_web import (
    Host,
    candidate,
    claimed,
    ends,
    fetch_one,
    once,
    picture,
    quick,
    raw,
    redirect,
    run,
    stored,
    write_candidates,
)
from tests.scrape.pictures import encode, image, jpeg


@pytest.fixture
def host():
    with Host().running() as running:
        yield running


def test_a_picture_is_kept_under_its_sha256_with_its_facts(tmp_path, host):
    host.replies["/a.jpg"] = picture()
    hit = run(tmp_path, host, [candidate(host.url("/a.jpg"))]).hits.iloc[0]
    path = tmp_path / "data/raw/images" / hit["sha256"][:2] / f"{hit['sha256']}.jpg"
    assert path.read_bytes() == jpeg()
    assert (hit["status"], hit["http_status"], hit["bytes"]) == ("saved", 200, len(jpeg()))
    assert hit["final_url"] == host.url("/a.jpg")
    assert sorted(os.listdir(tmp_path / "data/raw")) == ["hits.parquet", "images", "ledger.sqlite"]


def test_the_extension_comes_from_the_bytes(tmp_path, host):
    host.replies["/a.jpg"] = Answer(200, encode(image(), "PNG"), "image/jpeg")
    run(tmp_path, host, [candidate(host.url("/a.jpg"))])
    assert stored(tmp_path)[0].endswith(".png")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.mark.parametrize("reply, end", [
    (Answer(404), ("failed", "not_found")), (Answer(410), ("failed", "gone")), (Answer(403), ("failed", "http_403")),
    (Answer(500), ("failed", "gave_up_500")), (Answer(429), ("failed", "gave_up_429")),
    (Answer(200, b"<html>no hotlinks</html>", "image/jpeg"), ("rejected", "not_an_image")),
    (Answer(200, b"", "image/jpeg"), ("rejected", "empty")),
    (Answer(200, SVG, "image/jpeg"), ("rejected", "format_svg")),
    (Answer(200, jpeg()[:-99], "image/jpeg"), ("rejected", "truncated")),
    (picture(X_Robots_Tag="noai"), ("rejected", "opt_out")), (picture(TDM_Reservation="1"), ("rejected", "opt_out")),
    (picture(X_Robots_Tag="otherbot: noai"), ("saved", None)), (picture(TDM_Reservation="0"), ("saved", None)),
    (redirect("/a.jpg"), ("failed", "too_many_redirects")),
    (redirect("file:///etc/passwd"), ("rejected", "bad_scheme")),
    (Answer(302), ("failed", "bad_answer")),
    (claimed(jpeg()[:99], len(jpeg())), ("failed", "cut_off")), (raw(b"", wait=5), ("failed", "no_answer")),
    (claimed(b"", 10**9), ("rejected", "too_large")),
], ids=lambda value: value[1] or value[0] if isinstance(value, tuple) else "")
def test_a_fault_ends_with_its_status_and_reason(tmp_path, host, reply, end):
    assert fetch_one(tmp_path, host, reply) == end
    assert len(stored(tmp_path)) == (end[0] == "saved")


@pytest.mark.parametrize("first", [Answer(500), Answer(503), Answer(429), claimed(jpeg()[:99], 500),
                                   raw(b"", reset=True)])
def test_a_failure_that_passes_is_tried_again(tmp_path, host, first):
    assert fetch_one(tmp_path, host, once(first, picture())) == ("saved", None)


@pytest.mark.parametrize("reply, requests", [(Answer(404), 1), (Answer(410), 1), (Answer(403), 1), (Answer(501), 1),
                                             (Answer(200, b"<p>"), 1), (Answer(500), 3), (Answer(429), 3)])
def test_only_what_can_succeed_is_asked_again(tmp_path, host, reply, requests):
    fetch_one(tmp_path, host, reply)
    assert len(host.pictures_asked) == requests


@pytest.mark.parametrize("wanted", [lambda: "1", lambda: formatdate(time.time() + 2, usegmt=True)])
def test_retry_after_is_waited_for_in_seconds_and_as_a_date(tmp_path, host, wanted):
    slow_down = Answer(429, b"", None, (("Retry-After", wanted()),))
    assert fetch_one(tmp_path, host, once(slow_down, picture())) == ("saved", None)
    first, second = host.times[-2:]
    assert 0.9 < second - first < 3.5


def test_a_pause_beyond_max_wait_leaves_the_host_for_the_next_run(tmp_path, host):
    host.replies |= {f"/{n}.jpg": Answer(503, b"", None, (("Retry-After", "3600"),)) for n in range(9)}
    rows = [candidate(host.url(f"/{n}.jpg")) for n in range(9)]
    params = quick(host, threads=1, hosts=(HostLimits(host.netloc, 1, 0.0),))
    assert ends(run(tmp_path, host, rows, params)) == [("failed", "gave_up_503")] + [("failed", "breaker_open")] * 8
    assert len(host.pictures_asked) == 1


def test_a_host_that_only_fails_is_left_alone(tmp_path, host):
    host.replies |= {f"/{n}.jpg": Answer(500) for n in range(40)}
    rows = [candidate(host.url(f"/{n}.jpg")) for n in range(40)]
    found = ends(run(tmp_path, host, rows, breaker_failures=4, tries=1))
    assert len(host.pictures_asked) < 20
    assert {reason for _, reason in found} == {"gave_up_500", "breaker_open"}


def test_up_to_three_redirects_are_followed(tmp_path, host):
    host.replies |= {"/1": redirect("/2"), "/2": redirect("3", 308), "/3": redirect(host.url("/a.jpg"), 301),
                     "/0": redirect("/1"), "/a.jpg": picture()}
    hits = run(tmp_path, host, [candidate(host.url("/1")), candidate(host.url("/0"))]).hits
    assert list(hits["status"]) == ["saved", "failed"]
    assert hits["final_url"][0] == host.url("/a.jpg")
    assert hits["reason"][1] == "too_many_redirects"


def test_a_redirect_into_a_private_network_is_not_followed(tmp_path, host):
    with Host({"/a.jpg": picture()}).running() as canary:
        assert fetch_one(tmp_path, host, redirect(canary.url("/a.jpg"))) == ("rejected", "private_address")
        assert canary.log == []


def test_a_candidate_in_a_private_network_is_asked_for_nothing(tmp_path, host):
    result = run(tmp_path, None, [candidate(host.url("/a.jpg"))], quick())
    assert ends(result) == [("rejected", "private_address")]
    assert host.log == []


@pytest.mark.parametrize("url, reason", [("ftp://a.example/a.jpg", "bad_scheme"), ("http://", "bad_url"),
                                         ("nonsense", "bad_scheme"), ("http://me:pw@127.0.0.1/", "bad_url")])
def test_a_url_that_cannot_be_asked_is_rejected(tmp_path, url, reason):
    assert ends(run(tmp_path, None, [candidate(url)], quick())) == [("rejected", reason)]


def test_no_more_requests_run_at_once_than_the_host_is_given(tmp_path, host):
    def slowly(request):
        time.sleep(0.02)
        return picture(int(request.target[1:-4]))
    host.replies |= {f"/{n}.jpg": slowly for n in range(24)}
    rows = [candidate(host.url(f"/{n}.jpg")) for n in range(24)]
    run(tmp_path, host, rows, quick(threads=8, hosts=(HostLimits(host.netloc, 3, 0.0),)))
    assert host.most_under_way == 3


def test_one_url_is_asked_once_however_many_candidates_name_it(tmp_path, host):
    host.replies["/a.jpg"] = picture()
    rows = [candidate(host.url("/a.jpg"), name) for name in ("c-sedan", "e-sedan", "c-sedan")]
    result = run(tmp_path, host, [*rows, candidate(host.url("/a.jpg#there"))])
    assert list(result.hits["status"]) == ["saved", "saved", "duplicate", "duplicate"]
    assert host.pictures_asked == ["/a.jpg"]


def test_the_first_candidate_is_saved_in_whatever_order_they_arrive(tmp_path, host):
    def late(request):
        time.sleep(0.2)
        return picture()
    host.replies |= {"/late.jpg": late, "/early.jpg": picture()}
    result = run(tmp_path, host, [candidate(host.url("/late.jpg")), candidate(host.url("/early.jpg"))])
    assert list(result.hits["status"]) == ["saved", "duplicate"]
    assert len(stored(tmp_path)) == 1


def test_an_error_of_the_disk_ends_the_run(tmp_path, host):
    host.replies["/a.jpg"] = picture()
    layout = write_candidates(tmp_path, [candidate(host.url("/a.jpg"))])
    layout.images.mkdir(parents=True)
    for n in range(256):
        (layout.images / f"{n:02x}").write_text("in the way")
    with pytest.raises(WhatBenzError, match="cannot be written"):
        run(tmp_path, host)
