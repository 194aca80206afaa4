"""How often one client may ask: a bucket of tokens each, filled at a steady rate."""

import ipaddress
import math
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_CLIENTS = 50_000  # that are remembered; the longest unseen are forgotten first


class Rates:
    """Token buckets by client. Addresses are not kept: a client is known by a keyed hash that ends with the process.

    Args:
        per_minute: tokens that come back a minute; 0 is no limit.
        burst: tokens that a bucket holds.
        clock: seconds, for tests.
    """

    def __init__(self, per_minute: int, burst: int, clock: Callable[[], float] = time.monotonic):
        self._per_second, self._burst, self._clock = per_minute / 60, burst, clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[int, tuple[float, float]] = OrderedDict()
        self._salt = secrets.token_bytes(16)

    def ask(self, address: str) -> int:
        """Take one token of a client; return 0, or the seconds until there is one."""
        if not self._per_second:
            return 0
        client, now = hash((self._salt, _network(address))), self._clock()
        with self._lock:
            tokens, since = self._buckets.pop(client, (float(self._burst), now))
            tokens = min(self._burst, tokens + (now - since) * self._per_second)
            wait = 0 if tokens >= 1 else math.ceil((1 - tokens) / self._per_second)
            self._buckets[client] = (tokens if wait else tokens - 1, now)
            while len(self._buckets) > MOST_CLIENTS:
                self._buckets.popitem(last=False)
        return wait


def _network(address: str) -> str:
    """Return what one client cannot change: of IPv6 the first 64 bits, which one household has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))
