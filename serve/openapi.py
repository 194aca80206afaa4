"""The description of the HTTP interface, filled with what this bundle and these parameters allow."""

from pathlib import Path
from typing import Any

import yaml

from serve.bundles import Bundle
from serve.params import ServeParams

SOURCE = Path(__file__).with_suffix(".yml")


def describe_api(bundle: Bundle, params: ServeParams) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    document = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    document["info"]["version"] = bundle.version
    parameters, schemas = document["components"]["parameters"], document["components"]["schemas"]
    classes = list(bundle.labels.classes)
    parameters["market"]["schema"]["enum"] = [market["market_id"] for market in bundle.vehicles["markets"]]
    parameters["top"]["schema"]["default"] = params.top
    parameters["class_id"]["schema"]["enum"] = classes
    schemas["Feedback"]["properties"]["predicted"]["enum"] = classes
    schemas["Feedback"]["properties"]["correct"]["enum"] = [*classes, "none", None]
    schemas["FeedbackForm"]["properties"]["predicted"]["enum"] = classes
    schemas["FeedbackForm"]["properties"]["correct"]["enum"] = [*classes, "none", ""]
    return document
