import numpy as np

import tables
from curate.report.origins import measure_sizes, trace_origins
from tests.curate.report.conftest import make_hit, make_image, make_kept, with_tables


def test_a_picture_that_two_queries_found_counts_for_both(run):
    hits = [make_hit(f"p{n}", "b", status, query=query) for n in range(10)
            for query, status in (("first", "saved"), ("second", "duplicate"))]
    kept = tables.make(tables.MANIFEST, [make_kept(f"p{n}", "b") for n in range(10)])
    origins = trace_origins(with_tables(run, hits=tables.make(tables.HITS, hits), manifest=kept))
    assert [(q.name, q.candidates, q.saved, q.used) for q in origins.queries] == [("first", 10, 10, 10),
                                                                                ("second", 10, 10, 10)]
    assert [(s.candidates, s.used) for s in origins.sources] == [(10, 10)]


def test_the_queries_that_yield_least_come_first(run):
    hits = [make_hit(f"{query}{n}", "b", query=query) for query in ("bad", "good") for n in range(10)]
    kept = [make_kept(f"good{n}", "b") for n in range(10)] + [make_kept("bad0", "b")]
    origins = trace_origins(with_tables(run, hits=tables.make(tables.HITS, hits),
                                        manifest=tables.make(tables.MANIFEST, kept)))
    assert [q.name for q in origins.queries] == ["bad", "good"]


def test_pictures_without_licence_or_author_are_counted(run):
    manifest = run.manifest.assign(license=np.where(run.manifest["class_id"] == "b", None, "CC0"), author=None)
    origins = trace_origins(with_tables(run, manifest=tables.make(tables.MANIFEST, manifest)))
    of_b = int((run.manifest["class_id"] == "b").sum())
    assert (origins.without_licence, origins.without_author) == (of_b, len(manifest))
    assert {row.name: row.count for row in origins.licences} == {"CC0": len(manifest) - of_b, "licence unknown": of_b}


def test_a_licence_links_to_the_web_only(run):
    manifest = tables.make(tables.MANIFEST, run.manifest.assign(license_url="javascript:alert(1)"))
    assert trace_origins(with_tables(run, manifest=manifest)).licences[0].url is None


def test_every_decodable_picture_has_one_size_shape_and_format():
    images = tables.make(tables.IMAGES, [
        make_image("p", width=100, height=100), make_image("q", width=4000, height=2500, format="PNG"),
        make_image("r", width=128, height=1000), make_image("s", width=None, height=None, error="truncated")])
    sizes = measure_sizes(images)
    assert dict(sizes.sides) | {"0 to 127": 1, "128 to 239": 1, "2160 and more": 1} == dict(sizes.sides)
    for rows in (sizes.sides, sizes.shapes, sizes.formats):
        assert sum(count for _, count in rows) == 3
    assert sizes.median == 128 and sizes.bytes == 80_000
