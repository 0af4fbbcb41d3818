"""A JSON value in few characters."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from report_pages import unpacked

from vcr_openai._page.packed import packed

LONG = "a text that is longer than a reference to it, and occurs twice"
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.just(LONG),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("@"), inner),
)


@given(VALUES)
@example([{"@": 1}, {"@": 1, "b": LONG}, {"@": "1"}, {"@": [["a", 1]]}])
@example([[LONG, LONG], [LONG, LONG]])
@example([2**53, -(2**53), 2**64, 2**53 - 1, True, 1, 1.0])
@example({"half": "\ud83d", "\ud83d": "</script>"})
def test_a_packed_value_is_read_as_it_was(value):
    """Whatever it contains."""
    found = unpacked(packed(value))
    assert json.dumps(found) == json.dumps(value)


@given(VALUES)
def test_packed_values_are_safe_in_html(value):
    """No tag can begin in them."""
    text = packed(value)
    assert "<" not in text and text.isascii() and text.isprintable() and " " not in text


def test_what_occurs_twice_is_written_once():
    """However far apart, and also where it is an object."""
    value = {"a": LONG, "b": [1, 2, {"c": LONG}]}
    assert len(packed([value, *range(40_000), value])) < len(packed([value, *range(40_000)])) + 40


@pytest.mark.parametrize("value", [0.1, 1e300, -0.0, "é", "\u2028", "😀"])
def test_numbers_and_texts_stay(value):
    """To the letter."""
    assert repr(unpacked(packed([value]))) == repr([value])


def test_the_same_value_has_the_same_text():
    """A page does not depend on the time at which it was made."""
    assert packed([LONG, LONG]) == packed([LONG, LONG])
