"""What the fuzz run found, each once a bug: only typed errors leave a reader."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from recordings import recording, reply, sdk_call

from vcr_openai import Recording, from_interaction, recording_key, to_interaction
from vcr_openai._errors import MalformedInteraction, MalformedRecording, TranslationError
from vcr_openai._formats import openai_yaml
from vcr_openai._recording.normalized_ids import with_normalized_ids
from vcr_openai._vcrpy.serializers import ReadableSerializer
from vcr_openai._yaml import yaml_reader


@given(st.text(st.characters(categories=("Cs", "L", "P"))))
@example("a\n\ud800")
def test_lone_surrogates_in_yaml(text):
    """libyaml's codec error becomes an error of ours, with the line."""
    try:
        yaml_reader.read(text, yaml_reader.FOREIGN)
    except TranslationError as error:
        where = error.where
    else:
        where = "line of none"
    assert where.startswith("line ")


@pytest.mark.parametrize("url", ["http://[::1/v1", "http://[/v1/models"])
def test_the_key_of_a_url_that_is_none(url):
    """A broken IPv6 address is the recording's fault, and says so."""
    document = recording(sdk_call({}), reply({}))
    document["request"]["url"] = url
    with pytest.raises(MalformedRecording, match=r"^request\.url: expected a URL"):
        recording_key(Recording(document))


@pytest.mark.parametrize("url", ["http://[::1/v1/chat/completions", "http://[x/v1"])
def test_a_recording_of_a_url_that_is_none(url):
    """It is carried, and comes back; with a query, too."""
    document = recording(sdk_call({"extra_query": {"a": 1}}), reply({}))
    document["request"]["url"] = url
    assert from_interaction(to_interaction(Recording(document))) == Recording(document)


_leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.binary(max_size=3)
_values = _leaves | st.lists(_leaves, max_size=2) | st.dictionaries(st.text(max_size=3), _leaves, max_size=2)


@given(_values, _values, _values)
@example("a: b", None, "x")
@example({}, 1, "x")
@example({}, [1], "x")
@example({}, None, {"a": 1})
@example({"a": 1}, "\ud800", ["\ud800"])
def test_hand_written_interactions_in_the_readable_format(headers, request_body, body):
    """Headers that are no object and bodies that are no text are refused with their place."""
    where = "interactions[0]."
    request = {"method": "POST", "uri": "http://h", "headers": headers, "body": request_body}
    response = {"status": {"code": 200, "message": "OK"}, "headers": headers, "body": {"string": body}}
    try:
        ReadableSerializer().serialize({"version": 1, "interactions": [{"request": request, "response": response}]})
    except MalformedInteraction as error:
        where = error.where
    assert where.startswith("interactions[0].")


@pytest.mark.parametrize(
    "mapping, expected",
    [({"x" * 100_000: "a"}, "ids to replace by ids"), ({str(n): "none" for n in range(50_000)}, "some ids to replace")],
    ids=["a long id", "many ids"],
)
def test_ids_that_would_fill_the_memory(mapping, expected):
    """Replacing ids cannot make a recording a thousand times as long, or take for ever."""
    document = recording(sdk_call({"input": "a" * 50_000}), reply({}))
    document["id_normalization_mapping"] = mapping
    with pytest.raises(MalformedRecording, match=f"^id_normalization_mapping: expected {expected}"):
        with_normalized_ids(Recording(document))


@pytest.mark.parametrize("headers", ["text", [1], 3, {"a": {}}])
@pytest.mark.parametrize("side", ["request", "response"])
def test_headers_that_are_none_in_a_readable_cassette(side, headers):
    """Also in an interaction that is laid out as vcrpy does it, headers are an object of lists."""
    parts = {
        "request": {"method": "GET", "uri": "http://h/", "body": None, "headers": {}},
        "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": ""}},
    }
    parts[side]["headers"] = headers
    with pytest.raises(MalformedInteraction, match=rf"{side}\.headers(\[0\]|\.a)?: expected "):
        openai_yaml.load(json.dumps({"interactions": [parts]})).exchanges  # noqa: B018  # which are read when asked for
