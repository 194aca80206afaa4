"""Who may use the review page: the host and origin of each request, the token, and the headers of each answer."""

import hmac
import ipaddress
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

COOKIE = "whatbenz_review"

# Nothing but the page's own files and pictures; nothing inline, nothing evaluated, no frame round it.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                               "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
                               "require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def is_loopback(host: str) -> bool:
    """Return whether a server bound to ``host`` can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Guard:
    """What is asked of each request.

    A web page from elsewhere that a reviewer has open must not act here: neither by sending requests (its
    origin is another) nor by a name of its own that it lets point to this machine (DNS rebinding; its host is
    another). On anything but loopback a token is asked for as well.
    """

    host: str = "127.0.0.1"
    token: str | None = field(default=None, repr=False)

    @classmethod
    def for_host(cls, host: str) -> "Guard":
        """Return the guard of a server bound to ``host``, with a new token unless that is loopback."""
        return cls(host, None if is_loopback(host) else secrets.token_urlsafe(24))

    def refuse(self, method: str, headers: Mapping[str, str], query_token: str | None) -> str | None:
        """Return why a request is refused, or None where it is welcome."""
        host = headers.get("Host", "")
        if not self._knows(host):
            return f"This page does not answer to the host name {host!r}. Open it by the address that was printed."
        origin = headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return "Another site asked for this."
        if method not in ("GET", "HEAD") and origin is None:
            return "Only the review page itself may send decisions."
        if headers.get("Sec-Fetch-Site") == "cross-site" and headers.get("Sec-Fetch-Mode") != "navigate":
            return "Another site asked for this."
        if self.token is not None and not (self._is_token(query_token) or self._is_token(_cookie(headers))):
            return "The token is missing or wrong. Open the address that was printed when the server started."
        return None

    def _knows(self, host: str) -> bool:
        """Return whether a Host header names this server: by an address, or by a name of this very machine."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            own = {"localhost", self.host.lower()}
            if not is_loopback(self.host):
                own |= {socket.gethostname().lower(), f"{socket.gethostname().lower()}.local"}
            return name in own
        return address.is_loopback or not is_loopback(self.host)

    def _is_token(self, value: str | None) -> bool:
        return value is not None and self.token is not None and hmac.compare_digest(value.encode(), self.token.encode())


def _cookie(headers: Mapping[str, str]) -> str | None:
    try:
        cookies = SimpleCookie(headers.get("Cookie", ""))
    except CookieError:
        return None
    return cookies[COOKIE].value if COOKIE in cookies else None
