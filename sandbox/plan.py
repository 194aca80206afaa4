"""The plan of the sandbox: every URL, what is drawn there, what is wrong with it and who finds it.

A pure function of the parameters and the classes; the server, the search and the truth all read it.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import numpy as np

from sandbox.classes import SearchedClass
from sandbox.kinds import CHANGES, CONFLICTS, FAULTS, OFF_TOPIC, Kind
from sandbox.params import SandboxParams

SIZES = ((960, 640), (960, 720), (800, 600), (800, 533), (900, 600), (768, 512), (640, 480), (720, 720), (640, 800))
PLANTED_SHARE = 4  # one in so many hits is planted
PLACES = ("Berlin", "Stuttgart", "Geneva Motor Show", "IAA Frankfurt", "Hamburg", "Vienna", "Warsaw", "London", "Paris",
          "Auto Shanghai", "Tokyo", "Sydney", "Zürich", "München", "Utrecht", "Oslo", "Lisbon", "car meet", "parking")


@dataclass(frozen=True)
class Picture:
    """One photograph before it is encoded; everything in it follows from the seed and ``picture_id``.

    Attributes:
        kind: car, interior, engine_bay, logo, toy or other_car.
        class_id: class of the car drawn, None where it is none of the classes.
        quality: JPEG quality of the original file, 1 to 100.
    """

    picture_id: str
    kind: str
    class_id: str | None
    width: int
    height: int
    quality: int


@dataclass(frozen=True)
class Item:
    """One URL of the image host.

    Attributes:
        path: its path, percent-encoded, with its query if it has one.
        searched: the classes whose searches find it.
        change: what was done to the photograph (see :mod:`sandbox.kinds`), None for an original.
        variant_of: path of the original.
        fault: what is odd about the answer or the file.
        conflict: why its label is in doubt.
        expected: how a good run ends.
    """

    path: str
    title: str
    searched: tuple[str, ...]
    picture: Picture
    expected: str = "saved"
    change: str | None = None
    variant_of: str | None = None
    fault: str | None = None
    conflict: str | None = None

    @property
    def page(self) -> str:
        """Path of the page that shows it."""
        return f"/wiki/File:{quote(self.title.replace(' ', '_'))}"


@dataclass(frozen=True)
class Plan:
    """All URLs, in the order of their paths' planning."""

    seed: int
    classes: tuple[SearchedClass, ...]
    items: tuple[Item, ...]
    by_path: dict[str, Item] = field(repr=False)

    def found_by(self, class_id: str) -> list[Item]:
        """Return what the search for a class finds, in the plan's order."""
        return [item for item in self.items if class_id in item.searched]

    def truth(self, base_url: str) -> list[dict[str, Any]]:
        """Return the rows of the table ``truth``: one a URL and class whose search finds it."""
        return [{
            "url": base_url + item.path, "searched_class_id": searched, "class_id": item.picture.class_id,
            "kind": item.picture.kind, "picture_id": item.picture.picture_id,
            "variant_of": base_url + item.variant_of if item.variant_of else None,
            "change": item.change, "fault": item.fault or item.conflict, "expected": item.expected,
        } for item in self.items for searched in item.searched]


def make_plan(params: SandboxParams, classes: tuple[SearchedClass, ...]) -> Plan:
    """Return the plan.

    Each class has ``images_per_class`` hits; a quarter of them are planted. Every kind is planted at least
    once: where the classes are few and small, the planted hits come on top.
    """
    rng = np.random.default_rng([params.seed, 1])
    per_class = params.images_per_class // PLANTED_SHARE if params.faults else 0
    items: list[Item] = []
    for known in classes:
        for number in range(params.images_per_class - per_class):
            items.append(_original(known, f"{known.class_id}-{number:04d}", rng))
    if params.faults:
        _plant(items, classes, per_class, rng)
    return Plan(params.seed, classes, tuple(items), {item.path: item for item in items})


def _plant(items: list[Item], classes: tuple[SearchedClass, ...], per_class: int, rng: np.random.Generator) -> None:
    """Append the planted items; originals that get into a label conflict change their expected end."""
    free = {known.class_id: [n for n, item in enumerate(items) if item.searched == (known.class_id,)]
            for known in classes}
    turn = {known.class_id: 0 for known in classes}
    deck = _deck(max(per_class * len(classes), len(_plantable(len(classes)))), len(classes), rng)
    for number, kind in enumerate(deck):
        known = classes[number % len(classes)]
        name = f"{known.class_id}-p{number:05d}"
        if kind in FAULTS:
            items.append(_faulty(_original(known, name, rng), kind))
        elif kind in OFF_TOPIC:
            items.append(_off_topic(_original(known, name, rng), kind))
        elif kind in CHANGES:
            items.append(_changed(items[_take(free, turn, known.class_id)], name, kind, known, rng))
        else:
            other = classes[(number + 1 + int(rng.integers(len(classes) - 1))) % len(classes)]
            items.extend(_conflicting(name, kind, known, other, rng))


def _plantable(class_count: int) -> tuple[Kind, ...]:
    return FAULTS + CHANGES + OFF_TOPIC + (CONFLICTS if class_count > 1 else ())


def _deck(count: int, class_count: int, rng: np.random.Generator) -> list[Kind]:
    """Return ``count`` kinds in random order, all equally often but for their limits."""
    deck: list[Kind] = []
    rounds = 0
    while len(deck) < count:
        again = [kind for kind in _plantable(class_count) if kind.limit is None or rounds < kind.limit]
        deck.extend(again[n] for n in rng.permutation(len(again)))
        rounds += 1
    return [deck[n] for n in rng.permutation(count)]


def _take(free: dict[str, list[int]], turn: dict[str, int], class_id: str) -> int:
    """Return the next original of a class; all have had their turn before one comes again."""
    choices = free[class_id]
    turn[class_id] += 1
    return choices[(turn[class_id] - 1) % len(choices)]


def _original(known: SearchedClass, picture_id: str, rng: np.random.Generator) -> Item:
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    picture = Picture(picture_id, "car", known.class_id, width, height, int(rng.integers(84, 96)))
    title = _title(known, picture_id, rng)
    return Item(_path(title), title, (known.class_id,), picture)


def _title(known: SearchedClass, picture_id: str, rng: np.random.Generator, subject: str = "") -> str:
    place = PLACES[int(rng.integers(len(PLACES)))]
    number = picture_id.rpartition("-")[2]
    words = ["Mercedes-Benz", known.name, known.series, subject, place, number]
    return " ".join(word for word in words if word) + ".jpg"


def _path(title: str, folder: str = "") -> str:
    name = title.replace(" ", "_")
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"/images/{folder}{digest[0]}/{digest[:2]}/{quote(name)}"


def _with(item: Item, **values: Any) -> Item:
    return Item(**{**{name: getattr(item, name) for name in Item.__dataclass_fields__}, **values})


def _faulty(item: Item, kind: Kind) -> Item:
    path, title = item.path, item.title
    folders = {"robots_refused": "members/", "robots_allowed": "members/press/", "robots_wildcard": ""}
    if kind.name in folders:
        path = _path(title, folders[kind.name])
    if kind.name == "robots_wildcard":
        path += "?action=download"
    elif kind.name == "query_string":
        path += "?sig=a%2Fb%3D&width=full"
    elif kind.name == "odd_name":
        path = path.removesuffix(".jpg") + quote(" ..\\..%2f..%2fetc%2fpässwd (1)*?.jpg")
    elif kind.name in ("png", "gif", "webp", "avif", "heic", "svg", "tiff", "bmp", "png_alpha"):
        extension = kind.name.partition("_")[0]
        path, title = (text.removesuffix("jpg") + extension for text in (path, title))
    picture = item.picture
    if kind.name == "tiny":
        picture = Picture(picture.picture_id, picture.kind, picture.class_id, 60, 40, 90)
    return _with(item, path=path, title=title, picture=picture, fault=kind.name, expected=kind.expected)


def _off_topic(item: Item, kind: Kind) -> Item:
    old = item.picture
    picture = Picture(f"{kind.name}-{old.picture_id}", kind.name, None, old.width, old.height, old.quality)
    return _with(item, picture=picture, expected=kind.expected)


def _changed(original: Item, name: str, kind: Kind, known: SearchedClass, rng: np.random.Generator) -> Item:
    title = _title(known, name, rng)
    return Item(_path(title), title, (known.class_id,), original.picture, kind.expected, kind.name, original.path)


def _conflicting(name: str, kind: Kind, known: SearchedClass, other: SearchedClass,
                 rng: np.random.Generator) -> list[Item]:
    """Return new items whose label is in doubt: cars of ``other`` that the search for ``known`` finds."""
    title = _title(known, name, rng)
    own = _original(other, name, rng)
    if kind.name == "wrong_class":
        return [_with(own, path=_path(title), title=title, searched=(known.class_id,), conflict=kind.name,
                      expected=kind.expected)]
    if kind.name == "same_url":
        # Two searches find it: its title must name neither class.
        title = f"Mercedes-Benz at {PLACES[int(rng.integers(len(PLACES)))]} {name.rpartition('-')[2]}.jpg"
        return [_with(own, path=_path(title), title=title, searched=(other.class_id, known.class_id),
                      conflict=kind.name, expected=kind.expected)]
    own = _with(own, conflict=kind.name, expected=kind.expected)
    change = "copy" if kind.name == "same_bytes" else "jpeg40"
    return [own, Item(_path(title), title, (known.class_id,), own.picture, kind.expected, change, own.path,
                      conflict=kind.name)]
