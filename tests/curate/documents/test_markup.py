import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from curate.documents.markup import escape_markdown, link_markdown, plain, web_address

ATTACKS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "![beacon](https://evil.example/p.gif)",
    "[click](javascript:alert(1))", "`code`", "**bold** _it_", "a | b | c", "https://evil.example", "www.evil.example",
    "<https://evil.example>", "&lt;b&gt;", "[^1]", "\\[x](y)", "![x][y]\n\n[y]: https://evil.example",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_markup_in_a_title_is_shown_as_it_is(text):
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).renderInline(f"by “{escape_markdown(text)}”, x")
    shown = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert shown == f"by “{plain(text)}”, x"


@settings(deadline=None)
@given(st.text())
def test_no_text_becomes_markup(text):
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parseInline(f"x “{escape_markdown(text)}” y")
    assert {child.type for child in tokens[0].children} <= {"text", "text_special"}


@settings(deadline=None)
@given(st.text())
def test_plain_text_is_one_line_without_control_characters(text):
    assert plain(text) == plain(plain(text))
    assert all(c.isprintable() or c.isspace() or ord(c) > 127 for c in plain(text)) and "\n" not in plain(text)


def test_characters_that_turn_the_reading_direction_are_removed():
    assert plain("gpj.\u202eexe") == "gpj.exe"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ftp://h/x", "//h/x",
                                 "https://", "http://[", None, "", "photo.jpg"])
def test_only_addresses_of_the_web_become_links(url):
    assert web_address(url) is None
    assert link_markdown("x", url) == "x"


def test_an_address_cannot_end_its_link():
    html = MarkdownIt().render(link_markdown("page", 'https://h.example/a>b "c) <img src=x>'))
    assert html.count("<a ") == 1 and "<img" not in html


@pytest.mark.parametrize("url", ["https://h.example/ä b", "https://h.example/a%20b?x=1&y=(2)"])
def test_an_address_survives_encoding(url):
    assert web_address(url) == url.replace("ä b", "%C3%A4%20b").replace("(2)", "%282%29")
