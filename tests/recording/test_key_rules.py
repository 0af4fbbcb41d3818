"""The versions of the key's rule: which one gave a file its name, and what today's recorder finds."""

import json
import re

import places
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import MODEL, chat_call, documents, http, recording, reply, sdk_call, tagged

from vcr_openai import Recording, Unsupported, recording_key
from vcr_openai._recording.key import (
    _LONG_DECIMAL,
    explained_by,
    findable,
    key_by,
    name_by,
    recording_name,
    twin_suffix,
)
from vcr_openai._recording.key_rules import CURRENT, KEY_RULES, key_rule

SAMPLES = places.SAMPLES / "recordings"
ATTRIBUTES = (",", " ", "\n", "attributes:", "{", "}", "x")
SEARCH = "score: 0.123456789, attributes: {'a': 1}, document_id: 12345678-1234-1234-1234-123456789abc"
CITED = "<|12345678-1234-1234-1234-123456789abc|>"
CALL = Recording(
    recording(
        sdk_call(
            {
                "prompt": f"{SEARCH} {CITED} 0.123456789",
                "stream_options": {},
                "extra_body": {"project_id": "p"},
                "temperature": 0.1234567,
            },
            "/v1/completions",
            "https://bedrock.example/v1",
        ),
        reply({}),
    )
)
LIST = Recording(
    recording(
        sdk_call({}, "/v1/models", "https://api.openai.com/v1"),
        {"body": [tagged(MODEL, {"id": "m"})], "is_streaming": False},
    )
)
FILE_PROCESSOR = Recording(recording({"test_id": None, "provider": "p", "api": "a", "file_id": "f"}, reply({})))


@pytest.mark.parametrize(
    "rule", [rule for rule in KEY_RULES if rule.name != "lists-of-tests"], ids=lambda rule: rule.name
)
def test_each_version_explains_the_names_that_it_gives(rule):
    """A request with everything that the versions treat differently is named by each in its own way."""
    assert explained_by(name_by(rule, CALL), CALL) is rule


def test_a_list_of_models_was_filed_for_each_test():
    """Before 1.5 a remote list of models had its test's own name."""
    assert explained_by(name_by(key_rule("lists-of-tests"), LIST), LIST) is key_rule("lists-of-tests")


def test_the_names_of_versions_are_unique():
    """A version is chosen by its name."""
    assert len({rule.name for rule in KEY_RULES}) == len(KEY_RULES)


def test_an_unknown_version_is_none():
    """There is no version of any other name."""
    with pytest.raises(KeyError):
        key_rule("nonsense")


@pytest.mark.slow
@given(documents())
def test_the_recorders_own_name_is_explained_and_found(document):
    """What the recorder files under its own name is explained by the current rule, and found again."""
    one = Recording(document)
    try:
        name = recording_name(one)
    except ValueError:
        assert explained_by(f"{'0' * 64}.json", one) is None
        assert not findable(f"{'0' * 64}.json", one)
        return
    assert explained_by(name, one) is CURRENT
    assert findable(name, one)


def test_a_twin_is_explained_and_not_found():
    """A file beside another of its key has a suffix, and no recorder opens it."""
    name = f"{recording_key(CALL)}-0123abc.json"
    assert (explained_by(name, CALL), findable(name, CALL), twin_suffix(name)) == (CURRENT, False, "-0123abc")


def test_a_list_is_found_under_any_digest():
    """The recorder opens each list of a key, twins included."""
    key = recording_key(LIST)
    assert findable(f"models-{key}-01234567-0123abc.json", LIST)
    assert twin_suffix(f"models-{key}-01234567.json") == ""
    assert not findable(f"{key}.json", LIST)


@pytest.mark.parametrize("name", ["x.json", "0123456789ab.json", f"{'0' * 64}.json", "seed.recording.json"])
def test_other_names_are_not_explained(name):
    """A name that no version gives is explained by none."""
    assert explained_by(name, CALL) is None


def test_a_file_processors_key_is_not_known():
    """No version is known for them."""
    for rule in KEY_RULES:
        with pytest.raises(Unsupported):
            key_by(rule, FILE_PROCESSOR)


def test_a_raw_exchange_has_a_key_with_its_test():
    """The test id is part of a raw exchange's key, its payload normalized."""
    one, other = (
        Recording(recording(http("https://a.b/v1/rerank", {"x": number}), {"body": {}, "is_streaming": False}))
        for number in (0.123456, 0.123457)
    )
    assert recording_key(one) == recording_key(other)
    assert key_by(key_rule("as-sent"), one) != key_by(key_rule("as-sent"), other)


def test_a_chat_is_named_alike_by_most_versions():
    """The newest version is reported where several explain a name."""
    one = Recording(recording(chat_call(), reply({})))
    assert explained_by(name_by(key_rule("as-sent"), one), one) is CURRENT


@places.needs_samples
def test_the_versions_explain_most_of_a_real_tree():
    """Of 370 names in a history of several recorders 322 are explained, and 214 files would be found today."""
    files = [(path.name, Recording(json.loads(path.read_text()))) for path in sorted(SAMPLES.rglob("*.json"))]
    assert sum(explained_by(name, one) is not None for name, one in files) >= 322
    assert sum(findable(name, one) for name, one in files) == 214


@given(st.text("01.-", max_size=20) | st.lists(st.sampled_from(ATTRIBUTES), max_size=12).map("".join))
def test_patterns_find_what_the_recorders_own_find(text):
    """What keeps a pattern from being slow on long runs changes no match."""
    attributes = CURRENT.replaced[1][1]
    for ours, recorders in ((_LONG_DECIMAL, r"-?\d+\.\d{4,}"), (attributes, r",?\s*attributes:\s*\{[^}]*\}")):
        assert ours.sub("#", text).replace("-#", "#") == re.sub(recorders, "#", text).replace("-#", "#")


def test_models_that_cannot_be_written_have_no_name():
    """A list of models with a lone surrogate in an id is refused, as no recorder could name it."""
    models = [tagged(MODEL, {"id": "\ud800"})]
    document = recording(sdk_call({}, "/v1/models"), {"body": models, "is_streaming": False})
    with pytest.raises(Unsupported, match="ids that UTF-8 can write"):
        recording_name(Recording(document))
