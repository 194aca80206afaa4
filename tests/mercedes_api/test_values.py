import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercedes_api.values import as_number, as_positive, as_text


@pytest.mark.parametrize("value, number", [(3, 3.0), (2.5, 2.5), ("58006.55", 58006.55), (" -1 ", -1.0), (0, 0.0)])
def test_numbers_come_as_numbers_or_as_decimal_texts(value, number):
    assert as_number(value) == number


@pytest.mark.parametrize("value", [True, None, "", "1,5", "1e3", "12 PS", "٣", [], {}, float("nan"), float("inf"),
                                   10 ** 400, "9" * 400])
def test_what_is_no_plain_number_is_none(value):
    assert as_number(value) is None


@given(st.floats() | st.integers())
def test_a_positive_number_is_above_zero(value):
    assert (number := as_positive(value)) is None or number > 0


@pytest.mark.parametrize("value, text", [("  two  spaces ", "two spaces"), (1770511, "1770511"), ("", None),
                                         (" ", None), (True, None), (1.5, None), (None, None)])
def test_texts_have_their_spaces_in_order(value, text):
    assert as_text(value) == text
