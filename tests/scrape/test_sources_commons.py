import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from scrape.answers import Refusal
from scrape.pages import Page
from scrape.sources.commons import Commons
from scrape.sources.paged import UnknownShape
from tests.scrape.commons_web import commons_answer, commons_file
from tests.scrape.search_web import START


def page(document: object) -> Page:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Page("https://commons.wikimedia.org/…", content, START, Path("kept.page"))


def test_the_request_is_a_search_among_files_with_licence_and_thumbnail():
    request = Commons(width=1280).next_request("Mercedes-Benz C-Klasse Coupé", 1, None)
    query = {name: values[0] for name, values in parse_qs(urlsplit(request).query).items()}
    assert request.startswith("https://commons.wikimedia.org/w/api.php?")
    assert query["gsrsearch"] == "filetype:bitmap Mercedes-Benz C-Klasse Coupé"
    assert (query["generator"], query["gsrnamespace"], query["iiurlwidth"]) == ("search", "6", "1280")
    assert query["iiprop"] == "url|mime|size|sha1|extmetadata"


def test_the_next_page_follows_the_continue_object():
    going_on = {"continue": {"gsroffset": 50, "continue": "gsroffset||"}}
    before = page(commons_answer(commons_file(1, "a.jpg"), **going_on))
    query = parse_qs(urlsplit(Commons().next_request("q", 2, before)).query)
    assert (query["gsroffset"], query["continue"]) == (["50"], ["gsroffset||"])


def test_without_a_continue_object_there_is_no_next_page():
    assert Commons().next_request("q", 2, page(commons_answer(commons_file(1, "a.jpg")))) is None


def test_a_file_becomes_a_hit_with_author_and_licence_without_markup():
    hit, = Commons().hits(page(commons_answer(commons_file(7, "Mercedes_C205.jpg"))), 1)
    assert hit == {
        "file_url": "https://upload.wikimedia.org/wikipedia/commons/thumb/a/ab/Mercedes_C205.jpg/1280px-Mercedes_C205.jpg",
        "page_url": "https://commons.wikimedia.org/wiki/File:Mercedes_C205.jpg", "title": "Mercedes C205.jpg",
        "author": "Jane & Co", "license": "CC BY-SA 4.0",
        "license_url": "https://creativecommons.org/licenses/by-sa/4.0", "width": 1280, "height": 960, "place": 6,
    }


def test_hits_are_in_the_order_of_the_search_and_not_of_the_page_ids():
    answer = commons_answer(*(commons_file(index, f"{index}.jpg") for index in (3, 1, 2)))
    assert [hit["place"] for hit in Commons().hits(page(answer), 1)] == [0, 1, 2]


def test_the_older_answer_format_with_pages_as_an_object_is_read_too():
    files = [commons_file(index, f"{index}.jpg") for index in (2, 1)]
    answer = {"batchcomplete": "", "query": {"pages": {str(file["pageid"]): file for file in files}}}
    assert [hit["title"] for hit in Commons().hits(page(answer), 1)] == ["1.jpg", "2.jpg"]


def test_a_file_without_thumbnail_is_taken_as_it_is():
    file = commons_file(1, "small.jpg")
    for name in ("thumburl", "thumbwidth", "thumbheight"):
        del file["imageinfo"][0][name]
    hit, = Commons().hits(page(commons_answer(file)), 1)
    assert hit["file_url"].endswith("/a/ab/small.jpg")
    assert (hit["width"], hit["height"]) == (4000, 3000)


def test_missing_metadata_is_null():
    file = commons_file(1, "bare.jpg")
    file["imageinfo"][0]["extmetadata"] = []  # PHP's empty object
    hit, = Commons().hits(page(commons_answer(file)), 1)
    assert (hit["author"], hit["license"], hit["license_url"]) == (None, None, None)


def test_a_deleted_file_keeps_its_place_without_an_address():
    gone = {"ns": 6, "title": "File:Gone.jpg", "index": 1, "missing": True}
    first, second = Commons().hits(page(commons_answer(gone, commons_file(2, "here.jpg"))), 1)
    assert (first["file_url"], first["place"], second["place"]) == (None, 0, 1)


def test_a_file_whose_details_come_in_a_later_part_waits_for_it():
    later = {"pageid": 5, "ns": 6, "title": "File:Later.jpg", "index": 2}
    answer = {"continue": {"iistart": "x", "continue": "||"}, "query": {"pages": [commons_file(1, "a.jpg"), later]}}
    assert [hit["title"] for hit in Commons().hits(page(answer), 1)] == ["a.jpg"]


def test_a_search_without_result_has_a_form_of_its_own():
    assert Commons().hits(page({"batchcomplete": True}), 1) == []


@pytest.mark.parametrize("answer", [
    b"<html>Wikimedia Error</html>", b"", b"[]", {}, {"items": []}, {"batchcomplete": True, "query": {"search": []}},
    {"query": {"pages": "none"}},
])
def test_another_shape_is_no_empty_result(answer):
    with pytest.raises(UnknownShape):
        Commons().hits(page(answer), 1)


@pytest.mark.parametrize(("code", "passing"), [
    ("ratelimited", True), ("maxlag", True), ("internal_api_error_DBQueryError", True),
    ("cirrussearch-too-busy-error", True), ("badvalue", False), ("missingparam", False),
])
def test_errors_that_come_with_status_200_are_refusals(code, passing):
    body = json.dumps({"error": {"code": code, "info": "Explained."}, "servedby": "mw1"}).encode()
    with pytest.raises(Refusal, match=f"{code}: Explained") as refusal:
        Commons().check(body)
    assert refusal.value.passing is passing


def test_the_word_error_in_a_title_is_no_refusal():
    Commons().check(json.dumps(commons_answer(commons_file(1, 'My_"error".jpg'))).encode())
