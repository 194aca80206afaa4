import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import tables
from curate.params import FlagParams, Rule
from curate.report.doubts import await_review, bin_scores, suggest_labels, summarise_flags
from curate.report.pictures import Gallery
from tests.curate.report.conftest import make_flag, sha, with_tables

SCORES = st.lists(st.floats(-1000, 1000).map(lambda value: round(value, 3)), min_size=1, max_size=80)


@settings(deadline=None)
@given(SCORES, st.floats(-500, 500).map(lambda value: round(value, 2)), st.booleans())
def test_a_histogram_counts_every_score_on_its_side_of_the_threshold(values, threshold, above):
    values = np.array(values)
    histogram = bin_scores(values, threshold, above)
    assert sum(histogram.counts) == len(values)
    flagged = sum(n for n, doubtful in zip(histogram.counts, histogram.doubtful, strict=True) if doubtful)
    assert flagged == int((values > threshold).sum() if above else (values < threshold).sum())
    assert len(histogram.edges) == len(histogram.counts) + 1
    assert min(abs(edge - threshold) for edge in histogram.edges) < 1e-6


@settings(deadline=None)
@given(st.floats(0, 1), st.booleans())
def test_a_score_at_the_threshold_is_not_flagged(threshold, above):
    histogram = bin_scores(np.array([threshold]), threshold, above)
    assert not any(n and doubtful for n, doubtful in zip(histogram.counts, histogram.doubtful, strict=True))


def test_one_odd_value_does_not_squeeze_the_others_together():
    values = np.append(np.linspace(0, 1, 1000), 1e9)
    assert bin_scores(values, 0.5, True).edges[-1] < 2


def test_the_pictures_next_to_a_threshold_are_the_nearest(run):
    scores = tables.make(tables.SCORES, [{"sha256": sha(f"s{n}"), "class_id": "b", "dark": n / 100} for n in range(40)])
    material = with_tables(run, scores=scores)
    rule = Rule(0.2, "review")
    object.__setattr__(material, "flag_params", FlagParams(dark=rule))
    dark = next(f for f in summarise_flags(material, Gallery(material.hits, {})) if f.name == "dark")
    assert [p.caption for p in dark.flagged] == ["0.19", "0.18", "0.17"]
    assert [p.caption for p in dark.passed] == ["0.2", "0.21", "0.22"]


def test_a_picture_that_yields_to_another_or_was_dropped_awaits_nobody(run):
    waiting = set(await_review(run).itertuples(index=False, name=None))
    assert waiting == {(sha("a2"), "a-sedan"), (sha("b4"), "b"), (sha("b4"), "c-estate"), (sha("c1"), "c-estate")}


def test_two_flags_on_one_picture_are_one_decision(run):
    import pandas as pd
    twice = pd.concat([run.flags, tables.make(tables.FLAGS, [make_flag("a2", "a-sedan", "dark")])], ignore_index=True)
    assert len(await_review(with_tables(run, flags=twice))) == len(await_review(run))


def test_a_suspected_label_is_told_with_what_it_looks_like(run):
    (suggestion,) = suggest_labels(run, Gallery(run.hits, run.names), 3)
    assert (suggestion.given, suggestion.suggested, suggestion.count) == ("c-estate", "B-Class", 1)


def test_a_picture_that_looks_like_its_own_class_has_no_other_to_suggest(run):
    labels = run.labels.assign(suggested_class_id=run.labels["class_id"])
    assert suggest_labels(with_tables(run, labels=labels), Gallery(run.hits, run.names), 3) == []
