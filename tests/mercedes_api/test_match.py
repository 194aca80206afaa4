import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercedes_api.match import class_rules, match_model


@pytest.mark.parametrize("series, api_class_id, body_id, expected", [
    ("W177", "A-KLASSE", "KOMPAKT-LIMOUSINE", "a-hatchback"),
    ("V177", "A-KLASSE", "LIMOUSINE", "a-sedan"),
    ("A205", "C-KLASSE", "CABRIOLET", "c-cabriolet"),
    ("W222", "S-KLASSE", "LIMOUSINE", "s-sedan"),
    ("V222", "S-KLASSE", "LIMOUSINE_LANG", "s-sedan"),
    ("X166", "GL-KLASSE", "OFFROADER", "gls-suv"),
    ("W463", "G-KLASSE", "GELAENDEWAGEN", "g-suv"),
    ("X290", "GT-KLASSE", "4-TUERER COUPE", "gt-4-door-coupe"),
])
def test_a_series_names_its_class(model, rules, series, api_class_id, body_id, expected):
    match = match_model(model(series=series, api_class_id=api_class_id, body_id=body_id), rules, False)
    assert (match.class_id, match.how, match.successor) == (expected, "series", False)


def test_every_class_is_found_by_its_own_series(model, classes, rules):
    missed = []
    for row in classes.to_dict("records"):
        for series in row["series"].split("|"):
            if row["product_group"] == "VAN":
                series = f"{series[-3:]}8-XZ1"
            found = match_model(model(series=series, api_class_id=row["api_class_id"], body_id=None,
                                      all_terrain=row["all_terrain"]), rules, False)
            if found.class_id != row["class_id"]:
                missed.append((row["class_id"], series, found))
    assert missed == []


def test_the_series_counts_more_than_class_and_body(model, rules):
    match = match_model(model(series="W205", api_class_id="E-KLASSE", body_id="COUPE"), rules, False)
    assert match.class_id == "c-sedan"


@pytest.mark.parametrize("all_terrain, expected", [(True, "e-all-terrain"), (False, "e-estate")])
def test_all_terrain_tells_two_classes_of_one_series_apart(model, rules, all_terrain, expected):
    found = match_model(model(series="S213", api_class_id="E-KLASSE", body_id="T-MODELL", all_terrain=all_terrain),
                        rules, False)
    assert found.class_id == expected


def test_without_all_terrain_two_classes_of_one_series_stay_undecided(model, rules):
    either = model(series="S213", api_class_id="E-KLASSE", body_id="T-MODELL", all_terrain=None)
    match = match_model(either, rules, False)
    assert (match.class_id, match.how) == (None, "ambiguous")


@pytest.mark.parametrize("series, api_class_id, expected", [
    ("4478-XZ1", "V-KLASSE", "v-van"), ("4478-XZ1-ME4", "EQV", None), ("4476-XZ1", "VITO", None),
    ("4208-XZ0", "T-KLASSE", None), ("4702-XZ0", "X-KLASSE", "x-pickup")])
def test_a_van_is_told_by_series_and_class_together(model, rules, series, api_class_id, expected):
    match = match_model(model(model_id="44781513_002", series=series, api_class_id=api_class_id,
                              body_id="PEOPLE-CARRIER"), rules, False)
    assert match.class_id == expected


def test_a_successor_is_named_and_left_out_by_default(model, rules):
    match = match_model(model(model_id="2060411", series="W206"), rules, False)
    assert (match.class_id, match.how, match.successor) == (None, "successor_left_out", True)


def test_a_successor_is_matched_and_marked_where_it_is_asked_for(model, rules):
    match = match_model(model(model_id="2060411", series="W206"), rules, True)
    assert (match.class_id, match.how, match.successor) == ("c-sedan", "successor", True)


def test_a_later_series_in_the_list_of_classes_is_a_successor(model, rules):
    later = model(model_id="1183511", series="C118", api_class_id="CLA-KLASSE", body_id="COUPE")
    assert match_model(later, rules, False).how == "successor_left_out"
    assert match_model(later, rules, True).class_id == "cla-coupe"


def test_a_variant_in_the_list_of_classes_is_no_successor(model, rules):
    maybach = model(model_id="2229801", series="X222", api_class_id="S-KLASSE", body_id="LIMOUSINE")
    match = match_model(maybach, rules, False)
    assert (match.class_id, match.how, match.successor) == ("s-sedan", "other_series", False)


def test_a_model_of_another_class_matches_nothing(model, rules):
    eqa = model(model_id="2437011", series="H243", api_class_id="EQA-KLASSE", body_id="OFFROADER")
    match = match_model(eqa, rules, True)
    assert (match.class_id, match.how) == (None, "none")


def test_an_all_terrain_of_a_class_that_has_none_matches_nothing(model, rules):
    match = match_model(model(model_id="2062141", series="S206", body_id="T-MODELL", all_terrain=True), rules, True)
    assert match.class_id is None


def test_without_a_series_the_digits_of_the_id_tell_the_generation(model, rules):
    own, later = model(series=None), model(model_id="2060411", series=None)
    assert (match_model(own, rules, False).class_id, match_model(own, rules, False).how) == ("c-sedan", "class")
    assert match_model(later, rules, False).how == "successor_left_out"


def test_a_generation_that_nothing_tells_is_not_guessed(model, rules):
    unknown = model(model_id="X", series=None, number=None)
    assert match_model(unknown, rules, False).how == "generation_unknown"
    assert match_model(unknown, rules, True).successor is None


def test_a_body_that_the_class_does_not_have_matches_nothing(model, rules):
    assert match_model(model(model_id="2060411", series="V206", body_id="LIMOUSINE_LANG"), rules, True).class_id is None


def test_a_class_without_api_ids_is_found_by_series_alone(model, few_classes):
    rules = class_rules(few_classes({"class_id": "c", "series": "W205"}))
    assert match_model(model(), rules, False).class_id == "c"
    assert match_model(model(series="W206", model_id="2060411"), rules, True).class_id is None


@given(data=st.data())
def test_the_order_of_the_classes_changes_no_match(data, classes):
    from mercedes_api.parse import ModelFacts

    rules = class_rules(classes)
    rule = data.draw(st.sampled_from(rules))
    facts = ModelFacts("2050411", None, data.draw(st.sampled_from([None, "W206", "S213", *rule.series, *rule.newer])),
                       data.draw(st.sampled_from([None, "205", "213"])), rule.api_class_id,
                       data.draw(st.sampled_from([None, *rule.bodies])), None,
                       data.draw(st.sampled_from([None, True, False])), None, None, None, None, False, None)
    shuffled = data.draw(st.permutations(rules))
    assert match_model(facts, shuffled, True) == match_model(facts, rules, True)
