import tables
from curate.report.duplicates import sum_up
from curate.report.pictures import Gallery
from tests.curate.report.conftest import make_group, make_hit, sha, with_tables


def make_pair(a, b, found_by, verdict="duplicate", **values):
    low, high = sorted((sha(a), sha(b)))
    return {"sha256_a": low, "sha256_b": high, "found_by": found_by, "verdict": verdict} | values


def test_the_keeper_comes_first_and_is_marked(run):
    (group,) = sum_up(run, Gallery(run.hits, run.names), 6).shown
    assert [p.mark for p in group.pictures] == ["keeper", ""]
    assert group.pictures[0].sha256 == sha("a1") and group.pictures[0].caption == "most pixels"
    assert group.note == "mirrored, scale 1.0, 98 % overlap, proposed by mirror, neighbour"


def test_each_way_of_finding_duplicates_has_an_example_before_any_has_two(run):
    hits = [make_hit(f"{kind}{n}{end}", "b") for kind in "xy" for n in range(3) for end in "ab"]
    groups = [make_group(f"{kind}{n}a") for kind in "xy" for n in range(3)]
    groups += [make_group(f"{kind}{n}b", f"{kind}{n}a") for kind in "xy" for n in range(3)]
    pairs = [make_pair(f"{kind}{n}a", f"{kind}{n}b", {"x": "phash", "y": "neighbour"}[kind])
             for kind in "xy" for n in range(3)]
    material = with_tables(run, hits=tables.make(tables.HITS, hits), groups=tables.make(tables.GROUPS, groups),
                           pairs=tables.make(tables.PAIRS, pairs))
    found = sum_up(material, Gallery(material.hits, {}), 2)
    assert {group.note for group in found.shown} == {"proposed by phash", "proposed by neighbour"}
    assert found.groups == 6 and found.surplus == 6 and found.sizes == {"2": 6}
    assert found.nets == {"neighbour": 3, "phash": 3}


def test_a_pair_in_doubt_is_shown_side_by_side(run):
    pairs = tables.make(tables.PAIRS, [make_pair("a1", "b1", "neighbour", "review", inliers=20)])
    (doubt,) = sum_up(with_tables(run, pairs=pairs), Gallery(run.hits, run.names), 6).doubts
    assert {p.sha256 for p in doubt.pictures} == {sha("a1"), sha("b1")}


def test_a_conflict_tells_how_each_class_ended(run):
    (conflict,) = sum_up(run, Gallery(run.hits, run.names), 6).conflicts
    assert [name for name, _ in conflict.classes] == ["B-Class", "c-estate"]
    assert all("waits for a decision" in end for _, end in conflict.classes)


def test_a_class_that_kept_the_photograph_is_said_to_have_kept_it(run):
    from tests.curate.report.conftest import make_kept
    manifest = tables.make(tables.MANIFEST, [make_kept("b4", "b")])
    (conflict,) = sum_up(with_tables(run, manifest=manifest), Gallery(run.hits, run.names), 6).conflicts
    assert dict(conflict.classes)["B-Class"] == "kept"
