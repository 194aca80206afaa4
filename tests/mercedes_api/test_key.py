import logging
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercedes_api.key import ApiKey, read_key, redacted_logs
from pipeline.errors import ApiError

SECRET = "s3cr3t+key/with=signs"


def test_the_key_comes_from_the_environment():
    assert read_key({"MERCEDES_API_KEY": f" {SECRET}\n"}).reveal() == SECRET


def test_a_missing_key_is_said_with_the_way_to_one():
    with pytest.raises(ApiError, match="MERCEDES_API_KEY is not set.*base_url: sandbox"):
        read_key({})


@pytest.mark.parametrize("text", ["short", "has a space in it", "line\nbreak-in-it", "ümläute-im-text"])
def test_what_cannot_be_a_key_is_refused_without_repeating_it(text):
    with pytest.raises(ApiError) as caught:
        read_key({"MERCEDES_API_KEY": text})
    assert text not in str(caught.value)


def test_a_key_does_not_show_itself():
    key = ApiKey(SECRET)
    assert SECRET not in f"{key} {key!r} {[key]} {vars()}"


def test_a_key_is_not_pickled():
    with pytest.raises(TypeError):
        pickle.dumps(ApiKey(SECRET))


@pytest.mark.parametrize("spelling", [
    SECRET, "s3cr3t%2Bkey%2Fwith%3Dsigns", "s3cr3t%2bkey%2fwith%3dsigns", "s3cr3t%2Bkey/with%3Dsigns"])
def test_every_spelling_of_the_key_is_scrubbed(spelling):
    assert ApiKey(SECRET).scrub(f"before {spelling} after") == "before REDACTED after"


def test_the_apikey_of_a_link_is_scrubbed_whatever_it_is():
    link = '{"self": "https://host/v1/markets/de_DE?classId=A&apikey=another-key", "n": 1}'
    assert ApiKey(SECRET).scrub(link) == '{"self": "https://host/v1/markets/de_DE?classId=A&apikey=REDACTED", "n": 1}'


@given(key=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7e), min_size=8, max_size=40),
       before=st.text(max_size=20), after=st.text(max_size=20))
def test_no_text_keeps_the_key(key, before, after):
    assert key not in ApiKey(key).scrub(before + key + after).replace("REDACTED", "")


def test_the_logs_of_the_http_library_do_not_name_the_key(caplog):
    with caplog.at_level(logging.DEBUG), redacted_logs(ApiKey(SECRET)):
        logging.getLogger("urllib3.connectionpool").debug('%s "GET %s"', "http://host", f"/v1/markets?apikey={SECRET}")
    assert caplog.messages == ['http://host "GET /v1/markets?apikey=REDACTED"']
