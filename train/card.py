"""MODEL_CARD.md: what the model is, how good, and what it must not be used for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from curate.documents.markup import escape_markdown
from train.inference import Preprocessing
from train.outcome import Outcome

WEAK = 6  # classes named as the weakest
CONFUSED = 6  # confusions named


def format_card(found: Outcome, metrics: Mapping[str, Any], names: Mapping[str, str], facts: Mapping[str, Any],
                preprocessing: Preprocessing) -> str:
    """Return the card as Markdown, in the order of Mitchell and others, Model cards for model reporting, 2019.

    Args:
        found, metrics: what was measured.
        names: class_id → name as people say it.
        facts: architecture, weights, sandbox, train_pictures, stanford_cars.
        preprocessing: how the model is fed.
    """
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=False,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
                              keep_trailing_newline=True)
    environment.filters |= {"percent": lambda share: f"{100 * share:.1f}\u202f%",
                            "name": lambda class_id: escape_markdown(names.get(class_id, class_id))}
    weakest = sorted((s for s in found.scores if s.pictures), key=lambda s: (s.f1, s.class_id))[:WEAK]
    return environment.get_template("card.md").render(
        found=found, metrics=metrics, facts=facts, preprocessing=preprocessing, weakest=weakest,
        confused=found.confusions[:CONFUSED])
