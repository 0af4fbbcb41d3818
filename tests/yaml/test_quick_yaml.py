"""The quick reader of YAML reads what the strict reader reads, or nothing."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from cassette_texts import FORMATS, write_cassette
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vcr_openai import TranslationError
from vcr_openai._vcrpy.serializers import PlainSerializer
from vcr_openai._yaml import quick_yaml, yaml_reader
from vcr_openai._yaml.yaml_reader import FOREIGN, PLAIN, UNREAD, quickly, read

pytest.importorskip("yamlrocks", reason="it needs Python 3.12")
SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "cassettes"
# Scalars that YAML 1.1, YAML 1.2 and JSON do not agree on, and syntax that is refused, alias or tag.
ODD = (
    "yes No ON off y n = ~ null Null true TRUE 010 0o17 0x1F 0b11 1_000 1:30 190:20:30.15 +1 -1 -0 .5 -.5 5. 1e5 1e+5 "
    "1.5e5 1.5e+5 1e400 -1e999 .inf -.INF .nan 2024-01-02 2024-1-2 2024-01-02T03:04:05Z 2001-12-14 1.0 0.0 007 08 "
    "12345678901234567890 99999999999999999999999 << <<: & &a *a !a !!str !!int ? - : # % @ ` | > [ ] { } '' '1' "
    '"no" "\\x41" 2020-10-01 0s'
).split()
scalars = st.sampled_from(ODD) | st.text(max_size=6) | st.floats().map(repr) | st.integers().map(str)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A YAML text of a few lines, in blocks and on one line, that may be none."""
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        indent = draw(st.sampled_from(["", "  ", "- ", "\t", "  - "]))
        key = draw(st.sampled_from(["a: ", "b:  ", "no: ", "1: ", "", "? ", '"k": ', "- "]))
        value = draw(scalars)
        form = draw(
            st.sampled_from(
                ["%s", "[%s]", "{a: %s}", "'%s'", '"%s"', "[x, %s, y]", "|\n    %s", ">-\n    %s", "%s # c"]
            )
        )
        lines.append(indent + key + form.replace("%s", value))
    return "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n---\n", "\n...\n"]))


@pytest.mark.parametrize(
    "mark", [" #", " # null", " -.", " 0", " ?", " &", " !", " +", " <<", " %", " e-", "\t", ".", "a1.}", ", 1.#"]
)
def test_a_long_line_of_marks_is_read_in_one_pass(mark):
    """What is looked for is not looked for again from each place where it may begin, which would take hours here."""
    for quote in ("", '"\U0001f600'):
        value = quickly(f"a: {quote}x{mark * 1_000_000}{quote[:1]}\n", PLAIN)
        assert value is UNREAD or value["a"].startswith(f"{quote[1:]}x")


@settings(max_examples=400)
@given(text=texts())
@example(text="{a, b, c}")
@example(text="[a: b, ? c : d]")
@example(text="- - - a: b")
@example(text="[[{}]]")
def test_a_text_has_no_more_values_than_are_estimated(text):
    """A long text is read quickly where it certainly keeps the limit of values and keys."""
    builder = yaml_reader._Builder(FOREIGN)
    with suppress(TranslationError):
        yaml_reader._parsed(text, builder, yaml.SafeLoader)
    assert builder.nodes <= yaml_reader.most_nodes(text)


def strictly(text, dialect):
    """What the strict reader reads: its value, that it refuses the text, or None for what is not YAML at all."""
    try:
        return repr(read(text, dialect, yaml.SafeLoader))
    except TranslationError as error:
        return None if error.expected == "YAML" else "refused"


@settings(max_examples=400)
@given(text=texts())
@example(text="a:\n\tb")
@example(text="a: 2025.\nb: May 1, 2025.\n")
@example(text="- '2020-10-01'\n- 2020-10-01\n")
@example(text="a: '1e5'\nb: 1e5\nc: 1.5\n")
@example(text="yes: 1\n")
@example(text="a: -.5\n")
@example(text=f"a: {'1_' * 50}0\n")
@example(text="a: 010 # c\nb: 1e5 # c\n")
@example(text="a: x\x85y\n")
@example(text="a: 1\nb: 1.0\nc: true\n")
@example(text="k: 01e+5\n")
@example(text="k: {'x':01e+5, \"y\":+5., 'z':.5, 'e':1e5}\n")
@example(text="k: [-001e-400, 1]\n")
@example(text="k: 1.e9\n")
@example(text="k: [1, 1.E+5]\n")
@example(text="k: [\n  1, 5.]\n")
@example(text="k: [\n  1, 5. # c\n\n ]\n")
@example(text="k: {a: 1,\n  b, 5.\n  , 6}\n")
@example(text="k: [?x, 1]\n")
@example(text="k: {a: 1,?: 2}\n")
@example(text="k: [\n  ?x, 1]\n")
@example(text="k: [1, ?x]\n")
@example(text="k: [1,1e5]\n")
@example(text="# null\na: 1e999\n")
@example(text="a: 1e999 # null\n")
@example(text="a: x#null\nb: null\nc: ~\nd:\n")
@example(text='a: "\\null"\nb: 1e+999\n')
@pytest.mark.parametrize("dialect", [PLAIN, FOREIGN], ids=["plain", "foreign"])
def test_what_is_read_quickly_is_what_the_strict_reader_reads(text, dialect):
    """The quick reader gives the strict reader's very value, types included, or leaves the text alone.

    Of a text that is not YAML, such as one with odd indentation, it may make something.
    """
    value = quickly(text, dialect)
    assert value is UNREAD or strictly(text, dialect) in (repr(value), None)


@settings(max_examples=200)
@given(text=texts())
@example(text="interactions: []\nversion: 1\nx: 2001-01-01\n")
def test_what_is_read_quickly_is_what_vcrpy_reads(text):
    """For vcrpy's own format the quick reader gives PyYAML's value, or leaves the text alone."""
    value = quickly(text, FOREIGN)
    if value is not UNREAD:
        with suppress(yaml.YAMLError):  # what is not YAML at all
            assert repr(value) == repr(yaml.load(text, yaml.SafeLoader))


@given(value=st.recursive(st.text() | st.integers() | st.none() | st.booleans(), lambda one: st.lists(one, max_size=3)))
def test_what_pyyaml_writes_is_read_quickly_or_not_at_all(value):
    """What PyYAML dumps, folded and quoted as it does, comes back."""
    found = quickly(yaml.dump({"a": value}), FOREIGN)
    assert found is UNREAD or found == {"a": value}


@pytest.mark.parametrize("name", [name for name in FORMATS if name.endswith("yaml")])
def test_what_is_written_is_read_quickly(name):
    """Cassettes as they are written take the quick way: a chat whose answer has figures, dates and lists in it."""
    answer = "1. one\n2. 2024-01-02\n- yes\n* no: 10\n\nMay 1, 2025.\n"
    body = {"model": "m", "temperature": 1.0, "messages": [{"role": "user", "content": answer}]}
    headers = {"content-type": ["application/json"], "openai-version": ["2020-10-01"], "x-ms": ["12"]}
    one = {
        "request": {
            "method": "POST",
            "uri": "https://h/v1/chat/completions",
            "body": json.dumps(body),
            "headers": headers,
        },
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": headers,
            "body": {"string": json.dumps(body)},
        },
    }
    text = write_cassette(json.loads(json.dumps([one, one])), name)
    assert quickly(text, FOREIGN if name == "yaml" else PLAIN) is not UNREAD


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are not here")
def test_public_cassettes_are_read_alike():
    """Every public cassette that is read quickly has the values that PyYAML and the strict reader give."""
    count = 0
    for path in sorted(SAMPLES.rglob("*.y*ml")):
        text = path.read_text(encoding="utf-8")
        for dialect in (PLAIN, FOREIGN):
            value = quickly(text, dialect)
            if value is not UNREAD:
                count += 1
                assert repr(value) == repr(read(text, dialect, yaml.CSafeLoader))
    assert count > 100


def test_without_the_quick_reader_everything_is_read(monkeypatch):
    """Where yamlrocks is not installed, the strict reader reads the same."""
    monkeypatch.setattr(quick_yaml, "_yamlrocks", lambda: None)
    assert read("a: 1\n") == {"a": 1}


def test_vcrpys_format_without_the_quick_reader(monkeypatch):
    """A plain cassette has the same values with and without it."""
    from vcr.serializers import yamlserializer

    serializer = PlainSerializer(yamlserializer, "yaml")
    asked = "{body: a, headers: {}, method: GET, uri: http://h}"
    text = f"interactions:\n- request: {asked}\n  response: {{x: [1]}}\nversion: 1\n"
    quick = serializer.deserialize(text)
    monkeypatch.setattr(quick_yaml, "_yamlrocks", lambda: None)
    assert serializer.deserialize(text) == quick
