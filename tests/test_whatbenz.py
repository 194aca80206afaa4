import dataclasses
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from whatbenz import BY_HAND, STAGES, load_sections, main

ROOT = Path(__file__).parent.parent
COMMANDS = [*STAGES, *BY_HAND]


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


def test_the_help_lists_the_stages_in_the_order_of_the_flow():
    output = run("--help").output
    places = [output.index(f"\n  {name} ") for name in COMMANDS]
    assert places == sorted(places)


@pytest.mark.parametrize("name", STAGES)
def test_each_stage_says_what_it_reads_and_writes(name):
    output = " ".join(run(name, "--help").output.split())
    assert re.search(r"\bReads?\b", output) and re.search(r"\b[Ww]rites?\b", output)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_readme_has_a_line_for_each_command(name):
    assert f"`whatbenz {name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_params_yaml_holds_every_key_with_its_default():
    document = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    for cls in load_sections():
        defaults = plain(dataclasses.asdict(cls()))
        assert document.get(cls.section) == defaults, cls.section


def plain(value):
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, tuple | list) else value


def test_every_key_of_params_yaml_has_a_comment():
    """A comment may speak for a few keys that follow it line upon line."""
    bare, speaks_for = [], 0
    for line in (ROOT / "params.yaml").read_text(encoding="utf-8").splitlines():
        if line.startswith("  #"):
            speaks_for = 4
        elif re.match(r"  \w+:", line):
            speaks_for -= 1
            bare += [line.strip()] if speaks_for < 0 else []
        elif not line.startswith("   "):
            speaks_for = 0
    assert bare == []


def test_an_unknown_key_stops_every_command(tmp_path):
    (tmp_path / "params.yaml").write_text("split:\n  max_sid: 3\n")
    result = run("-C", tmp_path, "explain", "x")
    assert result.exit_code == 1
    assert "split.max_sid: unknown parameter; did you mean max_side?" in result.output


def test_an_override_with_an_unknown_key_is_refused(tmp_path):
    result = run("-C", tmp_path, "-S", "splitt.seed=1", "explain", "x")
    assert "unknown section splitt; did you mean split?" in result.output


def test_a_stage_without_its_input_names_the_missing_file(tmp_path):
    result = run("-C", tmp_path, "split")
    assert result.exit_code == 1
    assert "hits.parquet: table 'hits' is not there" in result.output
