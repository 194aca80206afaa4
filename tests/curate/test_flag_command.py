import numpy as np
import pytest
from click.testing import CliRunner

import tables
from pipeline.layout import Layout
from tests.curate.rows import make_groups, make_hits, make_images, sha
from whatbenz import main

NAMES = [f"{letter}{n}" for letter in "ab" for n in range(8)]


@pytest.fixture
def folder(tmp_path):
    """Return a run up to dedupe: 16 pictures of two classes whose features lie apart, and one of a third class."""
    layout = Layout(tmp_path)
    names = [*NAMES, "c0"]
    tables.write(tables.HITS, make_hits(*((n, f"class-{n[0]}") for n in names)), layout.hits)
    tables.write(tables.IMAGES, make_images(*names).assign(
        width=640, height=480, brightness=0.5, sharpness=0.7, entropy=7.0, colourfulness=40.0, aspect=4 / 3),
        layout.inspected)
    shas = sorted(sha(n) for n in names)
    tables.write(tables.CONTENT, [{"sha256": s, "car": 0.99, "detail": 0.0, "photo": 1.0, "many": 0.0}
                                  for s in shas], layout.content)
    features = np.random.default_rng(0).normal(scale=0.1, size=(len(shas), 64))
    features[:, 0] += [1 if bytes.fromhex(s[:2]) == b"a" else -1 for s in shas]
    np.save(layout.embeddings, (features / np.linalg.norm(features, axis=1, keepdims=True)).astype(np.float16))
    tables.write(tables.PAIRS, tables.make(tables.PAIRS), layout.pairs)
    tables.write(tables.GROUPS, make_groups(*((n,) for n in names)), layout.groups)
    return tmp_path


def run(folder):
    return CliRunner().invoke(main, ["-C", str(folder), "flag"], catch_exceptions=False)


def test_flag_writes_scores_labels_and_flags(folder):
    result = run(folder)
    assert result.exit_code == 0, result.output
    layout = Layout(folder)
    assert len(tables.read(tables.SCORES, layout.scores)) == len(NAMES) + 1
    assert tables.read(tables.LABELS, layout.labels)["label_quality"].notna().sum() == len(NAMES)
    assert tables.read(tables.FLAGS, layout.flags).empty


def test_a_class_that_is_too_small_is_named_and_stops_nothing(folder):
    assert "class-c" in run(folder).stderr


def test_a_model_without_a_content_head_is_said_and_stops_nothing(folder):
    layout = Layout(folder)
    shas = tables.read(tables.CONTENT, layout.content)["sha256"]
    tables.write(tables.CONTENT, [{"sha256": s} for s in shas], layout.content)
    result = run(folder)
    assert result.exit_code == 0
    assert "off_topic, not_a_photo, detail and many_cars flag nothing" in result.stderr


def test_running_twice_gives_the_same_bytes(folder):
    run(folder)
    layout = Layout(folder)
    before = [path.read_bytes() for path in (layout.scores, layout.labels, layout.flags)]
    run(folder)
    assert [path.read_bytes() for path in (layout.scores, layout.labels, layout.flags)] == before


def test_without_features_the_stage_to_run_is_named(folder):
    Layout(folder).embeddings.unlink()
    result = run(folder)
    assert result.exit_code == 1
    assert "whatbenz embed" in result.output


def test_a_label_that_the_model_does_not_believe_is_flagged_and_the_others_keep_their_features(folder):
    layout = Layout(folder)
    layout.predictions.parent.mkdir(exist_ok=True)
    layout.predictions.write_text("sha256,class_id,label_quality,suggested_class_id,suggested_probability\n"
                                  f"{sha('a0')},class-a,0.000100,class-b,0.990000\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["-C", str(folder), "-S", "flag.predictions=model", "flag"])
    assert result.exit_code == 0, result.output
    flags = tables.read(tables.FLAGS, layout.flags)
    assert flags[["sha256", "flag"]].to_numpy().tolist() == [[sha("a0"), "label_suspect"]]
    assert "they suggest class-b (0.99)" in flags["detail"].iloc[0]
    assert f"{len(NAMES)} of {len(NAMES) + 1} pictures have no prediction" in result.stderr


def test_without_predictions_the_command_that_makes_them_is_named(folder):
    result = CliRunner().invoke(main, ["-C", str(folder), "-S", "flag.predictions=model", "flag"])
    assert result.exit_code == 1 and "run whatbenz cross-predict" in result.output
