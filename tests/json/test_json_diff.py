"""How JSON values differ: when they are the same, and the phrase for what does not come back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vcr_openai._json import json_text
from vcr_openai._json.json_diff import first_difference, round_trip_difference, same

names = st.sampled_from(["a", "b", "c", "a b", "", "x.y", "0"])
scalars = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, -0.0, 1.0]) | st.text(max_size=3)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)


@given(one=values, other=values)
@example(one=[1], other=[1.0])
@example(one=[1], other=[True])
@example(one=[0.0], other=[-0.0])
@example(one={"a": 1, "b": 2}, other={"b": 2, "a": 1})
def test_values_are_the_same_when_they_are_written_alike(one: Any, other: Any) -> None:
    """The spelling of numbers and the order of keys count."""
    assert same(one, other) is (json_text.write_line(one) == json_text.write_line(other))


@given(one=values, other=values, levels=st.integers(0, 3))
def test_to_compare_member_by_member_gives_the_same(one: Any, other: Any, levels: int) -> None:
    """That is another way to find it out, and no other answer."""
    for left, right in ((one, other), (one, json_text.read(json_text.write_line(one)))):
        assert same({"a": left, "b": one}, {"a": right, "b": one}, levels) is same(left, right)


@pytest.mark.parametrize(
    "one, other, where",
    [
        ({"a": 1}, {"a": 1}, None),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, None),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "a[1].b"),
        ({"a.b": 1}, {}, '["a.b"]'),
        ({}, {"c": 1}, "c"),
        ([1, 2], [1], "[1]"),
        ([1], [1.0], "[0]"),
        (1, "1", ""),
    ],
)
def test_the_first_difference_has_a_path(one: Any, other: Any, where: str | None) -> None:
    """The order of keys is not a difference; the type of a number is."""
    assert first_difference(one, other) == where


@pytest.mark.parametrize(
    "original, back, words",
    [
        ("{}", "{}", None),
        ("{}", "{}\n", "comes back with the final newline that it lacks (it is not in the normal form)"),
        ("{ }", "{}", "comes back in another spelling of the same value"),
        ('{"a":1}', '{"a":2}', "does not come back exactly, first at a"),
        ("1", "2", "does not come back exactly, first at its top level"),
    ],
)
def test_what_does_not_come_back_has_a_phrase(original: str, back: str, words: str | None) -> None:
    """None where it is the very text."""
    assert round_trip_difference(original, back, json_text.read) == words
