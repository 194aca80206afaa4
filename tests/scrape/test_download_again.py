import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tables
from pipeline.errors import MaterialError
from sandbox.connection import Answer
from scrape.ledger import read_ledger
from scrape.params import HostLimits
from tests.scrape.download_web import Host, candidate, ends, fetch_one, picture, quick, raw, redirect, run, stored


@pytest.fixture
def host():
    with Host().running() as running:
        yield running


def mixed(host: Host) -> list[dict]:
    host.replies |= {f"/{n}.jpg": picture(n % 5) for n in range(12)}
    host.replies |= {"/html": Answer(200, b"<html>"), "/gone": Answer(410), "/broken": Answer(500),
                     "/noai": picture(X_Robots_Tag="noai"), "/loop": redirect("/loop")}
    paths = [*(f"/{n}.jpg" for n in range(12)), "/html", "/gone", "/broken", "/noai", "/loop", "/absent"]
    return [candidate(host.url(path), name) for path in paths for name in ("c-sedan", "e-sedan")]


def test_a_second_run_asks_only_for_what_may_have_passed(tmp_path, host):
    rows = mixed(host)
    first = run(tmp_path, host, rows)
    host.log.clear()
    host.replies["/broken"] = picture(7)
    second = run(tmp_path, host)
    assert host.pictures_asked == ["/broken"]
    assert list(first.hits["status"]) != list(second.hits["status"])
    assert dict(zip(second.hits["url"], second.hits["status"], strict=True))[host.url("/broken")] == "saved"


def test_a_run_with_nothing_to_do_asks_nobody_and_changes_no_byte(tmp_path, host):
    run(tmp_path, host, mixed(host), runs=1)
    host.log.clear()
    files = {path: path.read_bytes() for path in (tmp_path / "data/raw").rglob("*") if path.is_file()}
    run(tmp_path, host, runs=1)
    assert host.log == []
    assert files == {path: path.read_bytes() for path in (tmp_path / "data/raw").rglob("*") if path.is_file()}


def test_a_passing_failure_is_final_after_so_many_runs(tmp_path, host):
    rows = [candidate(host.url("/a.jpg"))]
    host.replies["/a.jpg"] = Answer(503)
    for _ in range(5):
        run(tmp_path, host, rows, runs=2, tries=1)
    assert len(host.pictures_asked) == 2


@pytest.mark.parametrize("limit, reply", [("max_bytes", picture()), ("max_pixels", picture()),
                                          ("opt_out", picture(X_Robots_Tag="noindex"))])
def test_what_a_limit_refused_is_asked_again_when_the_limit_is_lifted(tmp_path, host, limit, reply):
    strict, loose = {"max_bytes": (100, 10**6), "max_pixels": (100, 10**6), "opt_out": (("noindex",), ())}[limit]
    assert fetch_one(tmp_path, host, reply, **{limit: strict})[0] == "rejected"
    asked = len(host.pictures_asked)
    run(tmp_path, host, **{limit: strict})
    assert len(host.pictures_asked) == asked
    assert ends(run(tmp_path, host, **{limit: loose})) == [("saved", None)]


def test_a_private_host_that_is_allowed_later_is_asked(tmp_path, host):
    host.replies["/a.jpg"] = picture()
    rows = [candidate(host.url("/a.jpg"))]
    assert ends(run(tmp_path, None, rows, quick())) == [("rejected", "private_address")]
    assert ends(run(tmp_path, host, rows)) == [("saved", None)]


@pytest.mark.parametrize("harm", [lambda path: path.unlink(),
                                  lambda path: path.write_bytes(b"x" * path.stat().st_size)])
def test_a_file_that_is_missing_or_damaged_is_fetched_again(tmp_path, host, harm):
    host.replies["/a.jpg"], host.replies["/b.jpg"] = picture(1), picture(2)
    run(tmp_path, host, [candidate(host.url("/a.jpg")), candidate(host.url("/b.jpg"))])
    host.log.clear()
    sha256 = read_ledger(tmp_path / "data/raw/ledger.sqlite")[host.url("/a.jpg")].sha256
    harm(tmp_path / "data/raw/images" / sha256[:2] / f"{sha256}.jpg")
    assert ends(run(tmp_path, host)) == [("saved", None)] * 2
    assert host.pictures_asked == ["/a.jpg"]


def test_files_whose_candidates_are_gone_are_removed_and_their_rows_kept(tmp_path, host):
    host.replies["/a.jpg"], host.replies["/b.jpg"] = picture(1), picture(2)
    rows = [candidate(host.url("/a.jpg")), candidate(host.url("/b.jpg"))]
    run(tmp_path, host, rows)
    result = run(tmp_path, host, rows[:1])
    assert result.removed == 1
    assert len(stored(tmp_path)) == 1
    assert len(read_ledger(tmp_path / "data/raw/ledger.sqlite")) == 2
    assert ends(run(tmp_path, host, rows)) == [("saved", None)] * 2


def test_a_stop_keeps_everything_fetched_and_the_next_run_goes_on(tmp_path, host):
    stop = threading.Event()

    def stopping(request):
        stop.set()
        return picture(99)
    host.replies |= {f"/{n}.jpg": picture(n) for n in range(30)} | {"/10.jpg": stopping}
    rows = [candidate(host.url(f"/{n}.jpg")) for n in range(30)]
    result = run(tmp_path, host, rows, quick(host, threads=1, hosts=(HostLimits(host.netloc, 1, 0.01),)), stop=stop)
    kept = set(result.hits.loc[result.hits["status"] == "saved", "url"])
    assert not result.complete
    assert (result.hits["status"] == "pending").any()
    assert len(kept) >= 10
    host.log.clear()
    assert set(run(tmp_path, host).hits["status"]) == {"saved"}
    assert kept.isdisjoint(map(host.url, host.pictures_asked))


def test_a_stop_does_not_wait_for_a_slow_host(tmp_path, host):
    stop = threading.Event()

    def stopping(request):
        stop.set()
        return raw(b"", wait=60)
    host.replies["/a.jpg"] = stopping
    start = time.monotonic()
    result = run(tmp_path, host, [candidate(host.url("/a.jpg"))], stop=stop, stall_seconds=50.0, total_seconds=50.0)
    assert time.monotonic() - start < 2
    assert ends(result) == [("pending", None)]


def test_two_downloads_in_one_place_are_refused(tmp_path, host):
    caught = []

    def second(request):
        try:
            run(tmp_path, host)
        except MaterialError as error:
            caught.append(str(error))
        return picture()
    fetch_one(tmp_path, host, second)
    assert len(caught) == 1
    assert "another `whatbenz download` is running" in caught[0]


ENDS = st.sampled_from(["/0.jpg", "/1.jpg", "/2.jpg", "/copy.jpg", "/html",
                        "/gone", "/broken", "/noai", "/loop", "/absent", "ftp"])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(ENDS, st.sampled_from(["c-sedan", "e-sedan"])), max_size=12), st.integers(1, 8))
def test_candidates_are_conserved_whatever_threads_and_runs_there_are(tmp_path_factory, host, pairs, threads):
    mixed(host)
    host.replies["/copy.jpg"] = picture(0)
    rows = [candidate("ftp://a.example/" if path == "ftp" else host.url(path), name) for path, name in pairs]
    root, other = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("other")
    first = run(root, host, rows, quick(host, threads=threads, tries=1, runs=1)).hits
    again = run(root, host, rows, quick(host, tries=1, runs=1)).hits
    alone = run(other, host, rows, quick(host, threads=1, tries=1, runs=1)).hits
    assert again.equals(first)
    assert alone.drop(columns="fetched_at").equals(first.drop(columns="fetched_at"))
    assert list(zip(first["url"], first["class_id"], strict=True)) == [(row["url"], row["class_id"]) for row in rows]
    assert first["status"].isin(tables.HIT_STATUSES).all()
    assert set(stored(root)) == {f"{sha}.jpg" for sha in first["sha256"].dropna()}
