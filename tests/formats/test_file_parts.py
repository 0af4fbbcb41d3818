"""A cassette file and the texts of its interactions."""

from __future__ import annotations

import json

import pytest
from cassette_texts import FORMATS
from hypothesis import given
from hypothesis import strategies as st
from recordings import chat

from vcr_openai import Recording
from vcr_openai._formats.file_parts import FILE_PARTS, array_of
from vcr_openai._formats.recording_json import write_recordings

OTHER_LAYOUTS = {
    "yaml": [
        "version: 1\ninteractions: []\n",
        "interactions:\n- a: &x [1]\n- b: *x\nversion: 1\n",
        "interactions:\n  - a: 1\nversion: 1\n",
    ],
    "openai.yaml": ["version: 1\nmetadata: {}\ninteractions:\n- a: 1\n", "interactions:\n- a: 1\n"],
    "json": ['{"version": 1, "interactions": []}', "[]", ""],
    "recording.json": ["[]\n", '[{"request": {}}]', "", "[\n {\n  }\n]\n"],
}


@pytest.mark.parametrize("name", FORMATS)
def test_another_layout_is_not_taken_apart(name):
    """A file that is not laid out as it is written has no parts; it is written anew as a whole."""
    assert [FILE_PARTS[name].split(text) for text in OTHER_LAYOUTS[name]] == [None] * len(OTHER_LAYOUTS[name])


@given(st.lists(st.text(max_size=5), max_size=4))
def test_an_array_is_what_the_standard_library_writes(words):
    """Recordings put together are the JSON array of their documents, character for character."""
    documents = [chat(word, "},\n  {") for word in words]
    text = write_recordings([Recording(document) for document in documents], single=False)
    assert text == json.dumps(documents, indent=2) + "\n"


def test_a_recording_without_its_last_line_feed_has_one_as_a_part():
    """The part of a file that lacks its final newline can be followed by another."""
    text = Recording(chat("a", "b")).dump()
    parts = FILE_PARTS["recording.json"]
    assert parts.split(text[:-1]) == [text]
    assert parts.split(parts.join([text, text])) == [text, text]


def test_no_recordings_are_an_empty_array():
    """The text of an array of none is read as one of none."""
    assert json.loads(array_of([])) == []
