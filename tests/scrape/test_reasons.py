import pytest

import tables
from scrape.reasons import REASONS, Again, look_up, of_status


def test_every_reason_leads_to_a_status_of_the_hits():
    assert {reason.status for reason in REASONS.values()} <= set(tables.HIT_STATUSES)


def test_what_is_rejected_is_not_asked_again():
    assert all(reason.again is Again.NEVER for reason in REASONS.values() if reason.status == "rejected")


@pytest.mark.parametrize("status, slug, again", [
    (404, "not_found", Again.NEVER), (410, "gone", Again.NEVER), (400, "http_400", Again.NEVER),
    (401, "http_401", Again.NEVER), (403, "http_403", Again.NEVER), (405, "http_405", Again.NEVER),
    (406, "http_406", Again.NEVER), (451, "http_451", Again.NEVER), (501, "http_501", Again.NEVER),
    (505, "http_505", Again.NEVER), (204, "http_204", Again.NEVER), (206, "http_206", Again.NEVER),
    (408, "gave_up_408", Again.THIS_RUN), (425, "gave_up_425", Again.THIS_RUN), (429, "gave_up_429", Again.THIS_RUN),
    (500, "gave_up_500", Again.THIS_RUN), (502, "gave_up_502", Again.THIS_RUN), (503, "gave_up_503", Again.THIS_RUN),
    (504, "gave_up_504", Again.THIS_RUN), (522, "gave_up_522", Again.THIS_RUN),
])
def test_a_status_is_asked_again_only_where_that_can_succeed(status, slug, again):
    assert of_status(status) == slug
    assert look_up(slug).again is again
    assert look_up(slug).status == "failed"


@pytest.mark.parametrize("slug, sentence", [
    ("http_403", "the host answered 403 Forbidden"), ("http_599", "the host answered 599"),
    ("format_svg", "a picture in SVG, which is not taken"),
    ("gave_up_429", "the host still answered 429 Too Many Requests after download.tries tries"),
])
def test_members_of_the_families_have_a_sentence(slug, sentence):
    assert look_up(slug).help == sentence


def test_an_unknown_reason_is_an_error():
    with pytest.raises(KeyError):
        look_up("because")
