"""What an answer says: model, alternatives, facts of the market, and in which language."""

import re

import pytest

from tests.serve.bundles import BLUE, GREEN, RED
from tests.serve.web.photos import car, no_car

MARKET = "Market"


def choose_market(page, name, label=MARKET):
    page.tab.get_by_label(label, exact=True).select_option(label=name)
    page.tab.wait_for_function("() => document.querySelector('.facts').getAttribute('aria-busy') === 'false'")


def market_of(page):
    return page.tab.locator(".facts select").evaluate("(list) => list.selectedOptions[0].value")


def test_the_model_comes_with_its_probability_seen_and_heard(open_page):
    page = open_page()
    page.ask(car(RED))
    said = re.search(r"(\d+)% sure", page.text)
    assert said and 75 < int(said[1]) < 100
    assert page.spoken == f"C-Class Sedan, {said[0]}"
    width = page.tab.locator(".bar span").evaluate("(bar) => bar.style.width")
    assert width == f"{said[1]}%"


def test_two_alternatives_come_with_examples_and_credits(open_page):
    page = open_page()
    page.ask(car(RED))
    others = page.tab.locator(".others li")
    assert others.count() == 2
    first = others.first
    assert "GLC Coupe" in first.inner_text() and re.search(r"\d%", first.inner_text())
    assert first.locator("img").evaluate("async (image) => { await image.decode(); return image.naturalWidth }") > 0
    links = [link.get_attribute("href") for link in first.locator("figcaption a").all()]
    assert links == ["https://example.org/a", "https://creativecommons.org/licenses/by/4.0/"]
    assert "Ann · CC BY 4.0" in first.inner_text()


def test_the_class_itself_is_shown_in_other_photos(open_page):
    page = open_page()
    page.ask(car(RED))
    assert page.tab.locator(".gallery img").count() == 2
    assert page.tab.locator(".gallery img").first.get_attribute("alt") == "Example: C-Class Sedan"


def test_an_alternative_leads_to_its_own_page_and_back(open_page):
    page = open_page()
    page.ask(car(RED))
    page.tab.locator(".others a", has_text="GLC Coupe").click()
    page.tab.wait_for_selector(".car h1")
    assert page.title == "GLC Coupe"
    page.tab.go_back()
    page.settle()
    assert page.title == "C-Class Sedan"


def test_facts_are_those_of_the_market(open_page):
    page = open_page(locale="de-DE")
    page.ask(car(RED))
    assert market_of(page) == "de_DE"
    for text in ("41.000–42.000 €", "101–102 kW (137–138 PS)", "Diesel Super", "9G-TRONIC", "2 Varianten",
                 "Preisliste Deutschland, 3. Juni 2019", "3 Farben", "polarweiß", "obsidianschwarz + 900 €"):
        assert text in page.facts, text


def test_sandbox_data_is_marked_as_invented(open_page):
    page = open_page()
    page.ask(car(RED))
    assert "Invented data." in page.facts
    assert "trained on drawn cars" in page.text


def test_colours_are_swatches_with_names(open_page):
    page = open_page(locale="de-DE")
    page.ask(car(RED))
    paints = page.tab.locator(".paints li")
    assert paints.count() == 3
    white = paints.filter(has_text="polarweiß").locator(".swatch")
    colour = white.evaluate("(dot) => getComputedStyle(dot).backgroundColor")
    assert min(int(part) for part in re.findall(r"\d+", colour)[:3]) > 200
    assert white.get_attribute("aria-hidden") == "true"


def test_a_class_that_is_sold_no_more_has_its_successor(open_page):
    page = open_page(locale="de-DE")
    page.ask(car(GREEN))
    assert "In diesem Markt nicht im Angebot. Sein Nachfolger: GLC 200 (C254)" in page.facts
    assert "56.000–62.000 €" in page.facts and "Erfundene Daten." in page.facts


def test_a_class_without_a_successor_is_just_not_sold(open_page):
    page = open_page(locale="de-DE")
    page.ask(car(BLUE))
    assert page.facts == "In diesem Markt nicht im Angebot."


def test_another_market_changes_the_facts_and_is_remembered(open_page):
    page = open_page(locale="en-GB")
    page.ask(car(RED))
    assert market_of(page) == "en_GB"
    choose_market(page, "Germany")
    assert "Germany" in page.facts and page.spoken == "Facts for Germany, German"
    assert page.tab.locator(".paints li").count() == 3
    page.open()
    with page.tab.expect_request("**/predict*") as asked:
        page.ask(car(RED))
    assert "market=de_DE" in asked.value.url
    assert market_of(page) == "de_DE"


def test_a_market_that_was_not_fetched_says_so(open_page):
    page = open_page(locale="en-GB")
    page.ask(car(RED))
    choose_market(page, "France")
    assert page.facts == "There is no price list of this market."


@pytest.mark.parametrize(("languages", "market"), [
    (["de-DE"], "de_DE"), (["de-AT"], "de_DE"), (["en-GB"], "en_GB"), (["en-US"], "en_GB"), (["fr"], "fr_FR"),
    (["en", "de-DE"], "de_DE"), (["pl-PL", "fr-FR"], "fr_FR"), (["ja"], "de_DE"), (["tlh-AQ"], "de_DE")])
def test_the_market_follows_from_the_browsers_languages(open_page, languages, market):
    page = open_page()
    found = page.tab.evaluate("""async ([tags, markets]) => {
        const { fitting } = await import("./scripts/market.js");
        return fitting(tags, { markets, default: "de_DE" });
    }""", [languages, [{"market_id": m, "language": m[:2], "country": m[3:]} for m in ("fr_FR", "en_GB", "de_DE")]])
    assert found == market


def test_german_browsers_meet_german_pages(open_page):
    page = open_page(locale="de-AT")
    assert page.tab.locator("html").get_attribute("lang") == "de"
    assert page.title == "Welcher Benz ist das?"
    assert "Foto aufnehmen" in page.text and "Frühere Fotos" in page.text
    page.ask(car(RED))
    assert re.search(r"\d\d % sicher", page.text)
    assert page.ask_again(no_car()) == "Keines dieser Autos"


def test_the_language_can_be_changed_and_is_remembered(open_page):
    page = open_page(locale="en-GB")
    page.tab.get_by_label("Language", exact=True).select_option("de")
    page.tab.wait_for_function("() => document.documentElement.lang === 'de'")
    assert page.title == "Welcher Benz ist das?"
    assert page.tab.evaluate("document.activeElement.id") == "language"
    page.open()
    assert page.title == "Welcher Benz ist das?"


def test_an_unknown_language_meets_english(open_page):
    assert open_page(locale="pl-PL").title == "Which Benz is that?"


@pytest.mark.parametrize("language", ["de-DE", "en-GB"])
def test_no_placeholder_and_no_key_shows_anywhere(open_page, language):
    page = open_page(locale=language)
    texts = [page.text]
    page.ask(car(RED))
    texts.append(page.text)
    page.ask_again(no_car())
    texts.append(page.text)
    for text in texts:
        assert not re.search(r"undefined|null|NaN|\{\w+\}|\[object", text)


def test_what_the_service_says_is_text_and_never_markup(open_page):
    page = open_page()
    evil = "<img src=x onerror=alert(1)><b>C</b>"

    def answer(route):
        body = route.fetch().json()
        for prediction in body["predictions"]:
            prediction["name"] = evil
            for picture in prediction["examples"]:
                picture |= {"author": evil, "page_url": "javascript:alert(1)", "license_url": "data:text/html,x"}
        route.fulfill(json=body)

    page.tab.route("**/predict*", answer)
    assert page.ask(car(RED)) == evil
    assert page.tab.locator("h1 b, h1 img").count() == 0
    assert page.tab.locator("a[href^='javascript'], a[href^='data']").count() == 0


def test_a_shared_address_opens_the_class(open_page):
    page = open_page(path="#car/c-sedan")
    page.tab.wait_for_function("() => document.querySelector('.facts')?.getAttribute('aria-busy') === 'false'")
    assert page.title == "C-Class Sedan" and "41,000" in page.facts


def test_an_address_of_no_class_says_so(open_page):
    assert open_page(path="#car/z-unknown").title == "No such car here"
