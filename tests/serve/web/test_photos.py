"""From a file to what goes up."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Request, Route

from tests.serve.bundles import BLUE, GREEN, RED
from tests.serve.web.photos import GPS, ORIENTATION, car, large, no_car, sideways, undrawable

FIRST = {RED: "C-Class Sedan", GREEN: "GLC Coupe", BLUE: "s-sedan"}


@pytest.fixture
def send(open_page, served):
    """Return a function that chooses a photo and returns the page, the request and the bytes that the service got."""
    def send_one(data, page=None, **options):
        page = page or open_page()
        with page.tab.expect_request("**/predict*") as caught:
            page.choose(data, **options)
        page.settle()
        return page, caught.value, served.received[-1]

    return send_one


@pytest.fixture
def requests(open_page):
    """A page, and a function that returns what it asked of /predict."""
    page = open_page()
    seen: list[Request] = []
    page.tab.on("request", lambda request: seen.append(request))
    return page, lambda: [request for request in seen if "/predict" in request.url]


@pytest.mark.parametrize("class_id", FIRST)
def test_a_chosen_photo_is_answered_with_its_model(open_page, class_id):
    assert open_page().ask(car(class_id)) == FIRST[class_id]


def test_the_camera_is_asked_for_the_back_one(open_page):
    page = open_page()
    camera = page.tab.locator("#take")
    assert camera.get_attribute("capture") == "environment" and camera.get_attribute("accept") == "image/*"
    assert page.tab.locator("label[for=take]").is_visible()
    assert page.ask(car(GREEN), by="take") == "GLC Coupe"


def test_a_tap_on_either_button_opens_the_systems_chooser(open_page):
    page = open_page()
    for name in ("Take a photo", "Choose a photo"):
        with page.tab.expect_file_chooser() as chooser:
            page.tab.get_by_text(name, exact=True).tap()
        assert not chooser.value.is_multiple()


def test_a_desktop_is_offered_files_and_no_camera(open_page):
    page = open_page(desktop=True)
    assert not page.tab.locator("label[for=take]").is_visible()
    assert page.tab.locator("label[for=choose]").is_visible()
    assert "drop one here" in page.text


def test_a_photo_can_be_dropped_anywhere(open_page):
    page = open_page(desktop=True)
    page.tab.evaluate("""async (bytes) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], "car.jpg", { type: "image/jpeg" }));
        for (const type of ["dragover", "drop"]) {
            const options = { bubbles: true, cancelable: true, dataTransfer: transfer };
            document.body.dispatchEvent(new DragEvent(type, options));
        }
    }""", list(car(BLUE)))
    page.settle()
    assert page.title == "s-sedan"


def test_the_photo_shows_before_the_answer_is_there(open_page):
    page = open_page()
    held: list[Route] = []
    page.tab.route("**/predict*", lambda route: held.append(route))
    page.choose(car())
    page.tab.wait_for_function("() => document.querySelector('.photo img')?.naturalWidth === 640")
    assert page.title == "Looking …" and page.spoken == "Looking …"
    while not held:
        page.tab.wait_for_timeout(5)
    held[0].continue_()
    page.settle()
    assert page.title == "C-Class Sedan"


def test_a_large_photo_is_made_small_before_it_goes_up(send):
    _, request, data = send(car(size=(4000, 3000)))
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "JPEG" and image.size == (1280, 960)
    assert request.headers["content-type"] == "image/jpeg"


def test_a_small_photo_keeps_its_size(send):
    _, _, data = send(car(size=(200, 150), kind="PNG"), name="car.png", kind="image/png")
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (200, 150)


def test_a_see_through_picture_lies_on_white(send):
    picture = io.BytesIO()
    Image.new("RGBA", (64, 64), (255, 0, 0, 0)).save(picture, "PNG")
    _, _, data = send(picture.getvalue(), name="car.png", kind="image/png")
    with Image.open(io.BytesIO(data)) as image:
        assert np.asarray(image).min() > 250


def test_a_sideways_photo_stands_upright_and_goes_up_without_its_place(send):
    page, _, data = send(sideways())
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (300, 400)
        above, below = np.asarray(image)[[40, 380], 150]
        assert above[0] > 180 > 60 > above[2] and below[2] > 180 > 60 > below[0]
        exif = image.getexif()
        assert GPS not in exif and ORIENTATION not in exif
    assert page.title == "C-Class Sedan"
    shown = page.tab.locator(".photo img").evaluate("(image) => [image.naturalWidth, image.naturalHeight]")
    assert shown == [300, 400]


def test_heic_that_the_browser_cannot_draw_goes_up_as_it_is(send):
    heic = car(GREEN, "HEIF")
    page, request, data = send(heic, name="IMG_0001.HEIC", kind="image/heic")
    assert data == heic and request.headers["content-type"] == "image/heic"
    assert page.title == "GLC Coupe"
    assert "No preview in this browser." in page.text


def test_heic_without_a_type_is_told_by_its_bytes(open_page):
    page = open_page()
    assert page.ask(car(GREEN, "HEIF"), name="IMG_0001", kind="application/octet-stream") == "GLC Coupe"


def test_a_browser_whose_canvas_gives_back_noise_sends_the_photo_as_it_is(open_page, send):
    page, photo = open_page(), car(size=(2000, 1500))
    page.tab.evaluate("""() => {
        const read = CanvasRenderingContext2D.prototype.getImageData;
        CanvasRenderingContext2D.prototype.getImageData = function (...where) {
            const pixels = read.apply(this, where);
            pixels.data[5] ^= 1;
            return pixels;
        };
    }""")
    assert send(photo, page)[2] == photo


def test_a_photo_of_25_mb_is_made_small_and_answered(send, tmp_path):
    file = tmp_path / "large.bmp"
    file.write_bytes(large())
    assert file.stat().st_size > 25_000_000
    page, _, data = send(file)
    assert len(data) < 500_000
    assert page.title == "GLC Coupe"


def test_25_mb_that_cannot_be_made_small_are_refused_in_words_and_not_sent(requests, tmp_path):
    page, seen = requests
    file = tmp_path / "large.heic"
    file.write_bytes(undrawable(25_000_000))
    assert page.ask(file) == "The photo is too large"
    assert "20 MB" in page.text and seen() == []
    assert page.spoken.startswith("The photo is too large")


def test_a_text_file_is_refused_in_words_and_not_sent(requests):
    page, seen = requests
    letter = b"Dear reader, this is no car.\n" * 40
    assert page.ask(letter, name="letter.txt", kind="text/plain") == "This is not a photo"
    assert "JPEG, PNG, WebP and HEIC" in page.text and seen() == []


def test_a_text_file_that_calls_itself_a_photo_is_refused_as_well(requests):
    page, seen = requests
    assert page.ask(b"<html>no car</html>", name="car.jpg", kind="image/jpeg") == "This is not a photo"
    assert seen() == []


def test_an_empty_file_is_no_photo(requests):
    page, seen = requests
    assert page.ask(b"") == "This is not a photo"
    assert seen() == []


def test_a_damaged_photo_is_called_unreadable_by_the_service(requests):
    page, seen = requests
    assert page.ask(undrawable(3000), name="a.heic", kind="image/heic") == "This is not a photo"
    assert len(seen()) == 1


def test_after_a_refusal_another_photo_can_be_chosen(open_page):
    page = open_page()
    page.ask(b"no car", name="a.txt", kind="text/plain")
    page.tab.get_by_role("link", name="Another photo").click()
    page.tab.wait_for_selector(".start")
    assert page.ask(car()) == "C-Class Sedan"


def test_a_new_photo_takes_the_place_of_one_that_is_still_looked_at(open_page):
    page = open_page(desktop=True)
    held: list[Route] = []
    page.tab.route("**/predict*", lambda route: held.append(route) if not held else route.continue_())
    page.choose(car(RED))
    page.tab.wait_for_selector(".answer.working")
    page.tab.evaluate("location.hash = ''")
    page.tab.wait_for_selector(".start")
    assert page.ask(car(GREEN)) == "GLC Coupe"


def test_what_is_no_car_is_said_to_be_none_and_guesses_are_small(open_page):
    page = open_page()
    assert page.ask(no_car()) == "Not one of these cars"
    assert page.tab.locator(".others.small li").count() == 3
    assert not page.tab.locator(".facts").count() and not page.tab.get_by_role("button", name="Share").count()
