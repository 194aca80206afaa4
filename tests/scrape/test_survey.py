import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrape.licence import parse_licence
from scrape.pages import Pages
from scrape.sources.bing import Bing
from scrape.sources.commons import Commons
from scrape.sources.flickr import Flickr
from scrape.sources.openverse import Openverse
from scrape.survey import Limits, Query, Survey, normal, words_pattern
from tests.scrape.commons_web import commons_answer, commons_file, commons_search
from tests.scrape.search_web import START, Clock, as_json, make_answers, web
from tests.scrape.test_sources_bing import result as bing_result
from tests.scrape.test_sources_flickr import LICENCES, photo
from tests.scrape.test_sources_flickr import answer as flickr_answer
from tests.scrape.test_sources_openverse import answer as openverse_answer
from tests.scrape.test_sources_openverse import result as openverse_result

LIMITS = Limits(max_pages=5, max_hits=1000, wanted=(), allow_empty=False)


class Run:
    """One survey over kept pages in ``folder``: what it found, said and asked."""

    def __init__(self, source, texts, folder, *, clock=None, limits=LIMITS, refresh_days=30.0, exclude=(), tries=2):
        clock = clock or Clock()
        queries = [Query(f"class-{n}", text, 0, exclude) for n, text in enumerate(texts)]
        self.lines: list[str] = []
        answers = make_answers(clock, tries=tries) if not isinstance(source, Openverse) else source._answers
        self.survey = Survey(source, queries, limits, answers, Pages(folder, refresh_days), clock.now(),
                             self.lines.append, lambda asked, candidates: None)
        self.rows = self.survey.run()
        self.notes, self.problems, self.asked = self.survey.notes, self.survey.problems, self.survey.tally.asked


def test_every_page_is_asked_once_and_kept_and_a_second_run_asks_nothing(tmp_path):
    with web(commons_search({"a": 120, "b": 3})) as served:
        source = Commons(f"{served.base_url}/w/api.php")
        first = Run(source, ["a", "b"], tmp_path)
        assert ([len(first.rows), first.asked, len(served.asked)], first.problems) == ([123, 4, 4], [])
        later = Clock(86400.0)
        second = Run(source, ["a", "b"], tmp_path, clock=later)
        assert second.rows == first.rows
        assert (second.asked, len(served.asked)) == (0, 4)


def test_ranks_count_the_hits_of_a_query_over_its_pages(tmp_path):
    with web(commons_search({"a": 120})) as served:
        rows = Run(Commons(served.base_url), ["a"], tmp_path).rows
    assert [row["rank"] for row in rows] == list(range(120))
    assert rows[119]["url"].endswith("a_119.jpg")


def test_the_first_page_of_every_query_comes_before_the_second_of_any(tmp_path):
    with web(commons_search({"a": 120, "b": 120})) as served:
        Run(Commons(served.base_url), ["a", "b"], tmp_path)
        asked = [(a.query["gsrsearch"][-1], a.query.get("gsroffset", "0")) for a in served.asked]
    assert asked == [("a", "0"), ("b", "0"), ("a", "50"), ("b", "50"), ("a", "100"), ("b", "100")]


def test_pages_and_hits_are_limited(tmp_path):
    with web(commons_search({"a": 500})) as served:
        two_pages = Run(Commons(served.base_url), ["a"], tmp_path, limits=replace(LIMITS, max_pages=2))
        assert (len(two_pages.rows), len(served.asked)) == (100, 2)
        few = Run(Commons(served.base_url), ["a"], tmp_path, limits=replace(LIMITS, max_hits=60))
        assert (len(few.rows), len(served.asked)) == (60, 2)
        assert "40 beyond scrape.max_hits" in few.notes[-1]


def test_the_time_of_a_candidate_is_that_of_its_page(tmp_path):
    with web(commons_search({"a": 60})) as served:
        rows = Run(Commons(served.base_url, interval=2.0), ["a"], tmp_path).rows
    assert rows[0]["found_at"] == START
    assert rows[59]["found_at"] == START + timedelta(seconds=2)


def test_a_page_is_asked_again_only_past_refresh_days(tmp_path):
    with web(commons_search({"a": 1})) as served:
        for days, asked in ((0, 1), (29.9, 1), (30, 2), (59, 2)):
            Run(Commons(served.base_url), ["a"], tmp_path, clock=Clock(days * 86400))
            assert len(served.asked) == asked


def test_another_identity_of_the_source_asks_anew(tmp_path):
    with web(commons_search({"a": 1})) as served:
        source = Commons(served.base_url)
        for identity, asked in (("seed 1", 1), ("seed 2", 2), ("seed 1", 2)):
            source.identity = identity
            Run(source, ["a"], tmp_path)
            assert len(served.asked) == asked


def test_a_changed_parser_asks_the_network_for_nothing(tmp_path):
    with web(commons_search({"a": 60})) as served:
        source = Commons(served.base_url)
        Run(source, ["a"], tmp_path)
        parse = source.parser.parse
        source.parser.parse = lambda page, number: ({**hit, "title": "changed"} for hit in parse(page, number))
        assert {row["title"] for row in Run(source, ["a"], tmp_path).rows} == {"changed"}
        assert len(served.asked) == 2


def test_where_the_network_is_gone_old_pages_serve(tmp_path):
    with web(commons_search({"a": 3})) as served:
        source = Commons(served.base_url)
        first = Run(source, ["a"], tmp_path)
    run = Run(source, ["a"], tmp_path, clock=Clock(40 * 86400.0))
    assert run.rows == first.rows
    assert "connection failed" in run.problems[0]


def test_titles_with_an_excluded_word_are_left_out_and_counted(tmp_path):
    files = [commons_file(n, f"{name}.jpg") for n, name in enumerate(
        ("Mercedes_C205_front", "AMG_W205-rear", "mercedes_w205", "W205x", "Shooting_Brake", "ShootingBrake"), 1)]
    with web(lambda asked: as_json(commons_answer(*files))) as served:
        run = Run(Commons(served.base_url), ["a"], tmp_path, exclude=("W205", "shooting brake"))
    assert [(row["rank"], row["title"]) for row in run.rows] == \
        [(0, "Mercedes C205 front.jpg"), (3, "W205x.jpg"), (5, "ShootingBrake.jpg")]
    assert "left out: 3 by exclude_words (w205: 2, shooting brake: 1)" in run.notes[-1]


def test_licences_that_are_not_wanted_are_left_out_and_counted(tmp_path):
    files = [commons_file(n, f"{n}.jpg") for n in range(1, 5)]
    for file, name in zip(files, ("CC BY-SA 4.0", "CC BY 2.0", "GFDL", None), strict=True):
        file["imageinfo"][0]["extmetadata"] = {"LicenseShortName": {"value": name}}
    with web(lambda asked: as_json(commons_answer(*files))) as served:
        wanted = (parse_licence("by-sa"), parse_licence("CC BY 4.0"))
        run = Run(Commons(served.base_url), ["a"], tmp_path, limits=replace(LIMITS, wanted=wanted))
    assert [row["license"] for row in run.rows] == ["CC BY-SA 4.0"]
    assert "3 by scrape.licenses (CC BY 2.0: 1, GFDL: 1, none given: 1)" in run.notes[-1]


def test_a_query_that_finds_nothing_is_named_and_throws_no_other_away(tmp_path):
    with web(commons_search({"a": 2, "c": 2})) as served:
        source = Commons(served.base_url)
        run = Run(source, ["a", "b", "c"], tmp_path)
        assert len(run.rows) == 4
        problem, = run.problems
        assert "1 of 3 queries found nothing: 'b' (class-1), kept as " in problem
        assert "scrape.allow_empty: true" in problem
        allowed = Run(source, ["a", "b", "c"], tmp_path, limits=replace(LIMITS, allow_empty=True))
        assert allowed.problems == []
        assert any("'b' (class-1)" in note for note in allowed.notes)
        assert len(served.asked) == 3


def test_a_first_part_without_details_is_no_empty_result(tmp_path):
    bare = {"title": "File:A.jpg", "index": 1}
    parts = [{"continue": {"iistart": "x"}, "query": {"pages": [bare]}}, commons_answer(commons_file(1, "A.jpg"))]
    with web(lambda asked: as_json(parts["iistart" in asked.query])) as served:
        run = Run(Commons(served.base_url), ["a"], tmp_path)
    assert ([row["title"] for row in run.rows], run.problems) == (["A.jpg"], [])


def test_an_answer_in_another_shape_is_named_with_its_file_and_harms_no_other(tmp_path):
    good = commons_search({"a": 2, "c": 2})

    def respond(asked):
        return as_json({"results": []}) if asked.query["gsrsearch"].endswith("b") else good(asked)

    with web(respond) as served:
        run = Run(Commons(served.base_url), ["a", "b", "c"], tmp_path, limits=replace(LIMITS, allow_empty=True))
    assert len(run.rows) == 4
    problem, = run.problems
    kept, = tmp_path.glob("commons/b-*.page")
    assert "commons: the answer to 'b' (class-1): " in problem
    assert f"kept as {kept}. Look at the file, and remove it to ask again" in problem


def test_hits_that_all_lack_an_address_are_another_shape(tmp_path):
    with web(lambda asked: as_json(commons_answer({"title": "File:A.jpg", "index": 1, "image": []}))) as served:
        run = Run(Commons(served.base_url), ["a"], tmp_path)
    assert "none of 1 hits has an address" in run.problems[0]


def test_a_source_whose_format_moved_is_not_asked_a_hundred_times(tmp_path):
    with web(lambda asked: (200, {}, b"<html>new design</html>")) as served:
        run = Run(Bing(served.base_url), [f"q{n}" for n in range(100)], tmp_path)
        assert len(served.asked) == 3
    assert "bing: its answers are not in the form they had" in run.problems[0]
    assert "100 of 100 queries are not finished" in run.problems[0]


def test_a_refusal_ends_the_source_and_a_later_run_goes_on_where_it_was(tmp_path):
    good = commons_search(dict.fromkeys("abc", 60))
    allowed = 2

    def respond(asked):
        return good(asked) if len(served.asked) <= allowed else (403, {}, b"")

    with web(respond) as served:
        source = Commons(served.base_url)
        run = Run(source, list("abc"), tmp_path)
        assert len(served.asked) == 3
        assert [row["class_id"] for row in run.rows] == ["class-0"] * 50 + ["class-1"] * 50
        assert "HTTP 403: the search refuses this client" in run.problems[0]
        assert "3 of 3 queries are not finished" in run.problems[0]
        allowed = 100
        again = Run(source, list("abc"), tmp_path)
        assert (len(again.rows), again.problems, len(served.asked)) == (180, [], 7)


def test_a_result_page_that_comes_again_ends_the_query(tmp_path):
    page = "".join(bing_result(murl=f"https://e.org/{n}.jpg") for n in range(35)).encode()
    with web(lambda asked: (200, {}, page)) as served:
        run = Run(Bing(served.base_url), ["a"], tmp_path)
        assert (len(run.rows), len(served.asked), run.problems) == (35, 2, [])
    assert "35 repeated by a later page" in run.notes[-1]


def test_the_requests_of_a_day_are_a_budget_that_the_next_day_renews(tmp_path):
    def respond(asked):
        number = int(asked.query["page"])
        return as_json(openverse_answer(*(openverse_result(1000 * number + n) for n in range(20)), pages=2))

    with web(respond) as served:
        clock = Clock()

        def run():
            source = Openverse(make_answers(clock), api=served.base_url, daily=4, interval=3.0)
            return Run(source, ["a", "b", "c"], tmp_path, clock=clock)

        first = run()
        assert (len(served.asked), len(first.rows)) == (4, 80)
        assert "the 4 requests within 24 hours are used; the next is free at 2026-11-23 08:30 UTC" in first.problems[0]
        assert "2 of 3 queries are not finished; run it again to go on" in first.problems[0]
        assert (run().rows, len(served.asked)) == (first.rows, 4)
        clock.seconds += 86400
        last = run()
        assert (len(served.asked), len(last.rows), last.problems) == (6, 120, [])


def test_a_key_is_on_the_wire_and_on_no_disk(tmp_path):
    def respond(asked):
        return as_json(LICENCES if "licenses" in asked.query["method"] else flickr_answer(photo(1), pages=1))

    with web(respond) as served:
        run = Run(Flickr("s3cretkey", api=served.base_url), ["a"], tmp_path)
        assert len(run.rows) == 1
        assert all(asked.query["api_key"] == "s3cretkey" for asked in served.asked)
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) == 2
    assert not any("s3cretkey" in str(path) or b"s3cretkey" in path.read_bytes() for path in kept)


def test_a_refused_key_is_explained_and_not_kept(tmp_path):
    with web(lambda asked: as_json({"stat": "fail", "code": 100, "message": "Invalid API Key"})) as served:
        run = Run(Flickr("s3cretkey", api=served.base_url), ["a", "b"], tmp_path)
        assert len(served.asked) == 1
    assert "error 100: Invalid API Key; check FLICKR_API_KEY" in run.problems[0]
    assert "s3cretkey" not in str(run.problems + run.notes + run.lines)
    assert not list(tmp_path.rglob("*.page"))


def test_a_line_is_said_as_each_query_ends(tmp_path):
    with web(commons_search({"a": 60, "b": 2})) as served:
        run = Run(Commons(served.base_url), ["a", "b"], tmp_path)
    assert run.lines == ["commons: class-1: 'b': 2 candidates of 2 hits on 1 pages",
                         "commons: class-0: 'a': 60 candidates of 60 hits on 2 pages"]


def test_two_classes_with_one_query_share_its_page(tmp_path):
    with web(commons_search({"a": 2})) as served:
        run = Run(Commons(served.base_url), ["a", "a"], tmp_path, refresh_days=0)
        assert len(served.asked) == 1
    assert [row["class_id"] for row in run.rows] == ["class-0"] * 2 + ["class-1"] * 2


def test_icrawler_does_not_touch_the_root_logger():
    import logging
    import subprocess
    import sys

    code = ("import logging; from scrape.sources.flickr import Flickr; from scrape.sources.bing import Bing; "
            "Flickr('k').next_request('q', 1, None); Bing(); print(logging.getLogger().handlers)")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
    assert logging.getLogger("feeder").level == logging.NOTSET


@pytest.mark.parametrize(("words", "title", "found"), [
    (("C205",), "AMG_C205_front.jpg", True), (("C205",), "c205", True), (("C205",), "AC205", False),
    (("C205",), "C2050", False), (("C-Class",), "GLC-Class", False), (("C-Class",), "the c class", True),
    (("coupé",), "Coupe\u0301 rot", True), (("coupé",), "coupe", False), (("4x4²",), "G 500 4x4²", True),
    (("SL",), "SLC 200", False), (("300 SL",), "Mercedes 300SL", False), (("4-Türer",), "AMG GT 4-TÜRER", True),
    (("--",), "a--b", False), ((), "anything", False), (("a.c",), "abc", False),
])
def test_words_are_found_as_whole_words_whatever_their_case(words, title, found):
    pattern = words_pattern(words)
    assert bool(pattern and pattern.search(normal(title))) is found


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.integers(1, 30))
def test_every_hit_is_a_candidate_or_counted_as_left_out(tmp_path_factory, kinds, max_hits):
    files = []
    for n, kind in enumerate(kinds, 1):
        file = commons_file(n, "same.jpg" if kind == 1 else f"{'W205_' if kind == 2 else ''}{n}.jpg")
        files.append(file | ({"imageinfo": [{}]} if kind == 3 else {}))

    with web(lambda asked: as_json(commons_answer(*files))) as served:
        run = Run(Commons(served.base_url), ["a"], tmp_path_factory.mktemp("pages"), exclude=("W205",),
                  limits=replace(LIMITS, max_hits=max_hits))
    tally = run.survey.tally
    if all(kind == 3 for kind in kinds):
        assert run.problems and not run.rows
        return
    assert len(kinds) == len(run.rows) + tally.repeated + tally.unusable + tally.beyond + sum(tally.excluded.values())
    assert len(run.rows) <= max_hits
    assert json.dumps([row["rank"] for row in run.rows]) == json.dumps(sorted(row["rank"] for row in run.rows))
