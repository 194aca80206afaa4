import dataclasses
import re
from itertools import pairwise

import lxml.html
import pytest

import tables
from curate.params import FlagParams, ReportParams, Rule
from curate.report.material import make_material
from curate.report.stage import report
from tests.curate.report.conftest import draw, make_hit, make_image, make_kept, sha, with_tables

SUMMARY_ROW = {"market_id": "de_DE", "class_id": "b", "model_count": 2, "price_min": 37_000.0, "price_max": 52_000.0,
               "currency": "EUR", "power_kw_min": 80.0, "power_kw_max": 140.0, "fuel_types": ["DIESEL"],
               "transmissions": ["7G-DCT"], "paints": ["Polarweiß"]}


def page_of(material, **params):
    return report(material, draw, ReportParams(**params)).html


def parse(html):
    return lxml.html.document_fromstring(html)


def text_of(html):
    return " ".join(parse(html).text_content().split())


@pytest.fixture
def html(run):
    return page_of(run)


def test_the_page_asks_the_network_for_nothing(html):
    tree = parse(html)
    assert not tree.xpath("//script | //link | //iframe | //object | //embed | //video | //audio | //source | //form")
    assert all(src.startswith("data:image/jpeg;base64,") for src in tree.xpath("//@src"))
    assert not re.search(r"url\((?!#)|@import|@font-face", html)
    assert not [name for element in tree.iter("*") for name in element.attrib if name.startswith("on")]


def test_every_picture_has_words_for_those_who_do_not_see_it(html):
    pictures = parse(html).xpath("//img")
    assert len(pictures) > 15
    assert all(picture.get("alt").strip() and picture.get("title").strip() for picture in pictures)


def test_headings_descend_without_a_gap(html):
    levels = [int(heading.tag[1]) for heading in parse(html).xpath("//h1 | //h2 | //h3 | //h4")]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_entry_of_the_contents_leads_to_a_section(html):
    tree = parse(html)
    targets = [link.removeprefix("#") for link in tree.xpath("//nav//@href")]
    assert targets and set(targets) <= set(tree.xpath("//@id"))


def test_every_table_has_its_rows_named(html):
    rows = parse(html).xpath("//tbody/tr")
    assert rows and all(row.xpath("./th[@scope='row']") for row in rows)


def test_the_numbers_that_answer_first_stand_at_the_top(html):
    tiles = {dt.text: dd.text_content().split()[0] for dt, dd in
             zip(parse(html).xpath("//dl/div/dt"), parse(html).xpath("//dl/div/dd"), strict=True)}
    assert tiles["Pictures"] == "15" and tiles["Classes"] == "3" and tiles["Await a decision"] == "4"
    assert "4 pictures await a decision. whatbenz review" in text_of(html)


def test_reasons_duplicates_conflicts_and_credits_are_shown(html):
    text = text_of(html)
    assert "Too small (flag, 1)" in text and "its shorter side has 64 px, fewer than 128" in text
    assert "2 files: mirrored, scale 1.0, 98 % overlap" in text and "keeper" in text
    assert "Photographs that were found for more than one class: 1." in text
    assert "CC BY-SA 4.0" in text


ATTACK = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def test_texts_from_the_web_are_shown_and_do_nothing(run):
    hits = run.hits.assign(title=ATTACK, author=ATTACK, page_url="javascript:alert(1)", query=ATTACK)
    manifest = run.manifest.assign(author=ATTACK, license=ATTACK, license_url="javascript:alert(1)")
    dropped = run.dropped.assign(detail=ATTACK)
    tree = parse(page_of(with_tables(run, hits=hits, manifest=manifest, dropped=dropped)))
    assert not tree.xpath("//script") and not tree.xpath("//@onerror")
    assert not [href for href in tree.xpath("//@href") if href.startswith("javascript")]
    assert "<script>alert(1)</script>" in tree.text_content()


def test_an_empty_run_has_a_page_that_says_so():
    html = page_of(make_material())
    assert "The data set is empty" in text_of(html) and "whatbenz search" in text_of(html)


@pytest.mark.parametrize("name", ["groups", "pairs", "scores", "flags", "labels", "summary", "truth", "decisions",
                                  "images", "manifest", "dropped"])
def test_a_table_that_is_missing_is_named_and_stops_nothing(run, name):
    html = page_of(with_tables(run, **{name: None}))
    assert name in text_of(html).rpartition("Not there yet:")[2]


def test_invented_prices_are_called_invented(run):
    fields = {column.name for column in tables.SUMMARY.columns}
    extra = {"status": "complete", "invented": True, "successor": False, "details_count": 2, "paints_count": 2}
    row = SUMMARY_ROW | {name: value for name, value in extra.items() if name in fields}
    text = text_of(page_of(with_tables(run, summary=tables.make(tables.SUMMARY, [row]))))
    assert "37,000 to 52,000 EUR" in text and "Prices are invented" in text


def test_drawings_are_called_drawings(run):
    assert "drawings of the sandbox, not photographs" in text_of(page_of(with_tables(run, hits=run.hits.assign(
        source="sandbox"))))


def advice_of(material):
    return [(item.get("class"), item.text_content()) for item in
            parse(page_of(material)).xpath("//ul[@class='advice']/li")]


def test_a_leak_between_the_sides_is_the_first_thing_said(run):
    pairs = run.pairs.assign(verdict="variant", sha256_a=sha("a0"), sha256_b=sha("a1"))
    urgency, text = advice_of(with_tables(run, pairs=pairs))[0]
    assert urgency == "alarm" and "1 pair of pictures that belong together stand on both sides" in text


def test_pairs_that_differ_are_no_leak(run):
    pairs = run.pairs.assign(verdict="different", sha256_a=sha("a0"), sha256_b=sha("a1"))
    assert not [text for urgency, text in advice_of(with_tables(run, pairs=pairs)) if urgency == "alarm"]


def test_groups_that_were_joined_after_the_split_are_a_remark(run):
    manifest = run.manifest.assign(split_group_id=run.manifest["sha256"].iloc[0])
    advice = advice_of(with_tables(run, manifest=manifest))
    assert [urgency for urgency, text in advice if "on both sides" in text] == ["know"]


def test_the_order_of_rows_changes_nothing(run):
    turned = {name: getattr(run, name).iloc[::-1].reset_index(drop=True)
              for name in ("hits", "images", "pairs", "groups", "scores", "flags", "labels", "manifest", "dropped")}
    assert page_of(with_tables(run, **turned)) == page_of(run)


def make_large_run(count=10_000, classes=33):
    names = [(f"p{n}", f"class-{n % classes:02d}") for n in range(count)]
    long = "A rather long title of a photograph as one finds them on Commons, with place and date (2018-05-04) 01.jpg"
    hits = [make_hit(n, c, title=long, author="A photographer with a long name and an address", page_url=f"https://commons."
                     f"example/wiki/File:{'x' * 120}{n}.jpg") for n, c in names]
    return make_material(
        hits=tables.make(tables.HITS, hits), images=tables.make(tables.IMAGES, [make_image(n) for n, _ in names]),
        manifest=tables.make(tables.MANIFEST, [make_kept(n, c, "valid" if int(n[1:]) % 5 == 0 else "train")
                                               for n, c in names]),
        dropped=tables.make(tables.DROPPED))


def test_ten_thousand_pictures_fit_into_five_megabytes():
    html = page_of(make_large_run(), sheet=200)
    assert 4_890_000 < len(html.encode()) <= 4_900_000
    shown = [len(sheet.xpath(".//img")) for sheet in parse(html).xpath("//section[@class='sheet']")]
    assert len(shown) == 33 and max(shown) - min(shown) <= 1


def test_a_smaller_limit_leaves_pictures_out_and_no_words(run):
    html = page_of(run, max_bytes=200_000)
    assert len(html.encode()) <= 200_000 and "Too small" in text_of(html)


def test_a_score_from_which_nothing_follows_is_called_only_measured(run):
    kept = dataclasses.replace(run, flag_params=FlagParams(dark=Rule(0.5, "keep")))
    text = text_of(page_of(kept))
    assert "Only measured: below 0.5 nothing follows" in text and "Beyond it" in text
