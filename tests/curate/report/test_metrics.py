import json

from curate.params import ReportParams
from curate.report.material import make_material
from curate.report.stage import report
from tests.curate.report.conftest import draw


def test_metrics_are_flat_numbers_that_fit_together(run):
    metrics = report(run, draw, ReportParams()).metrics
    assert all(isinstance(value, int | float) for value in metrics.values())
    assert metrics["candidates"] == 22 and metrics["addresses"] == 21
    assert metrics["pictures"] == metrics["train"] + metrics["valid"] == 15
    assert metrics["saved"] == metrics["pictures"] + sum(n for key, n in metrics.items() if key.startswith("dropped_"))
    assert metrics["awaiting_review"] == 4 and metrics["label_conflicts"] == 1
    assert metrics["duplicate_files"] == 1 and metrics["leaks"] == metrics["straddling_groups"] == 0


def test_an_empty_run_has_the_same_keys(run):
    empty = report(make_material(), draw, ReportParams()).metrics
    assert list(empty) == list(report(run, draw, ReportParams()).metrics)
    assert empty["pictures"] == 0 and empty["kept_share"] == 0


def test_plots_are_records_with_numbers(run):
    plots = {name: json.loads(text) for name, text in report(run, draw, ReportParams()).plots.items()}
    assert {"class_id": "a-sedan", "split": "train", "pictures": 4} in plots["classes.json"]
    assert {"reason": "dedupe: duplicate", "pictures": 1} in plots["dropped.json"]
    assert plots["funnel.json"][0] == {"step": "candidates", "pictures": 22}
    assert [row["step"] for row in plots["funnel.json"]] == ["candidates", "saved", "dataset", "train", "valid"]
    assert {"flag": "off_topic", "pictures": 1} in plots["flags.json"]
