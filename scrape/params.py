"""Parameters of search and download."""

from dataclasses import dataclass
from typing import ClassVar

from pipeline.params import param


@dataclass(frozen=True)
class SearchParams:
    """Where pictures are searched, how much is asked, and what is left out."""

    section: ClassVar[str] = "scrape"

    sources: tuple[str, ...] = param(
        ("sandbox",), "where to search, in this order: commons, openverse, flickr, bing, urls, folder, sandbox",
        choices=("commons", "openverse", "flickr", "bing", "urls", "folder", "sandbox"))
    classes: str = param("classes.csv", "file of the classes, or `found`: the class ids of the urls list or the folder")
    folder: str | None = param(None, "own pictures for the source folder: DIR/<class_id>/*")
    urls: str | None = param(None, "list for the source urls: .csv, .tsv, .parquet, or text with one URL a line")
    licenses: str | tuple[str, ...] = param(
        "any", "any, or a list: by-sa takes CC BY-SA of every version, `CC BY-SA 4.0` that one; cc0, pdm, by, by-nc …")
    contact: str | None = param(
        None, "e-mail or web address in the User-Agent; commons and openverse refuse to start without")
    allow_hosts: tuple[str, ...] = param(
        (), "hosts or host:port in private networks that may be contacted none the less")
    refresh_days: float = param(30.0, "a kept result page is asked again when it is older", minimum=0)
    max_pages: int = param(5, "result pages asked of one query, at most", minimum=1)
    max_hits: int = param(250, "candidates taken of one query, at most", minimum=1)
    allow_empty: bool = param(False, "whether a query may find nothing; false ends the stage with an error")
    timeout: float = param(30.0, "seconds without a byte after which a search counts as silent", minimum=0.1)
    tries: int = param(5, "how often one page is asked at most where the search is busy or broken", minimum=1)
    longest_wait: float = param(
        120.0, "seconds; a search that asks for a longer pause is left for a later run", minimum=0)
    commons_width: int = param(
        1280, "width of the pictures taken from commons, in pixels; narrower ones come as they are",
        choices=(250, 330, 500, 960, 1280, 1920, 3840))
    commons_interval: float = param(1.0, "seconds between two requests to commons", minimum=0)
    openverse_interval: float = param(3.0, "seconds between two requests; anonymous ones may be 20 a minute", minimum=0)
    openverse_daily: int = param(
        200, "requests within 24 hours; 10000 with OPENVERSE_CLIENT_ID and OPENVERSE_CLIENT_SECRET", minimum=1)
    flickr_interval: float = param(1.0, "seconds between two requests; 3,600 an hour are allowed", minimum=0)
    bing_interval: float = param(2.0, "seconds between two requests to bing", minimum=0)


@dataclass(frozen=True)
class HostLimits:
    """How much may be asked of one host."""

    host: str = param("", "host, host:port, or `sandbox`")
    connections: int = param(2, "requests under way at once", minimum=1)
    interval: float = param(0.25, "seconds from the start of one request to the next", minimum=0)
    megabits: float = param(0.0, "megabits a second on average; 0 is no limit", minimum=0)


@dataclass(frozen=True)
class DownloadParams:
    """How pictures are fetched: how fast, how often, and what is too much."""

    section: ClassVar[str] = "download"

    threads: int = param(32, "requests under way at once, over all hosts", minimum=1, maximum=256)
    connections: int = param(2, "requests under way at once on one host", minimum=1)
    interval: float = param(0.25, "seconds from the start of one request to the next on one host", minimum=0)
    hosts: tuple[HostLimits, ...] = param(
        (HostLimits("upload.wikimedia.org", 2, 0.0, 25.0), HostLimits("sandbox", 8, 0.0)),
        "limits of single hosts in place of the two above")
    tries: int = param(3, "requests for one picture in one run, where the failure may pass", minimum=1)
    runs: int = param(3, "runs that try a picture whose failure may pass; then it has failed for good", minimum=1)
    backoff: float = param(1.0, "seconds before the second try, give or take half; doubled with each", minimum=0)
    max_wait: float = param(120.0, "seconds; a host that asks for a longer pause is left for the next run", minimum=0)
    breaker_failures: int = param(10, "failures in a row after which a host is left alone for a while", minimum=1)
    breaker_seconds: float = param(30.0, "how long a failing host is left alone; doubled the second time", minimum=0)
    connect_seconds: float = param(10.0, "seconds to connect", minimum=0.01)
    stall_seconds: float = param(10.0, "seconds without a byte after which an answer has stalled", minimum=0.01)
    total_seconds: float = param(60.0, "seconds that one answer may take as a whole", minimum=0.01)
    max_bytes: int = param(30_000_000, "bytes of a picture's file, at most", minimum=1)
    max_pixels: int = param(50_000_000, "width times height of a picture, at most", minimum=1, maximum=178_000_000)
    opt_out: tuple[str, ...] = param(
        ("noai", "noimageai", "noindex", "noimageindex"),
        "directives of X-Robots-Tag taken as a refusal; TDM-Reservation always is one")
