"""The review page's HTTP side: a Flask app over the board; every decision is on disk before it is answered."""

import re
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, redirect, render_template, request

from curate.review.agreement import measure_agreement
from curate.review.answers import AnswerError, read_answer
from curate.review.board import BY, DISAGREEMENTS, OPEN, SECOND, Board, Filters
from curate.review.describe import describe, describe_decision
from curate.review.grid import choose_screenful
from curate.review.guard import COOKIE, HEADERS, Guard
from curate.review.history import Action
from curate.review.pace import measure_pace
from curate.review.pictures import PictureMissing, Pictures

MOST_ITEMS = 200  # that one request may ask for
NAME = re.compile(r"\w[\w .'@-]{0,63}")  # of a reviewer; no sign that a spreadsheet would take for a formula


def create_app(board: Board, pictures: Pictures, guard: Guard, reviewer: str) -> Flask:
    """Return the WSGI app.

    Args:
        board: what is asked and decided.
        pictures: renderings by sha256.
        guard: which requests are welcome.
        reviewer: name that the page proposes.
    """
    app = Flask(__name__, static_folder=None)  # the page's own files are looked up by name, as all else
    assets = _read_assets()
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    app.json.sort_keys = False  # type: ignore[attr-defined]

    @app.before_request
    def check() -> Response | None:
        token = request.args.get("token")
        why = guard.refuse(request.method, dict(request.headers), token)
        if why:
            return Response(why + "\n", 403, mimetype="text/plain")
        if token is not None and request.method == "GET" and guard.token:  # keep it out of the address and history
            answer = redirect("/")
            answer.set_cookie(COOKIE, guard.token, httponly=True, samesite="Strict")
            return answer  # type: ignore[return-value]
        return None

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(HEADERS)
        if request.endpoint not in ("picture", "aligned"):
            response.headers["Cache-Control"] = "no-store" if request.path.startswith("/api/") else "no-cache"
        return response

    @app.errorhandler(AnswerError)
    def explain(error: AnswerError) -> tuple[Response, int]:
        return jsonify({"error": str(error)}), 400

    @app.errorhandler(PictureMissing)
    def miss(error: PictureMissing) -> tuple[Response, int]:
        return Response(f"{error}\n", mimetype="text/plain"), 404

    def locked(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def call(*args: Any, **kwargs: Any) -> Any:
            with board.lock:
                return view(*args, **kwargs)
        return call

    @app.get("/")
    def page() -> str:
        return render_template("review.html")

    @app.get("/static/<name>")
    def asset(name: str) -> Response:
        if name not in assets:
            raise PictureMissing("the page has no such file")
        data, kind = assets[name]
        return Response(data, mimetype=kind)

    @app.get("/picture/<sha256>/<size>")
    def picture(sha256: str, size: str) -> Response:
        sizes = {"screen": pictures.screen, "thumb": pictures.thumb}
        if size not in sizes:
            raise PictureMissing("sizes are screen and thumb")
        return _immutable(sizes[size](sha256))

    @app.get("/aligned/<first>/<other>")
    def aligned(first: str, other: str) -> Response:
        return _immutable(pictures.aligned(first, other))

    @app.get("/api/start")
    @locked
    def start() -> Response:
        board.refresh()
        return jsonify({
            "reviewer": reviewer, "reviewers": board.history.reviewers, "gone": board.count_gone(),
            "classes": [{"id": c, "name": str(row["name"]), "label": str(row["label"]), "series": row.get("series"),
                         "other_series": row.get("other_series")} for c, row in board.material.classes.items()]})

    @app.get("/api/queue")
    @locked
    def queue() -> Response:
        filters = _read_filters(request.args)
        found = board.queue(filters)
        return jsonify({"items": [[r.item.id, r.item.kind, round(r.chance, 3)] for r in found],
                        **_state(board, filters.reviewer), **board.counts(filters)})

    @app.get("/api/items")
    @locked
    def items() -> Response:
        filters = _read_filters(request.args)
        ids = request.args.get("ids", "").split(",")[:MOST_ITEMS]
        return jsonify({"items": [describe(board.items[i], board, filters) for i in ids if i in board.items]})

    @app.get("/api/grid")
    @locked
    def grid() -> Response:
        filters = _read_filters(request.args)
        count = min(max(request.args.get("count", 24, type=int), 1), MOST_ITEMS // 2)
        aside = set(request.args.get("aside", "").split(",")[:MOST_ITEMS])
        queue = [ranked for ranked in board.queue(filters) if ranked.item.id not in aside]
        screenful = choose_screenful(queue, count, filters.flag, filters.class_id)
        return jsonify({**screenful.as_json(), "items": [describe(i, board, filters) for i in screenful.items],
                        "next": [[sha256 for sha256, _ in i.subjects[:2]] for i in screenful.following],
                        **_state(board, filters.reviewer)})

    @app.post("/api/decide")
    @locked
    def decide() -> Response:
        body, name, since = _read_body()
        answers = body.get("answers")
        if not isinstance(answers, list) or not answers or len(answers) > MOST_ITEMS:
            raise AnswerError(f"answers is a list of 1 to {MOST_ITEMS}")
        if not all(isinstance(a, dict) and isinstance(a.get("item"), str) for a in answers):
            raise AnswerError("each answer names its item")
        written = board.decide([(a["item"], read_answer(a)) for a in answers], name, since)
        return jsonify({"written": len(written), **_news(board, name, since)})

    @app.post("/api/undo")
    @locked
    def undo() -> Response:
        body, name, since = _read_body()
        written = board.undo(name, str(body.get("at")))
        return jsonify({"written": len(written), "items": board.items_of(written), **_news(board, name, since)})

    @app.get("/api/agreement")
    @locked
    def agreement() -> Response:
        return jsonify({"rows": [{"flag": a.flag, "reviewers": a.reviewers, "count": a.count, "observed": a.observed,
                                  "kappa": a.kappa} for a in measure_agreement(board.history)]})

    return app


def _read_assets() -> dict[str, tuple[bytes, str]]:
    """Return name → (bytes, media type) of the page's own files."""
    kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    return {path.name: (path.read_bytes(), kinds[path.suffix])
            for path in sorted((Path(__file__).parent / "static").iterdir()) if path.suffix in kinds}


def _immutable(data: bytes) -> Response:
    """Return a rendering; a sha256 names its bytes for ever, so that the browser never asks again."""
    return Response(data, mimetype="image/jpeg", headers={"Cache-Control": "private, max-age=31536000, immutable"})


def _read_filters(values: Any) -> Filters:
    who = values.get("who") or OPEN
    if who not in (OPEN, SECOND, DISAGREEMENTS) and not who.startswith(BY):
        raise AnswerError(f"there is no queue {who!r}")
    return Filters(_read_name(values.get("reviewer")), values.get("class") or None, values.get("flag") or None, who)


def _read_name(value: Any) -> str:
    name = " ".join(value.split()) if isinstance(value, str) else ""
    if not NAME.fullmatch(name):
        raise AnswerError("a reviewer's name begins with a letter or digit and has at most 64 letters, digits, "
                          "blanks and . ' @ -")
    return name


def _read_body() -> tuple[dict[str, Any], str, int]:
    """Return the JSON body, the reviewer, and how many rows the page knew."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or not isinstance(body.get("seen"), int) or body["seen"] < 0:
        raise AnswerError("expected JSON with reviewer and seen")
    return body, _read_name(body.get("reviewer")), body["seen"]


def _state(board: Board, name: str) -> dict[str, Any]:
    """Return where the journal stands: its rows, what an undo takes back, and how fast the reviewer is."""
    history = board.history
    return {"seen": len(history.rows), "undo": _undo(history.last_action(name)),
            "pace": {kind: asdict(pace) for kind, pace in measure_pace(history.actions(name)).items()}}


def _news(board: Board, name: str, since: int) -> dict[str, Any]:
    """Return what changed since the page last knew: by this answer, in another tab, or by another reviewer."""
    return {"touched": board.touched(board.history.rows[since:]), **_state(board, name)}


def _undo(action: Action | None) -> dict[str, Any] | None:
    if action is None:
        return None
    shown = next((row for row in action.rows if row.other_sha256), action.rows[-1])  # before a keeper that was chosen
    return {"at": action.decided_at.isoformat(), "count": len(action.rows), **describe_decision(shown)}
