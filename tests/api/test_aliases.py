"""Members of an answer keep the API's names, where the SDK's models have others (``schema_``, ``self_harm``)."""

from __future__ import annotations

import inspect
import json
import typing
from typing import Any

import pytest
from chats import interaction
from pydantic import BaseModel

from vcr_openai import from_interaction, to_interaction
from vcr_openai._api import sdk
from vcr_openai._api.endpoint_table import ENDPOINTS

TAGS = sorted({tag for endpoint in ENDPOINTS for tag in endpoint.tags})


def samples(kind: Any, seen: frozenset[Any] = frozenset()) -> typing.Iterator[tuple[Any, set[str]]]:
    """Objects of a type that have one aliased member each, as the API names it, with the field's own name."""
    if inspect.isclass(kind) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items() if kind not in seen else ():
            alias = field.alias or name
            if alias != name:
                yield {alias: None}, {name}
            for inner, names in samples(field.annotation, seen | {kind}):
                yield {alias: inner}, names
    elif typing.get_origin(kind) in {list, typing.List}:  # noqa: UP006  # as the SDK writes it
        for inner, names in samples(typing.get_args(kind)[0], seen):
            yield [inner], names
    else:
        for one in typing.get_args(kind):
            yield from samples(one, seen)


def names_in(value: Any) -> set[str]:
    """All keys of a JSON value."""
    if isinstance(value, dict):
        return set(value).union(*map(names_in, value.values()))
    return set().union(*map(names_in, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("tag", TAGS)
def test_no_member_has_the_name_of_a_field(tag):
    """For every model that recordings have, and every alias in it, at any depth."""
    for sample, fields in samples(sdk._model(tag)):
        dumped = sdk.model_dump(tag, sample)
        assert not names_in(dumped) & fields


FORMAT = {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True}
ANSWERS = {
    "responses": {"id": "r", "object": "response", "output": [], "text": {"format": FORMAT}},
    "moderations": {
        "id": "m",
        "results": [{"categories": {"self-harm": True}, "category_scores": {"hate/threatening": 1}}],
    },
    "evals": {"id": "e", "data_source_config": {"type": "custom", "schema": {"a": 1}}},
}


@pytest.mark.parametrize("path", ANSWERS)
def test_the_wire_says_again_what_it_said(path):
    """From the wire into a recording, and from there onto the wire."""
    wire = interaction(ANSWERS[path], uri=f"https://api.openai.com/v1/{path}", sent={"model": "m"})
    again = json.loads(to_interaction(from_interaction(wire))["response"]["body"]["string"])
    assert names_in(ANSWERS[path]) <= names_in(again)
    assert not names_in(again) & {"schema_", "self_harm", "hate_threatening"}
