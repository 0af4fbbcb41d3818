"""JSON text is read strictly and written as the recorder and as a server write it."""

import json
import math

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vcr_openai._json import json_text

# Every code point, lone surrogates included, with those that end a line somewhere made likelier.
text = st.text(st.characters() | st.sampled_from('\n\r\v\f\x1c\x7f\x85\u2028\u2029\ud800\udfff"\\'))
numbers = st.integers() | st.integers(-(10**40), 10**40) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | text,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(text, inner, max_size=5),
    max_leaves=20,
)


@given(values)
@example([1e-5, -1e-05, 0.00001, 1.5e-7, 1e16, 1e22, 123456789012345680.0, -0.0, 5e-324, 1.7976931348623157e308])
@example({"1e16,\n": "1e16", "a": ["0.00001", "\n  1e16,\n"]})
@example(["\x7f", "é", "😀", "\ud800", 2**64, -(2**63) - 1])
def test_a_document_is_what_the_standard_library_writes(value):
    """write_document writes json.dumps(value, indent=2) and a newline, character for character."""
    assert json_text.write_document(value) == json.dumps(value, indent=2) + "\n"


@given(values)
def test_a_document_reads_back(value):
    """What write_document wrote is the same value to read, down to the sign of zero and the type of a number."""
    assert repr(json_text.read(json_text.write_document(value))) == repr(value)


@given(values)
@example(["\x85", "\u2028", "\u2029", "\x0b\x0c\x1c"])
def test_a_line_is_one_line(value):
    """write_line's text is one line even to str.splitlines(), which splits at more characters than JSON knows."""
    assert len(json_text.write_line(value).splitlines()) == 1


@given(values)
@example("\ud83d")
def test_a_line_can_be_sent(value):
    """write_line's text has an encoding in UTF-8, also where a string holds half of a surrogate pair."""
    assert json_text.write_line(value).encode()


@pytest.mark.slow
@given(values)
@example([2**64, 1e16, "\x7f"])
def test_a_line_reads_back(value):
    """What write_line wrote is the same value to read, down to the sign of zero and the type of a number."""
    assert repr(json_text.read(json_text.write_line(value))) == repr(value)


def test_a_line_is_compact():
    """write_line puts no white space between tokens, as servers do."""
    assert json_text.write_line({"a": [1, "é", None], "b": {}}) == '{"a":[1,"é",null],"b":{}}'


def test_what_the_fast_writer_cannot_nest_is_written_all_the_same():
    """Nesting beyond orjson's 254 levels is written by the standard library, compact too."""
    value = 1
    for _ in range(300):
        value = [value]
    assert json_text.write_line(value) == "[" * 300 + "1" + "]" * 300


@pytest.mark.parametrize(
    "source, reason",
    [
        pytest.param('{"a": 1, "b": {"c": 1, "c": 2}}', "'c' occurs twice", id="duplicate key"),
        pytest.param('{"a": 1, "\\u0061": 1}', "'a' occurs twice", id="duplicate key, in another spelling"),
        pytest.param("[NaN]", "NaN is not JSON", id="NaN"),
        pytest.param("Infinity", "Infinity is not JSON", id="Infinity"),
        pytest.param("[-Infinity]", "-Infinity is not JSON", id="minus Infinity"),
        pytest.param("1e400", "1e400 is too large", id="a number beyond a float"),
        pytest.param("-1e400", "-1e400 is too large", id="a number below a float"),
        pytest.param("[" * 200_000, "more than 200 levels", id="nested too deeply"),
        pytest.param('{"a":' * 200_000, "more than 200 levels", id="objects nested too deeply"),
        pytest.param("[" * 202 + "]" * 202, "more than 200 levels", id="nested a little too deeply"),
        pytest.param("", "Expecting value", id="no text"),
        pytest.param("{} {}", "Extra data", id="two values"),
        pytest.param('{"a": 1,\n}', "line 2|Expecting property name|trailing comma", id="trailing comma"),
    ],
)
def test_what_is_not_json_is_refused(source, reason):
    """read raises ValueError with the reason, where another reader would change the value or die."""
    with pytest.raises(ValueError, match=reason):
        json_text.read(source)


def _refused_twice(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError
    return dict(pairs)


def _reference(source):
    """What the standard library reads, without a key that occurs twice and numbers beyond a float; or ValueError."""
    value = json.loads(source, object_pairs_hook=_refused_twice)
    json.dumps(value, allow_nan=False)
    return value


_SPELLINGS = (
    {"indent": 2},
    {"indent": 2, "ensure_ascii": False},
    {"separators": (",", ":")},
    {"separators": (",", ":"), "ensure_ascii": False},
    {},
    {"ensure_ascii": False},
    {"indent": 1},
)


@pytest.mark.slow
@given(values, st.sampled_from(_SPELLINGS), st.text('\n" ,:[]{}0eE.-1\\u', max_size=2), st.integers(0, 200))
@example({"a": 1, "b": 2}, {}, "", 0)
@example({"a": 2**64, "b": [-0.0, 1e16, 1e-7]}, {"indent": 2}, "", 0)
@example({"a": {"a": [[], {}]}}, {"indent": 2}, "\n", 200)
def test_reading_is_what_the_standard_library_reads(value, spelling, inserted, place):
    """read gives the value of a text, however it is spelled, and refuses what strict JSON refuses."""
    source = json.dumps(value, **spelling)
    source = source[:place] + inserted + source[place:]
    try:
        expected = repr(_reference(source))
    except ValueError:
        with pytest.raises(ValueError):
            json_text.read(source)
    else:
        assert repr(json_text.read(source)) == expected


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("levels", [200, 201])
@pytest.mark.parametrize("source", ['{"a":%s}', "[%s]"])
def test_the_deepest_text_that_is_read(source, levels, indent):
    """200 levels are read and 201 are not, in whichever spelling."""
    for _ in range(levels - 1):
        source %= '{"a":%s}'
    text = json.dumps(json.loads(source % "1"), indent=indent)
    if levels == 200:
        assert json_text.read(text) == json.loads(text)
    else:
        with pytest.raises(ValueError, match="more than 200 levels"):
            json_text.read(text)


def test_an_error_message_does_not_repeat_a_long_key():
    """A key that occurs twice is shown shortened: a hostile file does not fill the terminal."""
    key = "k" * 10_000
    with pytest.raises(ValueError, match="occurs twice") as caught:
        json_text.read(f'{{"{key}": 1, "{key}": 2}}')
    assert len(str(caught.value)) < 200


def test_a_tiny_number_is_zero():
    """A number too small for a float is its nearest one, zero, as everywhere; only too large ones are refused."""
    assert json_text.read("1e-400") == 0.0


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("write", [json_text.write_line, json_text.write_document])
def test_what_json_cannot_say_is_not_written(write, number):
    """NaN and the infinities raise ValueError, they do not become null in silence."""
    with pytest.raises(ValueError, match="is not JSON"):
        write([number])


@given(values)
@example({"a": ["\\u0041", {"b\n": ["x", []]}], "c": '"'})
def test_every_string_has_its_position(value):
    """What a span delimits is the string of its path, as JSON spells it; a list has its brackets."""
    source = json_text.write_document(value)
    for span in json_text.spans(source):
        found = value
        for step in span.path:
            found = found[step]
        text_ = source[span.start : span.end]
        assert json.loads(text_ if isinstance(found, list) else f'"{text_}"') == found


def test_an_index_has_a_position_past_the_escapes_before_it():
    """An escape is one character of the string, and so are the two of a surrogate pair."""
    source = r'["a\n\u00e9\ud83d\ude00b"]'
    (span, _) = json_text.spans(source)
    position = json_text.position(source, span)
    assert [source[position(index)] for index in (0, 1, 2, 3, 4)] == ["a", "\\", "\\", "\\", "b"]


@given(values)
@example([-0.0, 1e16, 1e-7, 1.0, 12])
@example([", ", ": ", '", "', {", ": ": "}])
def test_a_text_in_a_usual_spelling_is_known(value):
    """Compact or with spaces, where each number and character is spelled as orjson does it."""
    spaced = json.dumps(value, ensure_ascii=False)
    compact = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        is_orjsons = orjson.dumps(value).decode() == compact
    except TypeError:
        is_orjsons = False
    assert json_text.is_usual(spaced, value) is json_text.is_usual(compact, value) is is_orjsons


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 1}',
        '{"a":1.50}',
        '{"a": -0}',
        '{"a": 18446744073709551616}',
        '{"a": 1E3}',
        '{"a" :1}',
        '"\\u0041"',
    ],
)
def test_a_text_with_more_than_its_value_is_in_no_usual_spelling(text):
    """Two equal keys, digits, other white space and escapes are lost when the value is written again."""
    assert not json_text.is_usual(text, json_text.skim(text))


def test_what_json_cannot_write_may_be_deep():
    """The depth of a value with bytes in it is not known; that is no error."""
    assert json_text.is_deeper({"a": b""}, 5)
    assert not json_text.is_deeper({"a": [1]}, 2)
