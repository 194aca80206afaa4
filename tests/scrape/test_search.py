import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tables
from pipeline.errors import MaterialError, ParamError, SourceError
from pipeline.params import make_params
from scrape.pages import Pages
from scrape.params import SearchParams
from scrape.search import Found, check_complete, search
from scrape.sources import FOUND, check_sources, make_sources, unused_material, wanted_licences
from scrape.sources.commons import Commons
from scrape.sources.folder import Folder
from scrape.sources.urls import Urls
from tests.scrape.commons_web import commons_search
from tests.scrape.search_web import START, make_answers, web
from tests.scrape.test_sources_folder import put

CLASSES = tables.make(tables.CLASSES, [
    {"class_id": "c-sedan", "label": "C", "name": "C-Class", "queries_en": "a|b", "queries_de": "c|a"},
    {"class_id": "b", "label": "B", "name": "B-Class", "queries_en": "d"},
])


def run(tmp_path, sources, params=None, classes=CLASSES) -> Found:
    pages = Pages(tmp_path / "pages", 30)
    return search(classes, params or SearchParams(), sources, make_answers(tries=1), pages, START)


def test_rows_are_in_the_order_of_class_source_query_and_rank(tmp_path):
    put(tmp_path / "own", "b/2.jpg", "b/1.jpg", "c-sedan/3.jpg")
    with web(commons_search(dict.fromkeys("abcd", 2))) as served:
        found = run(tmp_path, [Folder(tmp_path / "own"), Commons(served.base_url)])
    columns = ["class_id", "source", "query", "rank"]
    assert found.candidates[columns].to_numpy().tolist() == [
        ["c-sedan", "folder", "c-sedan", 0],
        *(["c-sedan", "commons", query, rank] for query in "abc" for rank in (0, 1)),
        ["b", "folder", "b", 0], ["b", "folder", "b", 1], ["b", "commons", "d", 0], ["b", "commons", "d", 1],
    ]
    assert found.problems == []


def test_one_address_found_by_two_queries_is_two_rows(tmp_path):
    def same(asked):
        return commons_search({"x": 1})(type(asked)(asked.method, asked.target.replace(
            asked.query["gsrsearch"][-1:] + "&gsrlimit", "x&gsrlimit"), asked.headers, asked.body))

    with web(same) as served:
        found = run(tmp_path, [Commons(served.base_url)])
    assert found.candidates["url"].nunique() == 1
    assert found.candidates["query"].tolist() == ["a", "b", "c", "d"]


def test_a_source_that_fails_stops_no_other(tmp_path):
    with web(lambda asked: (401, {}, b"")) as refusing, web(commons_search(dict.fromkeys("abcd", 1))) as good:
        (tmp_path / "list.txt").write_text("b,https://e.org/1\nx,https://e.org/2\n")
        refused = Commons(refusing.base_url)
        refused.name = "openverse"
        lists = [Urls(tmp_path / "gone.csv"), Urls(tmp_path / "list.txt")]
        found = run(tmp_path, [refused, lists[0], Commons(good.base_url), lists[1]])
    assert len(found.candidates) == 5
    assert [problem.split(":")[0] for problem in found.problems] == [
        "openverse", "scrape.urls", str(tmp_path / "list.txt")]


def test_the_classes_can_be_those_of_the_material(tmp_path):
    put(tmp_path / "own", "Zebra/1.jpg", "Ünimog 4x4/1.jpg")
    (tmp_path / "beetle.txt").write_text("https://e.org/1\n")
    found = run(tmp_path, [Folder(tmp_path / "own"), Urls(tmp_path / "beetle.txt")], classes=None)
    assert found.candidates["class_id"].tolist() == ["Zebra", "beetle", "Ünimog 4x4"]
    assert found.problems == []


def test_the_licence_filter_holds_for_the_users_own_list_too(tmp_path):
    (tmp_path / "list.csv").write_text("class_id,url,license\nb,https://e.org/1,CC0\nb,https://e.org/2,\n")
    found = run(tmp_path, [Urls(tmp_path / "list.csv")], make_params(SearchParams, {"licenses": ["cc0", "by"]}))
    assert found.candidates["url"].tolist() == ["https://e.org/1"]
    assert "urls: 1 left out by scrape.licenses (none given: 1)" in found.notes


def test_classes_without_a_candidate_are_named(tmp_path):
    (tmp_path / "list.txt").write_text("b,https://e.org/1\n")
    assert "1 of 2 classes have no candidate: c-sedan" in run(tmp_path, [Urls(tmp_path / "list.txt")]).notes


def test_a_class_without_a_query_is_named_before_a_search_begins(tmp_path):
    classes = tables.make(tables.CLASSES, [{"class_id": "b", "label": "B", "name": "B"}])
    with web(commons_search({})) as served, pytest.raises(MaterialError, match="class 'b' has neither queries_en"):
        run(tmp_path, [Commons(served.base_url)], classes=classes)
    assert served.asked == []


def test_problems_are_raised_once_the_table_is_written(tmp_path):
    empty = tables.make(tables.CANDIDATES)
    check_complete(Found(empty), tmp_path)
    with pytest.raises(MaterialError, match=r"not complete. Its 0 candidates are in .*\n- list: bad row"):
        check_complete(Found(empty, problems=["list: bad row"]), tmp_path)
    with pytest.raises(SourceError):
        check_complete(Found(empty, problems=["commons: gone"], asked=True), tmp_path)


@pytest.mark.parametrize(("values", "environ", "said"), [
    ({"sources": []}, {}, "scrape.sources: it is empty"),
    ({"sources": ["sandbox", "sandbox"]}, {}, "sandbox stands there twice"),
    ({"sources": ["commons"]}, {}, "scrape.contact: commons asks for a contact"),
    ({"sources": ["openverse"], "contact": " "}, {}, "scrape.contact: openverse asks for a contact"),
    ({"sources": ["flickr"]}, {}, "environment variable FLICKR_API_KEY"),
    ({"sources": ["folder"]}, {}, "scrape.folder: the source folder needs it"),
    ({"sources": ["urls"]}, {}, "scrape.urls: the source urls needs it"),
    ({"sources": ["bing"], "classes": FOUND}, {}, "scrape.classes: `found` takes the classes from the folder or list"),
    ({"sources": ["openverse"], "contact": "a@b.org"}, {"OPENVERSE_CLIENT_ID": "x"}, "set both or neither"),
    ({"licenses": "by-sa"}, {}, "write [by-sa]"), ({"licenses": []}, {}, "the list is empty"),
    ({"licenses": ["any", "by"]}, {}, "for all write any"), ({"licenses": [" "]}, {}, "names licences such as"),
])
def test_what_a_source_lacks_is_said_before_any_is_asked(values, environ, said):
    with pytest.raises(ParamError) as error:
        check_sources(make_params(SearchParams, values), environ)
    assert said in error.value.message


@pytest.mark.parametrize(("values", "said"), [
    ({"sources": ["google"]}, "'google' is not one of"), ({"sources": ["comons"]}, "did you mean commons?"),
    ({"max_page": 3}, "did you mean max_pages?"), ({"commons_width": 640}, "640 is not one of"),
    ({"max_hits": 0}, "below the minimum"), ({"allow_hosts": "localhost"}, "expected a list"),
])
def test_parameters_are_checked_by_name(values, said):
    with pytest.raises(ParamError) as error:
        make_params(SearchParams, values)
    assert said in error.value.message


def test_every_source_can_be_made_in_the_order_of_the_parameters(tmp_path):
    names = ["urls", "flickr", "bing", "openverse", "folder", "commons"]
    params = make_params(SearchParams, {
        "sources": names, "contact": "a@example.org", "folder": "own", "urls": "/lists/list.csv", "commons_width": 960})
    environ = {"FLICKR_API_KEY": "k", "OPENVERSE_CLIENT_ID": "i", "OPENVERSE_CLIENT_SECRET": "s"}
    check_sources(params, environ)
    made = make_sources(params, tmp_path, environ, make_answers())
    assert [source.name for source in made] == names
    assert made[4].path == tmp_path / "own"
    assert str(made[0].path) == "/lists/list.csv"
    assert "iiurlwidth=960" in made[5].next_request("q", 1, None)


def test_material_that_no_source_reads_is_said():
    params = make_params(SearchParams, {"folder": "own", "urls": "list.csv", "sources": ["urls"]})
    assert unused_material(params) == ["scrape.folder is set, but scrape.sources does not name folder: it is not read"]


def test_any_licence_is_no_list_of_licences():
    assert wanted_licences(SearchParams()) == ()


@settings(max_examples=15, deadline=None)
@given(st.permutations(["Zebra/1.jpg", "Zebra/2.jpg", "a/1.jpg", "a/b/c.jpg"]))
def test_the_order_of_files_on_disk_changes_no_row(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("own")
    found = run(folder, [Folder(put(folder / "own", *names))], classes=None)
    assert found.candidates["url"].tolist() == [f"folder:{n}" for n in sorted(names)]
