"""The API key: read from the environment, kept out of texts, and taken out of what the API repeats."""

import json
import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import quote, quote_plus

from pipeline.errors import ApiError

VARIABLE = "MERCEDES_API_KEY"
REDACTED = "REDACTED"
SHORTEST = 8
# a logger's filter sees its own records only, not those of the loggers below it
LIBRARIES = ("requests", "urllib3", "urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry",
             "urllib3.response", "charset_normalizer")

_IN_QUERY = re.compile(r"(?i)([?&](?:apikey|api_key|x-api-key)=)[^&\"'\\\s<>#)]*")


class ApiKey:
    """A key that shows itself only to the request that needs it.

    Raises:
        ApiError: the text cannot be a key. The message does not repeat it.
    """

    def __init__(self, text: str):
        text = text.strip()
        if len(text) < SHORTEST or not re.fullmatch(r"[\x21-\x7e]+", text):
            raise ApiError(f"{VARIABLE}: not a key: it must have at least {SHORTEST} printable characters and no "
                           "spaces; copy it again from the developer site")
        self._text = text
        forms = {text, quote(text, safe=""), quote_plus(text), quote(text), json.dumps(text)[1:-1]}
        longest_first = sorted(forms, key=len, reverse=True)
        self._forms = re.compile("|".join(re.escape(form) for form in longest_first), re.IGNORECASE)

    def __repr__(self) -> str:
        return f"ApiKey({REDACTED})"

    def __reduce__(self) -> str:
        raise TypeError("an ApiKey is not stored")

    def reveal(self) -> str:
        """Return the key itself, for the header or the query of a request."""
        return self._text

    def scrub(self, text: str) -> str:
        """Return ``text`` without the key in any of its spellings, and without the value of any apikey=."""
        return self._forms.sub(REDACTED, _IN_QUERY.sub(rf"\g<1>{REDACTED}", text))


def read_key(environment: Mapping[str, str] = os.environ) -> ApiKey:
    """Return the key that ``MERCEDES_API_KEY`` holds.

    Raises:
        ApiError: it is not set, or holds no key.
    """
    text = environment.get(VARIABLE, "")
    if not text.strip():
        raise ApiError(f"{VARIABLE} is not set; `export {VARIABLE}=…` with a key of developer.mercedes-benz.com, "
                       "or set mercedes_api.base_url: sandbox")
    return ApiKey(text)


class _Redacting(logging.Filter):
    """Rewrites log records that would name the key: urllib3 logs whole request lines at DEBUG."""

    def __init__(self, key: ApiKey):
        super().__init__()
        self._key = key

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._key.scrub(record.getMessage()), ()
        return True


@contextmanager
def redacted_logs(key: ApiKey) -> Iterator[None]:
    """Keep the key out of the logs of the HTTP libraries while the block runs."""
    redacting = _Redacting(key)
    for name in LIBRARIES:
        logging.getLogger(name).addFilter(redacting)
    try:
        yield
    finally:
        for name in LIBRARIES:
            logging.getLogger(name).removeFilter(redacting)
