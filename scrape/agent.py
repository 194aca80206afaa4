"""The name under which the project asks the web: an honest User-Agent with a contact."""

from pipeline.errors import ParamError
from whatbenz import __version__

PRODUCT = "WhatBenz"
"""The product token (RFC 9309, 2.2.1) that robots.txt and X-Robots-Tag address the project by."""


def user_agent(contact: str | None) -> str:
    """Return the User-Agent header, in the form that Wikimedia's User-Agent policy asks for.

    Args:
        contact: an e-mail or web address at which the operator can be reached, or None.

    Raises:
        ParamError: the contact has characters that cannot stand in a header's comment.
    """
    if contact is None:
        return f"{PRODUCT}/{__version__}"
    if not contact.strip() or not all(" " <= c <= "~" and c not in "()\\" for c in contact):
        raise ParamError(f"params.yaml: scrape.contact: {contact!r} cannot stand in a User-Agent header; "
                         "write an e-mail or web address in plain ASCII, without parentheses")
    return f"{PRODUCT}/{__version__} ({contact.strip()})"
