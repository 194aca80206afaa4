import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from scrape.answers import NoAnswer
from scrape.licence import parse_licence
from scrape.pages import Page
from scrape.sources.openverse import Openverse
from scrape.sources.paged import UnknownShape
from tests.scrape.search_web import START, Clock, as_json, make_answers, web


def result(n: int, **changes: object) -> dict:
    return {
        "id": f"3f2a0d7e-0000-4000-8000-{n:012d}", "indexed_on": "2023-05-16T10:00:00Z", "title": f"Mercedes {n}",
        "foreign_landing_url": f"https://www.flickr.com/photos/1@N02/{n}",
        "url": f"https://live.staticflickr.com/65535/{n}_b.jpg", "creator": "Jane Doe",
        "creator_url": "https://www.flickr.com/photos/1@N02", "license": "by-sa", "license_version": "2.0",
        "license_url": "https://creativecommons.org/licenses/by-sa/2.0/", "provider": "flickr", "source": "flickr",
        "category": "photograph", "filesize": None, "filetype": "jpg", "tags": [{"name": "car"}],
        "attribution": '"Mercedes" by Jane Doe is licensed under CC BY-SA 2.0.', "fields_matched": ["title"],
        "mature": False, "height": 683, "width": 1024, "thumbnail": "https://api.openverse.org/v1/images/x/thumb/",
        "detail_url": "https://api.openverse.org/v1/images/x/", "related_url": "…", "unstable__sensitivity": [],
    } | changes


def answer(*results: dict, pages: int = 12, **changes: object) -> dict:
    return {"result_count": 20 * len(results), "page_count": pages if results else 0, "page_size": 20, "page": 1,
            "results": list(results)} | changes


def page(document: object) -> Page:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Page("https://api.openverse.org/…", content, START, Path("kept.page"))


def query(request: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request).query)


def test_an_anonymous_request_asks_for_20_results():
    request = Openverse(make_answers()).next_request("Mercedes & Co", 1, None)
    assert request.startswith("https://api.openverse.org/v1/images/?")
    assert query(request) == {"q": ["Mercedes & Co"], "page_size": ["20"], "page": ["1"]}


def test_pages_end_with_the_last_one_and_at_the_depth_of_240():
    source = Openverse(make_answers())
    assert source.next_request("q", 3, page(answer(result(1), pages=2))) is None
    assert source.next_request("q", 12, page(answer(result(1), pages=500))) is not None
    assert source.next_request("q", 13, page(answer(result(1), pages=500))) is None


def test_wanted_licences_are_asked_for_so_that_no_request_is_spent_on_others():
    wanted = tuple(parse_licence(name) for name in ("CC BY-SA 4.0", "cc0", "GFDL"))
    assert query(Openverse(make_answers(), wanted=wanted).next_request("q", 1, None))["license"] == ["by-sa,cc0"]


def test_a_result_becomes_a_hit():
    hit, = Openverse(make_answers()).hits(page(answer(result(5))), 1)
    assert hit == {
        "file_url": "https://live.staticflickr.com/65535/5_b.jpg", "title": "Mercedes 5", "author": "Jane Doe",
        "page_url": "https://www.flickr.com/photos/1@N02/5", "license": "by-sa 2.0", "width": 1024, "height": 683,
        "license_url": "https://creativecommons.org/licenses/by-sa/2.0/",
    }


def test_fields_that_openverse_leaves_null_stay_null():
    bare = result(1, title=None, creator=None, license_version=None, license="cc0", width=None, height=None)
    hit, = Openverse(make_answers()).hits(page(answer(bare)), 1)
    assert (hit["title"], hit["author"], hit["license"], hit["width"]) == (None, None, "cc0", None)


def test_a_search_without_result_says_so():
    assert Openverse(make_answers()).hits(page(answer()), 1) == []


@pytest.mark.parametrize("document", [b"<html>", {"results": []}, {"images": [], "result_count": 0},
                                      answer(result_count=40), {"detail": "Not found."}])
def test_another_shape_is_no_empty_result(document):
    with pytest.raises(UnknownShape):
        Openverse(make_answers()).hits(page(document), 1)


def test_credentials_buy_a_token_that_is_used_until_it_expires():
    clock = Clock()
    tokens = iter(("first", "second"))
    with web(lambda asked: as_json({"access_token": next(tokens), "expires_in": 3600})) as served:
        source = Openverse(make_answers(clock), api=f"{served.base_url}/v1", credentials=("id&1", "s3cret"))
        assert source.headers() == {"Authorization": "Bearer first"}
        clock.seconds += 1800
        assert source.headers() == {"Authorization": "Bearer first"}
        clock.seconds += 1800
        assert source.headers() == {"Authorization": "Bearer second"}
        assert query(source.next_request("q", 1, None))["page_size"] == ["80"]
    assert [(asked.method, asked.path, asked.body) for asked in served.asked] == [
        ("POST", "/v1/auth_tokens/token/", "grant_type=client_credentials&client_id=id%261&client_secret=s3cret")] * 2


@pytest.mark.parametrize("response", [as_json({"error": "invalid_client"}, 401), as_json({}), (200, {}, b"<html>")])
def test_refused_credentials_are_explained_without_naming_them(response):
    with web(lambda asked: response) as served, pytest.raises(NoAnswer) as error:
        Openverse(make_answers(), api=served.base_url, credentials=("id", "s3cret")).headers()
    assert "credentials" in str(error.value) or "OPENVERSE_CLIENT_ID" in str(error.value)
    assert "s3cret" not in str(error.value)
