"""The WSGI app: the routes, and what holds for every answer: headers, counts, a line in the log, problems as errors."""

import traceback
import uuid
from functools import partial
from time import perf_counter

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from serve import problems
from serve.headers import secure, sharing
from serve.problems import ProblemError
from serve.routes import make_routes
from serve.service import Service
from serve.uploads import FORM_ROOM


def create_app(service: Service) -> Flask:
    """Return the app of one service."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = service.params.max_bytes + FORM_ROOM
    app.config["MAX_FORM_PARTS"] = 20
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    app.register_blueprint(make_routes(service))

    @app.before_request
    def begin() -> Response | None:
        g.start, g.id, g.facts = perf_counter(), uuid.uuid4().hex, {}
        service.count_under_way(1)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return Response(status=204)
        return None

    @app.errorhandler(ProblemError)
    def explain(problem: ProblemError) -> Response:
        g.facts = {"problem": problem.title}
        return problems.respond(problem)

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Response:
        return explain(problems.from_http(error))

    @app.errorhandler(Exception)
    def fail(error: Exception) -> Response:
        service.journal.write("fault", id=g.id, trace=traceback.format_exception(error)[-3:])
        return explain(ProblemError(500, "Internal error", f"The service failed; its log has more under {g.id}."))

    @app.after_request
    def finish(response: Response) -> Response:
        response.call_on_close(partial(service.count_under_way, -1))
        response.headers.update(secure(response.mimetype, request.path))
        response.headers.update(sharing(request.headers.get("Origin"), service.params.origins))
        if service.params.origins:
            response.vary.add("Origin")
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Request-Id"] = g.id
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method if request.method in ("GET", "HEAD", "POST", "OPTIONS") else "other"
        seconds = perf_counter() - g.start
        service.measures.count_request(route, method, response.status_code, seconds)
        service.journal.write("request", id=g.id, method=method, route=route, status=response.status_code,
                              milliseconds=round(seconds * 1000, 1), **g.facts)
        return response

    return app
