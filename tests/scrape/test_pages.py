from datetime import UTC, datetime, timedelta

from scrape.pages import Pages

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
REQUEST = "https://example.org/search?q=Coup%C3%A9&page=1"


def keep(pages: Pages, request: str = REQUEST, asked_at: datetime = NOW, content: bytes = b'{"a": 1}\nb'):
    return pages.keep("commons", request, "Mercedes Coupé", content, "application/json", asked_at)


def test_a_kept_page_comes_back_byte_for_byte(tmp_path):
    content = b"\x00\xff\n\n{}\r\n"
    keep(Pages(tmp_path, 30), content=content)
    page = Pages(tmp_path, 30).find("commons", REQUEST, "Mercedes Coupé")
    assert (page.content, page.asked_at, page.request) == (content, NOW, REQUEST)


def test_the_name_of_the_file_shows_source_and_query(tmp_path):
    page = keep(Pages(tmp_path, 30))
    assert page.path.parent == tmp_path / "commons"
    assert page.path.name.startswith("mercedes-coup-")
    assert page.path.suffix == ".page"


def test_another_request_is_another_page(tmp_path):
    pages = Pages(tmp_path, 30)
    keep(pages)
    assert pages.find("commons", REQUEST + "0", "Mercedes Coupé") is None
    assert pages.find("openverse", REQUEST, "Mercedes Coupé") is None


def test_a_page_is_fresh_until_refresh_days_are_over(tmp_path):
    pages = Pages(tmp_path, 30)
    page = keep(pages)
    assert pages.is_fresh(page, NOW + timedelta(days=30) - timedelta(seconds=1))
    assert not pages.is_fresh(page, NOW + timedelta(days=30))


def test_a_page_that_was_cut_short_counts_as_none(tmp_path):
    pages = Pages(tmp_path, 30)
    path = keep(pages).path
    for damaged in (path.read_bytes()[:-1], b"", b"{}\nbody", path.read_bytes().replace(b"asked_at", b"askd_at")):
        path.write_bytes(damaged)
        assert pages.find("commons", REQUEST, "Mercedes Coupé") is None


def test_requests_of_a_day_are_counted_from_the_pages(tmp_path):
    pages = Pages(tmp_path, 30)
    for hours in (1, 30, 2):
        keep(pages, f"{REQUEST}&n={hours}", NOW - timedelta(hours=hours))
    (tmp_path / "commons" / "torn.page").write_bytes(b"{")
    within_a_day = pages.asked_since("commons", NOW - timedelta(hours=24))
    assert within_a_day == [NOW - timedelta(hours=2), NOW - timedelta(hours=1)]
    assert pages.asked_since("openverse", NOW) == []
