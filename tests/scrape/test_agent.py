import pytest

from pipeline.errors import ParamError
from scrape.agent import PRODUCT, user_agent
from whatbenz import __version__


def test_the_user_agent_names_project_version_and_contact():
    assert user_agent(" me@example.org ") == f"WhatBenz/{__version__} (me@example.org)"
    assert user_agent(None) == f"{PRODUCT}/{__version__}"


@pytest.mark.parametrize("contact", ["", " ", "a@b.org\r\nX-Evil: 1", "a(b)@c.org", "jörg@example.org", "a\\b"])
def test_a_contact_that_breaks_the_header_is_refused(contact):
    with pytest.raises(ParamError, match=r"scrape\.contact"):
        user_agent(contact)
