"""The sources of candidates, one file each: web searches and the user's own material."""

from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import ParamError
from scrape.answers import Answers
from scrape.licence import Licence, parse_licence
from scrape.params import SearchParams
from scrape.sources.bing import Bing
from scrape.sources.commons import Commons
from scrape.sources.flickr import Flickr
from scrape.sources.folder import Folder
from scrape.sources.material import ListSource
from scrape.sources.openverse import Openverse
from scrape.sources.paged import WebSource
from scrape.sources.sandbox import Sandbox
from scrape.sources.urls import Urls

FOUND = "found"
_MATERIAL = ("folder", "urls")
_CONTACT_NEEDED = ("commons", "openverse")


def check_sources(params: SearchParams, environ: Mapping[str, str]) -> None:
    """Check that every source has what it needs before any is asked.

    Raises:
        ParamError: names the key or environment variable and what to put there.
    """
    if not params.sources:
        raise ParamError("scrape.sources: it is empty; name at least one, for example [sandbox]")
    wanted_licences(params)
    for name in params.sources:
        if params.sources.count(name) > 1:
            raise ParamError(f"scrape.sources: {name} stands there twice")
        if name in _MATERIAL and not getattr(params, name):
            raise ParamError(f"scrape.{name}: the source {name} needs it; set it to the "
                             + ("folder with one folder a class" if name == "folder" else "list of addresses"))
        if name in _CONTACT_NEEDED and not (params.contact or "").strip():
            raise ParamError(f"scrape.contact: {name} asks for a contact in the User-Agent; set it to an e-mail or web "
                             "address where you can be reached")
        if name == "flickr" and not environ.get("FLICKR_API_KEY"):
            raise ParamError("scrape.sources: flickr needs a key; put it into the environment variable FLICKR_API_KEY "
                             "(https://www.flickr.com/services/api/misc.api_keys.html)")
        if name not in _MATERIAL and params.classes == FOUND:
            raise ParamError(f"scrape.classes: `found` takes the classes from the folder or list, but {name} needs the "
                             "queries of a classes file; set scrape.classes: classes.csv or leave that source out")
    if bool(environ.get("OPENVERSE_CLIENT_ID")) != bool(environ.get("OPENVERSE_CLIENT_SECRET")):
        raise ParamError("scrape.sources: only one of OPENVERSE_CLIENT_ID and OPENVERSE_CLIENT_SECRET is set; set both "
                         "or neither")


def make_sources(params: SearchParams, root: Path, environ: Mapping[str, str], answers: Answers,
                 sandbox: Sandbox | None = None) -> list[WebSource | ListSource]:
    """Return the sources of ``params.sources`` in their order.

    Args:
        params: checked by ``check_sources``.
        root: what relative paths of the parameters are relative to.
        environ: where the keys are.
        answers: asks for Openverse's token.
        sandbox: the running one, where it is among the sources.
    """
    wanted = wanted_licences(params)
    client_id, client_secret = environ.get("OPENVERSE_CLIENT_ID"), environ.get("OPENVERSE_CLIENT_SECRET")
    made: list[WebSource | ListSource] = []
    for name in params.sources:
        match name:
            case "commons":
                made.append(Commons(width=params.commons_width, interval=params.commons_interval))
            case "openverse":
                made.append(Openverse(
                    answers, interval=params.openverse_interval, daily=params.openverse_daily, wanted=wanted,
                    credentials=(client_id, client_secret) if client_id and client_secret else None))
            case "flickr":
                made.append(Flickr(environ["FLICKR_API_KEY"], wanted, interval=params.flickr_interval))
            case "bing":
                made.append(Bing(interval=params.bing_interval))
            case "urls" if params.urls:
                made.append(Urls(root / params.urls))
            case "folder" if params.folder:
                made.append(Folder(root / params.folder))
            case "sandbox" if sandbox:
                made.append(sandbox)
    return made


def unused_material(params: SearchParams) -> list[str]:
    """Return a sentence for each of scrape.folder and scrape.urls that is set although no source reads it."""
    return [f"scrape.{name} is set, but scrape.sources does not name {name}: it is not read"
            for name in _MATERIAL if getattr(params, name) and name not in params.sources]


def wanted_licences(params: SearchParams) -> tuple[Licence, ...]:
    """Return the licences of scrape.licenses; none for any.

    Raises:
        ParamError: neither ``any`` nor a list of licences.
    """
    if isinstance(params.licenses, str):
        if params.licenses != "any":
            raise ParamError(f"scrape.licenses: expected any or a list, found {params.licenses!r}; "
                             f"write [{params.licenses}]")
        return ()
    if not params.licenses:
        raise ParamError("scrape.licenses: the list is empty, so nothing could be taken; name licences or write any")
    wanted = [parse_licence(name) for name in params.licenses]
    if None in wanted or "any" in params.licenses:
        raise ParamError("scrape.licenses: a list names licences such as by-sa, cc0 or CC BY 4.0; for all write any")
    return tuple(licence for licence in wanted if licence is not None)
