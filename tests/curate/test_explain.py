import dataclasses

import pytest

import tables
from curate.explain import Records, explain
from pipeline.errors import MaterialError
from pipeline.files import sha256_of
from tests.curate.rows import make_decisions, make_flags, make_groups, make_hits, make_images, sha


@pytest.fixture
def records():
    hits = make_hits(("x", "b"), ("y", "b"), page_url="http://host/page", author="A <b>", license="CC BY 4.0")
    pair = tables.make(tables.PAIRS, [{"sha256_a": sha("x"), "sha256_b": sha("y"), "found_by": "phash",
                                       "hash_distance": 4, "residual": 0.012, "verdict": "duplicate"}])
    dropped = tables.make(tables.DROPPED, [{"sha256": sha("y"), "class_id": "b", "stage": "dedupe",
                                            "reason": "duplicate", "detail": f"the same photograph as {sha('x')}"}])
    manifest = tables.make(tables.MANIFEST, [
        {"sha256": sha("x"), "class_id": "b", "split": "train", "file": "train/b/x.jpg", "split_group_id": sha("x"),
         "url": "http://host/x", "width": 640, "height": 400}])
    return Records(
        candidates=tables.make(tables.CANDIDATES, hits[tables.CANDIDATES.names]), hits=hits,
        images=make_images("x", "y"), content=tables.make(tables.CONTENT), pairs=pair,
        groups=make_groups(("x", "y")), flags=make_flags(("x", "b", "outlier", "review")),
        labels=tables.make(tables.LABELS), decisions=make_decisions(("x", "b", "keep")), manifest=manifest,
        dropped=dropped)


def test_the_story_goes_from_the_query_to_the_split(records):
    story = explain(sha("x"), records)
    steps = ["searched  b: “q” at urls", "author: A <b>", "licence: CC BY 4.0", "download  saved", "inspect   JPEG",
             f"dedupe    duplicate of {sha('y')}", "keeper of a group of 2", "flag      outlier under b → review",
             "review    ann", "split     train of b: train/b/x.jpg"]
    places = [story.index(step) for step in steps]
    assert places == sorted(places)


def test_a_dropped_picture_says_why(records):
    assert f"dropped by dedupe, duplicate: the same photograph as {sha('x')}" in explain(sha("y"), records)


def test_the_first_digits_are_enough(records):
    assert explain(sha("x")[:8].ljust(8, "0"), records).startswith(f"picture {sha('x')}")


def test_a_url_is_explained(records):
    story = explain("http://host/x", records)
    assert story.startswith("http://host/x\n") and f"picture {sha('x')}" in story


def test_a_file_of_the_data_set_is_explained_by_its_name(records):
    assert explain(f"data/dataset/train/b/{sha('x')}.jpg", records).startswith(f"picture {sha('x')}")


def test_a_copy_of_a_file_is_explained_by_its_bytes(records, tmp_path):
    copy = tmp_path / "holiday.jpg"
    copy.write_bytes(b"bytes of a picture")
    hits = records.hits.copy()
    hits.loc[0, "sha256"] = sha256_of(copy)
    assert "searched  b" in explain(str(copy), dataclasses.replace(records, hits=hits))


def test_a_url_that_failed_says_so(records):
    hits = records.hits.copy()
    hits.loc[0, ["status", "reason", "sha256"]] = ["failed", "not_found", None]
    assert "download  failed (not_found)" in explain("http://host/x", dataclasses.replace(records, hits=hits))


@pytest.mark.parametrize("subject", ["0" * 64, "http://host/none", "no-such-file.jpg", "abc"])
def test_what_nobody_knows_is_an_error_that_says_what_to_give(records, subject):
    with pytest.raises(MaterialError, match="give a sha256|no candidate has this URL"):
        explain(subject, records)
