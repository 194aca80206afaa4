import pytest

from mercedes_api.params import VehiclesParams
from pipeline.errors import ParamError
from pipeline.params import make_params

REAL = "https://api.mercedes-benz.com/configurator/v2"


def test_the_default_is_the_sandbox_without_a_budget():
    assert (VehiclesParams().base_url, VehiclesParams().budget) == ("sandbox", None)


def test_the_real_api_has_a_trial_keys_budget_unless_another_is_set():
    assert VehiclesParams(base_url=REAL).budget == 150
    assert VehiclesParams(base_url=REAL, max_calls=2000).budget == 2000


@pytest.mark.parametrize("url, why", [
    ("http://api.mercedes-benz.com/configurator/v2", "in the clear"),
    (f"{REAL}?apikey=secret-key-1", "MERCEDES_API_KEY alone"),
    ("https://user:secret-key-1@api.mercedes-benz.com/configurator/v2", "MERCEDES_API_KEY alone"),
    ("ftp://api.mercedes-benz.com/v2", "expected sandbox or an address"),
    ("sandbx", "expected sandbox or an address")])
def test_an_address_that_cannot_be_right_is_refused_and_not_repeated(url, why):
    with pytest.raises(ParamError, match=rf"mercedes_api\.base_url.*{why}") as caught:
        VehiclesParams(base_url=url)
    assert "secret-key-1" not in str(caught.value)


def test_an_address_of_another_version_is_refused():
    with pytest.raises(ParamError, match="ends with v1, but mercedes_api.version is 2; make them agree"):
        VehiclesParams(base_url=REAL.replace("v2", "v1")).check_agreement()
    VehiclesParams(base_url=REAL).check_agreement()


def test_loopback_may_go_without_tls():
    assert VehiclesParams(base_url="http://127.0.0.1:4010").base_url == "http://127.0.0.1:4010"


@pytest.mark.parametrize("markets", ["europe", "all", ["de_DE", "en_AE-AZ", "en_PS-GZA"]])
def test_markets_are_a_word_or_a_list(markets):
    assert make_params(VehiclesParams, {"markets": markets}).markets in (markets, tuple(markets))


@pytest.mark.parametrize("markets", ["germany", [], ["DE"], ["de_de"], 3])
def test_markets_that_cannot_be_are_refused(markets):
    with pytest.raises(ParamError, match=r"mercedes_api\.markets"):
        make_params(VehiclesParams, {"markets": markets})


def test_a_language_is_all_or_a_code():
    with pytest.raises(ParamError, match=r"mercedes_api\.language"):
        VehiclesParams(language="english")
