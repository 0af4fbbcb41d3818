"""An edit of a JSON text changes one value and no other character."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vcr_openai._json.json_edit import with_value

LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
LAYOUTS = st.sampled_from([{}, {"indent": 1}, {"indent": 2}, {"indent": "\t"}, {"separators": (",", ":")}])


@given(old=st.dictionaries(st.text(max_size=3), VALUES, max_size=4), value=VALUES, layout=LAYOUTS, data=st.data())
@example(old={"a": {}}, value={"b": [1]}, layout={"indent": 2}, data=None)
def test_one_value_is_another(old, value, layout, data):
    """In every layout, an old member gets the value, and a new one comes last; all others stay, in their order."""
    name = "a" if data is None else data.draw(st.sampled_from([*old, "new"]))
    text = json.dumps(old, **layout)
    edited = json.loads(with_value(text, (name,), value))
    assert list(edited.items()) == list({**old, name: value}.items())


@given(old=st.lists(VALUES, min_size=1, max_size=4), value=VALUES, layout=LAYOUTS, data=st.data())
def test_an_element_of_a_list_is_another(old, value, layout, data):
    """Its neighbours stay, also deep in the value."""
    index = data.draw(st.integers(0, len(old) - 1))
    text = json.dumps({"a": {"b": old}}, **layout)
    assert json.loads(with_value(text, ("a", "b", index), value)) == {
        "a": {"b": [*old[:index], value, *old[index + 1 :]]}
    }


@pytest.mark.parametrize(
    "text, place, value, edited",
    [
        ('{"a": 1, "b":  2 }', ("b",), 3, '{"a": 1, "b":  3 }'),
        ('{"a":1}', ("a",), [1, 2], '{"a":[1,2]}'),
        ('{"a":1}', ("a",), {"b": 1}, '{"a":{"b":1}}'),
        ('{\n  "a": 1\n}\n', ("b",), {"c": [1]}, '{\n  "a": 1,\n  "b": {\n    "c": [\n      1\n    ]\n  }\n}\n'),
        (
            '{\n\t"a": {\n\t\t"b": 1\n\t}\n}',
            ("a", "c"),
            [2],
            '{\n\t"a": {\n\t\t"b": 1,\n\t\t"c": [\n\t\t\t2\n\t\t]\n\t}\n}',
        ),
        ("{}", ("a",), "é", '{"a": "\\u00e9"}'),
        ('{"a": {}}', ("a", "b"), None, '{"a": {"b": null}}'),
        ('\ufeff{"a": 1}', ("a",), 2, '\ufeff{"a": 2}'),
        ('{"é": 1}', ("é",), 2, '{"é": 2}'),
    ],
)
def test_a_value_is_written_as_its_surroundings_are(text, place, value, edited):
    """Compact beside compact members, indented by the same characters beside indented ones, in ASCII."""
    assert with_value(text, place, value) == edited


@pytest.mark.parametrize(
    "text, place, value",
    [
        ("", ("a",), 1),
        ("", ("a", "b"), 1),
        ("{", ("a",), 1),
        ('{"a"', ("a", "b"), 1),
        ("[1", (0, "a"), 1),
        ('{"a": 1}', ("b", "c"), 1),
        ('{"a": 1}', ("a", "c"), 1),
        ('{"a": [1]}', ("a", 1), 1),
        ('{"a": [1]}', ("a", "b"), 1),
        ('{"a": {}}', ("a", 0), 1),
        ('{"a": 1}', ("a",), object()),
        ('{"a": 1}', ("a",), {"b": b"x"}),
    ],
)
def test_what_cannot_be_edited_is_refused(text, place, value):
    """No JSON, no such place, and a value that JSON cannot express are a ValueError."""
    with pytest.raises(ValueError, match="xpect"):
        with_value(text, place, value)
