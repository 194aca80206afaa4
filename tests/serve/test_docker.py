"""What can be said of the image without building it."""

import json
import re
from pathlib import Path

from serve.commands import serve

ROOT = Path(__file__).parent.parent.parent
TEXT = re.sub(r"\\\n\s*", "", (ROOT / "serve" / "Dockerfile").read_text(encoding="utf-8"))
STEPS = [tuple(line.split(maxsplit=1)) for line in TEXT.splitlines() if line and not line.startswith("#")]
LAST = STEPS[[n for n, (word, _) in enumerate(STEPS) if word == "FROM"][-1]:]


def step(word):
    return next(rest for name, rest in LAST if name == word)


def test_the_image_runs_as_a_user_without_rights():
    assert step("USER").isdecimal() and int(step("USER")) >= 1000
    names = [name for name, _ in LAST]
    assert names.index("USER") > max(n for n, name in enumerate(names) if name in ("RUN", "COPY"))


def test_bases_have_a_version_and_the_packages_those_of_the_constraints():
    bases = [rest.split()[0] for name, rest in STEPS if name == "FROM"]
    assert all(re.fullmatch(r"python:3\.\d+-slim", base) for base in bases)
    (install,) = [rest for name, rest in STEPS if name == "RUN" and " install " in rest]
    assert "--constraint constraints.txt" in install and "--no-cache-dir" in install


def test_the_entry_point_is_a_command_line_that_the_command_takes():
    entry = json.loads(step("ENTRYPOINT"))
    assert entry[:2] == ["whatbenz", "serve"]
    context = serve.make_context("serve", entry[2:])
    assert context.params["host"] == "0.0.0.0" and str(context.params["port"]) == step("EXPOSE")
    assert f":{context.params['port']}/readyz" in step("HEALTHCHECK")


def test_of_the_folder_only_the_code_and_the_bundle_go_into_the_image():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {".git", ".venv", "data", "reports", "tests", "models", "!models/bundle"} <= set(ignored)
    assert ignored.index("!models/bundle") > ignored.index("models")
    assert not {"serve", "pipeline", "scrape", "curate", "mercedes_api", "sandbox", "train"} & set(ignored)
