import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from PIL import Image

import tables
from curate.leaks import check_apart, find_leaks
from curate.params import DedupeParams
from curate.split import SIDES
from pipeline.errors import LeakError, TableError
from tests.curate.photographs import NO_DECISIONS, Run, draw
from tests.curate.rows import NOW
from whatbenz import main

LEAKS = {
    "crop": lambda image: image.crop((150, 100, 520, 400)), "mirror": lambda image: image.transpose(
        Image.Transpose.FLIP_LEFT_RIGHT), "turn": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "mirrored crop": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).crop((40, 60, 500, 420)),
    "small": lambda image: image.resize((200, 140)), "grey": lambda image: image.convert("L").convert("RGB")}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a deduped run: six photographs, and a changed copy of the first one in each way."""
    run = Run(tmp_path_factory.mktemp("leaks"))
    for n in range(6):
        run.add(f"photo{n}", draw(60 + n))
    for name, change in LEAKS.items():
        run.add(name, change(draw(60)))
    run.add("repaint", draw(61, paint=(200, 20, 20)))
    run.pairs, run.groups = run.dedupe()
    return run


def leaks(run, train, valid, decisions=NO_DECISIONS, known=None):
    found = find_leaks([run.sha[n] for n in train], [run.sha[n] for n in valid], run.inspect(), run.workshop,
                       DedupeParams(), decisions, known)
    return [frozenset(run.names(pair)) for pair in zip(found["sha256_a"], found["sha256_b"], strict=True)]


@pytest.mark.parametrize("name", [*LEAKS, "repaint"])
def test_a_planted_leak_is_found(run, name):
    original = "photo1" if name == "repaint" else "photo0"
    assert leaks(run, [original, "photo2", "photo4"], [name, "photo3", "photo5"]) == [{original, name}]


def test_different_photographs_are_no_leak(run):
    assert leaks(run, ["photo0", "photo2", "photo4"], ["photo1", "photo3", "photo5"]) == []


def test_what_stands_on_one_side_is_no_leak(run):
    assert leaks(run, ["photo0", *LEAKS], ["photo1", "photo3"]) == []


def test_one_file_on_both_sides_is_a_leak(run):
    assert leaks(run, ["photo0", "photo1"], ["photo1"]) == [{"photo1"}]


def test_dedupes_verdicts_are_not_believed(run):
    blind = run.pairs.assign(verdict="different")
    assert leaks(run, ["photo0"], ["crop", "photo1"], known=blind) == [{"photo0", "crop"}]


def test_what_dedupe_measured_is_not_measured_again(run, monkeypatch):
    monkeypatch.setattr("curate.duplicates.verify_pairs", None)
    views = ["features", "phash", "phash256", "crop10", "crop20", "crop30", "trim"]
    every = run.pairs.assign(found_by=",".join([*views, *(f"{view}+mirror" for view in views), "mirror"]))
    assert leaks(run, ["photo0"], ["grey"], known=every) == [{"photo0", "grey"}]


def test_what_a_person_calls_different_is_no_leak(run):
    said = tables.make(tables.DECISIONS, [{
        "decided_at": NOW, "reviewer": "ann", "sha256": run.sha["photo0"], "class_id": "c", "decision": "different",
        "other_sha256": run.sha["crop"]}])
    assert leaks(run, ["photo0"], ["crop"], said) == []


def test_an_empty_side_has_no_leak(run):
    assert leaks(run, ["photo0"], []) == []


def test_features_of_other_pictures_are_refused(run):
    images = run.inspect().iloc[1:]
    with pytest.raises(TableError, match="run whatbenz dedupe again"):
        find_leaks(images["sha256"][:3], images["sha256"][3:], images, run.workshop, DedupeParams(), NO_DECISIONS)


def test_the_error_names_the_pair_and_what_to_do(run):
    pair = sorted((run.sha["photo0"], run.sha["grey"]))
    found = tables.make(tables.PAIRS, [{"sha256_a": pair[0], "sha256_b": pair[1], "found_by": "phash",
                                        "verdict": "duplicate"}])
    with pytest.raises(LeakError, match=f"(?s){pair[0]} is in .*{pair[1]} is in .*pairs show {pair[0][:12]}"):
        check_apart({run.sha["photo0"]}, {run.sha["grey"]}, found)
    check_apart({run.sha["photo0"]}, {run.sha["photo1"]}, found.iloc[:0])


def plant(folder, leak):
    """Write a run up to flag whose groups do not know that the last two pictures are one photograph."""
    run = Run(folder)
    for n in range(8):
        run.add(f"photo{n}", draw(70 + n))
    if leak:
        run.add("leak", draw(70).crop((100, 60, 560, 400)))
    run.layout.classes.write_text("class_id,label,name,queries_en\nc,C,C,c\n", encoding="utf-8")
    images = run.inspect()
    pairs, groups = run.dedupe()
    blind = groups.assign(group_id=groups["sha256"], split_group_id=groups["sha256"], keeper=True)
    for table, frame, path in (
            (tables.HITS, run.hits, run.layout.hits), (tables.IMAGES, images, run.layout.inspected),
            (tables.PAIRS, pairs.iloc[:0], run.layout.pairs), (tables.GROUPS, blind, run.layout.groups),
            (tables.FLAGS, tables.make(tables.FLAGS), run.layout.flags)):
        tables.write(table, frame, path)
    return run


def test_a_leak_planted_by_hand_fails_the_stage_and_leaves_nothing_behind(tmp_path):
    run = plant(tmp_path, leak=True)
    in_train = pd.DataFrame({"sha256": [run.sha["photo0"], run.sha["leak"]], "split": ["train", "valid"]})
    tables.write(SIDES, in_train.assign(seed=2018, valid=0.2), run.layout.sides)
    result = CliRunner().invoke(main, ["-C", str(tmp_path), "split"])
    assert result.exit_code == 1
    assert run.sha["photo0"] in result.output and run.sha["leak"] in result.output
    assert not run.layout.manifest.exists()


def test_a_split_without_a_leak_passes_its_own_proof(tmp_path):
    run = plant(tmp_path, leak=False)
    result = CliRunner().invoke(main, ["-C", str(tmp_path), "split"])
    assert result.exit_code == 0, result.output
    assert np.isin(tables.read(tables.MANIFEST, run.layout.manifest)["sha256"], list(run.sha.values())).all()
