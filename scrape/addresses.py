"""Addresses: URLs in one canonical form, and which IP addresses may be connected to.

A name is resolved once, every address it resolves to is checked, and the connection goes to one of
those very addresses: a name that resolves differently a moment later (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

import idna

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
SocketAddress = tuple[socket.AddressFamily, tuple]
Resolver = Callable[..., list[tuple]]

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_URL = 8192

# IANA's special-purpose registries (RFC 6890 and later) and multicast, spelled out: `is_global` of the
# ipaddress module means different things in different Python versions.
_REFUSED_IPV4 = tuple(map(ipaddress.IPv4Network, (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4",
)))
_GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_IPV6 = tuple(map(ipaddress.IPv6Network, (
    "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",  # protocol assignments with Teredo, documentation, 6to4
)))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressError(ValueError):
    """An address that will not be asked; ``reason`` is a slug of scrape/reasons.py."""

    def __init__(self, reason: str, detail: str):
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Address:
    """A URL that can be asked: the host in ASCII and lower case, the target percent-encoded."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def netloc(self) -> str:
        """``host`` or ``host:port`` as the Host header wants it, without the scheme's default port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: what one robots.txt holds for."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def url(self) -> str:
        """The whole URL, without fragment."""
        return self.origin + self.target

    def join(self, location: str) -> "Address":
        """Return the address that a redirect's Location leads to.

        Raises:
            AddressError: as :func:`parse`.
        """
        try:
            return parse(urljoin(self.url, location.strip()))
        except ValueError as error:
            raise error if isinstance(error, AddressError) else AddressError("bad_url", location) from error


def parse(url: str) -> Address:
    """Return the address of a URL.

    Raises:
        AddressError: ``bad_scheme``, or ``bad_url`` where there is no host, a bad port, or credentials.
    """
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError as error:
        raise AddressError("bad_url", f"{url[:200]!r}: {error}") from error
    if scheme not in DEFAULT_PORTS:
        raise AddressError("bad_scheme", repr(url[:200]))
    ascii_host = _ascii_host(host) if host else None
    if ascii_host is None or port == 0 or parts.username is not None or parts.password is not None \
            or len(url) > MAX_URL:
        raise AddressError("bad_url", repr(url[:200]))
    target = _quote(parts.path) or "/"
    if parts.query:
        target += f"?{_quote(parts.query)}"
    return Address(scheme, ascii_host, port or DEFAULT_PORTS[scheme], target)


def canonical(url: str) -> str:
    """Return the form of a URL under which it is fetched once: as asked, or unchanged if it cannot be."""
    try:
        return parse(url).url
    except AddressError:
        return url


def _quote(text: str) -> str:
    # What is percent-encoded already stays; a lone percent sign becomes %25, as browsers send it.
    if "%" in text and any(not _is_hex(text[i + 1:i + 3]) for i, c in enumerate(text) if c == "%"):
        return quote(text, safe="!#$&'()*+,/:;=?@[]~")
    return quote(text, safe="!#$%&'()*+,/:;=?@[]~")


def _is_hex(pair: str) -> bool:
    return len(pair) == 2 and all(c in "0123456789abcdefABCDEF" for c in pair)


@lru_cache(maxsize=4096)  # thousands of pictures share a host
def _ascii_host(host: str) -> str | None:
    """Return a host as it is asked for, in ASCII and lower case, or None if it is none."""
    ip = _literal(host)
    if ip is not None:
        # An IPv6 zone (%eth0) means something on one machine only.
        return None if getattr(ip, "scope_id", None) else str(ip)
    try:
        host = unquote_to_bytes(host).decode("utf-8")
        host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except (UnicodeError, idna.IDNAError):
        return None
    host = host.lower().rstrip(".")
    return host if host and len(host) <= 253 and all(c.isalnum() or c in "-._" for c in host) else None


def _literal(host: str) -> IPAddress | None:
    if ":" not in host and not host[-1].isdigit():  # spares most names the attempt
        return None
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_public(ip: IPAddress) -> bool:
    """Return whether ``ip`` is an ordinary address of the public Internet.

    IPv4 addresses inside IPv6 ones (mapped, NAT64) are judged as the IPv4 address they lead to; the other
    transition mechanisms (6to4, Teredo, IPv4-compatible) are refused, as nothing public needs them any more.
    """
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _REFUSED_IPV4)
    if ip.ipv4_mapped is not None:
        return is_public(ip.ipv4_mapped)
    if ip in _NAT64:
        return is_public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return ip in _GLOBAL_IPV6 and not any(ip in network for network in _REFUSED_IPV6)


class Gate:
    """Decides which addresses may be connected to.

    Args:
        allowed: ``host`` or ``host:port`` texts whose addresses are not checked.
        resolver: gives the addresses of a host, as ``socket.getaddrinfo`` does.
    """

    def __init__(self, allowed: tuple[str, ...] = (), resolver: Resolver = socket.getaddrinfo):
        self._allowed = frozenset(entry.strip().lower() for entry in allowed)
        self._resolver = resolver

    def allows_any_address_of(self, host: str, port: int) -> bool:
        """Return whether the user named this host, or this host and port."""
        name = f"[{host}]" if ":" in host else host
        return not self._allowed.isdisjoint((host, name, f"{name}:{port}"))

    def resolve(self, host: str, port: int) -> list[SocketAddress]:
        """Return the checked socket addresses of a host, in the resolver's order.

        Raises:
            AddressError: ``private_address`` if any of its addresses is not public.
            OSError: the name cannot be resolved.
        """
        found = [(family, address) for family, _, _, _, address in
                 self._resolver(host, port, type=socket.SOCK_STREAM)]
        if not self.allows_any_address_of(host, port):
            for _, address in found:
                # A scope (fe80::1%eth0) only occurs with link-local addresses.
                if not is_public(ipaddress.ip_address(str(address[0]).partition("%")[0])):
                    raise AddressError("private_address", f"{host}:{port} is {address[0]}")
        return found
