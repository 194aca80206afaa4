"""Model, facts and pictures → the folder that the service runs on. The same inputs give the same bytes."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import BundleError
from pipeline.files import fsync_directory, sha256_of, write_bytes
from serve.bundles import CREDITS, LABELS, MANIFEST, MODEL, VEHICLES, VERSION, Bundle, open_bundle
from serve.labels import read_labels
from serve.predictor import Predictor

Example = tuple[str, dict[str, Any], bytes]


def write_bundle(folder: Path, model: Path, labels: Path, vehicles: Mapping[str, Any], examples: Iterable[Example],
                 created_from: Mapping[str, Path], whatbenz: str) -> Bundle:
    """Write the bundle to ``folder``, in place of the one before, and return it opened.

    Args:
        folder: where the bundle goes.
        model, labels: the ONNX file and its labels.json.
        vehicles: as :func:`serve.facts.make_vehicles`.
        examples: class, credit (``file`` below examples/) and JPEG bytes of each example picture.
        created_from: what it is made from, by name: files whose sha256 bundle.json notes.
        whatbenz: version of this program.

    Raises:
        BundleError: the labels are of another model, or of none.
        ModelError: onnxruntime cannot run the model.
    """
    known = read_labels(labels)
    if not model.is_file():
        raise BundleError(f"{model}: there is no such file; run `whatbenz train`")
    if known.model_sha256 != sha256_of(model):
        raise BundleError(f"{labels}: written for another model than {model}; run `whatbenz train` again")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as place:
        made = Path(place) / folder.name
        made.mkdir(mode=0o755)
        shutil.copyfile(model, made / MODEL)
        shutil.copyfile(labels, made / LABELS)
        write_bytes(made / VEHICLES, _encode(vehicles))
        credits: dict[str, list[dict[str, Any]]] = {}
        for class_id, credit, data in examples:
            write_bytes(made / "examples" / credit["file"], data)
            credits.setdefault(class_id, []).append(credit)
        write_bytes(made / CREDITS, _encode(credits))
        files = {path.relative_to(made).as_posix(): sha256_of(path)
                 for path in sorted(made.rglob("*")) if path.is_file()}
        write_bytes(made / MANIFEST, _encode({
            "version": VERSION, "whatbenz": whatbenz,
            "model": {"architecture": known.architecture, "classes": len(known.classes), "sandbox": known.sandbox},
            "created_from": {name: sha256_of(path) for name, path in created_from.items()}, "files": files}))
        Predictor(open_bundle(made))  # a bundle that cannot answer is none
        if folder.exists():
            shutil.rmtree(folder)
        made.replace(folder)
    fsync_directory(folder.parent)
    return open_bundle(folder)


def _encode(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
