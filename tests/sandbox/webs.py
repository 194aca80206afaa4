"""A small sandbox with every fault, and the classes it is served for."""

from pathlib import Path

import requests

from sandbox.classes import SearchedClass, read_classes

CLASSES = """class_id,name,series,queries_en,queries_de
c-sedan,C-Class Sedan,W205,Mercedes-Benz C-Class Sedan|Mercedes C 200 saloon,Mercedes C-Klasse Limousine|Mercedes W205
v-van,V-Class,W447,Mercedes-Benz V-Class van|Mercedes V 250,Mercedes V-Klasse|Mercedes W447
"""


def write_classes(folder: Path) -> Path:
    """Write a classes.csv of two classes and return its path."""
    path = folder / "classes.csv"
    path.write_text(CLASSES, encoding="utf-8")
    return path


def two_classes(folder: Path) -> tuple[SearchedClass, ...]:
    """Return the two classes."""
    return read_classes(write_classes(folder))


def session() -> requests.Session:
    """Return a session that names itself and uses no proxy."""
    made = requests.Session()
    made.trust_env = False
    made.headers["User-Agent"] = "sandbox-test (test@example.org)"
    return made
