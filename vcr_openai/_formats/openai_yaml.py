"""A cassette as YAML for people, the text of an ``.openai.yaml`` file.

A cassette here is what vcrpy hands a serializer: ``{"version": 1, "interactions": [{"request", "response"}, …]}``.

The rule of this file: what a replay needs comes back exactly (method, URI, status, JSON values with their order, text
and bytes as they are); what it does not need is not written: most headers, and the length of a body, which is counted
when the file is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vcr_openai._api.endpoint import Content
from vcr_openai._api.endpoint_lookup import wire_endpoint
from vcr_openai._errors import MalformedInteraction, describe
from vcr_openai._formats import kept_headers
from vcr_openai._formats.body_layouts import CONTENT_TYPES, FORMS, body_of, form_of
from vcr_openai._formats.stream_layout import laid_out
from vcr_openai._json import json_text
from vcr_openai._recording.invented import reason
from vcr_openai._yaml.yaml_reader import joined, line_of, read
from vcr_openai._yaml.yaml_writer import expressible, write

_MADE_OF_WORDS = frozenset(FORMS) - {"text"}  # forms that are chosen only for what YAML has words for
_STANDARD = ("status", "headers", "body", "recording")


def dumps(cassette: dict[str, Any]) -> str:
    """The text of a cassette. Raises MalformedInteraction for what is no interaction or has no text."""
    interactions = []
    for position, interaction in enumerate(cassette["interactions"]):
        try:
            request, response = interaction["request"], interaction["response"]
            asked = _write_request(request, response)
            interactions.append({"request": asked, "response": _write_response(request, response)})
        except MalformedInteraction as error:
            raise error.within(f"interactions[{position}]") from None
    return write({"version": 1, **_checked("", cassette), "interactions": interactions})


def loads(text: str) -> dict[str, Any]:
    """The cassette of a text; one without interactions for blank text.

    Interactions in vcrpy's own YAML layout are taken as they are. Raises MalformedInteraction whose ``where`` begins
    with the line, for what is not YAML of the plain kind and for what does not say an interaction.
    """
    document = read(text)
    if document is None:
        return {"version": 1, "interactions": []}
    try:
        return _cassette(document)
    except MalformedInteraction as error:
        line = line_of(text, error.where)
        outer = error.where
        while line is None:  # what is missing has no line: name the one of what it is missing from
            outer = outer[: max(outer.rfind("."), outer.rfind("["), 0)]
            line = line_of(text, outer)
        where = f"line {line}: {error.where}".removesuffix(": ")
        raise MalformedInteraction(where, error.expected, error.found) from None


# --- writing


def is_readable(interaction: Any) -> bool:
    """Whether an interaction of a YAML file is laid out as here; every other layout has a body by another name."""
    response = interaction.get("response") if isinstance(interaction, dict) else None
    return isinstance(response, dict) and not {"body", "status_code", "parsed_body", "content"} & response.keys()


def _write_request(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(request) - {"method", "uri", "body", "headers"}:
        raise MalformedInteraction(f"request.{min(unknown)}", "method, uri, body and headers", "another key")
    written = {"method": request["method"], "uri": request["uri"]}
    body = _whole(request.get("body"))
    kept = kept_headers.asked(request, response)
    if body is None:
        return _checked("request", {**written, **({"headers": _shown(kept)} if kept else {})})
    return _checked("request", {**written, **_write_body(body, kept)})


def _is_download(request: dict[str, Any]) -> bool:
    """Whether the answer is a file's bytes, of which no spelling may change."""
    row = wire_endpoint(str(request["method"]), str(request["uri"]).partition("?")[0])
    return row is not None and row.content is Content.ALWAYS


def _write_response(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    status, body = response.get("status"), response.get("body")
    if not isinstance(status, dict) or type(status.get("code")) is not int:
        return _as_it_is(response)
    if not isinstance(body, dict) or set(body) - {"string"}:
        return _as_it_is(response)
    written: dict[str, Any] = {"status": status["code"] if status == _status(status["code"]) else status}
    kept = kept_headers.answered(request, response)
    written.update(_write_body(_whole(body.get("string")) or "", kept, content=_is_download(request)))
    if "recording" in response:
        recording = response["recording"]
        sayable = isinstance(recording, dict) and expressible(recording)
        written["recording"] = recording if sayable else json_text.write_line(recording)
    if further := {key: value for key, value in response.items() if key not in _STANDARD}:
        written["further"] = further
    return _checked("response", written)


def _write_body(body: str | bytes, kept: dict[str, Any], *, content: bool = False) -> dict[str, Any]:
    """The headers, as far as the body's form does not imply them, and the body in its form, content as it is."""
    told = kept.get("content-type", [""])
    name, value = form_of(body, "" if content else told[0])
    implied = () if content and told[0] else CONTENT_TYPES.get(name, ())
    if "content-type" not in kept and implied:
        shown: dict[str, Any] = {"content-type": None, **_shown(kept)}
    else:
        if len(kept.get("content-type", [])) == 1 and told[0].lower() in implied:
            kept = {key: values for key, values in kept.items() if key != "content-type"}
        shown = _shown(kept)
    form = {name: laid_out(value) if name in ("stream", "events", "lines") else value} if body else {}
    return {**({"headers": shown} if shown else {}), **form}


def _shown(kept: dict[str, list[str]]) -> dict[str, Any]:
    return {name: values[0] if len(values) == 1 else values for name, values in kept.items()}


def _whole(body: Any) -> str | bytes | None:
    """A body in one piece; vcrpy hands a file or an iterator for what was sent from one."""
    if body is None or isinstance(body, (str, bytes)):
        return body
    if isinstance(body, (bool, int, float, dict)):  # written by hand: a file or an iterator is what else is no text
        raise MalformedInteraction("body", "a text or bytes", describe(body))
    parts = list(body)
    if not all(isinstance(part, (str, bytes)) for part in parts):
        raise MalformedInteraction("body", "a text or bytes", describe(parts))
    return b"".join(part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part for part in parts)


def _as_it_is(response: dict[str, Any]) -> dict[str, Any]:
    """A response in a layout that is not vcrpy's of today."""
    if not _is_foreign(response) or not expressible(response):
        expected = "a response with status, headers and body.string"
        raise MalformedInteraction("response", expected, describe(response))
    return response


def _is_foreign(response: dict[str, Any]) -> bool:
    return "body" in response or "status_code" in response


def _checked(where: str, written: dict[str, Any]) -> dict[str, Any]:
    """What is to be written, if YAML has words for what is neither a body's form nor laid out."""
    for key, value in written.items():
        if key not in ("interactions", *_MADE_OF_WORDS) and not expressible(value):
            raise MalformedInteraction(joined(where, key), "JSON values, and text that UTF-8 can say", describe(value))
    return written


def _status(code: int) -> dict[str, Any]:
    return {"code": code, "message": reason(code) or None}


# --- reading


def _cassette(document: Any) -> dict[str, Any]:
    interactions = document.get("interactions") if isinstance(document, dict) else None
    if not isinstance(interactions, list):
        raise MalformedInteraction("", "a cassette: an object with a list 'interactions'", describe(document))
    read_ones = [_interaction(item, f"interactions[{position}]") for position, item in enumerate(interactions)]
    return {**document, "interactions": read_ones}


def _interaction(document: Any, where: str) -> dict[str, Any]:
    readers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"request": _request, "response": _response}
    if not isinstance(document, dict) or not set(readers) <= set(document):
        raise MalformedInteraction(where, "an object with 'request' and 'response'", describe(document))
    read_parts = {}
    for name, reader in readers.items():
        if not isinstance(document[name], dict):
            raise MalformedInteraction(f"{where}.{name}", "an object", describe(document[name]))
        try:
            read_parts[name] = reader(document[name])
        except MalformedInteraction as error:
            raise error.within(f"{where}.{name}") from None
    return {**document, **read_parts}


def _request(document: dict[str, Any]) -> dict[str, Any]:
    for name in ("method", "uri"):
        if not isinstance(document.get(name), str):
            raise MalformedInteraction(name if name in document else "", f"text {name!r}", describe(document.get(name)))
    if "body" in document:
        return _with_headers(document)
    form, body = _read_body(document)
    _refuse_others(document, ("method", "uri", "headers", *FORMS))
    headers = _read_headers(document, form)
    return {"method": document["method"], "uri": document["uri"], "body": body, "headers": headers}


def _response(document: dict[str, Any]) -> dict[str, Any]:
    if _is_foreign(document):
        return _with_headers(document)
    _refuse_others(document, ("status", "headers", *FORMS, "recording", "further"))
    form, body = _read_body(document)
    status = document.get("status")
    if type(status) is int:
        status = _status(status)
    if not isinstance(status, dict) or type(status.get("code")) is not int:
        where = "status" if "status" in document else ""
        raise MalformedInteraction(where, "a number, or an object with 'code' and 'message'", describe(status))
    headers = _read_headers(document, form)
    if body:
        headers["content-length"] = [str(len(body.encode() if isinstance(body, str) else body))]
    further = document.get("further", {})
    if not isinstance(further, dict) or not set(further).isdisjoint(_STANDARD):
        raise MalformedInteraction("further", "an object of other keys", describe(further))
    response = {"status": status, "headers": headers, "body": {"string": body or ""}, **further}
    if "recording" in document:
        response["recording"] = _provenance(document["recording"])
    return response


def _with_headers(document: dict[str, Any]) -> dict[str, Any]:
    """What is handed on as it is, if its headers are such."""
    headers = document.get("headers")
    if headers is None:
        return document
    if not isinstance(headers, dict) or not all(isinstance(value, (str, list)) for value in headers.values()):
        raise MalformedInteraction("headers", "an object of lists of texts", describe(headers))
    return document


def _provenance(told: Any) -> Any:
    try:
        return json_text.read(told) if isinstance(told, str) else told
    except ValueError as error:
        raise MalformedInteraction("recording", "an object, or its JSON text", str(error)) from error


def _refuse_others(document: dict[str, Any], known: tuple[str, ...]) -> None:
    for key in document:
        if key not in known:
            raise MalformedInteraction(key, f"a key among {', '.join(known)}", "another key")


def _read_body(document: dict[str, Any]) -> tuple[str | None, str | bytes | None]:
    forms = [name for name in FORMS if name in document]
    if len(forms) > 1:
        raise MalformedInteraction(forms[1], "one form of the body", f"{' and '.join(forms)}")
    if not forms:
        return None, None
    try:
        return forms[0], body_of(forms[0], document[forms[0]])
    except MalformedInteraction as error:
        raise error.within(forms[0]) from None


def _read_headers(document: dict[str, Any], form: str | None) -> dict[str, list[str]]:
    told = document.get("headers", {})
    if not isinstance(told, dict):
        raise MalformedInteraction("headers", "an object", describe(told))
    implied = CONTENT_TYPES.get(form or "", ())
    untold = implied and "content-type" not in {name.lower() for name in told}
    headers = {"content-type": [implied[0]]} if untold else {}
    for name, value in told.items():
        values = value if isinstance(value, list) else [] if value is None else [value]
        if any(isinstance(item, (dict, list)) for item in values):
            raise MalformedInteraction(f"headers.{name}", "text, or a list of texts", describe(value))
        if values:
            headers[name] = [item if isinstance(item, str) else json_text.write_line(item) for item in values]
    return headers
