"""Paths into JSON values, as text."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vcr_openai._json import json_path

steps = st.lists(st.text(max_size=6) | st.integers(0, 10**9 - 1) | st.none(), min_size=1, max_size=5).map(tuple)


@given(path=steps)
@example(path=("a.b", "", "[0]", '"', "\ud800", "-", "0", 0, None))
def test_what_is_written_is_parsed(path: Any) -> None:
    """Any name and any index, with the outer steps first; one path has one text."""
    text = json_path.write(path)
    assert json_path.parse(text) == path
    assert json_path.join(json_path.write(path[:-1]), path[-1]) == text


@pytest.mark.parametrize(
    "path, text",
    [
        ((), ""),
        (("messages", 2, "content"), "messages[2].content"),
        (("tools", None, "name"), "tools[*].name"),
        (("metadata", "run.id"), 'metadata["run.id"]'),
        ((0, "a b"), '[0]["a b"]'),
    ],
)
def test_paths_are_written_as_people_write_them(path: Any, text: str) -> None:
    """Dots, brackets, and quotes only where a name needs them."""
    assert json_path.write(path) == text


@pytest.mark.parametrize("text", ["", ".", "a..b", ".a", "a.", "a[", "a[-1]", "a[x]", 'a["x]', "a b", 'a["\\x"]'])
def test_what_is_not_a_path_is_refused(text: str) -> None:
    """The message has an example and the text."""
    with pytest.raises(ValueError, match="expected"):
        json_path.parse(text)


def test_a_place_is_a_path_to_one_value() -> None:
    """Every element of a list is not one value."""
    assert json_path.parse_place("a[0].b") == ("a", 0, "b")
    with pytest.raises(ValueError, match=r"expected a path to one value, found 'a\[\*\]'"):
        json_path.parse_place("a[*]")


@given(path=steps, known=st.integers(0, 5))
@example(path=("a", "[" * 100_000), known=1)
@example(path=("a", "b.c", 0), known=1)
def test_a_place_without_a_line_has_that_of_the_nearest_around_it(path: Any, known: int) -> None:
    """Whatever the names have in them, dots and brackets included; long ones, too, are read once."""
    lines = {json_path.write(path[:number]): number + 1 for number in range(min(known, len(path)) + 1)}
    assert json_path.line_at(lines, json_path.write(path)) == len(lines)
