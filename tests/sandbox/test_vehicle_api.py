import json
from urllib.parse import quote

import pytest
import requests

from sandbox.vehicle_api import FAULTS, KEY, serving_vehicle_api
from sandbox.vehicle_bodies import ODDITIES
from sandbox.vehicle_catalogue import ALL_MARKETS, COUNTRIES, DEFAULT_MARKETS, World

LIST = "/markets/de_DE/models"


@pytest.fixture(scope="module")
def api():
    with serving_vehicle_api(World(models=120)) as api:
        yield api


@pytest.fixture
def get(api):
    def ask(path, version=2, key=KEY):
        given = {"headers": {"x-api-key": key}} if version == 2 else {"params": {"apikey": key}}
        return requests.get(api.base_url(version) + path, **given, timeout=60)

    return ask


@pytest.fixture
def cars(get):
    return get(LIST).json()


def details(get, car):
    return get(f"{LIST}/{car['modelId']}/configurations/initial")


def test_eight_markets_are_served_by_default(get):
    assert [market["marketId"] for market in get("/markets").json()] == list(DEFAULT_MARKETS)
    assert len(DEFAULT_MARKETS) == 8


def test_all_markets_are_those_of_thirty_countries_and_some_beyond():
    assert {"en_AE-AZ", "fr_CH", "it_CH", "de_CH", "en_CH"} <= set(ALL_MARKETS)
    assert len([country for country in COUNTRIES if country not in ("AE", "AE-AZ", "PS", "PS-GZA")]) == 30


def test_version_1_repeats_the_key_in_every_link(get):
    market = get("/markets", version=1).json()[0]
    assert all(link.endswith(f"?apikey={KEY}") for link in market["_links"].values())


def test_version_2_has_links_without_a_key(get):
    assert "apikey" not in get(LIST).text


def test_links_are_plain_strings(cars):
    assert all(isinstance(link, str) for car in cars for link in car["_links"].values())


def test_every_link_of_a_model_can_be_followed(cars):
    for link in cars[0]["_links"].values():
        assert requests.get(link, headers={"x-api-key": KEY}, timeout=60).status_code == 200


def test_the_link_to_the_configuration_is_once_called_config(cars):
    names = [set(car["_links"]) - {"self"} for car in cars]
    assert {"config"} in names and {"configurations"} in names


def test_components_are_a_list_in_a_configuration_and_a_dict_in_the_selectables(get, cars):
    configuration = details(get, cars[0]).json()
    selectables = requests.get(configuration["_links"]["selectables"], headers={"x-api-key": KEY}, timeout=60).json()
    assert isinstance(configuration["vehicleComponents"], list)
    assert all(key == component["id"] for key, component in selectables["vehicleComponents"].items())


def test_the_hash_in_a_configurations_id_must_be_encoded_once(get, cars):
    identity = details(get, cars[0]).json()["configurationId"]
    below = f"{LIST}/{cars[0]['modelId']}/configurations"
    assert "#" in identity
    assert get(f"{below}/{quote(identity)}/selectables").status_code == 200
    assert get(f"{below}/{quote(quote(identity))}/selectables").status_code == 404


def test_body_ids_have_spaces_that_links_have_encoded(cars):
    body = next(car["vehicleBody"] for car in cars if car.get("vehicleBody", {}).get("bodyId") == "SPORTS TOURER")
    assert body["_links"]["models"].endswith("bodyId=SPORTS%20TOURER")


def test_models_can_be_narrowed(get):
    bodies = {car["vehicleBody"]["bodyId"] for car in get(f"{LIST}?bodyId=SPORTS%20TOURER").json()}
    assert bodies == {"SPORTS TOURER"}
    assert get(f"{LIST}?classId=NONE").status_code == 204


def test_tax_rates_are_per_cent_for_cars_and_a_fraction_for_vans(cars):
    rates = {(car["productGroup"] == "VAN", car["priceInformation"]["taxes"][0]["rate"])
             for car in cars if "priceInformation" in car}
    assert rates == {(True, 0.19), (False, 19.0)}


def test_units_are_words_of_the_market(get, cars):
    units = {market: get(f"/markets/{market}/models/{cars[0]['modelId']}/configurations/initial").json()[
        "technicalInformation"]["engine"]["powerHp"]["unit"] for market in ("de_DE", "en_DE")}
    assert units == {"de_DE": "PS", "en_DE": "hp"}


def test_languages_of_a_country_sell_the_same_models_at_the_same_prices(get, cars):
    other = get("/markets/en_DE/models").json()
    assert [(car["modelId"], car.get("priceInformation")) for car in cars] == [
        (car["modelId"], car.get("priceInformation")) for car in other]


def test_every_price_is_marked_as_invented(get, cars):
    assert all(car["priceInformation"]["invented"] is True for car in cars if "priceInformation" in car)
    components = details(get, cars[0]).json()["vehicleComponents"]
    assert all(component["priceInformation"]["invented"] is True for component in components)


def test_some_facts_are_undefined_unknown_or_missing(get, cars):
    fuels, without = set(), set()
    for car in cars:
        without |= {"priceInformation", "internalModelSeries", "vehicleBody", "allTerrain"} - set(car)
        answer = details(get, car)
        if answer.status_code == 404:
            without.add("configuration")
            continue
        body = answer.json()
        without |= {"technicalInformation", "configurationId"} - set(body)
        technical = body.get("technicalInformation", {})
        without |= {"transmission"} - set(technical) if technical else set()
        fuels.add(technical.get("engine", {}).get("fuelType"))
    assert {"UNDEFINED", "SYNTHETIC"} <= fuels
    assert without == {"priceInformation", "internalModelSeries", "vehicleBody", "allTerrain", "configuration",
                       "technicalInformation", "configurationId", "transmission"}


def test_some_selectables_are_empty(get, cars):
    statuses = set()
    for car in cars[::1]:
        answer = details(get, car)
        if answer.status_code == 200:
            link = answer.json()["_links"]["selectables"]
            statuses.add(requests.get(link, headers={"x-api-key": KEY}, timeout=60).status_code)
    assert statuses == {200, 204}


def test_paints_are_of_both_years_two_tone_hidden_and_pseudo(get, cars):
    paints = []
    for car in cars[:12]:
        answer = details(get, car)
        link = answer.json()["_links"]["selectables"]
        body = requests.get(link, headers={"x-api-key": KEY}, timeout=60).json()
        paints += [c for c in body["vehicleComponents"].values() if c["componentType"] == "PAINTS"]
    assert {paint["codeType"] for paint in paints} == {"L", "LU", "SA"}
    assert all("colorGroup" not in paint for paint in paints if paint["codeType"] == "SA")
    assert any(paint["hidden"] for paint in paints) and any(paint["pseudoCode"] for paint in paints)


def test_classes_are_absent_in_some_markets(get):
    sold = [frozenset(body["classId"] for body in get(f"/markets/{market}/classes").json())
            for market in DEFAULT_MARKETS]
    assert len(set(sold)) > 1


@pytest.mark.parametrize("path", ["/bodies", "/classes", "/productgroups", "", "/classes/GL-KLASSE",
                                  "/bodies/SPORTS%20TOURER"])
def test_the_reference_routes_answer(get, path):
    assert get(f"/markets/de_DE{path}").status_code == 200


def test_images_of_a_vehicle_have_a_url_each(get, cars):
    identity = quote(details(get, cars[0]).json()["configurationId"])
    path = f"{LIST}/{cars[0]['modelId']}/configurations/{identity}/images/vehicle?perspectives=EXT020,INT1"
    assert set(get(path).json()["vehicle"]) == {"EXT020", "INT1"}


@pytest.mark.parametrize("path, status", [
    ("/markets/xx_XX/models", 400), (f"{LIST}/0", 404), ("/nothing", 404), ("/markets?country=XX", 204),
    ("/markets?language=de", 200), (f"{LIST}/0/configurations/initial", 404)])
def test_other_statuses_are_those_of_the_api(get, path, status):
    assert get(path).status_code == status


def test_a_market_can_sell_nothing():
    with serving_vehicle_api(World(markets=("en_PS-GZA",))) as api:
        answer = requests.get(api.base_url() + "/markets/en_PS-GZA/models", headers={"x-api-key": KEY}, timeout=60)
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("version", [1, 2])
def test_a_wrong_or_missing_key_is_answered_401(api, get, version):
    assert get(LIST, version, "wrong").status_code == 401
    assert requests.get(api.base_url(version) + LIST, timeout=60).status_code == 401


def test_the_key_of_one_version_does_not_open_the_other(api):
    assert requests.get(api.base_url(2) + LIST, params={"apikey": KEY}, timeout=60).status_code == 401
    assert requests.get(api.base_url(1) + LIST, headers={"x-api-key": KEY}, timeout=60).status_code == 401


def test_calls_past_the_quota_are_answered_403_with_the_wait():
    with serving_vehicle_api(quota=1) as api:
        answers = [requests.get(api.base_url() + LIST, headers={"x-api-key": KEY}, timeout=60) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 403]
    assert "Quota will be replenished in 01:02:03." in answers[1].text


@pytest.mark.parametrize("fault, status", [
    ("rate_limit", 429), ("rate_limit_header", 429), ("error", 500), ("old_gateway", 500), ("unavailable", 503),
    ("quota", 403), ("no_access", 403), ("unauthorised", 401), ("truncated", 200), ("html", 200),
    ("redirect_elsewhere", 302)])
def test_a_fault_comes_once_and_then_the_good_answer(fault, status):
    with serving_vehicle_api(faults={LIST: (fault,)}) as api:
        bad, good = (requests.get(api.base_url() + LIST, headers={"x-api-key": KEY}, timeout=60, allow_redirects=False)
                     for _ in range(2))
    assert bad.status_code == status
    assert good.status_code == 200 and good.json()
    if status == 200:
        with pytest.raises(json.JSONDecodeError):
            bad.json()


@pytest.mark.parametrize("fault", ["cut", "drop"])
def test_a_broken_connection_is_no_answer(fault):
    assert fault in FAULTS
    with serving_vehicle_api(faults={LIST: (fault,)}) as api, pytest.raises(requests.RequestException):
        _ = requests.get(api.base_url() + LIST, headers={"x-api-key": KEY}, timeout=60).content


def test_the_same_seed_serves_the_same_bytes_at_any_time():
    def texts(world):
        with serving_vehicle_api(world) as api:
            return requests.get(api.base_url() + LIST, headers={"x-api-key": KEY}, timeout=60).text.replace(
                str(api.port), "PORT")

    assert texts(World(seed=1)) == texts(World(seed=1)) != texts(World(seed=2))


def test_every_oddity_stands_in_a_list_of_sixty():
    assert max(ODDITIES) < 60 and World().models == 60
