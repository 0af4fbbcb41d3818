"""Laws of the YAML that people read: what is written is read again, and nothing else is read."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from vcr_openai._errors import MalformedInteraction
from vcr_openai._json.json_diff import same
from vcr_openai._yaml.yaml_reader import LOADER, line_of, read
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


@pytest.mark.parametrize("loader", LOADERS)
@given(value=values)
@example(value=["a\n\n", " \n", "\n", "x: |\n  y"])
@example(value=[[["a\nb"], []], [{}, {"a": [{"b": "c\nd"}]}]])
@example(value=[-0.0, 0.0, 0, 1e-07, 1e16, 5e-324, 1.7976931348623157e308, 10**400])
def test_what_is_written_is_read_with_libyaml_and_without(loader: Any, value: Any) -> None:
    """Every JSON value that YAML has words for comes back, in a block, compact and on one line."""
    document = {
        "a": value,
        "b": Compact(value),
        "c": OneLine(value),
        "d": Rows([value, OneLine(value), Compact(value)]),
    }
    expected = {"a": value, "b": value, "c": value, "d": [value, value, value]}
    assert same(read(write(document), loader), expected)


@given(value=values)
def test_other_yaml_loaders_read_the_same(value: Any) -> None:
    """A YAML 1.1 loader takes nothing of ours for a date, a boolean or a number that it is not."""
    document = {"a": value, "c": OneLine(value)}
    assert yaml.safe_load(write(document)) == {"a": value, "c": value}


@given(value=values)
def test_no_line_holds_an_unprintable_character(value: Any) -> None:
    """What an editor or a review would hide, reverse or take for a line end is escaped."""
    text = write({"a": value})
    assert not set(text) & {*map(chr, range(9)), *map(chr, range(11, 32)), "\x7f", "\x85", "\u2028", "\u2029", "\u202e"}


@given(words=st.lists(st.text(st.characters(categories=["Ll"]), min_size=1), min_size=1, max_size=300))
def test_text_is_never_wrapped(words: list[str]) -> None:
    """A line of text is a line of the file, so that a changed word changes one line."""
    text = " ".join(words)
    lines = write({"a": {"content": f"{text}\n{text}\n"}}).split("\n")
    assert lines[2:4] == [f"    {text}", f"    {text}"]


def test_long_text_is_a_literal_block() -> None:
    """Text of several lines stands as it is."""
    assert write({"a": "# Title\n\n- x: 'y'\n"}) == "a: |\n  # Title\n\n  - x: 'y'\n"


def test_text_that_editors_would_trim_is_quoted_line_by_line() -> None:
    """White space at the end of a line is safe from editors that remove it."""
    assert write({"a": "one  \n  two\n"}) == 'a: "one  \\n\\\n  \\  two\\n"\n'


def test_a_list_of_models_has_one_line_each() -> None:
    """Several objects of one kind, made of words and numbers, are a table."""
    models = [{"id": f"m-{number}", "created": number, "object": "model"} for number in range(3)]
    assert write({"data": models}).split("\n")[1] == "- {id: m-0, created: 0, object: model}"


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}, {"k" * 121: 1}, {1: 2}, b"x", object()])
def test_what_yaml_has_no_words_for_is_known(value: Any) -> None:
    """Lone surrogates, endless keys and what is not JSON are found before they are written."""
    assert not expressible([value])


def test_absurd_nesting_is_not_expressible() -> None:
    """A value that the reader would refuse is not written as YAML."""
    value: Any = 1
    for _ in range(41):
        value = [value]
    assert not expressible(value)
    assert expressible(value[0])


PLAIN = "expected plain YAML without tags and anchors"
REFUSED = {
    "a: 1\nb: *x\n": "line 2: expected every value written out, found the alias *x",
    "a: &x 1\n": f"line 1: {PLAIN}, found the anchor &x",
    "a: &x [1]\n": f"line 1: {PLAIN}, found the anchor &x",
    "a:\n  !!python/object/apply:os.system [x]\n": f"line 2: {PLAIN}, found the tag "
    "tag:yaml.org,2002:python/object/apply:os.system",
    "a: !!binary aGk=\n": f"line 1: {PLAIN}, found the tag tag:yaml.org,2002:binary",
    "a: !own x\n": f"line 1: {PLAIN}, found the tag !own",
    "a: 1\n<<: {b: 2}\n": "line 2: expected every value written out, found the merge key <<",
    "a: 1\nb: 2\na: 3\n": "line 3: expected each key once, found the key 'a' a second time",
    "a: 1\n---\nb: 2\n": "line 2: expected one document, found the beginning of a second one",
    "? [a]\n: 1\n": "line 1: expected text as a key, found a list or an object",
    "a: 1e400\n": "line 1: expected a number that a float can hold, found 1e400",
    "a: " + "1" * 5000 + "\n": "line 1: expected a number of reasonable length, found one of 5000 digits",
    "a\nb: \x07\n": "line 2: expected only printable characters (others as \\uXXXX in double quotes), found '\\x07'",
    "a: \ud800\n": "line 1: expected only printable characters (others as \\uXXXX in double quotes), found '\\ud800'",
    "[" * 65 + "]" * 65: "line 1: expected at most 64 levels, found a deeper one",
}


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("text", REFUSED)
def test_what_builds_repeats_or_merges_is_refused(text: str, loader: Any) -> None:
    """Anchors, aliases, tags, merge keys, doubled keys, further documents, depth and odd numbers have an error each."""
    with pytest.raises(MalformedInteraction) as caught:
        read(text, loader)
    assert str(caught.value) == REFUSED[text]


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    "text", ["a: [1\n", "a: b: c\n", "a: 'x\n", "\ta: 1\n", "a: @x\n", "- a\nb: 1\n", "%YAML 9.9\n--- a\n"]
)
def test_what_is_not_yaml_is_refused_with_its_line(text: str, loader: Any) -> None:
    """No error of PyYAML reaches the caller."""
    with pytest.raises(MalformedInteraction, match=r"\Aline \d+: expected YAML, found "):
        read(text, loader)


@pytest.mark.parametrize("loader", LOADERS)
@given(text=texts | st.lists(pieces, max_size=12).map("".join))
def test_any_text_is_read_or_refused(loader: Any, text: str) -> None:
    """A reader's only error is MalformedInteraction."""
    with contextlib.suppress(MalformedInteraction):
        read(text, loader)


@pytest.mark.parametrize(
    "word", ["yes", "off", "2024-01-01", "007", "0x1F", "12:30", "1_000", "+1", ".5", ".nan", "1.", "="]
)
def test_a_person_may_write_text_without_quotes(word: str) -> None:
    """Only null, true, false and numbers as JSON spells them are typed."""
    assert read(f"a: {word}\n") == {"a": word}


def test_constants_and_numbers_are_typed() -> None:
    """What JSON spells is what JSON means; a key is always text."""
    text = "[null, ~, true, False, -1, 1.0, 1e3, 1.5E-3, {1: null, null: }]"
    assert same(read(text), [None, None, True, False, -1, 1.0, 1000.0, 0.0015, {"1": None, "null": None}])


def test_a_byte_order_mark_is_no_text() -> None:
    """A file that an editor began with a byte order mark reads the same."""
    assert read("\ufeffa: 1\n") == {"a": 1}


def test_the_line_of_a_place_is_found() -> None:
    """An error that is found later can still name its line."""
    text = "a:\n- x\n- b: |\n    y\n  c: 1\n"
    assert [line_of(text, where) for where in ("", "a", "a[1]", "a[1].b", "a[1].c", "a[2]")] == [1, 2, 3, 3, 5, None]
