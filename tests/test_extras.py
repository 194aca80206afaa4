"""A command whose packages are not installed says in one line which extra brings them."""

import configparser
import subprocess
import sys
from pathlib import Path

import pytest

from whatbenz import BY_HAND, EXTRAS, STAGES

ROOT = Path(__file__).parent.parent
COMMANDS = [*STAGES, *BY_HAND]
# Runs whatbenz where nothing can be imported but the standard library, the project and what follows.
ALONE = """
import sys
allowed = {"whatbenz", "tables", "pipeline", "scrape", "curate", "mercedes_api", "sandbox", "train", "serve", *ALLOWED,
           *sys.stdlib_module_names}

class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in allowed:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Wall())
from whatbenz import main
main(sys.argv[1:])
"""
BASE = {"click", "yaml", "_yaml"}


def run(*arguments, allowed=BASE):
    code = ALONE.replace("*ALLOWED", "*" + repr(sorted(allowed)))
    return subprocess.run([sys.executable, "-c", code, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True,
                          timeout=60)


def test_the_base_install_lists_every_command_and_what_each_lacks():
    result = run("--help")
    assert result.returncode == 0, result.stderr
    assert all(f"\n  {name} " in result.stdout for name in COMMANDS)
    assert "not installed: pip install 'whatbenz[pipeline]'" in result.stdout


@pytest.mark.parametrize("command", ["search", "split", "vehicles", "explain x", "review", "tables"])
def test_a_command_whose_extra_is_missing_names_it_in_one_line(command, tmp_path):
    result = run("-C", tmp_path, *command.split())
    name = command.split()[0]
    assert result.returncode == 1
    assert result.stderr.startswith(f"Error: whatbenz {name}: the package ")
    assert result.stderr.endswith(f"is not installed; pip install 'whatbenz[{EXTRAS.get(name, 'pipeline')}]'\n")
    assert result.stderr.count("\n") == 1


def test_every_extra_that_a_command_names_is_in_setup_cfg():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    assert {"pipeline", *EXTRAS.values()} <= set(setup["options.extras_require"])
