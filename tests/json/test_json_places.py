"""A JSON value by its places: laws of changes and leaves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcr_openai._formats.stream_shapes import flatten
from vcr_openai._json import json_path
from vcr_openai._json.json_diff import same
from vcr_openai._json.json_places import at, changes, leaves, replaced, with_changes

names = st.sampled_from(["a", "b", "c", "a b", "", "x.y", "0"])
scalars = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, -0.0, 1.0]) | st.text(max_size=3)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)


@given(base=values, value=values)
def test_changes_made_to_the_base_give_the_value(base: Any, value: Any) -> None:
    """Each difference has a path, and their order rebuilds the order of the keys."""
    result = base
    for place, new in changes(base, value).items():
        assert not place or json_path.parse_place(json_path.write(place)) == place
        result = replaced(result, place, new)
    assert same(result, value)


@given(base=values, value=values)
def test_several_changes_at_once_give_the_value_too(base: Any, value: Any) -> None:
    """A whole copy with all changes is what one change after another gives, and the base stays as it is."""
    before = repr(base)
    assert same(with_changes(base, changes(base, value)), value)
    assert repr(base) == before


@pytest.mark.parametrize("place", [("z", "y"), ("a", 2, "b"), ("a", "b"), (0,)])
def test_a_place_that_a_value_does_not_have_is_refused(place: Any) -> None:
    """Only the last step may be a new key."""
    with pytest.raises(LookupError):
        replaced({"a": [1]}, place, 2)


@given(value=values)
def test_the_leaves_are_at_their_places(value: Any) -> None:
    """Whatever a value has, its structure does not depend on its leaves."""
    changed = value
    for place, leaf in leaves(value):
        assert same(at(value, place), leaf)
        changed = changed if isinstance(leaf, list) else replaced(changed, place, "x")
    assert flatten(changed).structure == flatten(value).structure
