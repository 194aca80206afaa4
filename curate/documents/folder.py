"""The documents in the data set's folder, written when its pictures and tables are."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from curate.documents.attribution import attribute
from curate.documents.card import format_card
from curate.documents.croissant import describe_croissant
from curate.documents.facts import gather_facts
from curate.documents.imagefolder import format_metadata, make_metadata
from curate.params import SplitParams
from pipeline.files import sha256_of, write_text


def write_documents(folder: Path, manifest: pd.DataFrame, dropped: pd.DataFrame, hits: pd.DataFrame,
                    names: Mapping[str, str], params: SplitParams) -> None:
    """Write README.md, croissant.json and {train,valid}/metadata.csv into the data set's folder.

    ``manifest.parquet`` must have been written before: Croissant names its sha256. A split without
    pictures gets no metadata.csv, for ``datasets`` refuses one without rows.

    Args:
        folder: data/dataset.
        manifest, dropped, hits: the tables of these names.
        names: class_id → name as people say it; a class without one goes by its class_id.
        params: the parameters of the split.
    """
    facts = gather_facts(manifest, dropped, hits, names)
    for split, rows in make_metadata(manifest, attribute(manifest, hits)).items():
        path = folder / split / "metadata.csv"
        if len(rows):
            write_text(path, format_metadata(rows))
        else:
            path.unlink(missing_ok=True)
    write_text(folder / "README.md", format_card(facts, params))
    croissant = describe_croissant(facts, sha256_of(folder / "manifest.parquet"))
    write_text(folder / "croissant.json", json.dumps(croissant, indent=2, ensure_ascii=False) + "\n")
