"""data/dataset/{train,valid}/<class_id>/: the folders as the manifest has them, no file more or less."""

import json
import shutil
from pathlib import Path

import pandas as pd
from joblib import Parallel, delayed

import tables
from curate.params import SplitParams
from curate.rendering import render
from pipeline.files import remove_leftovers, write_text
from pipeline.progress import track

# Raised when rendering changes, so that files of an older version are made anew.
RENDERING_VERSION = 1


def describe_subjects(placed: pd.DataFrame, hits: pd.DataFrame) -> pd.DataFrame:
    """Return ``tables.MANIFEST`` without sizes: each placed subject with its file name and its origin.

    Of several hits with the same bytes the one with a licence speaks, else the first in the table.

    Args:
        placed: columns sha256, class_id, found_class_id, split_group_id, split.
        hits: ``tables.HITS``.
    """
    known = hits[hits["status"].isin(["saved", "duplicate"])].copy()
    known["unlicensed"] = known["license"].isna()
    known = known.sort_values("unlicensed", kind="stable").drop_duplicates(["sha256", "class_id"])
    origin = known.set_index(["sha256", "class_id"])[["url", "page_url", "author", "license", "license_url"]]
    keys = pd.MultiIndex.from_frame(placed[["sha256", "found_class_id"]])
    rows = placed[["sha256", "class_id", "split", "split_group_id"]].reset_index(drop=True)
    rows = rows.astype("str")  # where nothing is placed, a column has no type of its own
    rows["file"] = rows["split"] + "/" + rows["class_id"] + "/" + rows["sha256"] + ".jpg"
    return pd.concat([rows, origin.reindex(keys).reset_index(drop=True)], axis=1)


def write_folders(subjects: pd.DataFrame, images: pd.DataFrame, images_dir: Path, dataset: Path,
                  params: SplitParams) -> pd.DataFrame:
    """Make the folders hold exactly the files of ``subjects`` and return ``tables.MANIFEST``.

    What is there already is kept, so that a run that was stopped goes on. Nothing else in ``train`` and
    ``valid`` survives.

    Args:
        subjects: as :func:`describe_subjects` gives them.
        images: ``tables.IMAGES``, for the path of each picture.
        images_dir: data/raw/images.
        dataset: data/dataset.
        params: the split's parameters.

    Raises:
        MaterialError: a picture cannot be decoded.
    """
    sizes = _start(dataset, params)
    wanted = set(subjects["file"])
    for side in ("train", "valid"):
        _remove_others(dataset, dataset / side, wanted)
    paths = images.set_index("sha256")["path"]
    work = [(images_dir / paths[sha], file) for sha, file in zip(subjects["sha256"], subjects["file"], strict=True)
            if file not in sizes or not (dataset / file).exists()]
    rendered = Parallel(n_jobs=-1, prefer="threads", return_as="generator")(
        delayed(render)(source, dataset / file, params.max_side, params.jpeg_quality) for source, file in work)
    for (_, file), size in zip(work, track(rendered, "split", len(work)), strict=True):
        sizes[file] = size
    manifest = subjects.assign(width=[sizes[f][0] for f in subjects["file"]],
                               height=[sizes[f][1] for f in subjects["file"]])
    return tables.make(tables.MANIFEST, manifest.sort_values(["class_id", "split", "sha256"], ignore_index=True))


def _start(dataset: Path, params: SplitParams) -> dict[str, tuple[int, int]]:
    """Return file → size of what an earlier run rendered in the same way; throw away what is of another way."""
    remove_leftovers(dataset)
    settings = json.dumps({"version": RENDERING_VERSION, "max_side": params.max_side,
                           "jpeg_quality": params.jpeg_quality})
    stamp = dataset / "rendering.json"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != settings:
        for side in ("train", "valid"):
            shutil.rmtree(dataset / side, ignore_errors=True)
        write_text(stamp, settings)
    manifest = dataset / "manifest.parquet"
    if not manifest.exists():
        return {}
    rows = tables.read(tables.MANIFEST, manifest)
    return {row.file: (int(row.width), int(row.height)) for row in rows.itertuples()}


def _remove_others(dataset: Path, folder: Path, wanted: set[str]) -> None:
    if not folder.exists():
        return
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(dataset).as_posix() not in wanted:
            path.unlink()
