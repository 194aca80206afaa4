"""The answer to one photo, whichever way it came: over our own HTTP or through Azure ML."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from serve.decoding import DamagedError, TooManyPixelsError, UnknownFormatError
from serve.gate import BusyError
from serve.markets import choose_market
from serve.problems import ProblemError
from serve.service import Service

MOST_TOP = 10
RETRY_SECONDS = 2


def answer_picture(service: Service, data: bytes, market_id: str, top: int) -> dict[str, Any]:
    """Return the body of an answer: the likeliest classes, the facts of the first, the model.

    Args:
        data: the picture's bytes.
        market_id: one of the bundle's.
        top: how many classes to name.

    Raises:
        ProblemError: 413, 415, 422 or 503.
    """
    start, catalogue = perf_counter(), service.catalogue
    with picture_problems():
        prediction = service.predict(data)
    found = [catalogue.describe_class(class_id) | {"probability": round(probability, 6)}
             for class_id, probability in prediction.ranked[:top]]
    return {
        "known": prediction.known,
        "predictions": found,
        "facts": catalogue.facts(found[0]["class_id"], market_id),
        "model": {"version": service.bundle.version, "sandbox": service.bundle.labels.sandbox},
        "milliseconds": round((perf_counter() - start) * 1000),
    }


def pick_market(service: Service, market_id: str | None, accept_language: str) -> str:
    """Return the market that a request names, or where it names none the one that fits its language.

    Raises:
        ProblemError: 400, the bundle has no such market.
    """
    known = service.catalogue.market_ids
    if market_id is None:
        return choose_market(accept_language, known, service.params.market)
    if market_id not in known:
        raise ProblemError(400, "Unknown market", "There is no such market; GET /markets lists them.")
    return market_id


def read_top(text: str | None, default: int) -> int:
    """Return how many classes a request asks for.

    Raises:
        ProblemError: 400, it is no whole number from 1 to 10.
    """
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= MOST_TOP):
        raise ProblemError(400, "Bad parameter", f"top is a whole number from 1 to {MOST_TOP}.")
    return int(text)


@contextmanager
def picture_problems() -> Iterator[None]:
    """Turn what may go wrong with a picture into problems.

    Raises:
        ProblemError: 413, 415, 422 or 503.
    """
    try:
        yield
    except BusyError as error:
        raise ProblemError(503, "Busy", "More pictures wait than can be answered; try again.",
                           {"Retry-After": str(RETRY_SECONDS)}) from error
    except UnknownFormatError as error:
        raise ProblemError(415, "Unsupported picture", str(error)) from error
    except TooManyPixelsError as error:
        raise ProblemError(413, "Picture too large", str(error)) from error
    except DamagedError as error:
        raise ProblemError(422, "Damaged picture", str(error)) from error
