"""Cassettes with a member of another type than vcrpy writes: they are opened and played, or refused by name."""

from __future__ import annotations

import copy
import json

import pytest
import yaml
from chats import interaction

from vcr_openai import VCR

VALUES = [
    None,
    1,
    1.5,
    True,
    "",
    [],
    ["a"],
    [1],
    [[1]],
    {},
    {"a": 1},
    {"a": None},
    {"a": [1]},
    {"a": {"b": 1}},
    b"\xff\x00",
]
PLACES = [
    "request",
    "response",
    "request.method",
    "request.uri",
    "request.body",
    "request.headers",
    "response.status",
    "response.status.code",
    "response.status.message",
    "response.headers",
    "response.body",
    "response.body.string",
]
WRITERS = {"yaml": yaml.safe_dump, "json": json.dumps}


def changed(place: str, value: object) -> dict:
    """A cassette with a value at a place of its only interaction."""
    made = copy.deepcopy(interaction("a", "text/plain"))
    *path, name = place.split(".")
    parent = made
    for key in path:
        parent = parent[key]
    parent[name] = value
    return {"version": 1, "interactions": [made]}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("place", PLACES)
def test_a_value_of_another_type_is_played_or_refused(tmp_path, name, place):
    """Whatever a file has there, its cassette opens and plays, or the error names the file."""
    for value in VALUES:
        if isinstance(value, bytes) and name == "json":
            continue
        path = tmp_path / f"cassette.{name}"
        path.write_text(WRITERS[name](changed(place, value)), encoding="utf-8")
        try:
            with VCR(record_mode="none", serializer=name).use_cassette(str(path)) as cassette:
                for request in cassette.requests:
                    assert cassette.can_play_response_for(request)
                    cassette.play_response(request)
        except ValueError as error:
            assert str(error).startswith(f"{path}: "), (value, error)


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("method", "interactions[0].request.method: expected an HTTP method, found null"),
        ("uri", "interactions[0].request.uri: expected a URL, found null"),
    ],
)
@pytest.mark.parametrize("name", WRITERS)
def test_a_request_without_method_or_url_is_named(tmp_path, name, place, found):
    """The error has the place of what is wrong."""
    path = tmp_path / f"cassette.{name}"
    path.write_text(WRITERS[name](changed(f"request.{place}", None)), encoding="utf-8")
    with pytest.raises(ValueError) as raised, VCR(serializer=name).use_cassette(str(path)):
        pass
    assert str(raised.value) == f"{path}: {found}"
