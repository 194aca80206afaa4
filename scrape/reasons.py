"""Why a candidate was not saved: every reason, the status it leads to, and whether it is worth another try.

A reason is a short slug that stays the same from run to run. Some are families with one member each
HTTP status or format: ``http_403``, ``gave_up_429``, ``format_svg``. ``whatbenz download`` prints the
most frequent ones with their sentence from this table.
"""

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus


class Again(Enum):
    """When a reason may have passed, so that asking again can succeed."""

    NEVER = "never"
    NEXT_RUN = "next run"
    THIS_RUN = "this run"


@dataclass(frozen=True)
class Reason:
    """One reason: its slug, the status of the candidate, when to try again, and a sentence."""

    slug: str
    status: str
    again: Again
    help: str


def _rejected(slug: str, help: str) -> Reason:
    return Reason(slug, "rejected", Again.NEVER, help)


def _failed(slug: str, help: str) -> Reason:
    return Reason(slug, "failed", Again.NEVER, help)


def _later(slug: str, help: str) -> Reason:
    return Reason(slug, "failed", Again.NEXT_RUN, help)


def _passing(slug: str, help: str) -> Reason:
    return Reason(slug, "failed", Again.THIS_RUN, help)


REASONS = {reason.slug: reason for reason in (
    # refused without asking, or without taking what was offered
    _rejected("bad_scheme", "neither http nor https"),
    _rejected("bad_url", "no address that can be asked: no host, a bad port, or a name and password in it"),
    _rejected("private_address", "leads into a private, loopback or otherwise special network"),
    _rejected("robots", "the host's robots.txt does not allow it"),
    _rejected("opt_out", "X-Robots-Tag or TDM-Reservation reserves it from use for machine learning"),
    _rejected("outside_folder", "not below scrape.folder"),
    _rejected("too_large", "more bytes than download.max_bytes"),
    # what came is no picture that can be used
    _rejected("empty", "no bytes"),
    _rejected("not_an_image", "text, HTML or something else that is no picture"),
    _rejected("too_many_pixels", "more pixels than download.max_pixels"),
    _rejected("truncated", "the picture's file ends before the picture does"),
    _rejected("damaged", "the picture cannot be decoded"),
    _rejected("bad_encoding", "sent in a content encoding that was not asked for"),
    # the host answered, and asking again would bring the same
    _failed("not_found", "404, or no such file in scrape.folder"),
    _failed("gone", "410"),
    _failed("too_many_redirects", "more than 3 redirects, or a loop"),
    _failed("bad_answer", "the answer is not HTTP, or a redirect without an address"),
    _failed("bad_certificate", "the host's certificate is not valid"),
    # may pass, but hardly within seconds; or it took so long that another try is for the next run
    _later("unknown_host", "the host's name cannot be resolved"),
    _later("stalled", "nothing more came for download.stall_seconds"),
    _later("connect_timeout", "no connection within download.connect_seconds"),
    _later("no_answer", "connected, but no answer within download.stall_seconds"),
    _later("too_slow", "less than 1 kB a second, or longer than download.total_seconds as a whole"),
    _later("robots_unreachable", "robots.txt cannot be had, so nothing may be asked of the host (RFC 9309, 2.3.1.4)"),
    _later("breaker_open", "not asked: the host failed too often, or wants a longer pause than download.max_wait"),
    _later("unreadable", "the file in scrape.folder cannot be read"),
    # quick failures that may pass within seconds
    _passing("connection_failed", "no connection, or it broke before the answer"),
    _passing("cut_off", "the connection ended before the announced end of the picture"),
    _passing("tls_failed", "no encrypted connection could be made"),
)}

# Statuses that ask to come back, or that a proxy gives while its host is away (52x: Cloudflare).
_PASSING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 509, 520, 521, 522, 523, 524})


def of_status(status: int) -> str:
    """Return the slug for an HTTP status that brings no picture."""
    if status in _PASSING_STATUSES:
        return f"gave_up_{status}"
    return {404: "not_found", 410: "gone"}.get(status, f"http_{status}")


def look_up(slug: str) -> Reason:
    """Return the reason of a slug, members of the families included.

    Raises:
        KeyError: there is no such reason.
    """
    family, _, member = slug.rpartition("_")
    if slug in REASONS:
        return REASONS[slug]
    if family == "gave_up":
        return _passing(slug, f"the host still answered {_name(member)} after download.tries tries")
    if family == "http":
        return _failed(slug, f"the host answered {_name(member)}")
    if family == "format":
        return _rejected(slug, f"a picture in {member.upper()}, which is not taken")
    raise KeyError(slug)


def _name(status: str) -> str:
    try:
        return f"{status} {HTTPStatus(int(status)).phrase}"
    except ValueError:
        return status
