import io
import json

import pytest
from PIL import Image

from serve.app import create_app
from serve.headers import secure
from tests.scrape.pictures import encode, image
from tests.serve.bundles import BLUE, CLASSES, GREEN, NO_CAR, RED, coloured

PROBLEM = "application/problem+json"


def problem(response):
    assert response.content_type == PROBLEM
    body = response.get_json(force=True)
    assert body["status"] == response.status_code and body["type"] == "about:blank" and body["title"] and body["detail"]
    return response.status_code


@pytest.mark.parametrize("class_id", [RED, GREEN, BLUE])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_photo_is_answered_with_its_class_in_every_format(client, class_id, kind):
    answer = client.post("/predict", data=coloured(class_id, kind), content_type="application/octet-stream").get_json()
    assert answer["known"] is True
    assert answer["predictions"][0]["class_id"] == class_id
    assert answer["facts"]["class_id"] == class_id


def test_an_answer_holds_the_alternatives_the_facts_and_the_model(client, bundle):
    answer = client.post("/predict?market=de_DE", data=coloured(RED), content_type="image/jpeg").get_json()
    assert answer["predictions"][0]["class_id"] == RED and len(answer["predictions"]) == 3
    assert sorted(answer["predictions"], key=lambda guess: -guess["probability"]) == answer["predictions"]
    assert answer["predictions"][0]["examples"][0]["author"] == "Ann"
    assert answer["facts"]["price"] == {"min": 41000.0, "max": 42000.0, "currency": "EUR", "gross": True}
    assert answer["model"] == {"version": bundle.version, "sandbox": True}


def test_a_grey_picture_is_none_of_the_cars_and_still_has_guesses(client):
    grey = encode(Image.new("RGB", (60, 60), (90, 90, 90)), "PNG")
    answer = client.post("/predict", data=grey, content_type="image/png").get_json()
    assert answer["known"] is False and len(answer["predictions"]) == 3


def test_a_form_with_the_picture_is_answered_as_its_bytes_are(client):
    form = client.post("/predict?top=1", data={"image": (io.BytesIO(coloured(GREEN)), "a.jpg")}).get_json()
    raw = client.post("/predict?top=1", data=coloured(GREEN), content_type="image/jpeg").get_json()
    assert form["predictions"] == raw["predictions"] and len(form["predictions"]) == 1


@pytest.mark.parametrize(("body", "kind", "status"), [
    (b"", "image/jpeg", 400), (b"hello", "text/plain", 415), (b"hello", "image/jpeg", 415),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 415), (encode(image(), "TIFF"), "image/tiff", 415),
    (encode(image(), "GIF"), "image/gif", 415), (coloured(RED)[:-40], "image/jpeg", 422),
    (encode(image(), "PNG")[:900], "image/png", 422), (b"{}", "application/json", 415)])
def test_what_is_no_picture_is_a_problem(client, body, kind, status):
    assert problem(client.post("/predict", data=body, content_type=kind)) == status


def test_a_form_without_the_picture_is_a_problem(client):
    assert problem(client.post("/predict", data={"picture": (io.BytesIO(b"x"), "a.jpg")})) == 400


@pytest.mark.parametrize("query", ["market=xx_XX", "market=", "top=0", "top=11", "top=two", "top=", "top=²"])
def test_a_bad_parameter_is_a_problem(client, query):
    assert problem(client.post(f"/predict?{query}", data=coloured(RED), content_type="image/jpeg")) == 400


def test_a_picture_of_too_many_bytes_is_refused(make_service):
    client = create_app(make_service(max_bytes=1000)).test_client()
    data = encode(image(), "PNG")
    assert len(data) > 1000
    assert problem(client.post("/predict", data=data, content_type="image/png")) == 413
    assert problem(client.post("/predict", data={"image": (io.BytesIO(data), "a.png")})) == 413
    assert problem(client.post("/predict", data=b"x" * 40_000, content_type="image/png")) == 413


def test_a_picture_of_too_many_pixels_is_refused_from_its_header(make_service):
    client = create_app(make_service(max_pixels=100_000)).test_client()
    assert problem(client.post("/predict", data=coloured(RED, size=(400, 300)), content_type="image/jpeg")) == 413


def test_the_classes_are_listed_with_examples_that_can_be_fetched(client):
    classes = client.get("/classes").get_json()["classes"]
    assert [each["class_id"] for each in classes] == list(CLASSES)
    url = classes[0]["examples"][0]["url"]
    answer = client.get(url)
    assert answer.status_code == 200 and answer.content_type == "image/jpeg"
    assert client.get(url, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", [
    "/examples/c-sedan/9.jpg", "/examples/c-sedan/credits.json", "/examples/../labels.json",
    "/examples/%2e%2e/model.onnx", "/classes/nope", "/nope", "/nope/nope", "/.env"])
def test_what_is_not_there_is_a_problem(client, path):
    assert problem(client.get(path)) == 404


def test_a_class_that_is_sold_has_price_power_and_paints(client):
    facts = client.get(f"/classes/{RED}?market=de_DE").get_json()
    assert facts["sold"] is True and facts["invented"] is True and facts["successor"] is None
    assert facts["power"] == {"min_kw": 101.0, "max_kw": 102.0, "min_hp": 137.0, "max_hp": 138.0, "hp_unit": "PS"}
    assert facts["fuel_types"] == ["DIESEL", "SUPER"]
    assert [(paint["name"], paint["swatch"], paint["price"]) for paint in facts["paints"]][:1] == [
        ("polarweiß", "#f2f3f1", 0.0)]


def test_a_class_that_is_no_longer_sold_names_its_successor(client):
    facts = client.get(f"/classes/{GREEN}?market=de_DE").get_json()
    assert facts["sold"] is False and facts["price"] is None
    assert facts["successor"]["name"] == "GLC 200" and facts["successor"]["series"] == ["C254"]
    assert facts["successor"]["price"]["min"] == 56000.0


@pytest.mark.parametrize(("market", "sold"), [("fr_FR", None), ("en_GB", False)])
def test_what_a_market_does_not_sell_differs_from_what_is_not_known(client, market, sold):
    assert client.get(f"/classes/{NO_CAR}?market={market}").get_json()["sold"] is sold


@pytest.mark.parametrize(("language", "market"), [
    ("de", "de_DE"), ("fr-CA,de;q=0.5", "fr_FR"), ("ja", "en_GB"), ("", "en_GB")])
def test_without_a_market_the_browsers_language_chooses(make_service, language, market):
    client = create_app(make_service(market="en_GB")).test_client()
    answer = client.get(f"/classes/{RED}", headers={"Accept-Language": language})
    assert answer.get_json()["market_id"] == market and "Accept-Language" in answer.headers["Vary"]
    assert client.get("/markets", headers={"Accept-Language": language}).get_json()["default"] == market


@pytest.mark.parametrize("path", ["/classes", "/markets", "/healthz", "/readyz", "/metrics", "/openapi.json"])
def test_head_answers_as_get_without_a_body(client, path):
    head, get = client.head(path), client.get(path)
    assert head.status_code == 200 and head.data == b"" and head.content_type == get.content_type


@pytest.mark.parametrize(("method", "path", "allowed"), [("GET", "/predict", "POST"), ("POST", "/classes", "GET"),
                                                         ("DELETE", "/feedback", "POST")])
def test_another_method_is_a_problem_that_names_the_right_one(client, method, path, allowed):
    answer = client.open(path, method=method)
    assert problem(answer) == 405 and allowed in answer.headers["Allow"]


def test_every_answer_has_the_security_headers(client):
    for answer in (client.get("/classes"), client.get("/nope"), client.post("/predict")):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(("media_type", "path", "whole"), [
    ("text/html", "/", True), ("image/svg+xml", "/icons/icon.svg", True), ("text/javascript", "/sw.js", True),
    ("application/json", "/classes", True), ("text/javascript", "/scripts/main.js", False),
    ("text/css", "/styles/page.css", False),
])
def test_documents_and_workers_have_a_policy_of_their_own_and_their_parts_need_none(media_type, path, whole):
    headers = secure(media_type, path)
    assert ("Content-Security-Policy" in headers) is whole and headers["X-Content-Type-Options"] == "nosniff"


def test_only_the_apps_origins_may_read_from_elsewhere(client):
    welcome = client.get("/classes", headers={"Origin": "capacitor://localhost"})
    assert welcome.headers["Access-Control-Allow-Origin"] == "capacitor://localhost"
    asked = client.options("/predict", headers={"Origin": "https://localhost", "Access-Control-Request-Method": "POST"})
    assert asked.status_code == 204 and "POST" in asked.headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Origin" not in client.get("/classes", headers={"Origin": "https://evil.example"}).headers


def test_a_client_that_asks_too_often_is_told_when_to_come_again(make_service):
    client = create_app(make_service(rate_per_minute=6, burst=2)).test_client()
    answers = [client.post("/predict", data=coloured(RED), content_type="image/jpeg") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert problem(answers[2]) == 429 and 1 <= int(answers[2].headers["Retry-After"]) <= 10
    other = client.post("/predict", data=coloured(RED), content_type="image/jpeg",
                        environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 200


def test_while_the_service_ends_it_is_not_ready(make_service):
    service = make_service()
    client = create_app(service).test_client()
    assert client.get("/readyz").get_json()["ready"] is True
    service.draining = True
    assert problem(client.get("/readyz")) == 503 and client.get("/healthz").status_code == 200


def test_the_log_is_json_and_names_no_person(make_service):
    service = make_service()
    client = create_app(service).test_client()
    client.post("/predict?market=de_DE", data={"image": (io.BytesIO(coloured(RED)), "ann-at-home.jpg")},
                headers={"User-Agent": "Anns-Phone", "Referer": "https://ann.example"},
                environ_base={"REMOTE_ADDR": "203.0.113.9"})
    line = json.loads(service.log.getvalue())
    assert line["status"] == 200 and line["route"] == "/predict" and line["class_id"] == RED
    assert not any(word in service.log.getvalue() for word in ("203.0.113.9", "Ann", "ann"))


def test_a_fault_is_a_problem_that_tells_nothing_and_a_line_in_the_log(make_service, monkeypatch):
    service = make_service()
    monkeypatch.setattr(service, "predict", lambda data: 1 / 0)
    answer = create_app(service).test_client().post("/predict", data=coloured(RED), content_type="image/jpeg")
    assert problem(answer) == 500 and "ZeroDivision" not in answer.text
    assert "ZeroDivisionError" in service.log.getvalue() and answer.headers["X-Request-Id"] in service.log.getvalue()


def test_metrics_count_answers_by_route(client):
    client.post("/predict", data=coloured(RED), content_type="image/jpeg")
    client.get("/some/other/path")
    text = client.get("/metrics").text
    assert 'whatbenz_requests_total{method="POST",route="/predict",status="200"} 1.0' in text
    assert 'whatbenz_pictures_total{known="yes"} 1.0' in text and "some/other" not in text
    assert "whatbenz_decode_seconds_count 1.0" in text and "process_resident_memory_bytes" in text


def test_the_web_apps_files_are_served_small_and_asked_for_once(make_service, tmp_path):
    folder = tmp_path / "site"
    (folder / "parts").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>What Benz</title>" + "<p>hello</p>" * 200)
    (folder / "parts" / "app.js").write_text("export const a = 1;")
    (folder / "app.webmanifest").write_text("{}")
    (folder / ".secret.txt").write_text("no")
    client = create_app(make_service(web=folder)).test_client()
    squeezed = {"Accept-Encoding": "gzip"}
    page = client.get("/", headers=squeezed)
    assert page.headers["Content-Encoding"] == "gzip" and len(page.data) < 300
    assert client.get("/", headers=squeezed | {"If-None-Match": page.headers["ETag"]}).status_code == 304
    assert client.get("/").text.startswith("<!doctype html>")
    assert client.get("/parts/app.js").content_type == "text/javascript; charset=utf-8"
    assert client.get("/app.webmanifest").content_type == "application/manifest+json"
    assert problem(client.get("/.secret.txt")) == 404
