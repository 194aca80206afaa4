"""Parameters of the vehicles stage: which API, how much of it, and how patiently."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import ClassVar
from urllib.parse import urlsplit

from pipeline.errors import ParamError
from pipeline.params import param

SANDBOX = "sandbox"
MARKET_ID = re.compile(r"[a-z]{2}_[A-Z]{2}(-[A-Z]{2,3})?")
TRIAL_CALLS = 150


@dataclass(frozen=True)
class VehiclesParams:
    """Where the vehicle data comes from and what is asked for."""

    section: ClassVar[str] = "mercedes_api"

    base_url: str = param(SANDBOX, "sandbox, or the API's address with its version at the end")
    version: int = param(2, "2 sends the key in a header, 1 in the query", choices=(1, 2))
    max_calls: int | None = param(None, "calls to pay in all; null: 150 (a trial key), in the sandbox no limit",
                                   minimum=0)
    markets: str | tuple[str, ...] = param("europe", "europe, all, or a list of market ids such as [de_DE, fr_CH]")
    language: str = param("all", "of europe and all: all languages of a country, or the one preferred: en")
    successors: bool = param(False, "match later series of a class too (W206 for W205), marked as such")
    retries: int = param(5, "how often a call is tried again after 429, 5xx or a broken answer", minimum=0, maximum=20)
    backoff_seconds: float = param(0.5, "first wait where none is announced; doubles each time", minimum=0, maximum=60)
    max_wait_seconds: float = param(120.0, "longest announced wait that the run sits out; it stops at a longer one",
                                    minimum=0)
    connect_timeout_seconds: float = param(10.0, "time to connect", minimum=0.1)
    read_timeout_seconds: float = param(60.0, "longest silence within an answer", minimum=0.1)

    def __post_init__(self) -> None:
        if self.base_url != SANDBOX:
            self._check_url()
        if isinstance(self.markets, str):
            if self.markets not in ("europe", "all"):
                raise ParamError(f"{self.section}.markets: {self.markets!r} is none of europe, all or a list "
                                 "such as [de_DE, en_GB]")
        elif not self.markets:
            raise ParamError(f"{self.section}.markets: the list is empty; name markets such as de_DE, or say europe")
        else:
            for market in self.markets:
                if not MARKET_ID.fullmatch(market):
                    raise ParamError(f"{self.section}.markets: {market!r} is no market id; "
                                     "they look like de_DE or en_AE-AZ")
        if not re.fullmatch(r"all|[a-z]{2}", self.language):
            raise ParamError(f"{self.section}.language: {self.language!r} is neither all nor a language "
                             "code such as en")

    def _check_url(self) -> None:
        key = f"{self.section}.base_url"
        url = urlsplit(self.base_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ParamError(f"{key}: expected {SANDBOX} or an address such as "
                             "https://api.mercedes-benz.com/configurator/v2")
        if url.query or url.fragment or url.username or url.password:
            raise ParamError(f"{key}: the address has a query, a fragment or a user; "
                             "the key belongs into MERCEDES_API_KEY alone")
        if url.scheme == "http" and not is_loopback(url.hostname):
            raise ParamError(f"{key}: the key would travel in the clear to {url.hostname}; write https://")

    def check_agreement(self) -> None:
        """Check what two keys say together; each alone was checked when it was read.

        Raises:
            ParamError: the address is that of another version.
        """
        ending = re.search(r"/v(\d+)/*$", self.base_url)
        if ending and int(ending[1]) != self.version:
            raise ParamError(f"{self.section}.base_url: the address ends with v{ending[1]}, but {self.section}.version "
                             f"is {self.version}; make them agree")

    @property
    def budget(self) -> int | None:
        """Calls that may be paid in all, or None for no limit."""
        if self.max_calls is None and self.base_url != SANDBOX:
            return TRIAL_CALLS
        return self.max_calls


def is_loopback(host: str | None) -> bool:
    """Return whether ``host`` is this machine itself."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
