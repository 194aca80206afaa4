import html
import json
from pathlib import Path

import pytest

from scrape.pages import Page
from scrape.sources.bing import Bing
from scrape.sources.paged import UnknownShape
from tests.scrape.search_web import START


def blob(**facts: object) -> str:
    common = {"sid": "", "cturl": "", "cid": "AbC", "purl": "https://example.org/page", "md5": "ab" * 16,
              "turl": "https://tse1.mm.bing.net/th?id=OIP.x&amp;pid=15.1", "t": "Mercedes"}
    return html.escape(json.dumps(common | facts))


def result(**facts: object) -> str:
    return (f'<li data-row="0"><div class="iuscp isv"><div class="imgpt"><a class="iusc" style="height:180px" '
            f'm="{blob(**facts)}" mad="{{}}" href="/images/search?view=detailV2"><div class="img_cont hoff">'
            '<img class="mimg" src="/th?id=OIP.x" alt="x"/></div></a></div></div></li>')


def hits(*results: str, number: int = 1) -> list[dict]:
    text = f'<div class="dg_b"><ul class="dgControl_list">{"".join(results)}</ul></div>'
    return Bing().hits(Page("https://www.bing.com/…", text.encode(), START, Path("kept.page")), number)


def test_the_query_is_quoted():
    assert Bing().next_request("Mercedes & Söhne #1", 1, None) == \
        "https://www.bing.com/images/async?q=Mercedes+%26+S%C3%B6hne+%231&first=1&count=35"


def test_the_next_page_begins_after_the_last_result():
    assert "first=36&" in Bing().next_request("q", 2, None)


@pytest.mark.parametrize("url", [
    "https://example.org/a.jpg", "https://example.org/a.jpeg", "https://example.org/a.png", "https://example.org/a.webp",
    "https://example.org/a.JPG?sig=a%2Fb%3D&width=800", "https://example.org/image?id=7&name=a.jpg.png",
    "https://example.org/a.jpg/resize/800", "https://example.org/straße/käfer.jpg", "https://example.org/a'b.jpg",
])
def test_the_address_is_taken_whole_whatever_its_ending(url):
    assert hits(result(murl=url)) == [{"file_url": url, "page_url": "https://example.org/page", "title": "Mercedes"}]


def test_each_result_is_taken_once_though_both_patterns_match():
    found = hits(result(murl="https://e.org/1.jpg"), result(murl="https://e.org/2.jpg"))
    assert [hit["file_url"] for hit in found] == ["https://e.org/1.jpg", "https://e.org/2.jpg"]


def test_results_that_only_one_pattern_matches_are_taken_in_the_order_of_the_page():
    bare = f'<a class="iusc x" m="{blob(murl="https://e.org/1.jpg")}"></a>'
    older = f'<div class="imgpt"><a m="{blob(murl="https://e.org/2.jpg")}"></a></div>'
    assert [hit["file_url"] for hit in hits(bare, older)] == ["https://e.org/1.jpg", "https://e.org/2.jpg"]


def test_missing_fields_are_null_and_a_result_without_an_address_keeps_its_place():
    only_address = f'<a class="iusc" m="{html.escape(json.dumps({"murl": "https://e.org/1.jpg"}))}"></a>'
    broken = '<a class="iusc" m="{&quot;murl&quot;:"></a>'
    assert hits(only_address, broken, result(murl=None)) == [
        {"file_url": "https://e.org/1.jpg", "page_url": None, "title": None},
        {"file_url": None, "page_url": None, "title": None},
        {"file_url": None, "page_url": "https://example.org/page", "title": "Mercedes"},
    ]


def test_an_attribute_that_is_escaped_twice_is_read():
    twice = f'<a class="iusc" m="{html.escape(blob(murl="https://e.org/1.jpg?a=1"))}"></a>'
    assert hits(twice)[0]["file_url"] == "https://e.org/1.jpg?a=1"


def test_the_marks_around_the_words_of_the_query_are_removed():
    assert hits(result(murl="https://e.org/1.jpg", t="The \ue000Mercedes\ue001 C-Klasse Coupé"))[0]["title"] == \
        "The Mercedes C-Klasse Coupé"


@pytest.mark.parametrize("text", ["", "<html><body>Verify that you are human</body></html>", '<a class="iusc">x</a>'])
def test_a_first_page_without_results_is_no_empty_result(text):
    with pytest.raises(UnknownShape, match="iusc"):
        hits(text)


def test_a_later_page_without_results_is_the_end():
    assert hits("", number=2) == []
