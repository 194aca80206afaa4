import base64
import io

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import tables
from curate.report.pictures import Gallery, Picture, embed_thumbnails, encode_thumbnail
from tests.curate.report.conftest import make_hit, sha


def picture(name):
    return Picture(name, "a car", "“x” by y", None)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 60)), max_size=20), st.integers(0, 400))
def test_thumbnails_never_take_more_than_their_budget(wanted, budget):
    sizes = dict(wanted)
    pictures = [picture(name) for name, _ in wanted]
    embedded = embed_thumbnails(pictures, budget, lambda name: b"x" * sizes[name], lambda shown: 7)
    assert sum(len(embedded[p.sha256]) + 7 for p in pictures if p.sha256 in embedded) <= budget


def test_the_first_pictures_are_embedded_first():
    pictures = [picture(name) for name in "abc"]
    embedded = embed_thumbnails(pictures, 100, lambda name: b"x" * 9, lambda shown: 0)
    assert list(embedded) == ["a", "b"]


def test_a_picture_that_cannot_be_read_is_left_out():
    embedded = embed_thumbnails([picture("a"), picture("b")], 1000, lambda name: None if name == "a" else b"x",
                                lambda shown: 0)
    assert embedded == {"b": "data:image/jpeg;base64," + base64.b64encode(b"x").decode()}


def test_a_thumbnail_is_a_small_jpeg_in_the_right_colours():
    red = np.zeros((300, 400, 3), np.uint8)
    red[:, :, 0] = 255
    with Image.open(io.BytesIO(encode_thumbnail(red, 112, 62))) as image:
        assert (image.format, image.size) == ("JPEG", (112, 84))
        assert image.getpixel((50, 50))[0] > 240 and image.getpixel((50, 50))[2] < 20


def test_small_pictures_are_not_enlarged():
    with Image.open(io.BytesIO(encode_thumbnail(np.zeros((20, 30, 3), np.uint8), 112, 62))) as image:
        assert image.size == (30, 20)


def test_a_picture_says_its_class_title_author_licence_and_page():
    gallery = Gallery(tables.make(tables.HITS, [make_hit("p", "b", title="Car\n2019")]), {"b": "B-Class"})
    shown = gallery.show(sha("p"), "b")
    assert shown.alt == "B-Class: Car 2019"
    assert shown.credit == "“Car 2019” by Ada, CC BY-SA 4.0"
    assert shown.page == "https://host.example/p"


def test_a_page_that_is_no_web_address_is_no_link():
    hits = tables.make(tables.HITS, [make_hit("p", "b", page_url="javascript:alert(1)", url="file:///tmp/p.jpg")])
    assert Gallery(hits, {}).show(sha("p"), "b").page is None
