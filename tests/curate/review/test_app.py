import re
import shutil

import pytest

import tables
from curate.params import ReviewParams
from curate.review.app import create_app
from curate.review.board import Board
from curate.review.guard import COOKIE, Guard
from curate.review.pictures import Pictures
from pipeline.layout import Layout

ORIGIN = "http://127.0.0.1:8765"
HEADERS = {"Host": "127.0.0.1:8765", "Origin": ORIGIN}


@pytest.fixture
def run(drawn_run, tmp_path):
    shutil.copytree(drawn_run, tmp_path / "run")
    return Layout(tmp_path / "run")


def client_of(run, guard=None):
    params = ReviewParams()
    board = Board(run, params, ("label_conflict",))
    pictures = Pictures(run, params, lambda: board.material.images)
    client = create_app(board, pictures, guard or Guard(), "ann").test_client()
    client.environ_base["HTTP_HOST"] = "127.0.0.1:8765"
    return client


@pytest.fixture
def client(run):
    return client_of(run)


@pytest.fixture
def item(client):
    return client.get("/api/queue?reviewer=ann&flag=blurry").json["items"][0][0]


def decide(client, item, seen=0, headers=HEADERS, reviewer="ann", **answer):
    return client.post("/api/decide", headers=headers, json={
        "reviewer": reviewer, "seen": seen, "answers": [{"item": item, **({"decision": "keep"} | answer)}]})


def rows_of(run):
    return run.decisions.read_text().splitlines()[1:] if run.decisions.exists() else []


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/api/start", "/picture/none/screen", "/nowhere"])
def test_every_answer_has_a_strict_policy(client, path):
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy
    assert "unsafe" not in policy and "http:" not in policy and "*" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(client):
    page = client.get("/").text
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|style=", page)
    assert not re.search(r"(?:src|href)=\"(?!/static/|#)", page)
    for name in re.findall(r"/static/([\w.]+)", page):
        assert client.get(f"/static/{name}").status_code == 200
    assert "http" not in "".join(client.get(f"/static/{name}").text for name in ("base.css", "stage.css", "panel.css"))


@pytest.mark.parametrize("path", [
    "/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static//etc/passwd",
    "/picture/../../hits.parquet/screen", "/picture/..%2f..%2fhits.parquet/screen", "/picture/%2fetc%2fpasswd/screen",
    "/aligned/..%2f..%2fhits.parquet/x", "/picture/x/..%2f..%2fscreen"])
def test_no_path_of_a_request_reaches_the_file_system(client, path, monkeypatch):
    opened = []
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda self: opened.append(self))
    assert client.get(path).status_code == 404
    assert opened == []


def test_a_picture_is_asked_for_by_its_sha256_and_never_again(client, item):
    sha = client.get(f"/api/items?reviewer=ann&ids={item}").json["items"][0]["pictures"][0]["sha256"]
    answer = client.get(f"/picture/{sha}/screen")
    assert answer.mimetype == "image/jpeg" and answer.data[:2] == b"\xff\xd8"
    assert "immutable" in answer.headers["Cache-Control"] and "private" in answer.headers["Cache-Control"]


def test_a_decision_is_in_the_file_when_it_is_answered(client, item, run):
    answer = decide(client, item, decision="drop")
    assert answer.json["written"] == 1 and answer.json["touched"][item] is True
    assert len(rows_of(run)) == 1


@pytest.mark.parametrize("headers", [
    {"Host": "127.0.0.1:8765"}, {"Host": "127.0.0.1:8765", "Origin": "http://evil.example"},
    {"Host": "evil.example", "Origin": "http://evil.example"}])
def test_a_decision_from_elsewhere_is_refused(client, item, run, headers):
    client.environ_base["HTTP_HOST"] = headers["Host"]
    answer = client.post("/api/decide", headers=headers, json={"reviewer": "ann", "seen": 0, "answers": [
        {"item": item, "decision": "keep"}]})
    assert answer.status_code == 403 and rows_of(run) == []


def test_a_form_of_another_site_cannot_pass_for_json(client, item, run):
    answer = client.post("/api/decide", headers=HEADERS, data='{"reviewer": "ann", "seen": 0}',
                         content_type="text/plain")
    assert answer.status_code == 400 and rows_of(run) == []


@pytest.mark.parametrize(("answer", "message"), [
    ({"decision": "same"}, "no answer to whether a picture belongs"),
    ({"decision": "undo"}, "no answer"),
    ({"decision": "relabel"}, "no class None"),
    ({"decision": "relabel", "label": "../../etc"}, "no class"),
    ({"decision": ["keep"]}, "are texts"),
    ({"note": "n" * 1001}, "at most 1,000"),
    ({"others": "x"}, "list of texts"),
])
def test_an_answer_that_does_not_fit_is_refused_with_a_reason(client, item, run, answer, message):
    found = decide(client, item, **answer)
    assert found.status_code == 400 and message in found.json["error"]
    assert rows_of(run) == []


def test_one_wrong_answer_of_a_screenful_writes_nothing(client, run):
    ids = [i for i, *_ in client.get("/api/queue?reviewer=ann&flag=blurry").json["items"]]
    answers = [{"item": i, "decision": "keep"} for i in ids[:3]] + [{"item": "unknown", "decision": "keep"}]
    found = client.post("/api/decide", headers=HEADERS, json={"reviewer": "ann", "seen": 0, "answers": answers})
    assert found.status_code == 400 and "no longer there" in found.json["error"] and rows_of(run) == []


@pytest.mark.parametrize("reviewer", ["", "=HYPERLINK(1)", "a\nb,c", "x" * 65, None, "-a", "@a"])
def test_a_name_that_is_none_is_refused(client, item, run, reviewer):
    assert decide(client, item, reviewer=reviewer).status_code == 400
    assert rows_of(run) == []


def test_names_of_people_are_taken(client, item, run):
    for seen, name in enumerate(["Jürgen O'Neill", "ann.b-c@d", "李"]):
        assert decide(client, item, seen=seen, reviewer=name).status_code == 200
    assert len(rows_of(run)) == 3


def test_a_lost_confirmation_makes_no_second_row(client, item, run):
    first, again = decide(client, item), decide(client, item)
    assert (first.json["written"], again.json["written"]) == (1, 0)
    assert len(rows_of(run)) == 1


def test_deciding_the_same_again_knowing_the_first_is_a_row_of_its_own(client, item, run):
    first = decide(client, item).json
    assert decide(client, item, seen=first["seen"]).json["written"] == 1
    assert len(rows_of(run)) == 2


def test_deciding_the_same_again_after_an_undo_is_a_row_of_its_own(client, item, run):
    first = decide(client, item).json
    undone = client.post("/api/undo", headers=HEADERS, json={"reviewer": "ann", "seen": first["seen"],
                                                             "at": first["undo"]["at"]}).json
    assert undone["items"] == [item]
    assert decide(client, item, seen=undone["seen"]).json["written"] == 1
    assert [row.split(",")[5] for row in rows_of(run)] == ["keep", "undo", "keep"]


def test_an_undo_sent_twice_takes_back_one_action(client, run):
    ids = [i for i, *_ in client.get("/api/queue?reviewer=ann&flag=blurry").json["items"]]
    decide(client, ids[0])
    last = decide(client, ids[1], seen=1).json["undo"]
    body = {"reviewer": "ann", "seen": 2, "at": last["at"]}
    assert [client.post("/api/undo", headers=HEADERS, json=body).json["written"] for _ in range(2)] == [1, 0]
    assert [row.split(",")[5] for row in rows_of(run)] == ["keep", "keep", "undo"]


def test_the_rest_of_a_screenful_that_was_cut_short_joins_its_action(client, run):
    ids = [i for i, *_ in client.get("/api/queue?reviewer=ann&flag=blurry").json["items"]][:3]
    answers = [{"item": i, "decision": "drop"} for i in ids]
    body = {"reviewer": "ann", "seen": 0, "answers": answers}
    client.post("/api/decide", headers=HEADERS, json=body)
    whole = run.decisions.read_bytes()
    lines = whole.splitlines(keepends=True)
    run.decisions.write_bytes(b"".join(lines[:2]))  # killed after the first row
    answer = client.post("/api/decide", headers=HEADERS, json=body).json
    assert answer["written"] == 2 and answer["undo"]["count"] == 3
    assert run.decisions.read_bytes() == whole


def test_what_others_wrote_is_told_with_the_next_answer(run, client):
    ids = [i for i, *_ in client.get("/api/queue?reviewer=ann&flag=blurry").json["items"]]
    other = client_of(run)
    decide(other, ids[3], reviewer="bob")
    assert decide(client, ids[0]).json["touched"] == {ids[0]: True, ids[3]: True}


def test_beyond_loopback_the_token_of_the_address_becomes_a_cookie(run):
    guard = Guard.for_host("0.0.0.0")
    client = client_of(run, guard)
    assert client.get("/").status_code == 403
    assert client.get("/api/start").status_code == 403
    answer = client.get(f"/?token={guard.token}")
    assert answer.status_code == 302 and answer.headers["Location"] == "/"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(COOKIE) and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert client.get("/").status_code == 200


def test_a_link_that_is_no_web_address_is_no_link(client):
    (item,) = [i for i, *_ in client.get("/api/queue?reviewer=ann&flag=label_suspect").json["items"]]
    source = client.get(f"/api/items?reviewer=ann&ids={item}").json["items"][0]["pictures"][0]["sources"][0]
    assert source["page_url"] is None and source["title"].startswith("<img")


def test_a_second_opinion_does_not_tell_the_first(client, item):
    decide(client, item, decision="drop")
    asked = client.get(f"/api/items?reviewer=bob&who=second&ids={item}").json["items"][0]
    assert asked["decided"] == []
    assert client.get(f"/api/items?reviewer=bob&ids={item}").json["items"][0]["decided"][0]["decision"] == "drop"


def test_an_unknown_queue_is_refused(client):
    assert client.get("/api/queue?reviewer=ann&who=nobody").status_code == 400


def test_new_rows_of_the_tables_are_taken_up_when_the_page_loads(client, run, item):
    tables.write(tables.FLAGS, [], run.flags)
    client.get("/api/start")
    kinds = {kind for _, kind, _ in client.get("/api/queue?reviewer=ann").json["items"]}
    assert kinds == {"compare"}


def test_while_a_stage_writes_what_was_read_before_serves(client, run, item):
    run.flags.unlink()
    assert client.get("/api/start").status_code == 200
    assert item in [i for i, *_ in client.get("/api/queue?reviewer=ann").json["items"]]
