"""YAML in fewer steps is PyYAML's YAML, or none."""

from __future__ import annotations

import datetime as dt
import re
from collections import OrderedDict
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from vcr.serializers import yamlserializer

from vcr_openai._yaml import plain_yaml

pytestmark = pytest.mark.skipif(not hasattr(yaml, "CDumper"), reason="PyYAML was built without libyaml")
DUMPER = yamlserializer._CassetteDumper
ODD = (
    "yes No = ~ null TRUE 010 0x1F 0b11 1_000 1:30 +1 -1 .5 5. 1e5 1.5e+5 .inf .nan 2024-01-02 <<: << &a *a !a - : ? "
    "# % @ ` | > [ ] { } ' \" \\ , a:b a: #a a# --- ... \x85 \u2028 \ufeff \x00 \x7f \x1b \ud800 😀 é"
).split(" ")
texts = (
    st.text(max_size=8)
    | st.sampled_from(ODD)
    | st.lists(st.sampled_from([*ODD, " ", "\n", "\t", "\r\n", "word", "x" * 30]), max_size=12).map("".join)
)
leaves = texts | st.integers() | st.booleans() | st.none() | st.binary(max_size=90)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))


def dumped(value, dumper):
    """The text that PyYAML gives; None where it gives none."""
    try:
        return yaml.dump(value, Dumper=dumper)
    except (yaml.YAMLError, UnicodeError):
        return None


@settings(max_examples=400)
@given(values)
def test_the_text_is_that_of_pyyaml(value):
    """Each value of the usual types is written as vcrpy's dumper and PyYAML's own write it."""
    for dumper in (DUMPER, yaml.CDumper):
        assert plain_yaml.write(value, dumper) == dumped(value, dumper)


@given(st.lists(st.sampled_from(["list", "dict", "empty", "text", "bytes", "number"]), max_size=6))
def test_what_occurs_twice_is_an_alias_where_pyyaml_writes_one(names):
    """Lists and objects that are shared, also empty ones, have an anchor; texts, bytes and numbers have none."""
    shared = {"list": [1], "dict": {"a": [2]}, "empty": [], "text": "a text", "bytes": b"\xff", "number": 10**6}
    value = {"first": [shared[name] for name in names], "second": [shared["dict"]]}
    assert plain_yaml.write(value, DUMPER) == yaml.dump(value, Dumper=DUMPER)


def test_what_contains_itself_is_written_as_pyyaml_does():
    """A list in itself is an alias."""
    value: list[object] = ["a"]
    value.append({"again": value})
    assert plain_yaml.write(value, DUMPER) == yaml.dump(value, Dumper=DUMPER)


class Text(str):
    """A text that is another type for PyYAML."""

    __slots__ = ()


@pytest.mark.parametrize("odd", [1.5, (1,), {1: 2}, {"a": 1, 2: 3}, OrderedDict(a=1), Text("a"), dt.date.min])
def test_a_value_of_another_type_is_left_to_pyyaml(odd):
    """What PyYAML alone knows to write has no text from here, wherever it is."""
    assert plain_yaml.write({"a": [odd]}, DUMPER) is None


def test_what_was_registered_with_pyyaml_is_left_to_it(monkeypatch):
    """A user's own way to write texts counts: on PyYAML's dumper, on vcrpy's, and for the tags of plain words."""

    def literal(dumper, text):
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")

    for owner, add in (
        (yaml.CDumper, lambda: yaml.add_representer(str, literal, Dumper=yaml.CDumper)),
        (DUMPER, lambda: DUMPER.add_representer(str, literal)),
        (DUMPER, lambda: yaml.add_implicit_resolver("!word", re.compile("word"), ["w"], Dumper=DUMPER)),
    ):
        with monkeypatch.context() as patch:
            for name in ("yaml_representers", "yaml_implicit_resolvers"):
                patch.setattr(owner, name, dict(getattr(owner, name)))
            add()
            assert plain_yaml.write("a\nb", DUMPER) is None
    assert plain_yaml.write("a\nb", DUMPER) == yaml.dump("a\nb", Dumper=DUMPER)


@pytest.mark.parametrize("owner", [DUMPER, yaml.CDumper, yaml.representer.SafeRepresenter])
def test_a_users_word_on_aliases_counts(monkeypatch, owner):
    """Where somebody switched off aliases in PyYAML, PyYAML writes."""
    monkeypatch.setattr(owner, "ignore_aliases", lambda *_: True, raising=False)
    assert plain_yaml.write({"a": 1}, DUMPER) is None


def test_without_libyaml_there_is_no_text(monkeypatch):
    """The pure dumper writes other line breaks in long texts; it is left to itself."""
    assert plain_yaml.write({}, yaml.Dumper) is None
    monkeypatch.setattr(plain_yaml, "_DUMPER", None)
    assert plain_yaml.write({}, yaml.Dumper) is None


def test_the_samples_are_written_as_pyyaml_writes_them():
    """Cassettes of other projects, as vcrpy saves them again."""
    folder = Path(__file__).parents[3] / "shared" / "samples" / "cassettes"
    if not folder.is_dir():
        pytest.skip("the samples are not here")
    count = 0
    for path in sorted(folder.rglob("*.yaml"))[::4]:
        try:
            value = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
        except yaml.YAMLError:  # objects of older releases of aiohttp
            continue
        text = plain_yaml.write(value, DUMPER)
        assert text in {None, yaml.dump(value, Dumper=DUMPER)}
        count += text is not None
    assert count > 10
