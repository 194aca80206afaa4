"""The sandbox's vehicle API: the Car Configurator's routes on loopback, with faults where they are asked for.

Both versions are served: version 2 takes the key in the header ``x-api-key``; version 1 takes it in
the query and repeats it in every link.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote

from sandbox.connection import Answer, Request, Server, Wire, head
from sandbox.vehicle_bodies import (
    Json,
    Link,
    body_body,
    class_body,
    configuration_body,
    configuration_id,
    images_body,
    market_body,
    model_body,
    oddity,
    selectables_body,
)
from sandbox.vehicle_catalogue import COUNTRIES, EMPTY_MARKETS, Car, World, price_list

KEY = "sandbox-key-that-opens-nothing-else"
PREFIXES = {"/configurator/v2": 2, "/configurator/v1": 1, "/configurator_tryout/v1": 1}
FAULTS = ("rate_limit", "rate_limit_long", "rate_limit_header", "rate_limit_403", "error", "old_gateway",
          "unavailable", "quota", "no_access", "unauthorised", "truncated", "cut", "html", "drop", "silent",
          "redirect_within", "redirect_loop", "redirect_elsewhere")

_ERRORS: dict[str, tuple[int, Json, tuple[tuple[str, str], ...]]] = {
    "rate_limit": (429, {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 1 seconds."}, ()),
    "rate_limit_long": (429, {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 3600 seconds."}, ()),
    "rate_limit_header": (429, {"statusCode": "429", "errorMessage": "Too many requests"}, (("Retry-After", "1"),)),
    "rate_limit_403": (403, {"statusCode": 403, "message": "Rate limit is exceeded. Try again in 1 seconds."}, ()),
    "error": (500, {"statusCode": "500", "errorMessage": "Internal server error"}, ()),
    "old_gateway": (500, {"faultstring": "Execution of the service failed",
                          "detail": {"errorcode": "steps.javascript.ScriptExecutionFailed"}}, ()),
    "unavailable": (503, {"statusCode": 503, "message": "Service unavailable"}, (("Retry-After", "1"),)),
    "quota": (403, {"statusCode": 403,
                    "message": "Out of call volume quota. Quota will be replenished in 01:02:03."}, ()),
    "no_access": (403, {"statusCode": "403", "errorMessage": "Access to this resource is denied"}, ()),
    "unauthorised": (401, {"statusCode": 401, "message": "Access denied due to invalid subscription key."}, ()),
}


@dataclass(frozen=True)
class Served:
    """One request that was answered: its path and query without the key, the status, and the fault if there was one."""

    path: str
    status: int
    fault: str | None


class VehicleApi:
    """Answers the requests. ``served`` lists them in their order.

    Args:
        world: what the markets sell.
        key: the one key that is known.
        faults: path below the version → faults of its first requests, one each, then it answers well.
        quota: calls after which every further one is answered with 403; None for no end.
        elsewhere: address that the fault ``redirect_elsewhere`` leads to.
    """

    def __init__(self, world: World, key: str = KEY, faults: Mapping[str, tuple[str, ...]] | None = None,
                 quota: int | None = None, elsewhere: str = "http://127.0.0.2:9/"):
        self._world, self._key, self._quota, self._elsewhere = world, key, quota, elsewhere
        self._faults = {path: list(names) for path, names in (faults or {}).items()}
        self._lock = threading.Lock()
        self.served: list[Served] = []
        self.key = key
        self.port = 0

    def base_url(self, version: int = 2) -> str:
        """Return the address to set as ``mercedes_api.base_url``."""
        return f"http://127.0.0.1:{self.port}/configurator/v{version}"

    def respond(self, request: Request) -> Answer:
        """Return the answer to one request."""
        target, _, query_text = request.target.partition("?")
        prefix = next((prefix for prefix in PREFIXES if target.startswith(f"{prefix}/")), None)
        if prefix is None:
            return _problem(404, "Resource not found")
        version = PREFIXES[prefix]
        pairs = parse_qsl(query_text, keep_blank_values=True)
        query = {name: value for name, value in pairs if name != "apikey"}
        given = dict(pairs).get("apikey") if version == 1 else request.headers.get("x-api-key")
        path = target[len(prefix):]
        asked = path + ("?" + "&".join(f"{name}={quote(value)}" for name, value in query.items()) if query else "")
        fault = self._next_fault(path) if "hop" not in query else None

        def link(to: str) -> str:
            key = f"{'&' if '?' in to else '?'}apikey={quote(self._key)}" if version == 1 else ""
            return f"http://127.0.0.1:{self.port}{prefix}{to}{key}"

        if request.method != "GET":
            answer = _problem(404, "Resource not found")
        elif given != self._key:
            answer = _problem(401, "Access denied due to missing subscription key." if given is None else
                              "Access denied due to invalid subscription key.")
        elif self._quota is not None and len(self.served) >= self._quota:
            answer = _error("quota")
        else:
            answer = self._route([unquote(part) for part in path.split("/")[1:]], query, link)
            if fault is not None:
                answer = self._spoilt(fault, answer, link(path))
        with self._lock:
            self.served.append(Served(asked, answer.status, fault))
        return answer

    def _next_fault(self, path: str) -> str | None:
        with self._lock:
            waiting = self._faults.get(path)
            return waiting.pop(0) if waiting else None

    def _spoilt(self, fault: str, good: Answer, here: str) -> Answer:
        """Return a good answer with a fault."""
        if fault in _ERRORS:
            return _error(fault)
        if fault == "redirect_within":
            return Answer(302, headers=(("Location", f"{here}{'&' if '?' in here else '?'}hop=1"),))
        if fault == "redirect_loop":
            return Answer(302, headers=(("Location", here),))
        if fault == "redirect_elsewhere":
            return Answer(302, headers=(("Location", self._elsewhere),))
        half = good.body[: len(good.body) // 2]
        if fault == "truncated":
            return Answer(200, half, good.content_type)
        if fault == "html":
            return Answer(200, b"<html><body>We are maintaining this service.</body></html>", "text/html")

        def misbehave(wire: Wire) -> None:
            if fault == "cut":
                wire.send(head(good, length=len(good.body), close=True) + half)
            elif fault == "silent":
                wire.wait(30)
            else:
                wire.reset()

        return Answer(200, script=misbehave)

    def _route(self, parts: list[str], query: Mapping[str, str], link: Link) -> Answer:
        if parts[0] != "markets":
            return _problem(404, "Resource not found")
        if len(parts) == 1:
            return _listed([market_body(market_id, COUNTRIES[market_id.partition("_")[2]], link)
                            for market_id in self._world.markets if _market_fits(market_id, query)])
        market_id = parts[1]
        if market_id not in self._world.markets:
            return _problem(400, f"MarketId {market_id} is not valid")
        country = COUNTRIES[market_id.partition("_")[2]]
        cars = () if market_id in EMPTY_MARKETS else price_list(self._world, country.code)
        match parts[2:]:
            case []:
                return _json(market_body(market_id, country, link))
            case ["models"]:
                return _listed([model_body(car, market_id, link) for car in cars if _car_fits(car, query)])
            case ["classes" | "bodies" as kind, *rest] if len(rest) <= 1:
                make, name = (class_body, "classId") if kind == "classes" else (body_body, "bodyId")
                known = {body[name]: body for body in (make(car, market_id, link) for car in cars)}
                if rest:
                    return _json(known[rest[0]]) if rest[0] in known else _problem(404, f"{rest[0]} not found")
                return _listed(list(known.values()))
            case ["productgroups"]:
                groups = sorted({car.line.group for car in cars})
                return _json({"market": market_body(market_id, country, link),
                              "productGroups": [{"name": name} for name in groups],
                              "_links": {"self": link(f"/markets/{market_id}/productgroups"),
                                         "models": link(f"/markets/{market_id}/models")}})
            case ["models", model_id, *rest]:
                car = next((car for car in cars if car.model_id == model_id), None)
                if car is None:
                    return _problem(404, f"Model {model_id} not found")
                if not rest:
                    return _json(model_body(car, market_id, link))
                return _of_model(car, market_id, rest, query, link)
        return _problem(404, "Resource not found")


def _of_model(car: Car, market_id: str, parts: list[str], query: Mapping[str, str], link: Link) -> Answer:
    """Answer what lies below one model."""
    match parts:
        case ["configurations", identity] if identity in ("initial", configuration_id(car)):
            if oddity(car) == "configuration_404":
                return _problem(404, "Configuration not found")
            return _json(configuration_body(car, market_id, link))
        case ["configurations", identity, "selectables"] if identity == configuration_id(car):
            if oddity(car) == "selectables_204":
                return Answer(204)
            types = {name.upper() for name in query.get("componentTypes", "").split(",") if name}
            return _json(selectables_body(car, market_id, types, link))
        case ["configurations", identity, "images", "vehicle"] if identity == configuration_id(car):
            return _json(images_body(car, query.get("perspectives", "EXT020,INT1").split(","), link))
    return _problem(404, "Configuration not found")


def _market_fits(market_id: str, query: Mapping[str, str]) -> bool:
    language, _, country = market_id.partition("_")
    return query.get("language", language) == language and query.get("country", country) == country


def _car_fits(car: Car, query: Mapping[str, str]) -> bool:
    groups = query.get("productGroups", car.line.group).split(",")
    return (query.get("classId", car.line.api_class) == car.line.api_class
            and query.get("bodyId", car.line.body) == car.line.body and car.line.group in groups)


def _listed(bodies: list[Json]) -> Answer:
    return _json(bodies) if bodies else Answer(204)


def _json(body: Json | list[Json], status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(status, json.dumps(body, ensure_ascii=False).encode(), "application/json", headers)


def _problem(status: int, words: str) -> Answer:
    return _json({"statusCode": str(status), "errorMessage": words}, status)


def _error(name: str) -> Answer:
    status, body, headers = _ERRORS[name]
    return _json(body, status, headers)


def default_faults(world: World) -> dict[str, tuple[str, ...]]:
    """Return the faults that the sandbox plants of itself: one on each of the first three price lists."""
    return {f"/markets/{market_id}/models": (fault,)
            for market_id, fault in zip(world.markets, ("truncated", "rate_limit", "error"), strict=False)}


@contextmanager
def serving_vehicle_api(world: World | None = None, *, port: int = 0, key: str = KEY,
                        faults: Mapping[str, tuple[str, ...]] | None = None, quota: int | None = None,
                        elsewhere: str = "http://127.0.0.2:9/") -> Iterator[VehicleApi]:
    """Serve the vehicle API on 127.0.0.1 while the block runs; see :class:`VehicleApi` for the arguments.

    Args:
        port: port to listen on, 0 for any free one.
    """
    api = VehicleApi(world or World(), key, faults, quota, elsewhere)
    server = Server(port, api.respond, lambda request, answer, started: None)
    api.port = server.port
    server.start()
    try:
        yield api
    finally:
        server.stop()
