"""A bundle: all that the service needs, each file checked against bundle.json before it is used."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.errors import BundleError
from pipeline.files import sha256_of
from serve.labels import Labels, read_labels

MANIFEST, MODEL, LABELS, VEHICLES, CREDITS = ("bundle.json", "model.onnx", "labels.json", "vehicles.json",
                                              "examples/credits.json")
VERSION = 1


@dataclass(frozen=True)
class Bundle:
    """An opened bundle.

    Attributes:
        folder: where its files lie.
        version: first 12 hex digits of the sha256 over all its files.
        vehicles: ``markets`` and ``facts`` (market → class → facts).
        examples: class → its example pictures: file, title, author, license, license_url, page_url.
        files: every file below ``folder``, with its sha256.
    """

    folder: Path
    version: str
    labels: Labels
    vehicles: Mapping[str, Any]
    examples: Mapping[str, list[dict[str, Any]]]
    files: Mapping[str, str]

    @property
    def model(self) -> Path:
        """The ONNX file."""
        return self.folder / MODEL


def fetch_bundle(place: str, root: Path) -> Bundle:
    """Return the bundle at ``place``: a folder (below ``root`` where it is relative), or ``s3://bucket/prefix``.

    From S3 the files go to ``whatbenz/bundles`` in the user's cache (XDG_CACHE_HOME); those that are there already, by
    their checksum, are not fetched again.

    Raises:
        BundleError: as :func:`open_bundle`, or S3 does not give it.
        MissingExtraError: the extra s3 is not installed.
    """
    if not place.startswith("s3://"):
        return open_bundle(root / place)
    from serve.s3 import download

    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "whatbenz" / "bundles" / hashlib.sha256(place.encode()).hexdigest()[:16]
    download(place, folder)
    return open_bundle(folder)


def open_bundle(folder: Path) -> Bundle:
    """Return the bundle in ``folder``, after checking every file's sha256.

    Raises:
        BundleError: a file is missing, differs from bundle.json or cannot be read.
    """
    manifest = read_manifest(folder / MANIFEST)
    for name, sha256 in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise BundleError(f"{path}: missing, though {MANIFEST} names it; run `whatbenz bundle` again")
        if sha256_of(path) != sha256:
            raise BundleError(f"{path}: not the file that {MANIFEST} names (sha256 {sha256}); "
                              "run `whatbenz bundle` again")
    labels = read_labels(folder / LABELS)
    if labels.model_sha256 != manifest["files"][MODEL]:
        raise BundleError(f"{folder / LABELS}: written for another model (sha256 {labels.model_sha256})")
    return Bundle(folder, identify(manifest["files"]), labels, _read(folder / VEHICLES), _read(folder / CREDITS),
                  manifest["files"])


def identify(files: Mapping[str, str]) -> str:
    """Return the version of a bundle of these files: 12 hex digits."""
    lines = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:12]


def read_manifest(path: Path) -> dict[str, Any]:
    """Return bundle.json, its shape and its files' names checked.

    Raises:
        BundleError: it is missing, of another version, or names a file outside the bundle.
    """
    if not path.is_file():
        raise BundleError(f"{path}: there is no bundle here; make one with `whatbenz bundle`, or name another "
                          "folder in serve.bundle")
    manifest = _read(path)
    if not isinstance(manifest, dict) or manifest.get("version") != VERSION:
        raise BundleError(f"{path}: not a bundle of version {VERSION}; run `whatbenz bundle` again")
    files = manifest.get("files")
    if not isinstance(files, dict) or not {MODEL, LABELS, VEHICLES, CREDITS} <= set(files):
        raise BundleError(f"{path}: names no {MODEL}, {LABELS}, {VEHICLES} or {CREDITS}; run `whatbenz bundle` again")
    for name in files:
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts or "\\" in name:
            raise BundleError(f"{path}: the file {name!r} lies outside the bundle")
    return manifest


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(f"{path}: cannot be read as JSON ({error}); run `whatbenz bundle` again") from error
