"""Errors as problem details (RFC 9457): application/problem+json with type, title, status and detail."""

import json
from collections.abc import Mapping

from flask import Response
from werkzeug.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """An answer that tells what was wrong with a request; ``headers`` go with it."""

    def __init__(self, status: int, title: str, detail: str, headers: Mapping[str, str] | None = None):
        super().__init__(detail)
        self.status, self.title, self.detail, self.headers = status, title, detail, dict(headers or {})


def encode(status: int, title: str, detail: str) -> bytes:
    """Return the body of a problem; its type is about:blank, as the status says what kind it is."""
    return json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode() + b"\n"


def respond(problem: ProblemError) -> Response:
    """Return the answer for a problem."""
    return Response(encode(problem.status, problem.title, problem.detail), problem.status, problem.headers,
                    content_type=MEDIA_TYPE)


def from_http(error: HTTPException) -> ProblemError:
    """Return werkzeug's exception as a problem, its headers (Allow of 405) kept."""
    headers = {name: value for name, value in error.get_headers() if name.lower() == "allow"}
    return ProblemError(error.code or 500, error.name, error.description or error.name, headers)
