"""Laws of the YAML that is written: a reader gives back the same values, and a reviewer sees all of it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from vcr_openai._json.json_diff import same
from vcr_openai._yaml.yaml_reader import LOADER, PLAIN, read
from vcr_openai._yaml.yaml_writer import Compact, OneLine, Rows, expressible, write

LOADERS = [LOADER, yaml.SafeLoader]
LOOKALIKES = [
    "", "~", "null", "NULL", "true", "False", "yes", "No", "on", "off", "y", "N", "0", "-1", "007", "0o17", "0x1F",
    "1_000", "1.5", ".5", "5.", "1e5", "1E-5", "1.0e-07", "+1", ".inf", "-.INF", ".nan", "12:30", "1:2:3",
    "2024-01-01", "2024-01-01T00:00:00Z", "<<", "=", "-", "- x", "?", "? x", ":", "a: b", "a:", ":a", "#", "a #b",
    "a#b", "&a", "*a", "!a", "!!str", "|", ">", "|-", "%TAG", "@a", "`a", "---", "...", "--- a", "{a}", "[a]", "a, b",
    "a]", '"', "'", "it's", '"a"', "\\", "\\n", " ", " a", "a ", "\t", "\ta", "a\t", "\n", "a\n", "\na", "a\n\n",
    "a\n\nb", "a \nb", " a\nb", "a\n b\n", "a\r\nb", "a\rb", "\0", "\x07", "\x7f", "\x85", "\xa0", "\xad", "\u2028",
    "a\u2029b", "\ufeff", "\ufffe", "\uffff", "\u202eabc", "👩‍👩‍👧", "\U0001d4b3", "\U0010ffff", "e\u0301",
    "a\tb\n\tc", "#\n#", "---\n...\n", "%\n", "a" * 1200, "a b " * 400,
]  # fmt: skip
letters = st.characters(exclude_categories=["Cs"])
pieces = st.sampled_from([*LOOKALIKES, "\n", "\n\n", " ", "  ", ": ", " #", ", ", "'", '"', "\\"])
texts = (
    st.sampled_from(LOOKALIKES)
    | st.text(letters)
    | st.lists(pieces | st.text(letters, max_size=4), max_size=8).map("".join)
)
scalars = (
    st.none() | st.booleans() | st.integers() | st.integers(-(2**80), 2**80) | texts
    | st.floats(allow_nan=False, allow_infinity=False)
)  # fmt: skip
keys = texts.filter(lambda text: len(text) <= 120)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=20
)


@pytest.mark.slow
@pytest.mark.parametrize("loader", LOADERS)
@given(value=values)
@example(value=["a\n\n", " \n", "\n", "x: |\n  y"])
@example(value=[[["a\nb"], []], [{}, {"a": [{"b": "c\nd"}]}]])
@example(value=[-0.0, 0.0, 0, 1e-07, 1e16, 5e-324, 1.7976931348623157e308, 10**400])
def test_what_is_written_is_read_with_libyaml_and_without(loader: Any, value: Any) -> None:
    """Every JSON value that YAML can express comes back, in a block, compact and on one line."""
    document = {
        "a": value,
        "b": Compact(value),
        "c": OneLine(value),
        "d": Rows([value, OneLine(value), Compact(value)]),
    }
    expected = {"a": value, "b": value, "c": value, "d": [value, value, value]}
    assert same(read(write(document), PLAIN, loader), expected)


@given(value=values)
def test_other_yaml_loaders_read_the_same(value: Any) -> None:
    """A YAML 1.1 loader reads none of our texts as a date, a boolean or a number."""
    document = {"a": value, "c": OneLine(value)}
    assert yaml.safe_load(write(document)) == {"a": value, "c": value}


@given(value=values)
def test_no_line_holds_an_unprintable_character(value: Any) -> None:
    """A character that an editor or a review would hide, reverse or read as a line end is escaped."""
    text = write({"a": value})
    assert not set(text) & {*map(chr, range(9)), *map(chr, range(11, 32)), "\x7f", "\x85", "\u2028", "\u2029", "\u202e"}


@given(words=st.lists(st.text(st.characters(categories=["Ll"]), min_size=1), min_size=1, max_size=300))
def test_text_is_never_wrapped(words: list[str]) -> None:
    """A line of text is a line of the file, so that a changed word changes one line."""
    text = " ".join(words)
    lines = write({"a": {"content": f"{text}\n{text}\n"}}).split("\n")
    assert lines[2:4] == [f"    {text}", f"    {text}"]


def test_long_text_is_a_literal_block() -> None:
    """Text of several lines is written line by line."""
    assert write({"a": "# Title\n\n- x: 'y'\n"}) == "a: |\n  # Title\n\n  - x: 'y'\n"


def test_text_that_editors_would_trim_is_quoted_line_by_line() -> None:
    """White space at the end of a line is safe from editors that remove it."""
    assert write({"a": "one  \n  two\n"}) == 'a: "one  \\n\\\n  \\  two\\n"\n'


def test_a_list_of_models_has_one_line_each() -> None:
    """Several objects with the same keys, made of words and numbers, are a table."""
    models = [{"id": f"m-{number}", "created": number, "object": "model"} for number in range(3)]
    assert write({"data": models}).split("\n")[1] == "- {id: m-0, created: 0, object: model}"


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}, {"k" * 121: 1}, {1: 2}, b"x", object()])
def test_what_yaml_cannot_express_is_known(value: Any) -> None:
    """Lone surrogates, very long keys and what is not JSON are found before they are written."""
    assert not expressible([value])


def test_absurd_nesting_is_not_expressible() -> None:
    """A value that the reader would refuse is not written as YAML."""
    value: Any = 1
    for _ in range(41):
        value = [value]
    assert not expressible(value)
    assert expressible(value[0])
