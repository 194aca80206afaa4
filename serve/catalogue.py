"""What the bundle knows of classes and markets, in the shapes of the HTTP answers."""

from collections.abc import Sequence
from typing import Any

from serve.bundles import Bundle


class Catalogue:
    """Classes with their example pictures, markets, and what each market sells of each class."""

    def __init__(self, bundle: Bundle):
        self._bundle = bundle
        self.markets: list[dict[str, Any]] = bundle.vehicles["markets"]
        self.market_ids: Sequence[str] = [market["market_id"] for market in self.markets]
        self.class_ids = bundle.labels.classes

    def describe_class(self, class_id: str) -> dict[str, Any]:
        """Return class_id, name and examples of one class."""
        return {"class_id": class_id, "name": self._bundle.labels.name(class_id), "examples": self.examples(class_id)}

    def examples(self, class_id: str) -> list[dict[str, Any]]:
        """Return a class's example pictures: address and credits of each."""
        return [{"url": f"/examples/{example['file']}",
                 **{name: example.get(name) for name in ("title", "author", "license", "license_url", "page_url")}}
                for example in self._bundle.examples.get(class_id, [])]

    def facts(self, class_id: str, market_id: str) -> dict[str, Any]:
        """Return what one market sells of one class; a class that the price lists do not know is of no status."""
        market = next(market for market in self.markets if market["market_id"] == market_id)
        found = self._bundle.vehicles["facts"][market_id].get(class_id, _UNKNOWN)
        return {"class_id": class_id, "name": self._bundle.labels.name(class_id), "market_id": market_id,
                "country": market["country"], "language": market["language"], **found}


_UNKNOWN: dict[str, Any] = {
    "status": "not_fetched", "sold": None, "successor": None, "model_count": None, "price": None, "power": None,
    "fuel_types": [], "transmissions": [], "paints": [], "pricing_date": None, "invented": False,
}
