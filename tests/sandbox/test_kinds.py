from pathlib import Path

from sandbox.image_host import BEHAVIOURS, REDIRECTS
from sandbox.kinds import ALL, FAULTS


def test_no_two_kinds_have_one_name() -> None:
    names = [kind.name for kind in ALL]
    assert len(set(names)) == len(names)


def test_every_behaviour_of_the_host_is_planted() -> None:
    assert {*BEHAVIOURS, *REDIRECTS} <= {kind.name for kind in FAULTS}


def test_the_documentation_names_every_kind_with_its_end() -> None:
    text = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| ") and "`" in line]
    listed = {name.strip(" `"): end.strip() for end, names in rows
              for name in names.partition(":")[2].split(",") if name.strip().startswith("`")}
    assert {kind.name: kind.expected for kind in ALL}.items() <= listed.items()
