import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from scrape.answers import Refusal
from scrape.licence import parse_licence
from scrape.pages import Page
from scrape.sources.flickr import KEY_PLACEHOLDER, Flickr
from scrape.sources.paged import UnknownShape
from tests.scrape.search_web import START

LICENCES = {"licenses": {"license": [
    {"id": "0", "name": "All Rights Reserved", "url": ""},
    {"id": "4", "name": "Attribution License", "url": "https://creativecommons.org/licenses/by/2.0/"},
    {"id": "5", "name": "Attribution-ShareAlike License", "url": "https://creativecommons.org/licenses/by-sa/2.0/"},
    {"id": "10", "name": "Public Domain Mark", "url": "https://creativecommons.org/publicdomain/mark/1.0/"},
    {"id": "12", "name": "CC BY-SA 4.0", "url": "https://creativecommons.org/licenses/by-sa/4.0/"},
]}, "stat": "ok"}


def photo(n: int, **changes: object) -> dict:
    return {"id": str(n), "owner": "51035734193@N01", "secret": "653a19d017", "server": "3059", "farm": 4,
            "title": f"C 205 {n}", "ispublic": 1, "isfriend": 0, "isfamily": 0, "license": "5", "ownername": "Jane",
            "pathalias": None, "url_m": f"https://live.staticflickr.com/3059/{n}.jpg", "height_m": 333, "width_m": 500,
            "url_l": f"https://live.staticflickr.com/3059/{n}_b.jpg", "height_l": "683", "width_l": "1024",
            "url_o": f"https://live.staticflickr.com/3059/{n}_o.jpg", "height_o": "3456", "width_o": "5184"} | changes


def answer(*photos: dict, pages: int = 7, **changes: object) -> dict:
    photos_object = {"page": 1, "pages": pages, "perpage": 100, "total": str(100 * pages), "photo": list(photos)}
    return {"photos": photos_object | changes, "stat": "ok"}


def page(document: object) -> Page:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Page("https://api.flickr.com/…", content, START, Path("kept.page"))


def prepared(wanted: tuple[str, ...] = ()) -> Flickr:
    source = Flickr("s3cret&key", tuple(parse_licence(name) for name in wanted))
    source.prepare(lambda request: page(LICENCES))
    return source


def query(request: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request).query)


def test_icrawlers_addresses_are_used_one_page_at_a_time_and_hold_no_key():
    source = prepared()
    requests = [source.next_request("Mercedes C 205", number, None) for number in (1, 2, 3)]
    assert [query(request)["page"] for request in requests] == [["1"], ["2"], ["3"]]
    for request in requests:
        assert request.startswith("https://api.flickr.com/services/rest/?method=flickr.photos.search&")
        assert query(request)["text"] == ["Mercedes C 205"]
        assert query(request)["api_key"] == [KEY_PLACEHOLDER]
        assert "s3cret" not in request


def test_the_key_is_quoted_for_the_wire():
    assert prepared().secrets == {KEY_PLACEHOLDER: "s3cret%26key"}


def test_pages_end_with_the_last_one():
    assert prepared().next_request("q", 8, page(answer(photo(1)))) is None
    assert prepared().next_request("q", 7, page(answer(photo(1)))) is not None


def test_wanted_licences_are_asked_for_by_the_ids_that_flickr_names():
    assert query(prepared(("by-sa", "pdm")).next_request("q", 1, None))["license"] == ["5,10,12"]
    assert query(prepared(("CC BY-SA 4.0",)).next_request("q", 1, None))["license"] == ["12"]
    assert "license" not in query(prepared().next_request("q", 1, None))


def test_a_photo_becomes_a_hit_without_a_request_for_its_sizes():
    hit, = prepared().hits(page(answer(photo(9))), 1)
    assert hit == {
        "file_url": "https://live.staticflickr.com/3059/9_b.jpg", "title": "C 205 9", "author": "Jane",
        "page_url": "https://www.flickr.com/photos/51035734193@N01/9", "license": "Attribution-ShareAlike License",
        "license_url": "https://creativecommons.org/licenses/by-sa/2.0/", "width": 1024, "height": 683,
    }


def test_the_original_is_taken_where_there_is_nothing_smaller_but_the_smallest():
    small = photo(9)
    del small["url_l"]
    hit, = prepared().hits(page(answer(small)), 1)
    assert (hit["file_url"][-6:], hit["width"]) == ("_o.jpg", 5184)


def test_a_photo_without_sizes_keeps_its_place_without_an_address():
    bare = {"id": "1", "title": {"_content": "bare"}}
    first, second = prepared().hits(page(answer(bare, photo(2, pathalias="jane"))), 1)
    assert (first["file_url"], first["title"], first["license"], first["page_url"]) == (None, "bare", None, None)
    assert second["page_url"] == "https://www.flickr.com/photos/jane/2"


def test_a_licence_that_flickr_does_not_list_is_not_guessed():
    hit, = prepared().hits(page(answer(photo(1, license="99"))), 1)
    assert (hit["license"], hit["license_url"]) == ("Flickr licence 99", None)


def test_a_search_without_result_says_so():
    assert prepared().hits(page(answer(pages=0, total="0")), 1) == []


@pytest.mark.parametrize("document", [b"jsonFlickrApi({})", {"stat": "ok"}, answer(total="12"),
                                      {"photos": {"photo": {}}}])
def test_another_shape_is_no_empty_result(document):
    with pytest.raises(UnknownShape):
        prepared().hits(page(document), 1)


def test_a_list_of_licences_in_another_shape_is_named():
    with pytest.raises(UnknownShape, match=r"no licenses\.license"):
        Flickr("key").prepare(lambda request: page({"stat": "ok"}))


@pytest.mark.parametrize(("code", "passing", "said"), [
    (100, False, "error 100: Invalid API Key; check FLICKR_API_KEY"), (105, True, "error 105"), (10, True, "error 10"),
    (3, False, "error 3"),
])
def test_errors_that_come_with_status_200_are_refusals(code, passing, said):
    message = "Invalid API Key" if code == 100 else "Sorry"
    with pytest.raises(Refusal, match=said) as refusal:
        prepared().check(json.dumps({"stat": "fail", "code": code, "message": message}).encode())
    assert refusal.value.passing is passing
