"""The two dialects of YAML: what a text means, what is refused with its line, and that nothing in it runs or grows."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from vcr_openai import MalformedInteraction, TranslationError
from vcr_openai._json.json_diff import same
from vcr_openai._yaml import yaml_reader
from vcr_openai._yaml.yaml_reader import FOREIGN, LOADER, PLAIN, check_aliases, lines_of, read

LOADERS = [LOADER, yaml.SafeLoader]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def foreign(text, loader=LOADER):
    """The value of a text in the dialect of other tools."""
    return read(text, FOREIGN, loader)


def refusal(text, loader=LOADER):
    """The message with which a text in the dialect of other tools is refused."""
    with pytest.raises(MalformedInteraction) as caught:
        foreign(text, loader)
    message = str(caught.value)
    assert re.match("line [0-9]+: ", message)
    assert "\n" not in message
    return message


def complaint(reader, *arguments):
    """The message of our error, empty without one; any other error goes through."""
    try:
        reader(*arguments)
    except TranslationError as error:
        return str(error)
    return ""


@given(value=json_values, binary=st.binary())
@example(value={"<<": "=", "2024-01-01": "2024-01-01", "1": "0x1f", "no": "no", "": "~"}, binary=b"")
def test_what_pyyaml_writes_is_read_back(value, binary):
    """A dumped value comes back as it was: strings that look like something else, and bytes."""
    for loader in LOADERS:
        assert foreign(yaml.dump([value, binary]), loader) == [value, binary]


@given(text=st.text(alphabet="!&*<>{}[]|-?:, \n\"'#%@`az019._~=/+\\", max_size=60))
@example(text="!!int ''")
@example(text="- !!float x")
@example(text="!!bool 3")
@example(text="0b")
@example(text="a: !!binary é")
@example(text="%YAML 3.0\n---\n")
@example(text='"\\ud800"')
@example(text="0_")
def test_any_text_is_read_or_refused(text):
    """Whatever a file contains, the only errors are ours, with libyaml and without."""
    for loader in LOADERS:
        assert "\n" not in complaint(read, text, FOREIGN, loader)


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system",
        "!!python/object/new:os.system",
        "!!python/object:os.system",
        "!!python/object/apply:multidict._multidict.istr2",
        "!!python/object/apply:http.client.HTTPMessage",
        "!ruby/object:OpenStruct",
        "!!omap",
        "!!set",
    ],
)
@pytest.mark.parametrize("argument", ["[echo]", "{a: b}"])
def test_unknown_tags_are_refused_by_name(tag, argument):
    """A tag that is not in the table is named with its line, and nothing is imported or called."""
    assert refusal(f"a:\n- {tag} {argument}") == f"line 2: expected data, found the tag {tag}"


@pytest.mark.parametrize("tag", ["!!python/name:os.system", "!!python/module:os", "!!python/complex", "!ruby/regexp"])
def test_unknown_tags_of_texts_are_refused_by_name(tag):
    """The same for a tag of a scalar, as a value and as a key."""
    assert refusal(f"a: {tag} ''") == f"line 1: expected data, found the tag {tag}"
    assert refusal(f"{tag} '': a") == f"line 1: expected data, found the tag {tag}"


@pytest.mark.parametrize(
    "text, value",
    [
        ("!!binary aGk=", b"hi"),
        ("!binary |-\n  aG\n  k=", b"hi"),
        ("!!python/bytes aGk=", b"hi"),
        ("!!python/str hi", "hi"),
        ("!!python/unicode 'no'", "no"),
        ("!!python/tuple [a, 1]", ["a", 1]),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("!!int '12'", 12),
        ("!!map {a: !!seq [b]}", {"a": ["b"]}),
        ("!!python/object/new:_io.BytesIO\nstate: !!python/tuple [!!binary aGk=, 0, null]", b"hi"),
        ("!!python/object/new:_io.BytesIO {}", b""),
        ("!!python/object/apply:builtins.iter\nargs:\n- - !!binary aGk=\nstate: 0", [b"hi"]),
        ("!!python/object:vcr.request.Request {method: GET}", {"method": "GET"}),
        ("!!python/object/apply:builtins.frozenset\n- - !!python/tuple [Accept, x]", [["Accept", "x"]]),
        ("? !!python/object/apply:multidict._multidict.istr\n- Accept\n: [x]", {"Accept": ["x"]}),
        ("? &a !!python/object/new:multidict._multidict.istr [A]\n: - ? *a\n    : *a", {"A": [{"A": "A"}]}),
        ("!!python/object/apply:multidict._multidict.CIMultiDict [[[A, x], [A, y]]]", [["A", "x"], ["A", "y"]]),
    ],
)
def test_known_tags_are_read_as_data(text, value):
    """Each tag of the table gives the value under it."""
    assert [foreign(text, loader) for loader in LOADERS] == [value, value]


@pytest.mark.parametrize("argument", ["[a, b]", "[]", "{a: b}"])
def test_a_known_tag_needs_its_one_argument(argument):
    """What is not written as PyYAML writes it is refused, not guessed."""
    assert "one argument under !!python/object/apply:multidict" in refusal(
        f"!!python/object/apply:multidict._multidict.istr {argument}"
    )


@pytest.mark.parametrize(
    "text, value",
    [
        ("[yes, 0x1F, 1_000, 1.5, ~, 017]", [True, 31, 1000, 1.5, None, 15]),
        ("{200: a, no: b, ~: c}", {"200": "a", "no": "b", "~": "c"}),
        ("{a: 2024-01-01, b: 2024-01-01T00:00:00Z}", {"a": "2024-01-01", "b": "2024-01-01T00:00:00Z"}),
        ("a: =", {"a": "="}),
        ("'<<': 1", {"<<": 1}),
        ("", None),
        ("---\n...\n", None),
    ],
)
def test_scalars_mean_what_yaml_1_1_says(text, value):
    """As for PyYAML, except that keys and dates are the texts in the file."""
    assert foreign(text) == value


def test_aliases_repeat_a_value():
    """Plain anchors and aliases, as vcrpy's dumper writes them, are followed."""
    shared = ["application/json"]
    assert foreign(yaml.dump([shared, shared])) == [shared, shared]


def test_a_later_anchor_of_a_name_counts():
    """An alias means the last value that has its anchor."""
    assert foreign("[&a 1, *a, &a 2, *a]") == [1, 1, 2, 2]


def test_an_alias_bomb_is_refused():
    """Nested aliases that would become billions of values are noticed while they are counted."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 9)}]" for i in range(20)]
    assert "aliases that repeat at most" in refusal("\n".join(lines))


def test_repeating_many_small_values_is_refused():
    """Values count more than their characters: each costs whoever goes through them."""
    text = f"- &a [{', '.join('x' * 1000)}]\n" + "- *a\n" * 250
    assert refusal(text) == "line 201: expected aliases that repeat at most 200000 values, found more"


def test_repeating_one_long_text_is_refused():
    """Characters count: few aliases of a long text are a bomb too."""
    assert "aliases that repeat at most" in refusal(f"- &a {'x' * 1_000_000}\n" + "- *a\n" * 70)


@pytest.mark.parametrize("text", ["&a [*a]", "*b", "a: &a {b: *a}"])
def test_an_alias_needs_an_earlier_value(text):
    """A value that contains itself is refused, and an alias of nothing."""
    assert "expected an alias of an earlier value" in refusal(text)


@pytest.mark.parametrize(
    "text, message",
    [
        ("a: 1\nb: 2\na: 3", "line 3: expected each key once, found the key 'a' a second time"),
        ("a: &a {b: 1}\nc:\n  <<: *a", "line 3: expected every key written out, found the merge key <<"),
        ("a: 1\n---\nb: 2", "line 2: expected one document, found the beginning of a second one"),
        ("? [a]\n: b", "line 1: expected text as a key, found a list of 1"),
        ("a: .inf", "line 1: expected a number that JSON can write, found the text '.inf'"),
        ("a: -1.0e+999", "line 1: expected a number that JSON can write, found the text '-1.0e+999'"),
        (f"a: {'1' * 5000}", "line 1: expected a number of at most 4300 characters, found 5000"),
        (f"a: {'1:' * 5000}1", "line 1: expected a number of at most 4300 characters, found 10001"),
        ("a:\n  !!int x", "line 2: expected a value of the type int, found the text 'x'"),
        ("a: !!binary '%'", "line 1: expected base64, found the text '%' ("),  # Python's words
    ],
)
def test_what_json_cannot_express_is_refused(text, message):
    """Each refusal has the line, what was expected and what was found."""
    assert refusal(text).startswith(message)


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("text", ["a: [", "a: 'b", "a:\n\tb", "- a\nb", "a: \x01", "é: \x00"])
def test_broken_yaml_is_refused_with_its_line(text, loader):
    """What is not YAML is refused on one line."""
    assert "expected YAML" in refusal(text, loader)


@pytest.mark.parametrize("nesting", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_is_refused(nesting):
    """Depth has an end."""
    assert refusal(nesting * 101) == "line 1: expected at most 100 levels, found a deeper one"


@pytest.mark.parametrize("nesting", ["[", "{a: ", "- ", "? "])
def test_absurd_nesting_is_refused(nesting):
    """The end of depth costs no recursion to reach; libyaml 0.2.6 looks ahead, and may say so before we do."""
    assert refusal(nesting * 100_000).startswith("line 1: expected ")


def test_the_number_of_values_has_an_end(monkeypatch):
    """A file of very many tiny values is refused before it fills the memory."""
    monkeypatch.setattr(yaml_reader, "NODES", 50)
    for dialect in (PLAIN, FOREIGN):
        with pytest.raises(MalformedInteraction, match="line 50: expected at most 50 values, found more"):
            read("- a\n" * 60, dialect)


def test_a_bomb_is_refused_for_a_reader_that_does_not_count():
    """``check_aliases`` reads a document with many aliases; one with few cannot do harm, whatever else it has."""
    bomb = f"- &a [{', '.join('x' * 1000)}]\n" + "- *a\n" * 250
    with pytest.raises(MalformedInteraction, match="aliases that repeat at most"):
        check_aliases(bomb)
    check_aliases("- &a !own x\n" + "- *a\n" * 24)


# --- plain YAML

TAGS = "expected plain YAML without tags and anchors"
CHARACTERS = "expected YAML of printable characters (others as \\uXXXX in double quotes)"
REFUSED = {
    "a: 1\nb: *x\n": "line 2: expected every value written out, found the alias *x",
    "a: &x 1\n": f"line 1: {TAGS}, found the anchor &x",
    "a: &x [1]\n": f"line 1: {TAGS}, found the anchor &x",
    "a:\n  !!python/object/apply:os.system [x]\n": f"line 2: {TAGS}, found the tag !!python/object/apply:os.system",
    "a: !!binary aGk=\n": f"line 1: {TAGS}, found the tag !!binary",
    "a: !own x\n": f"line 1: {TAGS}, found the tag !own",
    "a: 1\n<<: {b: 2}\n": "line 2: expected every key written out, found the merge key <<",
    "a: 1\nb: 2\na: 3\n": "line 3: expected each key once, found the key 'a' a second time",
    "a: 1\n---\nb: 2\n": "line 2: expected one document, found the beginning of a second one",
    "? [a]\n: 1\n": "line 1: expected text as a key, found a list of 1",
    "a: 1e400\n": "line 1: expected a number that JSON can write, found the text '1e400'",
    "a: " + "1" * 5000 + "\n": "line 1: expected a number of at most 4300 characters, found 5000",
    "a\nb: \x07\n": f"line 2: {CHARACTERS}, found '\\x07'",
    "a: \ud800\n": f"line 1: {CHARACTERS}, found '\\ud800'",
    "[" * 65 + "]" * 65: "line 1: expected at most 64 levels, found a deeper one",
}


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("text", REFUSED)
def test_what_builds_repeats_or_merges_is_refused(text: str, loader: Any) -> None:
    """Anchors, aliases, tags, merge keys, doubled keys, further documents, depth and odd numbers have an error each."""
    with pytest.raises(MalformedInteraction) as caught:
        read(text, PLAIN, loader)
    assert str(caught.value) == REFUSED[text]


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    "text", ["a: [1\n", "a: b: c\n", "a: 'x\n", "\ta: 1\n", "a: @x\n", "- a\nb: 1\n", "%YAML 9.9\n--- a\n"]
)
def test_what_is_not_yaml_is_refused_with_its_line(text: str, loader: Any) -> None:
    """No error of PyYAML reaches the caller."""
    with pytest.raises(MalformedInteraction, match=r"\Aline \d+: expected YAML, found "):
        read(text, PLAIN, loader)


@pytest.mark.parametrize("loader", LOADERS)
@given(text=st.text(alphabet="!&*<>{}[]|-?:, \n\"'#%@`az019._~=/+\\\ud800\x07\x85\ufeff", max_size=60))
@example(text="a: 'x")
@example(text="--- |2\n a")
def test_any_text_is_plain_or_refused(loader: Any, text: str) -> None:
    """A reader's only error is MalformedInteraction."""
    with contextlib.suppress(MalformedInteraction):
        read(text, PLAIN, loader)


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
    lines = lines_of("a:\n- x\n- b: |\n    y\n  c: 1\n")
    assert lines == {"": 1, "a": 2, "a[0]": 2, "a[1]": 3, "a[1].b": 3, "a[1].c": 5}


def test_keys_and_aliases_have_lines_as_far_as_a_text_can_be_read() -> None:
    """A value under a key that is an object has the path of the text in it; an alias has its own line."""
    text = "a: &x\n  b: 1\n? !!python/object/apply:multidict._multidict.istr\n- Accept\n: *x\nc.d: [1]\ne: ["
    assert lines_of(text, FOREIGN) == {"": 1, "a": 1, "a.b": 2, "Accept": 5, '["c.d"]': 6, '["c.d"][0]': 6, "e": 7}
