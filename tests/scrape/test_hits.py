import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tables
from pipeline.errors import ConservationError
from scrape.hits import check_conservation, describe, key_of, make_hits
from scrape.ledger import Row
from tests.scrape.download_web import candidate

URLS = [f"http://a.example/{n}.jpg" for n in range(6)] + ["folder:c-sedan/1.jpg", "ftp://a.example/1.jpg"]
SHAS = [digit * 64 for digit in "abc"]


def saved(url: str, sha256: str) -> Row:
    return Row(key_of(url), "saved", None, 200, sha256, "jpg", 9, 10**15, url)


def hits_of(rows: list[dict], ledger: list[Row], intact=frozenset(SHAS)):
    candidates = tables.make(tables.CANDIDATES, rows)
    keys = [key_of(url) for url in candidates["url"]]
    hits = make_hits(candidates, keys, {row.url: row for row in ledger}, intact)
    check_conservation(candidates, hits, intact)
    return hits


def test_the_first_candidate_of_a_class_is_saved_and_the_others_are_duplicates():
    rows = [candidate(URLS[1]), candidate(URLS[0]), candidate(URLS[1])]
    hits = hits_of(rows, [saved(URLS[0], SHAS[0]), saved(URLS[1], SHAS[0])])
    assert list(hits["status"]) == ["saved", "duplicate", "duplicate"]


def test_one_picture_under_two_classes_is_saved_for_both():
    rows = [candidate(URLS[0], "c-sedan"), candidate(URLS[0], "e-sedan"), candidate(URLS[1], "g-suv")]
    hits = hits_of(rows, [saved(URLS[0], SHAS[0]), saved(URLS[1], SHAS[0])])
    assert list(hits["status"]) == ["saved"] * 3


def test_a_url_is_known_however_it_is_written():
    hits = hits_of([candidate("HTTP://A.example:80/0.jpg#x")], [saved(URLS[0], SHAS[0])])
    assert list(hits["status"]) == ["saved"]


def test_what_was_not_tried_or_is_not_there_is_pending():
    hits = hits_of([candidate(URLS[0]), candidate(URLS[1])], [saved(URLS[0], "d" * 64)])
    assert list(hits["status"]) == ["pending", "pending"]
    assert hits["sha256"].isna().all()


def test_the_time_of_the_ledger_is_kept_to_the_microsecond():
    row = saved(URLS[0], SHAS[0])._replace(fetched_at=1_700_000_000_123_457)
    assert hits_of([candidate(URLS[0])], [row])["fetched_at"].iloc[0].value // 1000 == 1_700_000_000_123_457


LEDGERS = st.dictionaries(st.sampled_from(URLS), st.one_of(
    st.sampled_from([*SHAS, "f" * 64]).map(lambda sha: ("saved", None, sha)),
    st.sampled_from([("rejected", "robots", None), ("failed", "not_found", None), ("failed", "gave_up_429", None)])))
CANDIDATES = st.lists(st.tuples(st.sampled_from(URLS), st.sampled_from(["c-sedan", "e-sedan"])), max_size=25)


@settings(max_examples=200, deadline=None)
@given(CANDIDATES, LEDGERS)
def test_every_candidate_has_exactly_one_status_and_nothing_is_counted_twice(pairs, ledger):
    rows = [Row(key_of(url), status, reason, None, sha, "jpg" if sha else None, 9, 10**15)
            for url, (status, reason, sha) in ledger.items()]
    hits = hits_of([candidate(url, class_id) for url, class_id in pairs], rows)
    assert list(zip(hits["url"], hits["class_id"], strict=True)) == pairs
    kept = hits[hits["status"] == "saved"]
    assert not kept.duplicated(["class_id", "sha256"]).any()
    named = {(c, ledger[u][2]) for u, c in pairs if u in ledger and ledger[u][2] in SHAS}
    assert set(zip(kept["class_id"], kept["sha256"], strict=True)) == named
    assert hits["status"].value_counts().sum() == len(pairs)


BREAK = {
    "a lost row": lambda hits: hits.iloc[1:],
    "a row too many": lambda hits: hits.iloc[[0, *range(len(hits))]],
    "two rows exchanged": lambda hits: hits.iloc[[1, 0, *range(2, len(hits))]],
    "no known status": lambda hits: hits.assign(status=["well", *hits["status"][1:]]),
    "saved twice": lambda hits: hits.assign(status="saved"),
    "a duplicate of nothing": lambda hits: hits.assign(status=["duplicate", *hits["status"][1:]]),
    "bytes that are not there": lambda hits: hits.assign(sha256=["e" * 64, *hits["sha256"][1:]]),
    "no reason": lambda hits: hits.assign(reason=None),
    "a class changed": lambda hits: hits.assign(class_id="x-pickup"),
    "bytes although rejected": lambda hits: hits.assign(sha256=SHAS[0]),
}


@pytest.mark.parametrize("fault", BREAK)
def test_a_broken_table_is_refused(fault):
    rows = [candidate(URLS[0]), candidate(URLS[1]), candidate(URLS[2]), candidate(URLS[3])]
    ledger = [saved(URLS[0], SHAS[0]), saved(URLS[1], SHAS[0]), Row(URLS[2], "rejected", "robots"),
              Row(URLS[3], "failed", "not_found")]
    candidates, good = tables.make(tables.CANDIDATES, rows), hits_of(rows, ledger)
    with pytest.raises(ConservationError, match="fault of the program"):
        check_conservation(candidates, BREAK[fault](good), frozenset(SHAS))


def test_the_summary_counts_each_class_and_the_most_frequent_reasons():
    rows = [candidate(URLS[0]), candidate(URLS[1], "e-sedan"), candidate(URLS[2], "e-sedan")]
    text = describe(hits_of(rows, [saved(URLS[0], SHAS[0]), Row(URLS[1], "failed", "http_403"),
                                   Row(URLS[2], "failed", "http_403")]))
    lines = [line.split() for line in text.splitlines()]
    assert lines[0] == ["class", "candidates", "saved", "duplicate", "rejected", "failed", "pending"]
    assert lines[1:4] == [["c-sedan", "1", "1", "0", "0", "0", "0"], ["e-sedan", "2", "0", "0", "0", "2", "0"],
                          ["total", "3", "1", "0", "0", "2", "0"]]
    assert lines[6] == ["2", "http_403", "the", "host", "answered", "403", "Forbidden"]
    assert max(map(len, text.splitlines())) <= 120
