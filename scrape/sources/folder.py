"""A folder of own pictures, one folder a class: DIR/<class_id>/*.

Every regular file below a class folder is a candidate, whatever its name says it is: the download stage looks into
it. Hidden files and folders (a dot in front) are left out. The address is ``folder:`` and the percent-quoted path
below DIR, so that the table does not depend on where DIR lies.
"""

import os
import stat
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from pipeline.errors import MaterialError
from scrape.classes import class_id_fault, unknown_class
from scrape.sources.material import ListSource, Material, listed

SCHEME = "folder"


class Folder(ListSource):
    """The class folders below ``path``."""

    name = "folder"

    def __init__(self, path: Path):
        self.path = path

    def read(self, known: Collection[str] | None) -> Material:
        """Return every file as a candidate, in the order of the paths' bytes."""
        try:
            entries = sorted(os.scandir(self.path), key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            raise MaterialError(f"scrape.folder: {self.path}: {error.strerror}; it must be a folder with one folder a "
                                "class") from error
        material, beside = Material(), []
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if not entry.is_dir(follow_symlinks=False):
                beside.append(_readable(entry.name))
                continue
            fault = class_id_fault(entry.name)
            if fault:
                material.problems.append(f"{self.path}: folder {_readable(entry.name)!r} {fault}; rename it")
            elif known is not None and entry.name not in known:
                material.problems.append(f"{self.path}: {unknown_class(entry.name, list(known))}")
            else:
                self._read_class(entry.name, material)
        if beside:
            material.notes.append(f"{self.path}: left out, since they are no class folders: "
                                  f"{listed(beside)}")
        if not material.rows and not material.problems:
            raise MaterialError(f"scrape.folder: {self.path}: no picture in any class folder; "
                                "expected DIR/<class_id>/<picture>")
        return material

    def _read_class(self, class_id: str, material: Material) -> None:
        rank = 0
        for relative in sorted(_files(self.path, class_id, material), key=os.fsencode):
            try:
                facts = os.stat(self.path / relative)
            except OSError as error:
                material.problems.append(f"{self.path}: {_readable(relative)}: {error.strerror}")
                continue
            if not stat.S_ISREG(facts.st_mode):
                material.notes.append(f"{self.path}: {_readable(relative)} is no regular file and left out")
                continue
            material.rows.append({
                "class_id": class_id, "source": self.name, "query": class_id, "rank": rank,
                "url": f"{SCHEME}:{quote(os.fsencode(relative))}",
                "title": _readable(os.path.basename(relative)),
                "found_at": datetime.fromtimestamp(0, UTC) + timedelta(microseconds=facts.st_mtime_ns // 1000),
            })
            rank += 1
        if not rank:
            material.notes.append(f"{self.path}: class folder {class_id!r} is empty")


def _files(root: Path, class_id: str, material: Material) -> Iterator[str]:
    """Yield the paths below ``root`` of the files of one class; what cannot be entered is named."""
    def name_it(error: OSError) -> None:
        place = _readable(os.path.relpath(error.filename, root))
        material.problems.append(f"{root}: {place}: {error.strerror}; its pictures are missing")

    for folder, folders, files in os.walk(root / class_id, onerror=name_it):
        for name in list(folders):
            if name.startswith("."):
                folders.remove(name)
            elif os.path.islink(os.path.join(folder, name)):
                place = _readable(os.path.relpath(os.path.join(folder, name), root))
                material.notes.append(f"{root}: {place} is a link to a folder and not followed")
        for name in files:
            if not name.startswith("."):
                yield os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")


def _readable(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "replace")
