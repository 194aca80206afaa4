"""The service's addresses, one function each; what goes wrong is raised as a problem."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import Any

from flask import Blueprint, Response, g, jsonify, request, send_file

from serve.decoding import DamagedError, TooManyPixelsError, UnknownFormatError
from serve.gate import BusyError
from serve.markets import choose_market
from serve.measures import MEDIA_TYPE
from serve.openapi import describe_api
from serve.problems import ProblemError
from serve.service import Service
from serve.uploads import FORM, read_form_picture, read_picture

MOST_TOP = 10
NONE = "none"  # what feedback calls a picture of none of the classes
RETRY_SECONDS = 2


def make_routes(service: Service) -> Blueprint:
    """Return the routes over one service."""
    routes = Blueprint("service", __name__)
    params, catalogue = service.params, service.catalogue

    @routes.post("/predict")
    def predict() -> Response:
        start = perf_counter()
        market_id, top = read_market(), read_top()
        check_rate()
        data = read_picture(request, params.max_bytes)
        with picture_problems():
            prediction = service.predict(data)
        g.facts = {"bytes": len(data), "known": prediction.known, "class_id": prediction.ranked[0][0]}
        found = [catalogue.describe_class(class_id) | {"probability": round(probability, 6)}
                 for class_id, probability in prediction.ranked[:top]]
        return answer({
            "known": prediction.known,
            "predictions": found,
            "facts": catalogue.facts(found[0]["class_id"], market_id),
            "model": {"version": service.bundle.version, "sandbox": service.bundle.labels.sandbox},
            "milliseconds": round((perf_counter() - start) * 1000),
        })

    @routes.get("/classes")
    def classes() -> Response:
        return jsonify({"classes": [catalogue.describe_class(class_id) for class_id in catalogue.class_ids]})

    @routes.get("/classes/<class_id>")
    def one_class(class_id: str) -> Response:
        if class_id not in catalogue.class_ids:
            raise ProblemError(404, "Unknown class", "There is no such class; GET /classes lists them.")
        return answer(catalogue.facts(class_id, read_market()))

    @routes.get("/markets")
    def markets() -> Response:
        return answer({"markets": catalogue.markets, "default": choose()})

    @routes.post("/feedback")
    def feedback() -> tuple[Response, int]:
        check_rate()
        said, picture = read_feedback()
        verdict = "unknown" if said["correct"] is None else NONE if said["correct"] == NONE else \
            "right" if said["correct"] == said["predicted"] else "wrong"
        kept = False
        if said["consent"] and params.keep_uploads and picture is not None:
            with picture_problems(), service.gate.enter():
                kept = service.store.keep(picture, said["predicted"], said["correct"],
                                          said["correct"] in catalogue.class_ids)
        service.measures.count_feedback(verdict)
        g.facts = {"kept": kept, "verdict": verdict}
        return jsonify({"kept": kept}), 201

    @routes.get("/examples/<class_id>/<name>")
    def example(class_id: str, name: str) -> Response:
        file = f"examples/{class_id}/{name}"
        sha256 = service.bundle.files.get(file)
        if sha256 is None or not name.endswith(".jpg"):
            raise ProblemError(404, "Not found", "There is no such picture; GET /classes lists them.")
        response = send_file((service.bundle.folder / file).resolve(), mimetype="image/jpeg", conditional=True,
                             etag=sha256[:16], max_age=86400)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response

    @routes.get("/healthz")
    def healthz() -> Response:
        return jsonify({"alive": True})

    @routes.get("/readyz")
    def readyz() -> Response:
        if service.draining:
            raise ProblemError(503, "Not ready", "The service is about to end.", {"Retry-After": str(RETRY_SECONDS)})
        return jsonify({"ready": True, "model": {"version": service.bundle.version,
                                                 "sandbox": service.bundle.labels.sandbox}})

    @routes.get("/metrics")
    def metrics() -> Response:
        return Response(service.measures.render(), content_type=MEDIA_TYPE)

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return jsonify(describe_api(service.bundle, params))

    def file(name: str) -> Response:
        return service.site.respond(name, request)

    # A rule for each file, and none for what is not there: so that another method elsewhere is a 405 and not a 404.
    for number, name in enumerate(service.site.names):
        routes.add_url_rule(f"/{name}", f"file_{number}", partial(file, name))
        if name == "index.html":
            routes.add_url_rule("/", "index", partial(file, name))

    def answer(body: dict[str, Any]) -> Response:
        response = jsonify(body)
        response.vary.add("Accept-Language")
        return response

    def choose() -> str:
        return choose_market(request.headers.get("Accept-Language", ""), catalogue.market_ids, params.market)

    def read_market() -> str:
        market_id = request.args.get("market")
        if market_id is None:
            return choose()
        if market_id not in catalogue.market_ids:
            raise ProblemError(400, "Unknown market", "There is no such market; GET /markets lists them.")
        return market_id

    def read_top() -> int:
        text = request.args.get("top")
        if text is None:
            return params.top
        if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= MOST_TOP):
            raise ProblemError(400, "Bad parameter", f"top is a whole number from 1 to {MOST_TOP}.")
        return int(text)

    def check_rate() -> None:
        wait = service.rates.ask(request.remote_addr or "")
        if wait:
            raise ProblemError(429, "Too many requests", f"At most {params.rate_per_minute} a minute from one client; "
                               f"try again in {wait} s.", {"Retry-After": str(wait)})

    def read_feedback() -> tuple[dict[str, Any], bytes | None]:
        if request.mimetype == FORM:
            picture = read_form_picture(request, params.max_bytes)
            said: Any = {name: request.form.get(name) for name in ("predicted", "correct", "consent")}
            said["correct"] = said["correct"] or None
            said["consent"] = {"true": True, "false": False, None: False}.get(said["consent"], said["consent"])
        elif request.mimetype == "application/json":
            picture, said = None, request.get_json(silent=True)
        else:
            raise ProblemError(415, "Unsupported media type", f"Send application/json, or {FORM} with a picture.")
        if not isinstance(said, dict):
            raise ProblemError(400, "Bad feedback", "The body is no JSON object.")
        said = {"correct": None, "consent": False} | said
        if said.get("predicted") not in catalogue.class_ids:
            raise ProblemError(400, "Bad feedback", "predicted is the id of a class; GET /classes lists them.")
        if said["correct"] is not None and said["correct"] not in (*catalogue.class_ids, NONE):
            raise ProblemError(400, "Bad feedback", f"correct is the id of a class, {NONE!r} or null.")
        if not isinstance(said["consent"], bool):
            raise ProblemError(400, "Bad feedback", "consent is true or false.")
        return said, picture

    return routes


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
