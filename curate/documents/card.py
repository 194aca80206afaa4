"""README.md of the data set: the card that Hugging Face and people read first."""

from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from curate.documents.facts import DatasetFacts
from curate.documents.markup import escape_markdown
from curate.params import SplitParams

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def format_card(facts: DatasetFacts, params: SplitParams) -> str:
    """Return the card: a YAML header as the Hugging Face Hub reads it, then Markdown for people.

    Args:
        facts: the data set's numbers.
        params: the parameters of the split.
    """
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=False,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
                              keep_trailing_newline=True)
    environment.filters["md"] = escape_markdown
    header = yaml.safe_dump(_header(facts), sort_keys=False, allow_unicode=True, width=110)
    return environment.get_template("card.md").render(header=header, facts=facts, params=params)


def _header(facts: DatasetFacts) -> dict[str, Any]:
    header: dict[str, Any] = {
        "pretty_name": "What Benz: " + ("drawn cars of the sandbox" if facts.drawn else "cars by model"),
        "license": facts.hub_licence,
    }
    if facts.hub_licence == "other":
        header |= {"license_name": "per-picture", "license_link": "README.md#licences"}
    return header | {
        "task_categories": ["image-classification"],
        "task_ids": ["multi-class-image-classification"],
        "language": ["en"],
        "tags": ["cars", "fine-grained", "mercedes-benz", *(["synthetic"] if facts.drawn else [])],
        "size_categories": [next((name for limit, name in _SIZES if facts.total < limit), "n>1M")],
        "configs": [{"config_name": "default", "data_files": [
            {"split": "train", "path": "train/**"}, {"split": "validation", "path": "valid/**"}]}],
    }

