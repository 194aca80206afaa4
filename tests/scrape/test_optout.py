import pytest

from scrape.optout import MAX_ROBOTS_BYTES, Robots, reservation, robots_tags

REFUSED = ("noai", "noimageai", "noindex", "noimageindex")


@pytest.mark.parametrize("headers", [
    ["noai"], ["NoAI"], ["noimageai"], ["noindex"], ["none"], ["noarchive, noai"], ["noarchive", "noai, noimageai"],
    ["max-image-preview: large, NoAI, noarchive"], ["whatbenz: noai"], ["WhatBenz: noindex, nofollow"],
    ["otherbot: noindex", "whatbenz: noai"], ["otherbot: noarchive, whatbenz: noai"], ["*: noai"],
    ["whatbenz/0.1: noai"],
    ["unavailable_after: 25 Jun 2030 15:00:00 PST, noai"], ["unavailable_after: Wed, 21 Oct 2030 07:28:00 GMT, noai"],
    ["  noai  "], ["noai,"], ["max-snippet:-1,noai"],
])
def test_a_directive_that_holds_for_us_reserves_the_picture(headers):
    assert reservation(headers, [], REFUSED) is not None


@pytest.mark.parametrize("headers", [
    [], [""], ["all"], ["noarchive"], ["nofollow"], ["otherbot: noai, noimageai"], ["otherbot: noai", "noarchive"],
    ["max-image-preview: none"], ["unavailable_after: 25 Jun 2010 15:00:00 PST"], ["noaix"],
    ["gptbot: noai, other2: noindex"],
])
def test_what_does_not_hold_for_us_reserves_nothing(headers):
    assert reservation(headers, [], REFUSED) is None


def test_an_agent_holds_up_to_the_next_one():
    assert robots_tags(["otherbot: noindex, nofollow, whatbenz: noarchive, nosnippet"]) == {"noarchive", "nosnippet"}


def test_only_the_directives_of_the_parameter_are_taken_as_a_refusal():
    assert reservation(["noindex"], [], ("noai",)) is None
    assert reservation(["noindex"], [], ("NoIndex",)) == "noindex"


@pytest.mark.parametrize("value, reserved", [("1", True), (" 1 ", True), ("0", False), ("", False), ("yes", False)])
def test_tdm_reservation_of_1_reserves_the_picture(value, reserved):
    assert (reservation([], [value], ()) == "tdm-reservation") is reserved


def test_robots_rules_hold_for_our_name_before_all_names():
    robots = Robots(b"User-agent: *\nDisallow: /\n\nUser-agent: whatbenz\nDisallow: /private/\n")
    assert robots.allows("http://example.org/a.jpg")
    assert not robots.allows("http://example.org/private/a.jpg")


def test_robots_wildcards_and_the_longest_rule_count():
    robots = Robots(b"User-agent: *\nDisallow: /members/\nAllow: /members/press/\nDisallow: /*?action=download$\n")
    assert not robots.allows("http://example.org/members/a.jpg")
    assert robots.allows("http://example.org/members/press/a.jpg")
    assert not robots.allows("http://example.org/a.jpg?action=download")
    assert robots.allows("http://example.org/a.jpg?action=download&x=1")


@pytest.mark.parametrize("body", [None, b"", b"   \n", b"<html>no robots here</html>", b"\xff\xfe\x00 nonsense"])
def test_without_rules_everything_is_allowed(body):
    assert Robots(body).allows("http://example.org/a.jpg")


def test_a_byte_order_mark_hides_no_rule():
    assert not Robots(b"\xef\xbb\xbfUser-agent: *\nDisallow: /").allows("http://example.org/a.jpg")


def test_rules_behind_500_kib_do_not_count():
    padding = b"# " + b"x" * (MAX_ROBOTS_BYTES - 3) + b"\n"
    assert Robots(padding + b"User-agent: *\nDisallow: /").allows("http://example.org/a.jpg")


def test_the_crawl_delay_is_read():
    assert Robots(b"User-agent: *\nCrawl-delay: 2.5").crawl_delay == 2.5
    assert Robots(b"User-agent: other\nCrawl-delay: 9").crawl_delay == 0
