import csv
import io

import pytest
import yaml
from click.testing import CliRunner

import tables
from pipeline.layout import Layout
from serve import feedback as feedback_module
from serve.app import create_app
from tests.scrape.pictures import encode, image
from tests.serve.bundles import BLUE, GREEN, RED
from whatbenz import main


def send(client, picture=None, **said):
    form = {name: value for name, value in said.items() if value is not None}
    if picture is not None:
        form["image"] = (io.BytesIO(picture), "IMG_0001.jpg")
    return client.post("/feedback", data=form, content_type="multipart/form-data")


def photo(seed, **options):
    return encode(image(seed, 320, 240), "JPEG", quality=95, **options)


def read_rows(folder):
    path = folder / "feedback.csv"
    return list(csv.DictReader(path.open(encoding="utf-8"))) if path.exists() else []


@pytest.mark.parametrize(("keep_uploads", "consent", "picture", "kept"), [
    (True, "true", True, True), (True, "false", True, False), (True, None, True, False), (False, "true", True, False),
    (True, "true", False, False)])
def test_a_picture_is_kept_only_with_consent_and_only_where_the_service_may(make_service, tmp_path, keep_uploads,
                                                                            consent, picture, kept):
    client = create_app(make_service(keep_uploads=keep_uploads)).test_client()
    answer = send(client, photo(1) if picture else None, predicted=RED, correct=GREEN, consent=consent)
    assert answer.status_code == 201 and answer.get_json() == {"kept": kept}
    assert len(list((tmp_path / "feedback").rglob("*.jpg"))) == len(read_rows(tmp_path / "feedback")) == int(kept)


def test_predicting_keeps_nothing(make_service, tmp_path):
    client = create_app(make_service(keep_uploads=True)).test_client()
    client.post("/predict", data=photo(1), content_type="image/jpeg")
    assert not (tmp_path / "feedback").exists()


def test_what_is_kept_lies_under_its_class_and_what_is_none_elsewhere(make_service, tmp_path):
    client = create_app(make_service(keep_uploads=True)).test_client()
    for seed, correct in enumerate((GREEN, "none", None, RED)):
        send(client, photo(seed), predicted=RED, correct=correct, consent="true")
    rows = read_rows(tmp_path / "feedback")
    assert [row["file"].rpartition("/")[0] for row in rows] == [
        f"pictures/{GREEN}", "elsewhere", "elsewhere", f"pictures/{RED}"]
    assert [row["correct"] for row in rows] == [GREEN, "none", "", RED] and {row["predicted"] for row in rows} == {RED}
    assert all((tmp_path / "feedback" / row["file"]).exists() for row in rows)


def test_the_same_picture_twice_is_one_file_and_two_rows(make_service, tmp_path):
    client = create_app(make_service(keep_uploads=True)).test_client()
    for _ in range(2):
        send(client, photo(1), predicted=RED, correct=GREEN, consent="true")
    assert len(read_rows(tmp_path / "feedback")) == 2 and len(list((tmp_path / "feedback").rglob("*.jpg"))) == 1


def test_strangers_cannot_fill_the_disk(make_service, tmp_path, monkeypatch):
    monkeypatch.setattr(feedback_module, "MOST_PICTURES", 2)
    client = create_app(make_service(keep_uploads=True)).test_client()
    kept = [send(client, photo(n), predicted=RED, correct=GREEN, consent="true").get_json()["kept"] for n in range(3)]
    assert kept == [True, True, False] and len(list((tmp_path / "feedback").rglob("*.jpg"))) == 2


@pytest.mark.parametrize("said", [{}, {"predicted": "nope"}, {"predicted": RED, "correct": "../../etc"},
                                  {"predicted": RED, "correct": 3}, {"predicted": RED, "consent": "yes"},
                                  {"predicted": [RED]}, [], "x"])
def test_feedback_that_says_nothing_sensible_is_a_problem(client, said):
    assert client.post("/feedback", json=said).status_code == 400
    if isinstance(said, dict) and all(isinstance(value, str) for value in said.values()):
        assert send(client, **said).status_code == 400


def test_feedback_without_a_picture_is_counted(client):
    for correct in (RED, GREEN, "none", None):
        assert client.post("/feedback", json={"predicted": RED, "correct": correct, "consent": True}).status_code == 201
    text = client.get("/metrics").text
    assert all(f'whatbenz_feedback_total{{verdict="{verdict}"}} 1.0' in text
               for verdict in ("right", "wrong", "none", "unknown"))


def test_damaged_and_other_pictures_are_problems(make_service):
    client = create_app(make_service(keep_uploads=True)).test_client()
    assert send(client, b"hello", predicted=RED, correct=GREEN, consent="true").status_code == 415
    assert send(client, photo(1)[:-500], predicted=RED, correct=GREEN, consent="true").status_code == 422


@pytest.fixture
def workspace(tmp_path):
    """A run whose pictures are the feedback that a service on the same folder keeps."""
    header = "class_id,label,name\n"
    (tmp_path / "classes.csv").write_text(header + "".join(f"{c},{c},{c}\n" for c in (RED, GREEN, BLUE)))
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({
        "scrape": {"sources": ["folder"], "folder": "data/feedback/pictures"},
        "flag": {"unchecked_sources": ["folder"]}, "split": {"min_images": 2}}))
    return Layout(tmp_path)


def run(layout, *stages):
    for stage in stages:
        result = CliRunner().invoke(main, ["-C", str(layout.root), stage], catch_exceptions=False)
        assert result.exit_code == 0, result.output


def test_kept_feedback_goes_through_review_into_the_data_set(bundle, workspace, make_service):
    service = make_service(keep_uploads=True)
    service.store = feedback_module.FeedbackStore(workspace.feedback, "v", 10**8)
    client = create_app(service).test_client()
    for seed in range(6):
        send(client, photo(seed), predicted=BLUE, correct=(RED, GREEN)[seed % 2], consent="true")
    run(workspace, "search", "download", "inspect", "embed", "dedupe", "flag", "split")
    flags = tables.read(tables.FLAGS, workspace.flags)
    waiting = flags[flags["flag"] == "unchecked"]
    assert len(waiting) == 6 and set(waiting["class_id"]) == {RED, GREEN}
    assert tables.read(tables.MANIFEST, workspace.manifest).empty

    workspace.decisions.parent.mkdir()
    rows = [{"decided_at": "2026-11-28T00:00:00Z", "reviewer": "ann", "sha256": row.sha256, "class_id": row.class_id,
             "flag": "unchecked", "decision": "keep" if n else "drop", "label": "", "other_sha256": "", "note": ""}
            for n, row in enumerate(waiting.itertuples())]
    with workspace.decisions.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
    run(workspace, "dedupe", "flag", "split")
    manifest = tables.read(tables.MANIFEST, workspace.manifest)
    assert set(manifest["sha256"]) == {row["sha256"] for row in rows[1:]}
    assert set(manifest["class_id"]) == {RED, GREEN}
