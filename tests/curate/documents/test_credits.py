from markdown_it import MarkdownIt

from curate.documents.attribution import attribute
from curate.documents.credits import format_credits


def credits_of(dataset):
    return format_credits(attribute(dataset.manifest, dataset.hits), {"b": "B-Class"}, 640)


def test_every_picture_used_has_title_author_licence_and_source(dataset):
    text = credits_of(dataset)
    for row in dataset.manifest.itertuples():
        line = next(line for line in text.splitlines() if row.sha256 in line)
        assert "“Car " in line and " by Ada, " in line
        assert "[CC BY-SA 4.0](<https://creativecommons.org/licenses/by-sa/4.0>)" in line
        assert f"[source](<{row.page_url}>)" in line


def test_dropped_pictures_are_not_credited(dataset):
    text = credits_of(dataset)
    assert not any(sha in text for sha in dataset.dropped["sha256"])


def test_what_is_unknown_is_said(make_dataset):
    text = credits_of(make_dataset(title=None, author=None, license=None, license_url=None, page_url=None))
    assert "Untitled by unknown author, licence unknown, [source](<https://host.example/b/1.jpg>)" in text


def test_markup_in_names_from_the_web_does_nothing(make_dataset):
    dataset = make_dataset(author="<script>x</script>", title="![x](https://evil.example/p.gif)\n# Gotcha",
                           page_url="javascript:alert(1)")
    html = MarkdownIt("commonmark", {"html": True}).render(credits_of(dataset))
    assert "<script" not in html and "<img" not in html and "javascript:" not in html
    assert html.count("<h1>") == 1


def test_the_change_that_was_made_is_named(dataset):
    assert "at most 640 pixels a side" in credits_of(dataset)


def test_licences_are_counted(dataset):
    assert "| CC BY-SA 4.0 | 15 |" in credits_of(dataset)


def test_an_empty_data_set_has_credits_that_say_so(empty_dataset):
    assert "no pictures yet" in credits_of(empty_dataset)
