from typing import Any

import pytest
import requests

from sandbox.server import Web

QUERIES = ("Mercedes-Benz C-Class Sedan", "Mercedes C 200 saloon", "Mercedes C-Klasse Limousine", "Mercedes W205")


def ask(client: requests.Session, web: Web, **query: Any) -> Any:
    fixed = {"action": "query", "format": "json", "generator": "search", "gsrnamespace": 6, "prop": "imageinfo",
             "iiprop": "url|mime|size|sha1|extmetadata"}
    answer = client.get(f"{web.base_url}/w/api.php", params=fixed | query, timeout=60)
    assert answer.status_code == 200
    return answer.json()


def walk(client: requests.Session, web: Web, search: str, **query: Any) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = []
    going_on: dict[str, Any] = {}
    while True:
        answer = ask(client, web, gsrsearch=search, **query, **going_on)
        pages += sorted(answer["query"]["pages"].values(), key=lambda page: page["index"])
        if "continue" not in answer:
            return pages
        going_on = answer["continue"]


def urls(pages: list[dict[str, Any]]) -> list[str]:
    return [page["imageinfo"][0]["url"] for page in pages]


def test_paging_shows_every_hit_once_and_in_order(client: requests.Session, web: Web) -> None:
    pages = walk(client, web, "C-Class Sedan", gsrlimit=7)
    assert [page["index"] for page in pages] == list(range(1, len(pages) + 1))
    assert sorted(urls(pages)) == sorted(web.base_url + item.path for item in web.plan.found_by("c-sedan"))


def test_the_size_of_a_page_changes_nothing(client: requests.Session, web: Web) -> None:
    assert urls(walk(client, web, QUERIES[0], gsrlimit=3)) == urls(walk(client, web, QUERIES[0], gsrlimit="max"))


def test_queries_overlap_differ_in_order_and_show_all_together(client: requests.Session, web: Web) -> None:
    found = [urls(walk(client, web, query, gsrlimit=50)) for query in QUERIES]
    assert set().union(*found) == {web.base_url + item.path for item in web.plan.found_by("c-sedan")}
    assert set(found[0]) & set(found[1])
    common = set(found[0]) & set(found[1])
    assert [url for url in found[0] if url in common] != [url for url in found[1] if url in common]


def test_one_query_shows_a_part_and_the_name_shows_all(client: requests.Session, web: Web) -> None:
    whole = len(web.plan.found_by("c-sedan"))
    assert len(walk(client, web, "C-Class Sedan", gsrlimit=50)) == whole
    assert all(0.2 * whole < len(walk(client, web, query, gsrlimit=50)) < 0.75 * whole for query in QUERIES)


def test_case_quotes_and_search_operators_do_not_matter(client: requests.Session, web: Web) -> None:
    plain = urls(walk(client, web, QUERIES[0]))
    assert urls(walk(client, web, 'filetype:bitmap "mercedes-benz c-class" SEDAN')) == plain


def test_an_unknown_query_has_no_hits_and_no_error(client: requests.Session, web: Web) -> None:
    assert ask(client, web, gsrsearch="Trabant 601") == {"batchcomplete": ""}


def test_format_version_two_lists_the_pages(client: requests.Session, web: Web) -> None:
    answer = ask(client, web, gsrsearch=QUERIES[0], formatversion=2)
    assert answer["batchcomplete"] is True
    assert [page["index"] for page in answer["query"]["pages"]] == list(range(1, 11))


def test_a_hit_has_the_fields_of_commons(client: requests.Session, web: Web) -> None:
    page = walk(client, web, QUERIES[0], iiurlwidth=330)[0]
    assert page["ns"] == 6 and page["title"].startswith("File:Mercedes-Benz")
    info = page["imageinfo"][0]
    assert {"url", "descriptionurl", "thumburl", "thumbwidth", "width", "height", "size", "sha1", "mime",
            "extmetadata"} <= info.keys()
    assert len(info["sha1"]) == 40


def test_only_the_asked_metadata_comes(client: requests.Session, web: Web) -> None:
    pages = walk(client, web, QUERIES[0], iiextmetadatafilter="LicenseShortName|Artist")
    assert {name for page in pages for name in page["imageinfo"][0]["extmetadata"]} == {"LicenseShortName", "Artist"}


def test_authors_come_with_markup_and_some_with_scripts(client: requests.Session, web: Web) -> None:
    pages = [page for query in ("C-Class Sedan", "V-Class") for page in walk(client, web, query, gsrlimit=50)]
    artists = [page["imageinfo"][0]["extmetadata"].get("Artist", {}).get("value") for page in pages]
    assert None in artists
    assert any(artist and "<script>" in artist for artist in artists)
    assert any(artist and "<a href=" in artist for artist in artists)


def test_some_files_lack_a_licence(client: requests.Session, web: Web) -> None:
    pages = walk(client, web, "V-Class", gsrlimit=50)
    licences = [page["imageinfo"][0]["extmetadata"].get("LicenseShortName") for page in pages]
    assert None in licences and {"value": "CC BY-SA 4.0", "source": "commons-desc-page"} in licences


def test_a_thumbnail_has_the_width_that_the_answer_says(client: requests.Session, web: Web) -> None:
    import io

    from PIL import Image

    plain = {web.base_url + item.path for item in web.plan.items if item.fault is None}
    page = next(page for page in walk(client, web, QUERIES[0], iiurlwidth=300) if page["imageinfo"][0]["url"] in plain)
    info = page["imageinfo"][0]
    assert info["thumbwidth"] == 330
    answer = client.get(info["thumburl"], timeout=60)
    assert Image.open(io.BytesIO(answer.content)).size == (info["thumbwidth"], info["thumbheight"])


def test_a_thumbnail_wider_than_the_picture_is_the_picture(client: requests.Session, web: Web) -> None:
    info = walk(client, web, QUERIES[0], iiurlwidth=3840)[0]["imageinfo"][0]
    assert info["thumburl"] == info["url"] and info["thumbwidth"] == info["width"]


def test_a_width_that_is_not_standard_is_refused(client: requests.Session, web: Web) -> None:
    item = next(item for item in web.plan.items if item.fault is None)
    name = item.path.rpartition("/")[2]
    url = web.base_url + item.path.replace("/images/", "/images/thumb/") + f"/321px-{name}"
    assert client.get(url, timeout=60).status_code == 400


@pytest.mark.parametrize(("query", "code"), [
    ({"action": "parse", "gsrsearch": "x"}, "badvalue"), ({"format": "xml", "gsrsearch": "x"}, "badformat"),
    ({}, "missingparam"), ({"gsrsearch": "x", "gsrlimit": "ten"}, "badinteger")])
def test_what_commons_would_not_understand_is_an_error_in_its_format(client: requests.Session, web: Web,
                                                                    query: dict[str, str], code: str) -> None:
    assert ask(client, web, **query)["error"]["code"] == code


def test_a_client_without_a_user_agent_is_turned_away(client: requests.Session, web: Web) -> None:
    answer = client.get(f"{web.base_url}/w/api.php?action=query", headers={"User-Agent": ""}, timeout=60)
    assert answer.status_code == 403


def test_the_page_of_a_file_says_that_it_is_drawn(client: requests.Session, web: Web) -> None:
    info = walk(client, web, QUERIES[0])[0]["imageinfo"][0]
    page = client.get(info["descriptionurl"], timeout=60)
    assert page.status_code == 200 and "no photograph" in page.text
