"""The registry of file formats: what a file is, by its content, and how it is written."""

from __future__ import annotations

from collections.abc import Sequence

from vcr_openai._errors import Unsupported, describe
from vcr_openai._formats import foreign_files, openai_yaml, plain, recording_json
from vcr_openai._formats.document import Document, refuse_conflict, syntax_of
from vcr_openai._http.exchange import Exchange
from vcr_openai._yaml import yaml_reader

# The first that recognizes a file reads it.
_ALL = (plain.YAML, plain.JSON, recording_json.FORMAT, openai_yaml.FORMAT, foreign_files.FORMAT)
FORMATS = {one.name: one for one in _ALL if one.dump is not None}  # those that are written
_DUMPS = {one.name: one.dump for one in _ALL if one.dump is not None}
SUFFIXES = tuple(sorted((suffix for one in _ALL for suffix in one.suffixes), key=len, reverse=True))  # longest first
_EXPECTED = "a recording or a cassette"


def read_document(text: str) -> Document:
    """What the text of a file contains, whichever format it is in.

    Raises Unsupported where it is something else or empty, MalformedRecording or MalformedInteraction where it is
    broken.
    """
    # Some editors write a byte order mark; a reader of JSON may ignore it (RFC 8259).
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise Unsupported("", _EXPECTED, "nothing but white space")
    refuse_conflict(text)
    syntax = syntax_of(text)
    if syntax == "yaml" and (document := openai_yaml.load_as_written(text)):
        return document
    value = recording_json.parse(text) if syntax == "json" else yaml_reader.read(text, yaml_reader.FOREIGN)
    for one in _ALL:
        if one.sniff(value, syntax):
            document = one.load(text, value)
            break
    else:
        raise Unsupported("", _EXPECTED, describe(value))
    if document.interactions is not None and not any(isinstance(one, dict) for one in document.interactions):
        raise Unsupported("interactions", "an interaction", describe(list(document.interactions)))
    return document


def dump(exchanges: Sequence[Exchange], name: str) -> str:
    """The text of a cassette in the format ``name``. Raises ValueError for what that format cannot express."""
    return _DUMPS[name](exchanges)
