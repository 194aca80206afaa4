from dataclasses import dataclass
from typing import ClassVar

import pytest

from pipeline.errors import ParamError
from pipeline.params import check_overrides, check_sections, param, read_params


@dataclass(frozen=True)
class KitchenParams:
    """A section for these tests."""

    section: ClassVar[str] = "kitchen"

    temperature: float = param(180.0, "how hot", minimum=20, maximum=300)
    trays: int = param(2, "how many")
    names: tuple[str, ...] = param(("cake",), "what is baked")
    fan: bool = param(True, "with the fan")
    note: str | None = param(None, "free text")
    mode: str = param("warm", "how", choices=("warm", "hot"))


def write(tmp_path, text):
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_missing_file_gives_the_defaults(tmp_path):
    assert read_params(KitchenParams, tmp_path / "none.yaml") == KitchenParams()


def test_values_are_taken_from_the_file(tmp_path):
    path = write(tmp_path, "kitchen:\n  temperature: 200\n  names: [bread, pie]\n  note: hello\n")
    params = read_params(KitchenParams, path)
    assert (params.temperature, params.names, params.note) == (200.0, ("bread", "pie"), "hello")
    assert isinstance(params.temperature, float)


def test_an_unknown_key_is_refused_with_the_nearest_valid_one(tmp_path):
    path = write(tmp_path, "kitchen:\n  temperatur: 200\n")
    with pytest.raises(ParamError, match=r"kitchen\.temperatur: unknown parameter; did you mean temperature\?"):
        read_params(KitchenParams, path)


@pytest.mark.parametrize(("text", "message"), [
    ("trays: two", "kitchen.trays: expected a whole number, found a text"),
    ("trays: true", "kitchen.trays: expected a whole number, found true or false"),
    ("trays: 1.5", "kitchen.trays: expected a whole number, found a number"),
    ("names: cake", "kitchen.names: expected a list, found a text"),
    ("names: [1]", r"kitchen.names\[0\]: expected a text, found a whole number"),
    ("fan: 1", "kitchen.fan: expected true or false, found a whole number"),
    ("temperature: 10", "kitchen.temperature: 10.0 is below the minimum of 20"),
    ("temperature: .nan", "kitchen.temperature: nan is below the minimum of 20"),
    ("temperature: 400", "kitchen.temperature: 400.0 is above the maximum of 300"),
    ("mode: hott", "kitchen.mode: 'hott' is not one of warm, hot; did you mean hot?"),
    ("note: 3", "kitchen.note: expected a text, found a whole number"),
    ("trays:", r"kitchen.trays: expected a whole number, found nothing \(null\)"),
])
def test_a_wrong_value_is_refused_by_its_key(tmp_path, text, message):
    path = write(tmp_path, f"kitchen:\n  {text}\n")
    with pytest.raises(ParamError, match=message.replace("?", r"\?")):
        read_params(KitchenParams, path)


def test_an_override_beats_the_file(tmp_path):
    path = write(tmp_path, "kitchen:\n  trays: 3\n")
    assert read_params(KitchenParams, path, ("kitchen.trays=5", "other.x=1")).trays == 5


def test_an_override_without_a_section_is_explained(tmp_path):
    with pytest.raises(ParamError, match="write it as section.key=value"):
        read_params(KitchenParams, tmp_path / "none.yaml", ("trays",))


def test_an_override_of_an_unknown_section_is_refused_with_the_nearest():
    with pytest.raises(ParamError, match=r"unknown section kitchn; did you mean kitchen\?"):
        check_overrides(("kitchn.trays=3",), (KitchenParams,))


def test_an_unknown_section_is_refused_with_the_nearest(tmp_path):
    path = write(tmp_path, "kitchens:\n  trays: 3\n")
    with pytest.raises(ParamError, match=r"kitchens: unknown section; did you mean kitchen\?"):
        check_sections(path, (KitchenParams,))


@pytest.mark.parametrize(("text", "message"), [
    ("- a\n", "expected sections such as 'scrape:'"),
    ("kitchen: 3\n", "kitchen: expected keys below it, found a whole number"),
    ("kitchen: [\n", "not valid YAML"),
])
def test_a_file_of_another_shape_is_refused_by_name(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(ParamError, match=message) as caught:
        check_sections(path, (KitchenParams,))
    assert str(path) in caught.value.message
