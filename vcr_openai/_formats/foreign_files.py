"""Cassette files in the layouts of other tools, which are only read.

They are YAML or JSON. What goes wrong is a TranslationError.
"""

from __future__ import annotations

from typing import Any

from vcr_openai._errors import MalformedInteraction, Unsupported, describe
from vcr_openai._findings import Finding
from vcr_openai._formats.document import Document, Format, Results, syntax_of
from vcr_openai._formats.interaction_layouts import left_out, results_of
from vcr_openai._json import json_text
from vcr_openai._yaml import yaml_reader

_LISTS = ("interactions", "http_interactions")
_KEYS = ({"interactions"}, {"http_interactions"}, {"requests", "responses"}, {"request", "response"})


def _sniff(value: Any, _syntax: str) -> bool:
    if not isinstance(value, dict):
        return isinstance(value, list)
    return any(keys <= value.keys() for keys in _KEYS)


def _load(text: str, parsed: Any = None) -> Document:
    """Read are vcrpy's and go-vcr's ``interactions``, the ``http_interactions`` of Ruby VCR and betamax, langchain's
    ``requests`` with ``responses``, the bare list of vcrpy before 1.0, and a single interaction. Raises Unsupported for
    any other document, MalformedInteraction for one that is neither YAML nor JSON.
    """
    value = _value(text) if parsed is None else parsed
    interactions, findings = _interactions(value)

    def read() -> Results:
        results, found = results_of(interactions)
        return results, [*findings, *found]

    return Document(syntax_of(text), read, interactions=tuple(interactions))


def _value(text: str) -> Any:
    if syntax_of(text) == "yaml":
        return yaml_reader.read(text, yaml_reader.FOREIGN)
    try:
        return json_text.read(text)
    except ValueError as error:
        raise MalformedInteraction("", "a JSON document", f"other text ({error})") from error


def _interactions(value: Any) -> tuple[list[Any], list[Finding]]:
    """The interactions of a document, and a finding for the keys that are left out."""
    if value is None:
        return [], []
    if isinstance(value, list):
        return value, []
    if not isinstance(value, dict):
        raise Unsupported("", "a cassette", describe(value))
    for key in _LISTS:
        if key in value:
            return _list(value[key], key), left_out(value, (key, "version"), "")
    if "requests" in value and "responses" in value:
        requests, responses = _list(value["requests"], "requests"), _list(value["responses"], "responses")
        if len(requests) != len(responses):
            raise MalformedInteraction("responses", f"{len(requests)} responses", f"{len(responses)}")
        pairs = [{"request": one, "response": other} for one, other in zip(requests, responses, strict=True)]
        return pairs, left_out(value, ("requests", "responses", "version"), "")
    if "request" in value and "response" in value:
        return [value], []
    raise Unsupported("", "a cassette: an object with interactions", describe(value))


def _list(value: Any, where: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedInteraction(where, "a list", describe(value))
    return value


FORMAT = Format("foreign", _sniff, _load, suffixes=(".yaml.gz", ".yml.gz"))  # langchain gzips its cassettes
