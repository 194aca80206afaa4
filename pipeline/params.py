"""params.yaml → one frozen dataclass a stage, every key checked and every error naming it."""

import dataclasses
import difflib
import types
import typing
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import yaml

from pipeline.errors import ParamError


class Section(Protocol):
    """A frozen dataclass of parameters; ``section`` is its key in params.yaml."""

    section: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


S = TypeVar("S", bound=Section)


def param(default: Any, help: str, *, minimum: float | None = None, maximum: float | None = None,
          choices: tuple[Any, ...] | None = None) -> Any:
    """Declare one parameter of a section: its default, its sentence of help and its bounds.

    Bounds and choices hold for each element where the parameter is a list.
    """
    metadata = {"help": help, "minimum": minimum, "maximum": maximum, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata)


def read_params(cls: type[S], path: Path | str = "params.yaml", overrides: tuple[str, ...] = ()) -> S:
    """Return the section of ``cls`` from ``path``; keys that are not there have their defaults.

    Args:
        cls: the section's dataclass.
        path: a YAML file of sections. A missing file means defaults throughout.
        overrides: ``section.key=value`` texts, the value in YAML; those of other sections are ignored.

    Raises:
        ParamError: an unknown key (the nearest valid one is named), an ill-typed or out-of-range value.
    """
    values = dict(_read_sections(Path(path)).get(cls.section) or {})
    for override in overrides:
        key, separator, text = override.partition("=")
        section, dot, name = key.strip().partition(".")
        if not separator or not dot:
            raise ParamError(f"-S {override}: write it as section.key=value, for example -S split.max_side=320")
        if section == cls.section:
            values[name] = yaml.safe_load(text)
    return make_params(cls, values, str(path))


def make_params(cls: type[S], values: dict[str, Any], path: str = "params.yaml") -> S:
    """Return ``cls`` made from plain ``values``, each checked against its annotation and bounds.

    Raises:
        ParamError: as :func:`read_params`.
    """
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(cls)
    checked = {}
    for name, value in values.items():
        key = f"{cls.section}.{name}"
        if name not in fields:
            raise ParamError(f"{path}: {key}: unknown parameter{_suggest(name, fields)}")
        checked[name] = _check(value, hints[name], f"{path}: {key}")
        _check_bounds(checked[name], fields[name].metadata, f"{path}: {key}")
    return cls(**checked)


def check_sections(path: Path | str, known: tuple[type[Section], ...]) -> None:
    """Check a whole params file: sections that no stage knows, then every key of every section.

    Raises:
        ParamError: on the first key that is wrong.
    """
    by_name = {cls.section: cls for cls in known}
    for section, values in _read_sections(Path(path)).items():
        if section not in by_name:
            raise ParamError(f"{path}: {section}: unknown section{_suggest(section, by_name)}")
        make_params(by_name[section], values or {}, str(path))


def check_overrides(overrides: tuple[str, ...], known: tuple[type[Section], ...]) -> None:
    """Check that each ``section.key=value`` names a section and a key that exist.

    Raises:
        ParamError: on the first that does not.
    """
    by_name = {cls.section: cls for cls in known}
    for override in overrides:
        key, separator, text = override.partition("=")
        section, dot, name = key.strip().partition(".")
        if not separator or not dot:
            raise ParamError(f"-S {override}: write it as section.key=value, for example -S split.max_side=320")
        if section not in by_name:
            raise ParamError(f"-S {override}: unknown section {section}{_suggest(section, by_name)}")
        make_params(by_name[section], {name: yaml.safe_load(text)}, f"-S {override}")


def _read_sections(path: Path) -> dict[str, dict[str, Any]]:
    if not path.exists():
        return {}
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ParamError(f"{path}: not valid YAML: {error}") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ParamError(f"{path}: expected sections such as 'scrape:' at the top, found {_kind(document)}")
    for section, values in document.items():
        if not (values is None or isinstance(values, dict)):
            raise ParamError(f"{path}: {section}: expected keys below it, found {_kind(values)}")
    return document


def _suggest(name: str, valid: Any) -> str:
    near = difflib.get_close_matches(str(name), [str(v) for v in valid], n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; valid are {', '.join(sorted(map(str, valid)))}"


def _kind(value: Any) -> str:
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text",
             list: "a list", tuple: "a list", dict: "a mapping", type(None): "nothing (null)"}
    return names.get(type(value), type(value).__name__)


def _check(value: Any, hint: Any, key: str) -> Any:
    """Return ``value`` as ``hint`` wants it (a list becomes a tuple, 1 becomes 1.0), or raise."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        options = typing.get_args(hint)
        if value is None and type(None) in options:
            return None
        for option in options:
            if option is not type(None):
                try:
                    return _check(value, option, key)
                except ParamError as error:
                    failure = error
        raise failure
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise ParamError(f"{key}: expected a list, found {_kind(value)} ({value!r})")
        item = typing.get_args(hint)[0]
        return tuple(_check(element, item, f"{key}[{n}]") for n, element in enumerate(value))
    if origin is dict:
        if not isinstance(value, dict):
            raise ParamError(f"{key}: expected a mapping, found {_kind(value)} ({value!r})")
        key_hint, item = typing.get_args(hint)
        return {_check(k, key_hint, f"{key} key"): _check(v, item, f"{key}.{k}") for k, v in value.items()}
    if dataclasses.is_dataclass(hint):
        return _check_record(value, hint, key)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is Any:
        return value
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise ParamError(f"{key}: expected {_kind(hint())}, found {_kind(value)} ({value!r})")
    return value


def _check_record(value: Any, hint: Any, key: str) -> Any:
    if isinstance(value, hint):
        return value
    if not isinstance(value, dict):
        raise ParamError(f"{key}: expected a mapping, found {_kind(value)} ({value!r})")
    fields = {field.name: field for field in dataclasses.fields(hint)}
    hints = typing.get_type_hints(hint)
    for name in value:
        if name not in fields:
            raise ParamError(f"{key}.{name}: unknown parameter{_suggest(name, fields)}")
    checked = {name: _check(v, hints[name], f"{key}.{name}") for name, v in value.items()}
    for name, v in checked.items():
        _check_bounds(v, fields[name].metadata, f"{key}.{name}")
    missing = [name for name, field in fields.items()
               if name not in checked and field.default is dataclasses.MISSING
               and field.default_factory is dataclasses.MISSING]
    if missing:
        raise ParamError(f"{key}: {', '.join(missing)} missing")
    return hint(**checked)


def _check_bounds(value: Any, metadata: Any, key: str) -> None:
    if value is None:
        return
    if isinstance(value, tuple):
        for element in value:
            _check_bounds(element, metadata, key)
        return
    minimum, maximum, choices = (metadata.get(k) for k in ("minimum", "maximum", "choices"))
    if choices is not None and value not in choices:
        raise ParamError(f"{key}: {value!r} is not one of {', '.join(map(str, choices))}"
                         f"{_suggest(value, choices) if isinstance(value, str) else ''}")
    if minimum is not None and not value >= minimum:
        raise ParamError(f"{key}: {value} is below the minimum of {minimum}")
    if maximum is not None and not value <= maximum:
        raise ParamError(f"{key}: {value} is above the maximum of {maximum}")
