"""training.html: how good the model is, what it confuses, and where it looked when it was wrong."""

import base64
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from train.outcome import Mistake, Outcome

TEMPLATES = Path(__file__).parent / "templates"
PAIRS, EXAMPLES, WORST = 12, 3, 24  # confused pairs, pictures of each side, mistakes shown
SIDE = 200  # longer side of a picture on the page, px

Explain = Callable[[Path, str], Image.Image]  # picture, class_id → the picture with the heat that speaks for the class


@dataclass(frozen=True)
class Pair:
    """Two classes that are confused: how often each way, and pictures of both."""

    first: str
    second: str
    first_as_second: int
    second_as_first: int
    pictures: int
    first_examples: list[str]
    second_examples: list[str]


@dataclass(frozen=True)
class Shown:
    """A mistake with its picture, and what spoke for the wrong class and for its own."""

    mistake: Mistake
    picture: str
    for_wrong: str
    for_own: str


def render_page(found: Outcome, metrics: Mapping[str, Any], names: Mapping[str, str], facts: Mapping[str, Any],
                explain: Explain) -> str:
    """Return the page as HTML that needs no network and no script.

    Args:
        found, metrics: what was measured.
        names: class_id → name as people say it.
        facts: architecture, weights, sandbox, train_pictures.
        explain: draws Grad-CAM's heat on a picture.
    """
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"percent": lambda share: f"{100 * share:.1f}\u202f%", "name": lambda c: names.get(c, c)}
    return environment.get_template("training.html").render(
        found=found, metrics=metrics, facts=facts, pairs=_list_pairs(found), curve=_draw_curve(found.history),
        worst=[_show(mistake, explain) for mistake in found.mistakes[:WORST]],
        shade=lambda row, column: found.matrix[row, column] / max(1, found.matrix[row].sum()))


def _list_pairs(found: Outcome) -> list[Pair]:
    counts: dict[tuple[str, str], list[int]] = {}
    for confusion in found.confusions:
        key = tuple(sorted((confusion.actual, confusion.predicted)))
        counts.setdefault(key, [0, 0])[confusion.actual != key[0]] += confusion.count  # type: ignore[arg-type, index]
    order = sorted(counts, key=lambda key: (-sum(counts[key]), key))[:PAIRS]
    size = {score.class_id: score.pictures for score in found.scores}
    return [Pair(a, b, counts[a, b][0], counts[a, b][1], size[a] + size[b], _examples(found, a, b),
                 _examples(found, b, a)) for a, b in order]


def _examples(found: Outcome, class_id: str, other: str) -> list[str]:
    """Return pictures of a class, those that are nearest to the other class first."""
    own, rival = found.classes.index(class_id), found.classes.index(other)
    members = [n for n in range(len(found.labels)) if found.labels[n] == own]
    members.sort(key=lambda n: -found.probabilities[n, rival])
    return [_embed(Image.open(found.paths[n])) for n in members[:EXAMPLES]]


def _show(mistake: Mistake, explain: Explain) -> Shown:
    return Shown(mistake, _embed(Image.open(mistake.path)), _embed(explain(mistake.path, mistake.predicted)),
                 _embed(explain(mistake.path, mistake.actual)))


def _embed(image: Image.Image) -> str:
    image = image.convert("RGB")
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=72, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def _draw_curve(history: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the accuracy by epoch as points of a picture of 100 by 40, and where step 2 begins."""
    count = max(1, len(history) - 1)
    points = " ".join(f"{100 * n / count:.2f},{40 - 40 * row['accuracy']:.2f}" for n, row in enumerate(history))
    head = sum(row["step"] == "head" for row in history)
    return {"points": points, "border": 100 * (head - 0.5) / count if 0 < head < len(history) else None}
