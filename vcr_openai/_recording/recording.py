"""The recording: one JSON document of the recording format.

``docs/format.md`` describes the format. A ``Recording`` is checked when it is made, so no other module checks it again.
Unknown keys, the order of keys and old layouts stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vcr_openai._api.endpoint import Layout
from vcr_openai._errors import MalformedRecording, describe
from vcr_openai._json import json_path, json_text

# The keys by which a layout is recognised, the most distinctive first, with the JSON type that each must have.
_LAYOUT_KEYS: tuple[tuple[Layout, dict[str, type]], ...] = (
    (Layout.TOOL, {"tool_name": str, "kwargs": dict}),
    (Layout.FILE_PROCESSOR, {"file_id": str, "api": str}),
    (Layout.HTTP, {"payload": object, "url": str, "method": str}),
    (Layout.CALL, {"endpoint": str, "url": str, "method": str}),
    (Layout.INTERACTION, {"uri": str, "method": str, "headers": dict}),
)
_TYPE_NAMES = {str: "a text", dict: "an object", list: "a list", bool: "true or false"}


@dataclass(frozen=True, eq=False)
class Recording:
    """One recorded call and its outcome.

    ``document`` is the JSON document as read: never change it, make another Recording. Two recordings are equal when
    their dumps are. Raises MalformedRecording for a document that is not in the recording format.
    """

    document: dict[str, Any]

    def __post_init__(self) -> None:
        _check(self.document)

    @classmethod
    def parse(cls, text: str) -> Recording:
        """The recording in a file's text. Raises MalformedRecording with the JSON path, expected and found."""
        try:
            document = json_text.read(text)
        except ValueError as error:
            raise MalformedRecording("", "a JSON document", f"other text ({error})") from error
        return cls(document)

    def dump(self) -> str:
        """The recorder's own text: two spaces of indentation, ASCII, keys in the order as read, a final newline."""
        return json_text.write_document(self.document)

    def __eq__(self, other: object) -> bool:
        return self.dump() == other.dump() if isinstance(other, Recording) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.dump())

    @cached_property
    def layout(self) -> Layout:
        """Which layout the request has."""
        return layout_of(self.document["request"])

    @property
    def test_id(self) -> str | None:
        """The pytest node id of the test that made the call; None outside a test and in old recordings."""
        test_id: str | None = self.document.get("test_id")
        return test_id

    @property
    def request(self) -> dict[str, Any]:
        """The document's ``request``."""
        request: dict[str, Any] = self.document["request"]
        return request

    @property
    def response(self) -> dict[str, Any]:
        """The document's ``response``."""
        response: dict[str, Any] = self.document["response"]
        return response


def layout_of(request: dict[str, Any]) -> Layout:
    """The layout of a recording's ``request``. Raises MalformedRecording for a request in no layout."""
    for layout, keys in _LAYOUT_KEYS:
        if all(key in request for key in keys):
            return layout
    raise MalformedRecording(
        "request", "the keys of an SDK call, a raw HTTP request, a tool or a file processor", describe(request)
    )


def is_tagged(value: Any) -> bool:
    """Whether a JSON value is a typed object of the recording format."""
    return isinstance(value, dict) and "__type__" in value


def _check(document: Any) -> None:
    _expect("", document, dict, "a recording (an object with the keys request and response)")
    for key in ("request", "response"):
        if key not in document:
            raise MalformedRecording("", f"a recording with the key {key}", describe(document))
        _expect(key, document[key], dict)
    if document.get("test_id") is not None:
        _expect("test_id", document["test_id"], str, "a text or null")
    if document.get("id_normalization_mapping") is not None:
        _check_mapping(document["id_normalization_mapping"])
    _check_request(document["request"])
    _check_response(document["response"])


def _check_mapping(mapping: Any) -> None:
    _expect("id_normalization_mapping", mapping, dict)
    for normalized, original in mapping.items():
        _expect(json_path.join("id_normalization_mapping", normalized), original, str)


def _check_request(request: dict[str, Any]) -> None:
    layout = layout_of(request)
    for key, kind in dict(_LAYOUT_KEYS)[layout].items():
        _expect(f"request.{key}", request[key], kind)
    if layout is Layout.CALL:
        _expect("request.body", request.get("body", {}), dict)


def _check_response(response: dict[str, Any]) -> None:
    for key in ("body", "is_streaming"):
        if key not in response:
            raise MalformedRecording("response", f"an object with the key {key}", describe(response))
    _expect("response.is_streaming", response["is_streaming"], bool)
    body = response["body"]
    if response.get("is_exception"):
        _expect("response.exception_data", response.get("exception_data") or {}, dict)
        body = body or []
    if response["is_streaming"]:
        _expect("response.body", body, list, "a list of chunks")
    if isinstance(body, list):
        for index, element in enumerate(body):
            _check_tagged(f"response.body[{index}]", element)
    else:
        _check_tagged("response.body", body)


def _check_tagged(where: str, value: Any) -> None:
    if is_tagged(value):
        _expect(f"{where}.__type__", value["__type__"], str)
        if "__data__" not in value:
            raise MalformedRecording(where, "a typed object with the key __data__", describe(value))


def _expect(where: str, value: Any, kind: type, expected: str = "") -> None:
    if not isinstance(value, kind):
        raise MalformedRecording(where, expected or _TYPE_NAMES[kind], describe(value))
