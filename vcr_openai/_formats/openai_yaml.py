"""The format ``openai.yaml``: YAML cassettes that people read and edit.

What a replay needs comes back exactly: method, URI, status, JSON values with the order of their keys, text and bytes.
What it does not need is not written: most headers, and the length of a body, which is counted when the file is read.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from vcr_openai._api.endpoint import Content
from vcr_openai._api.endpoint_lookup import wire_endpoint
from vcr_openai._errors import MalformedInteraction, TranslationError, describe
from vcr_openai._findings import Finding
from vcr_openai._formats.body_layouts import CONTENT_TYPES, LAYOUTS, STREAMS, body_layout_of, content_in
from vcr_openai._formats.document import VERSION, Document, Format
from vcr_openai._formats.interaction_layouts import left_out, request_of, response_of
from vcr_openai._formats.stream_table import laid_out
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse, Reason, reason_of, reason_phrase
from vcr_openai._http.headers import Headers
from vcr_openai._json import json_path, json_text
from vcr_openai._matching.canonical import is_api_request
from vcr_openai._matching.rules import Rules
from vcr_openai._secrets.secret_names import drops_request_header
from vcr_openai._streams.times import TIMES, times_in
from vcr_openai._yaml import yaml_reader
from vcr_openai._yaml.yaml_writer import expressible, write

Message = TypeVar("Message", HttpRequest, HttpResponse)
_PACKED = frozenset("headers status recording further".split())  # JSON text where YAML cannot express them
_RULES = Rules()
_STANDARD = ("status", "headers", "body", "recording")
_STATUS = re.compile(r"\n    status: \d+$", re.MULTILINE)
_OTHER_LAYOUT = frozenset("body status_code parsed_body content".split())  # a message with one of them is foreign
# Headers about the connection and not the message (RFC 9110, section 7.6.1), and the length, which is counted.
_OF_THE_CONNECTION = frozenset("connection keep-alive te trailer transfer-encoding upgrade content-length".split())


# --- writing


def dump(exchanges: Iterable[Exchange], further: Mapping[str, Any] | None = None) -> str:
    """The text of a cassette; ``further`` are other keys for its top level, such as vcrpy's ``metadata``.

    Compressed bodies are written decoded, as far as they can be. Raises MalformedInteraction for what YAML cannot
    express.
    """
    interactions = []
    for index, exchange in enumerate(exchanges):
        try:
            decoded, _ = exchange.decoded()
            interactions.append({"request": _write_request(decoded), "response": _write_response(decoded)})
        except MalformedInteraction as error:
            raise error.within(f"interactions[{index}]") from None
    for key, value in (further or {}).items():
        _check_expressible("", key, value)
    return write({"version": VERSION, **(further or {}), "interactions": interactions})


def _write_request(exchange: Exchange) -> dict[str, Any]:
    """The headers of one that was made from a recording are all kept: they are arguments of the recorded call."""
    request = exchange.request
    if exchange.provenance:
        headers = _kept(request.headers, lambda _: True)
    else:
        headers = _kept(request.headers, "content-type".__eq__ if is_api_request(request.uri, _RULES) else _may_be_kept)
    written = {"method": request.method, "uri": request.uri}
    if request.body is None:
        return _checked("request", {**written, **({"headers": _shown(headers)} if headers else {})})
    return _checked("request", {**written, **_write_body(request.body, headers)})


def _write_response(exchange: Exchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    written: dict[str, Any] = {"status": response.status}
    if response.reason is not _usual_reason(response.status):
        written["status"] = {"code": response.status, "message": response.message}
    headers = _kept(response.headers, lambda name: name not in _OF_THE_CONNECTION)
    written.update(_write_body(response.body, headers, is_file=_is_download(request)))
    if exchange.provenance:
        written["recording"] = exchange.provenance
    written.update(times_in({TIMES: response.further.get(TIMES)}))
    if further := {key: value for key, value in response.further.items() if key not in written}:
        written["further"] = further
    return _checked("response", written)


def _usual_reason(status: int) -> Reason:
    """The reason of a status that is written as a number: null where the code has no phrase."""
    return Reason.STANDARD if reason_phrase(status) else Reason.ABSENT


def _is_download(request: HttpRequest) -> bool:
    """Whether the answer is a file, of which no byte may change."""
    row = wire_endpoint(request.method, request.uri.partition("?")[0])
    return row is not None and row.content is Content.ALWAYS


def _may_be_kept(name: str) -> bool:
    return name != "content-length" and not drops_request_header(name)


def _kept(headers: Headers, is_kept: Callable[[str], bool]) -> Headers:
    return {name.lower(): values for name, values in headers.items() if values and is_kept(name.lower())}


def _write_body(body: Body, headers: Headers, *, is_file: bool = False) -> dict[str, Any]:
    """The headers, without a content type that the body's layout implies, and the body in its layout."""
    name, value = body_layout_of(body, verbatim=is_file)
    types = headers.get("content-type", [])
    implied = () if is_file and types and types[0] else CONTENT_TYPES.get(name, ())
    if not types and implied:
        shown: dict[str, Any] = {"content-type": None, **_shown(headers)}
    elif len(types) == 1 and types[0].lower() in implied:
        shown = _shown({key: values for key, values in headers.items() if key != "content-type"})
    else:
        shown = _shown(headers)
    layout = {name: laid_out(value) if name in STREAMS else value} if body else {}
    return {**({"headers": shown} if shown else {}), **layout}


def _shown(headers: Headers) -> dict[str, Any]:
    return {name: values[0] if len(values) == 1 else values for name, values in headers.items()}


def _checked(where: str, written: dict[str, Any]) -> dict[str, Any]:
    """What is written of a message, with the JSON text of what YAML cannot express."""
    for key, value in written.items():
        if key in _PACKED and not expressible(value):
            with contextlib.suppress(TypeError):
                written[key] = json_text.write_line(value)
        if key in ("method", "uri", *_PACKED):
            _check_expressible(where, key, written[key])
    return written


def _unpacked(value: Any, where: str) -> Any:
    """The value of what may be a JSON text in its place."""
    try:
        return json_text.read(value) if isinstance(value, str) and value.startswith("{") else value
    except ValueError as error:
        raise MalformedInteraction(where, "an object, or its JSON text", str(error)) from error


def _check_expressible(where: str, key: str, value: Any) -> None:
    if not expressible(value):
        expected = "JSON values, and text that UTF-8 can encode"
        raise MalformedInteraction(json_path.join(where, key), expected, describe(value))


# --- reading


def load(text: str, _parsed: Any = None) -> Document:
    """The document of a text; one without interactions for blank text.

    Interactions in another layout are read as ``interaction_layouts`` does. Raises MalformedInteraction whose
    ``where`` begins with the line, for what is not plain YAML or not an interaction.
    """
    document = yaml_reader.read(text)
    try:
        return _document({"interactions": []} if document is None else document)
    except TranslationError as error:
        lines = yaml_reader.lines_of(text)
        where = f"line {json_path.line_at(lines, error.where)}: {error.where}".removesuffix(": ")
        raise type(error)(where, error.expected, error.found) from None


def load_as_written(text: str) -> Document | None:
    """The document of a text that looks as this module writes it; None for any other, whatever is wrong with it.

    The dialect that finds out what a YAML file is differs from this format's, so without this it would be parsed twice.
    """
    if not _STATUS.search(text):
        return None
    try:
        value = yaml_reader.read(text)
        return _document(value) if sniff(value, "yaml") else None
    except TranslationError:
        return None


def sniff(value: Any, syntax: str) -> bool:
    """Whether a YAML file has an interaction in this format's layout; in others the body has another name."""
    interactions = value.get("interactions") if isinstance(value, dict) and syntax == "yaml" else None
    return isinstance(interactions, list) and any(map(_is_readable, interactions))


def _is_readable(interaction: Any) -> bool:
    response = interaction.get("response") if isinstance(interaction, dict) else None
    return isinstance(response, dict) and not _OTHER_LAYOUT & response.keys()


def _document(document: Any) -> Document:
    interactions = document.get("interactions") if isinstance(document, dict) else None
    if not isinstance(interactions, list):
        raise MalformedInteraction("", "a cassette: an object with a list 'interactions'", describe(document))
    exchanges = []
    findings: list[Finding] = []
    for index, interaction in enumerate(interactions):
        where = f"interactions[{index}]"
        try:
            exchange, found = _exchange(interaction)
        except TranslationError as error:
            raise error.within(where) from None
        exchanges.append(exchange)
        findings += [finding.within(where) for finding in found]
    further = {key: value for key, value in document.items() if key not in ("version", "interactions")}
    return Document(FORMAT.name, lambda: (exchanges, findings), further=further)


def _exchange(interaction: Any) -> tuple[Exchange, list[Finding]]:
    if not isinstance(interaction, dict) or not {"request", "response"} <= interaction.keys():
        raise MalformedInteraction("", "an object with 'request' and 'response'", describe(interaction))
    for part in ("request", "response"):
        if not isinstance(interaction[part], dict):
            raise MalformedInteraction(part, "an object", describe(interaction[part]))
    asked, answered = interaction["request"], interaction["response"]
    findings = left_out(interaction, ("request", "response"), "")
    is_other = [bool(_OTHER_LAYOUT & part.keys()) for part in (asked, answered)]
    request = request_of(asked, findings) if is_other[0] else _within("request", _read_request, asked)
    response = response_of(answered, findings) if is_other[1] else _within("response", _read_response, answered)
    return Exchange(request, response, _read_provenance(answered.get("recording"))), findings


def _within(part: str, read: Callable[[dict[str, Any]], Message], document: dict[str, Any]) -> Message:
    try:
        return read(document)
    except MalformedInteraction as error:
        raise error.within(part) from None


def _read_request(document: dict[str, Any]) -> HttpRequest:
    for name in ("method", "uri"):
        if not isinstance(document.get(name), str):
            where = name if name in document else ""
            found = describe(document[name]) if name in document else "nothing"
            raise MalformedInteraction(where, f"text {name!r}", found)
    headers, body = _read_body(document, ("method", "uri"))
    return HttpRequest(document["method"].upper(), document["uri"], headers, body)


def _read_response(document: dict[str, Any]) -> HttpResponse:
    headers, body = _read_body(document, ("status",), ("recording", TIMES, "further"))
    code, reason = _read_status(document)
    if body and "stream" not in document:  # servers send streams in chunks, whose number of bytes nobody knows
        headers["content-length"] = [str(len(body.content))]
    further = _unpacked(document.get("further", {}), "further")
    if not isinstance(further, dict) or not set(further).isdisjoint(_STANDARD):
        raise MalformedInteraction("further", "an object of other keys", describe(further))
    if TIMES in document:
        further = {TIMES: document[TIMES], **further}
    return HttpResponse(code, headers, Body(b"") if body is None else body, reason, further)


def _read_status(document: dict[str, Any]) -> tuple[int, Any]:
    status = _unpacked(document.get("status"), "status")
    if type(status) is int:
        return status, _usual_reason(status)
    if not isinstance(status, dict) or type(status.get("code")) is not int:
        where = "status" if "status" in document else ""
        raise MalformedInteraction(where, "a number, or an object with 'code' and 'message'", describe(status))
    return status["code"], reason_of(status["code"], status.get("message", Reason.STANDARD))


def _read_provenance(value: Any) -> dict[str, Any]:
    provenance = {} if value is None else _unpacked(value, "response.recording")
    if not isinstance(provenance, dict):
        raise MalformedInteraction("response.recording", "an object, or its JSON text", describe(provenance))
    return provenance


def _read_body(
    document: dict[str, Any], before: tuple[str, ...], after: tuple[str, ...] = ()
) -> tuple[Headers, Body | None]:
    """The headers and the body of a message that may have the keys ``before`` and ``after``, too."""
    known = (*before, "headers", *LAYOUTS, *after)
    for key in document:
        if key not in known:
            raise MalformedInteraction(json_path.write((key,)), f"a key among {', '.join(known)}", "another key")
    layouts = [name for name in LAYOUTS if name in document]
    if len(layouts) > 1:
        raise MalformedInteraction(layouts[1], "one layout of the body", " and ".join(layouts))
    headers = _read_headers(document.get("headers", {}), CONTENT_TYPES.get(layouts[0], ()) if layouts else ())
    if not layouts:
        return headers, None
    try:
        return headers, Body.of(content_in(layouts[0], document[layouts[0]]), headers)
    except MalformedInteraction as error:
        raise error.within(layouts[0]) from None


def _read_headers(shown: Any, implied: tuple[str, ...]) -> Headers:
    shown = _unpacked(shown, "headers")
    if not isinstance(shown, dict):
        raise MalformedInteraction("headers", "an object", describe(shown))
    is_implied = implied and "content-type" not in {name.lower() for name in shown}
    headers = {"content-type": [implied[0]]} if is_implied else {}
    for name, value in shown.items():
        values = value if isinstance(value, list) else [] if value is None else [value]
        if any(isinstance(item, (dict, list)) for item in values):
            raise MalformedInteraction(json_path.write(("headers", name)), "text, or a list of texts", describe(value))
        if values:
            headers[name] = [item if isinstance(item, str) else json_text.write_line(item) for item in values]
    return headers


FORMAT = Format("openai.yaml", sniff, load, dump)
