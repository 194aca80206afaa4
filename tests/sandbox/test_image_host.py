import io
import socket
import struct
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest
import requests
from PIL import Image

from sandbox.kinds import FAULTS
from sandbox.plan import Item
from sandbox.server import Web

PLAIN_GOOD = ("noai_for_another", "tdm_open", "robots_allowed", "slow_start", "redirect_one", "redirect_three",
              "png_named_jpg", "webp_named_jpg", "octet_stream", "no_type", "chunked", "gzip", "odd_name",
              "query_string", "exif_rotated", "exif_gps", "cmyk", "progressive", "png", "png_alpha", "gif",
              "webp", "avif", "dark", "blurred", "tiny")


def item_of(web: Web, fault: str) -> Item:
    return next(item for item in web.plan.items if item.fault == fault)


def get(client: requests.Session, web: Web, fault: str, **options: object) -> requests.Response:
    return client.get(web.base_url + item_of(web, fault).path, timeout=60, **options)  # type: ignore[arg-type]


def raw(web: Web, item: Item, count: int) -> bytes:
    """Return the first ``count`` bytes of an answer as they come over the wire, at most, and hang up."""
    target = urlsplit(web.base_url)
    with socket.create_connection((target.hostname or "", target.port or 0), timeout=60) as connection:
        connection.sendall(f"GET {item.path} HTTP/1.1\r\nHost: {target.netloc}\r\nUser-Agent: t\r\n\r\n".encode())
        data = b""
        while len(data) < count and (piece := connection.recv(65536)):
            data += piece
    return data


def test_every_fault_has_an_address(web: Web) -> None:
    assert {kind.name for kind in FAULTS} <= {item.fault for item in web.plan.items}


def test_every_plain_picture_is_a_jpeg_of_the_claimed_size(client: requests.Session, web: Web) -> None:
    for item in web.plan.items:
        if item.fault is None and item.change is None:
            answer = client.get(web.base_url + item.path, timeout=60)
            assert answer.headers["Content-Type"] == "image/jpeg"
            picture = Image.open(io.BytesIO(answer.content))
            picture.load()
            assert picture.size == (item.picture.width, item.picture.height)


@pytest.mark.parametrize("fault", PLAIN_GOOD)
def test_an_oddly_served_picture_decodes(client: requests.Session, web: Web, fault: str) -> None:
    answer = get(client, web, fault)
    assert answer.status_code == 200
    Image.open(io.BytesIO(answer.content)).load()


@pytest.mark.parametrize(("fault", "status"), [
    ("not_found", 404), ("gone", 410), ("forbidden", 403), ("server_error", 500)])
def test_a_lasting_error_stays(client: requests.Session, web: Web, fault: str, status: int) -> None:
    assert [get(client, web, fault).status_code for _ in range(2)] == [status, status]


@pytest.mark.parametrize(("fault", "status"), [
    ("retry_after_seconds", 429), ("retry_after_date", 429), ("unavailable_once", 503)])
def test_a_passing_error_comes_once(client: requests.Session, web: Web, fault: str, status: int) -> None:
    web.reset()
    assert [get(client, web, fault).status_code for _ in range(3)] == [status, 200, 200]


def test_a_wait_is_announced_in_seconds_and_as_a_date(client: requests.Session, web: Web) -> None:
    web.reset()
    assert get(client, web, "retry_after_seconds").headers["Retry-After"] == "1"
    date = parsedate_to_datetime(get(client, web, "retry_after_date").headers["Retry-After"])
    assert 0 <= (date - datetime.now(UTC)).total_seconds() <= 2


def test_a_reset_connection_claims_more_than_it_sends(web: Web) -> None:
    data = b""
    with pytest.raises(ConnectionResetError):
        data = raw(web, item_of(web, "reset_mid_body"), 1 << 24)
        if data:
            raise ConnectionResetError  # the kernel may hand over the bytes and swallow the reset
    head, _, body = data.partition(b"\r\n\r\n")
    assert not data or int(head.split(b"Content-Length: ")[1].split()[0]) > len(body) > 0


def test_a_connection_reset_once_serves_the_picture_then(client: requests.Session, web: Web) -> None:
    web.reset()
    with pytest.raises(requests.RequestException):
        get(client, web, "reset_once")
    assert get(client, web, "reset_once").status_code == 200


def test_a_slow_body_drips_byte_by_byte(web: Web) -> None:
    head, _, body = raw(web, item_of(web, "slow_body"), 100).partition(b"\r\n\r\n")
    assert int(head.split(b"Content-Length: ")[1].split()[0]) > 10_000 and len(body) < 10


def test_a_slow_header_says_nothing(web: Web) -> None:
    target = urlsplit(web.base_url)
    with socket.create_connection((target.hostname or "", target.port or 0), timeout=0.3) as connection:
        connection.sendall(f"GET {item_of(web, 'slow_header').path} HTTP/1.1\r\nHost: {target.netloc}\r\n\r\n".encode())
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_an_endless_body_goes_past_every_cap(web: Web) -> None:
    data = raw(web, item_of(web, "endless_body"), 4 << 20)
    assert len(data) >= 4 << 20 and b"Content-Length" not in data[:400]


def test_a_huge_length_is_only_claimed(web: Web) -> None:
    data = raw(web, item_of(web, "huge_length"), 1 << 24)
    assert b"Content-Length: 8589934592" in data[:400] and len(data) < 1 << 21


def test_a_png_bomb_is_small_and_claims_900_megapixels(client: requests.Session, web: Web) -> None:
    content = get(client, web, "bomb_png").content
    assert len(content) < 1 << 20
    assert struct.unpack(">II", content[16:24]) == (30000, 30000)


def test_a_gzip_bomb_is_small_on_the_wire(client: requests.Session, web: Web) -> None:
    answer = get(client, web, "bomb_gzip", stream=True)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) < 1 << 20
    unpacked = sum(len(block) for block in answer.iter_content(1 << 20))
    assert unpacked > 190 << 20


def test_a_truncated_file_is_complete_as_an_answer_and_broken_as_a_picture(client: requests.Session, web: Web) -> None:
    answer = get(client, web, "truncated")
    assert len(answer.content) == int(answer.headers["Content-Length"])
    with pytest.raises(OSError, match="truncated"):
        Image.open(io.BytesIO(answer.content)).load()


@pytest.mark.parametrize("fault", ["html", "empty", "svg"])
def test_what_is_no_picture_cannot_be_opened(client: requests.Session, web: Web, fault: str) -> None:
    with pytest.raises(OSError):
        Image.open(io.BytesIO(get(client, web, fault).content))


@pytest.mark.parametrize(("fault", "form"), [
    ("png_named_jpg", "PNG"), ("webp_named_jpg", "WEBP"), ("png", "PNG"), ("gif", "GIF"), ("webp", "WEBP"),
    ("avif", "AVIF"), ("tiff", "TIFF"), ("bmp", "BMP")])
def test_a_file_has_the_planted_format(client: requests.Session, web: Web, fault: str, form: str) -> None:
    assert Image.open(io.BytesIO(get(client, web, fault).content)).format == form


def test_a_heic_file_is_heic(client: requests.Session, web: Web) -> None:
    import pillow_heif

    answer = get(client, web, "heic")
    assert answer.headers["Content-Type"] == "image/heic"
    assert pillow_heif.open_heif(io.BytesIO(answer.content)).size == (
        item_of(web, "heic").picture.width, item_of(web, "heic").picture.height)


def test_a_rotated_file_stands_upright_by_its_exif(client: requests.Session, web: Web) -> None:
    from PIL import ImageOps

    picture = Image.open(io.BytesIO(get(client, web, "exif_rotated").content))
    planned = item_of(web, "exif_rotated").picture
    assert picture.size == (planned.height, planned.width)
    assert ImageOps.exif_transpose(picture).size == (planned.width, planned.height)


def test_a_file_with_a_place_has_gps_in_its_exif(client: requests.Session, web: Web) -> None:
    picture = Image.open(io.BytesIO(get(client, web, "exif_gps").content))
    assert picture.getexif().get_ifd(0x8825)[1] == "N"


def test_a_cmyk_file_is_cmyk(client: requests.Session, web: Web) -> None:
    assert Image.open(io.BytesIO(get(client, web, "cmyk").content)).mode == "CMYK"


@pytest.mark.parametrize(("fault", "hops"), [("redirect_one", 1), ("redirect_three", 3), ("redirect_five", 5)])
def test_a_chain_of_redirects_has_its_length(client: requests.Session, web: Web, fault: str, hops: int) -> None:
    answer = get(client, web, fault)
    assert (len(answer.history), answer.status_code) == (hops, 200)


def test_a_redirect_loop_never_ends(client: requests.Session, web: Web) -> None:
    with pytest.raises(requests.TooManyRedirects):
        get(client, web, "redirect_loop")


@pytest.mark.parametrize(("fault", "scheme"), [("redirect_file", "file"), ("redirect_ftp", "ftp")])
def test_a_redirect_leads_to_another_scheme(client: requests.Session, web: Web, fault: str, scheme: str) -> None:
    assert urlsplit(get(client, web, fault, allow_redirects=False).headers["Location"]).scheme == scheme


def test_a_redirect_to_the_canary_is_counted(client: requests.Session, web: Web) -> None:
    web.reset()
    target = get(client, web, "redirect_private", allow_redirects=False).headers["Location"]
    assert urlsplit(target).hostname == "127.0.0.1" and urlsplit(target).port != urlsplit(web.base_url).port
    assert web.canary() == []
    client.get(target, timeout=60)
    assert web.canary() == ["/private.jpg"]
    web.reset()
    assert web.canary() == []


@pytest.mark.parametrize(("fault", "values"), [
    ("noai", ["noai"]), ("noimageai", ["noimageai"]), ("noindex", ["noindex"]),
    ("noai_among_others", ["max-image-preview: large, NoAI, noarchive"]),
    ("noai_second_header", ["noarchive", "noai, noimageai"]),
    ("noai_for_us", ["otherbot: noindex", "whatbenz: noai"]), ("noai_for_another", ["otherbot: noai, noimageai"])])
def test_a_refusal_stands_in_x_robots_tag(client: requests.Session, web: Web, fault: str, values: list[str]) -> None:
    assert get(client, web, fault).raw.headers.getlist("X-Robots-Tag") == values


def test_a_reservation_stands_in_its_own_header(client: requests.Session, web: Web) -> None:
    assert get(client, web, "tdm_reservation").headers["TDM-Reservation"] == "1"
    assert get(client, web, "tdm_open").headers["TDM-Reservation"] == "0"


def test_robots_txt_refuses_what_the_truth_says_it_refuses(client: requests.Session, web: Web) -> None:
    from protego import Protego

    rules = Protego.parse(client.get(f"{web.base_url}/robots.txt", timeout=60).text)
    refused = {item.fault for item in web.plan.items if not rules.can_fetch(web.base_url + item.path, "WhatBenz")}
    assert refused == {"robots_refused", "robots_wildcard"}


def test_an_address_is_found_however_a_client_quotes_it(web: Web) -> None:
    item = item_of(web, "odd_name")
    bare = item.path.replace("%28", "(").replace("%29", ")").replace("%2A", "*")
    assert bare != item.path
    assert raw(web, Item(**{**vars(item), "path": bare}), 12).startswith(b"HTTP/1.1 200")


def test_an_address_that_is_not_planned_is_not_found(client: requests.Session, web: Web) -> None:
    assert client.get(f"{web.base_url}/images/a/ab/Nothing.jpg", timeout=60).status_code == 404


def test_the_same_bytes_are_served_for_a_copy(client: requests.Session, web: Web) -> None:
    for item in web.plan.items:
        if item.change == "copy":
            first = client.get(web.base_url + item.path, timeout=60).content
            assert first == client.get(f"{web.base_url}{item.variant_of}", timeout=60).content
