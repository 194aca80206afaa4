"""dvc.yaml says what each stage is made from: its command, its code, its parameters."""

import ast
from pathlib import Path

import pytest
import yaml

from whatbenz import STAGES

ROOT = Path(__file__).parent.parent
DVC = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
# Parameters reach DVC as params, the version number and the stages' order change no table.
NO_CODE = ("params.py", "whatbenz.py")


def find_module(name):
    path = ROOT / name.replace(".", "/")
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.exists()), None)


def list_imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def list_code(stage):
    """Return the project's files that the stage's command imports, over any number of steps."""
    module, name = STAGES[stage]
    tree = ast.parse(find_module(module).read_text(encoding="utf-8"))
    command = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    waiting, seen = list(list_imports(command)), set()
    while waiting:
        path = find_module(waiting.pop())
        if path and path not in seen:
            seen.add(path)
            waiting += list_imports(ast.parse(path.read_text(encoding="utf-8")))
    return {p.relative_to(ROOT) for p in seen if p.name not in NO_CODE and holds_code(p)}


def holds_code(path):
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return any(not isinstance(node, ast.Expr) for node in body)  # more than a docstring


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_runs_again_when_any_of_its_code_changes(stage):
    deps = {Path(dep) for dep in DVC["stages"][stage]["deps"]}
    assert sorted(str(p) for p in list_code(stage) if not deps & {p, *p.parents}) == []


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_the_command_of_its_name(stage):
    assert DVC["stages"][stage]["cmd"] == f"whatbenz {stage}"


def test_all_code_that_is_named_exists():
    deps = {dep for stage in DVC["stages"].values() for dep in stage["deps"]
            if not dep.startswith(("data/", "models/"))}
    assert sorted(dep for dep in deps if not (ROOT / dep).exists()) == []
