import json

import cv2
import pytest
from click.testing import CliRunner

import tables
from curate.flags import adapt
from curate.inspect import thumbnail_path
from curate.params import FlagParams, SplitParams
from curate.report.material import TABLES, read_material
from pipeline.layout import Layout
from tests.curate.report.conftest import draw
from whatbenz import main


@pytest.fixture
def layout(tmp_path, run):
    """The small run on disk."""
    layout = Layout(tmp_path)
    for table in TABLES:
        if table.name not in run.missing | {"decisions"}:
            path = layout.inspected if table.name == "images" else getattr(layout, table.name)
            tables.write(table, getattr(run, table.name), path)
    for sha256 in run.images["sha256"]:
        path = layout.thumbnails / thumbnail_path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), draw(sha256))
    return layout


def run_report(layout):
    result = CliRunner().invoke(main, ["-C", str(layout.root), "report"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_writes_page_numbers_plots_and_credits(layout):
    output = run_report(layout)
    assert "15 pictures, 4 await review" in output
    assert layout.report.read_text().startswith("<!doctype html>")
    assert json.loads(layout.metrics.read_text())["pictures"] == 15
    assert {path.name for path in layout.plots.iterdir()} == {f"{name}.json" for name in (
        "funnel", "classes", "dropped", "flags")}
    assert "by Ada, [CC BY-SA 4.0]" in layout.credits.read_text()


def test_a_second_run_writes_the_same(layout):
    run_report(layout)
    first = {path: path.read_bytes() for path in (layout.root / "reports").rglob("*") if path.is_file()}
    (layout.plots / "of_an_earlier_version.json").write_text("x")
    run_report(layout)
    assert {path: path.read_bytes() for path in (layout.root / "reports").rglob("*") if path.is_file()} == first


def test_the_thresholds_are_those_that_the_flags_were_held_against(layout, run):
    used, _ = adapt(run.scores, FlagParams())
    assert used.off_topic.threshold > FlagParams().off_topic.threshold  # half of these scores are high
    assert read_material(layout, FlagParams(), SplitParams()).flag_params == used


def test_a_folder_without_any_table_gets_a_report_that_says_so(tmp_path):
    layout = Layout(tmp_path)
    assert "0 pictures" in run_report(layout)
    assert "The data set is empty" in layout.report.read_text()


def test_a_picture_whose_thumbnail_is_gone_is_left_out(layout, run):
    victim = run.manifest["sha256"].iloc[0]
    run_report(layout)
    before = layout.report.read_text().count("<img ")
    (layout.thumbnails / thumbnail_path(victim)).unlink()
    run_report(layout)
    assert 0 < layout.report.read_text().count("<img ") < before


def test_a_table_that_cannot_be_read_is_an_error_that_names_it(layout):
    layout.groups.write_bytes(b"not a table")
    result = CliRunner().invoke(main, ["-C", str(layout.root), "report"])
    assert result.exit_code == 1 and "groups.parquet" in result.output
