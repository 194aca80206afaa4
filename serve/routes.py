"""The service's addresses, one function each; what goes wrong is raised as a problem."""

from functools import partial
from typing import Any

from flask import Blueprint, Response, g, jsonify, request, send_file

from serve.answers import RETRY_SECONDS, answer_picture, pick_market, picture_problems, read_top
from serve.measures import MEDIA_TYPE
from serve.openapi import describe_api
from serve.problems import ProblemError
from serve.service import Service
from serve.uploads import FORM, read_form_picture, read_picture

NONE = "none"  # what feedback calls a picture of none of the classes


def make_routes(service: Service) -> Blueprint:
    """Return the routes over one service."""
    routes = Blueprint("service", __name__)
    params, catalogue = service.params, service.catalogue

    @routes.post("/predict")
    def predict() -> Response:
        market_id, top = read_market(), read_top(request.args.get("top"), params.top)
        check_rate()
        data = read_picture(request, params.max_bytes)
        body = answer_picture(service, data, market_id, top)
        g.facts = {"bytes": len(data), "known": body["known"], "class_id": body["predictions"][0]["class_id"]}
        return answer(body)

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
        return answer({"markets": catalogue.markets, "default": pick_market(service, None, language())})

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

    def language() -> str:
        return request.headers.get("Accept-Language", "")

    def read_market() -> str:
        return pick_market(service, request.args.get("market"), language())

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
