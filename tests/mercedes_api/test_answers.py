import gzip
import json
import os
from datetime import UTC, datetime

import pytest

from mercedes_api.answers import Answer, Answers, Pause, folder_name
from pipeline.errors import ApiError

WHEN = datetime(2024, 5, 1, 12, tzinfo=UTC)
PATH = "/markets/de_DE/models/2050411/configurations/AU-651_PS-012%23-966%23/selectables"


def answer(path=PATH, body='{"a": "ä"}', status=200):
    return Answer(path, status, body, WHEN)


def test_an_answer_is_kept_as_it_came(tmp_path):
    Answers(tmp_path).write(answer())
    kept = Answers(tmp_path).read(PATH)
    assert (kept, kept.data) == (answer(), {"a": "ä"})


def test_nothing_found_is_an_answer_too(tmp_path):
    Answers(tmp_path).write(answer(body="", status=204))
    kept = Answers(tmp_path).read(PATH)
    assert (kept.status, kept.data) == (204, None)


def test_another_request_has_another_answer(tmp_path):
    Answers(tmp_path).write(answer())
    assert Answers(tmp_path).read(PATH.replace("651", "652")) is None


@pytest.mark.parametrize("path", ["/markets", "/markets/en_AE-AZ/models", "/markets/de_DE/models/44781513_002",
                                  "/markets/de_DE/models?bodyId=SPORTS%20TOURER", "/markets/../../models"])
def test_every_path_stays_below_the_folder(tmp_path, path):
    answers = Answers(tmp_path / "answers")
    answers.write(answer(path))
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) == 1 and (tmp_path / "answers").resolve() in files[0].resolve().parents
    assert answers.read(path) == answer(path)


@pytest.mark.parametrize("damage", [
    lambda raw: raw[:-9], lambda raw: b"", lambda raw: b"not gzip", lambda raw: gzip.compress(b"no head"),
    lambda raw: gzip.compress(gzip.decompress(raw) + b" "),
    lambda raw: gzip.compress(gzip.decompress(raw).replace(b"2050411", b"2050412", 1))])
def test_a_damaged_file_is_no_answer_and_is_named(tmp_path, damage):
    answers = Answers(tmp_path)
    answers.write(answer())
    file, = tmp_path.rglob("*.json.gz")
    file.write_bytes(damage(file.read_bytes()))
    assert answers.read(PATH) is None
    assert answers.damaged == [file]


def test_the_file_is_gzip_with_one_line_about_the_call(tmp_path):
    Answers(tmp_path).write(answer())
    file, = tmp_path.rglob("*.json.gz")
    head, body = gzip.decompress(file.read_bytes()).decode().split("\n", 1)
    assert json.loads(head)["path"] == PATH
    assert json.loads(body) == {"a": "ä"}


def test_paid_calls_are_counted_over_runs(tmp_path):
    for expected in (1, 2):
        answers = Answers(tmp_path)
        answers.open_ledger()
        answers.pay("/markets")
        assert answers.paid == expected
        answers.close_ledger()
    assert Answers(tmp_path).paid == 2


def test_a_call_is_on_disk_before_it_is_sent(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append((tmp_path / "calls.log").read_text()))
    answers = Answers(tmp_path)
    answers.open_ledger()
    answers.pay("/markets")
    answers.close_ledger()
    assert synced[-1].endswith(" /markets\n")


def test_two_runs_do_not_pay_into_one_folder(tmp_path):
    first, second = Answers(tmp_path), Answers(tmp_path)
    first.open_ledger()
    with pytest.raises(ApiError, match="another run"):
        second.open_ledger()
    first.close_ledger()
    second.open_ledger()
    second.close_ledger()


def test_an_answer_that_was_whole_before_its_rename_is_put_in_its_place(tmp_path):
    Answers(tmp_path).write(answer())
    file, = tmp_path.rglob("*.json.gz")
    leftover = file.rename(file.with_name(".2050411-x7.gz.part"))
    broken = leftover.with_name(".2050411-x8.gz.part")
    broken.write_bytes(leftover.read_bytes()[:40])
    answers = Answers(tmp_path)
    answers.open_ledger()
    answers.close_ledger()
    assert answers.read(PATH) == answer()
    assert not leftover.exists() and not broken.exists()


def test_an_announced_wait_is_kept(tmp_path):
    Answers(tmp_path).set_pause(Pause(WHEN, "403: out of quota"))
    assert Answers(tmp_path).pause == Pause(WHEN, "403: out of quota")


def test_answers_of_different_apis_have_different_folders():
    urls = ("https://api.mercedes-benz.com/configurator/v2", "https://api.mercedes-benz.com/configurator/v1",
            "http://127.0.0.1:4010", "http://127.0.0.1:4011")
    assert len({folder_name(url) for url in urls}) == 4
    assert folder_name(urls[0] + "/") == folder_name(urls[0]) == "api.mercedes-benz.com_configurator_v2"
