"""The patch makes one object into another, to the letter."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcr_openai import MalformedInteraction
from vcr_openai._json.json_diff import same
from vcr_openai._recording.patch import difference, patched, read_patch

values = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, -0.0, 1.0, [1], {"a": 1}, {"a": 1.0}])
objects = st.dictionaries(st.sampled_from(["a", "b", "c", "a b", "", "x.y", "0"]), values, max_size=4)


@given(derived=objects, actual=objects)
def test_a_patch_makes_one_object_into_the_other(derived: dict[str, Any], actual: dict[str, Any]) -> None:
    """To the letter, the order of keys included; a patch for equal objects is empty."""
    found = difference(derived, actual)
    assert same(patched(derived, read_patch(found, "x")), actual)
    assert difference(actual, actual) == {}
    assert all(not same(derived.get(key, ...), value) for key, value in found.get("set", {}).items())


def test_what_is_elsewhere_is_not_compared() -> None:
    """The value of a key that something else restores is not in the patch; the key is, where it is new."""
    assert difference({"a": 1, "b": 1}, {"a": 2, "b": 2}, elsewhere=("a",)) == {"set": {"b": 2}}
    assert difference({}, {"a": 2}, elsewhere=("a",)) == {"set": {"a": 2}}


def test_keys_that_a_patch_does_not_name_stay() -> None:
    """They come after those that it orders."""
    assert list(patched({"x": 1, "a": 1, "b": 1}, {"order": ["b", "a", "gone"], "absent": []})) == ["b", "a", "x"]


@pytest.mark.parametrize(
    "value, where",
    [(3, "x"), ({"set": []}, "x.set"), ({"absent": "a"}, "x.absent"), ({"order": [1]}, "x.order")],
)
def test_what_is_not_a_patch_is_refused(value: Any, where: str) -> None:
    """The message has the place."""
    with pytest.raises(MalformedInteraction) as caught:
        read_patch(value, "x")
    assert caught.value.where == where
    assert read_patch(None, "x") == {}
