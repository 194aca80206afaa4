from hypothesis import given, settings
from hypothesis import strategies as st

import tables
from curate.report.funnel import count_steps, distinct_candidates, unaccounted
from tests.curate.report.conftest import make_drop, make_hit, make_kept

STATUSES = st.sampled_from(tables.HIT_STATUSES)
REASONS = st.sampled_from([("inspect", "undecodable"), ("dedupe", "duplicate"), ("flag", "too_small"),
                           ("review", "dropped"), ("split", "joins_sides"), None])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from("abc"), STATUSES, REASONS), max_size=40))
def test_every_candidate_is_counted_once(rows):
    saved = {}
    hits = []
    for number, class_id, status, reason in rows:
        hits.append(make_hit(f"p{number}", class_id, status))
        if status == "saved":
            saved.setdefault((f"p{number}", class_id), reason)
    kept = [make_kept(*subject) for subject, reason in saved.items() if reason is None]
    dropped = [make_drop(*subject, *reason, "x") for subject, reason in saved.items() if reason]
    frames = (tables.make(tables.HITS, hits), tables.make(tables.MANIFEST, kept), tables.make(tables.DROPPED, dropped))
    steps = count_steps(*frames)
    counts = {step.key: step.count for step in steps}
    assert counts["candidates"] == len(rows)
    assert sum(step.count for step in steps if step.kind == "loss") + counts["dataset"] == len(rows)
    assert counts["train"] + counts["valid"] == counts["dataset"] == len(kept)
    assert unaccounted(*frames) == 0


def test_an_address_found_by_two_queries_counts_as_found_again(run):
    steps = {step.key: step.count for step in count_steps(run.hits, run.manifest, run.dropped)}
    assert steps["repeated"] == 1 and "duplicate" not in steps
    assert len(distinct_candidates(run.hits)) == len(run.hits) - 1


def test_a_hit_that_was_saved_tells_more_than_its_repetitions():
    hits = tables.make(tables.HITS, [make_hit("p", "b", "failed", query="q1"), make_hit("p", "b", query="q2")])
    assert distinct_candidates(hits)["status"].tolist() == ["saved"]


def test_a_picture_moved_to_another_class_is_not_lost():
    hits = tables.make(tables.HITS, [make_hit("p", "b")])
    manifest = tables.make(tables.MANIFEST, [make_kept("p", "c-estate")])
    dropped = tables.make(tables.DROPPED, [make_drop("p", "b", "review", "relabelled", "ann moved it to c-estate")])
    steps = {step.key: step.count for step in count_steps(hits, manifest, dropped)}
    assert steps["saved"] == steps["dataset"] == 1 and "review" not in steps


def test_a_loss_is_drawn_between_what_was_there_and_what_is_left(run):
    left = None
    for step in count_steps(run.hits, run.manifest, run.dropped):
        if step.kind == "loss":
            assert step.start + step.count == left
            left = step.start
        elif step.kind == "total":
            assert left in (None, step.count)
            left = step.count


def test_a_saved_picture_of_another_run_is_noticed(run):
    assert unaccounted(run.hits, run.manifest.iloc[1:], run.dropped) == 1
