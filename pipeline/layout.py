"""Where everything lies below the working directory: one name for each path of the flow."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """The paths of one run, all below ``root``. A stage reads and writes only these."""

    root: Path = Path(".")

    def _at(self, *parts: str) -> Path:
        return self.root.joinpath(*parts)

    # what people write
    @property
    def params(self) -> Path: return self._at("params.yaml")
    @property
    def classes(self) -> Path: return self._at("classes.csv")
    @property
    def decisions(self) -> Path: return self._at("reviews", "decisions.csv")

    # scrape/
    @property
    def candidates(self) -> Path: return self._at("data", "candidates", "candidates.parquet")
    @property
    def pages(self) -> Path: return self._at("data", "candidates", "pages")
    @property
    def raw(self) -> Path: return self._at("data", "raw")
    @property
    def images(self) -> Path: return self._at("data", "raw", "images")
    @property
    def ledger(self) -> Path: return self._at("data", "raw", "ledger.sqlite")
    @property
    def hits(self) -> Path: return self._at("data", "raw", "hits.parquet")

    # curate/
    @property
    def inspected(self) -> Path: return self._at("data", "inspected", "images.parquet")
    @property
    def thumbnails(self) -> Path: return self._at("data", "inspected", "thumbnails")
    @property
    def embeddings(self) -> Path: return self._at("data", "embedded", "embeddings.npy")
    @property
    def content(self) -> Path: return self._at("data", "embedded", "content.parquet")
    @property
    def pairs(self) -> Path: return self._at("data", "deduped", "pairs.parquet")
    @property
    def groups(self) -> Path: return self._at("data", "deduped", "groups.parquet")
    @property
    def flags(self) -> Path: return self._at("data", "flagged", "flags.parquet")
    @property
    def labels(self) -> Path: return self._at("data", "flagged", "labels.parquet")
    @property
    def dataset(self) -> Path: return self._at("data", "dataset")
    @property
    def manifest(self) -> Path: return self._at("data", "dataset", "manifest.parquet")
    @property
    def dropped(self) -> Path: return self._at("data", "dataset", "dropped.parquet")

    # mercedes_api/
    @property
    def api_cache(self) -> Path: return self._at("data", "vehicles", "answers")
    @property
    def models(self) -> Path: return self._at("data", "vehicles", "models.parquet")
    @property
    def paints(self) -> Path: return self._at("data", "vehicles", "paints.parquet")
    @property
    def summary(self) -> Path: return self._at("data", "vehicles", "summary.parquet")

    # sandbox/ and reports/
    @property
    def truth(self) -> Path: return self._at("data", "sandbox", "truth.parquet")
    @property
    def report(self) -> Path: return self._at("reports", "dataset.html")
    @property
    def metrics(self) -> Path: return self._at("reports", "metrics.json")
    @property
    def credits(self) -> Path: return self._at("reports", "CREDITS.md")
    @property
    def plots(self) -> Path: return self._at("reports", "plots")


def image_path(sha256: str, extension: str) -> str:
    """Return the path of a picture below ``data/raw/images``: ``ab/<sha256>.<ext>``."""
    return f"{sha256[:2]}/{sha256}.{extension}"
