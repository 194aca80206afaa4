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


@pytest.mark.parametrize("name", STAGES)
def test_each_stage_is_a_dvc_stage_of_the_same_name(name):
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    assert stages[name]["cmd"] == f"whatbenz {name}"


def test_every_path_of_dvc_yaml_that_is_code_exists():
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    code = {dep for stage in stages.values() for dep in stage["deps"] if not dep.startswith(("data/", "reports/"))}
    assert sorted(dep for dep in code if not (ROOT / dep).exists()) == []


def test_every_module_of_the_stages_is_code_of_some_dvc_stage():
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    code = {dep for stage in stages.values() for dep in stage["deps"]}
    by_hand = {"__init__.py", "commands.py", "params.py", "explain.py"}
    modules = [p.relative_to(ROOT) for folder in ("scrape", "curate", "mercedes_api") for p in (ROOT / folder).rglob("*.py")
               if p.name not in by_hand and "review" not in p.parts]
    missing = [str(m) for m in modules if not any(str(p) in code for p in (m, *m.parents))]
    assert missing == []


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
    lines = (ROOT / "params.yaml").read_text(encoding="utf-8").splitlines()
    bare = [line.strip() for above, line in zip(lines, lines[1:], strict=False)
            if re.match(r"  \w+:", line) and "#" not in line and not above.strip().startswith("#")]
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
