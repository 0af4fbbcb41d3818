"""The call: a recording's request ⇄ the HTTP request that the client sends for it.

An SDK call is recorded as keyword arguments, which differ from the wire: ``extra_body`` is merged into the JSON,
``extra_query`` goes into the URL, ``extra_headers`` into the headers, ``timeout`` is not sent (openai 3.54,
``_base_client._build_request``). The way back finds the arguments by an *outline*: the list of them in order, each a
name (its value is the field of the wire's JSON) or an object that gives the place of the value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from vcr_openai._api.api_hosts import is_api_host
from vcr_openai._api.endpoint import Endpoint, Layout
from vcr_openai._api.endpoint_lookup import recorded_endpoint, why_left_out, wire_endpoint
from vcr_openai._errors import MalformedInteraction, Unsupported, describe
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpRequest
from vcr_openai._http.headers import Headers, header
from vcr_openai._json.json_diff import same
from vcr_openai._recording import invented
from vcr_openai._recording.uploads import is_form, read_form, write_form

Outline = list[Any]
OFF_THE_BODY = ("extra_body", "extra_query", "extra_headers", "timeout")
_ENCODING = "encoding_format"


def endpoint_of(request: HttpRequest, layout: Layout | None = None) -> Endpoint:
    """The table's row for an HTTP request, or one that invents nothing where the table has none.

    ``layout`` is the layout of the recording that the request was made from, None for a request from the wire. Raises
    Unsupported for a request from the wire that no recording could describe.
    """
    if layout is None and _is_websocket(request):
        found = f"a WebSocket, {shown_uri(request.uri)}, which vcrpy does not record"
        raise Unsupported("request.uri", "an HTTP exchange", found)
    parts = urlsplit(request.uri)
    path = parts.path
    endpoint = wire_endpoint(request.method, path)
    if endpoint is not None:
        return endpoint if layout in (None, endpoint.layout) else replace(endpoint, layout=layout)
    if layout is None:
        reason = why_left_out(path)
        # On other hosts such a path is something else: /projects is part of each URL of Vertex AI.
        if reason is None or not is_api_host(parts.netloc, ()):
            if _is_json_post(request):
                return Endpoint(path, path, None, layout=Layout.HTTP)
            if request.method == "POST":
                expected = "JSON with an object or a list, since no API that recordings know has this URL"
                raise Unsupported("request.body", expected, _found_in(request.body))
        found = f"{request.method} {shown_uri(request.uri)}" + (f" ({reason})" if reason else "")
        raise Unsupported("request.uri", "the URL of an API that recordings know", found)
    return Endpoint(path, path, None, method=request.method, layout=layout)


def natural_layout(request: HttpRequest) -> Layout | None:
    """The layout that the recorder uses for requests to this URL; None for a URL that is not in the table."""
    endpoint = wire_endpoint(request.method, urlsplit(request.uri).path)
    return endpoint.layout if endpoint else None


def shown_uri(uri: str) -> str:
    """A URL as messages repeat it: without user, password and query, which can be secrets."""
    parts = urlsplit(uri)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))[:200]


def write_request(request: dict[str, Any], layout: Layout) -> HttpRequest:
    """The HTTP request of a recording's ``request``, as the client sends it."""
    headers = {"content-type": [invented.JSON]}
    if layout is Layout.HTTP:
        if request["payload"] is None:
            return _request(request["method"].upper(), request["url"], {}, b"")
        return HttpRequest(
            request["method"].upper(), request["url"], headers, Body.of_json(request["payload"], headers)
        )
    endpoint = recorded_endpoint(request["endpoint"], request["method"])
    arguments = request.get("body", {})
    uri = _wire_url(request["url"], endpoint)
    if query := _query(arguments):
        uri += ("&" if urlsplit(uri).query else "?") + urlencode(query, doseq=True, errors="replace")
    extra = {name: [value] for name, value in _extra_headers(arguments).items()}
    if any(name.lower() == "content-type" for name in extra):  # the SDK lets a caller's own replace its
        headers = {}
    body = {name: value for name, value in arguments.items() if name not in OFF_THE_BODY}
    merged = arguments.get("extra_body")
    body.update(merged if isinstance(merged, dict) else {})
    if endpoint.method == "GET" or (not body and (endpoint.empty or endpoint.method == "DELETE")):
        return _request(endpoint.method, uri, extra, b"")  # vcrpy stores an empty body for what httpx sent without one
    if is_form(body) or _is_sent_as_form(request.get("headers")):
        octets, boundary = write_form(body)
        headers = {"content-type": [f"{invented.FORM}; boundary={boundary}"]}
        return _request(endpoint.method, uri, {**headers, **extra}, octets)
    if endpoint.base64_floats:
        body.setdefault(_ENCODING, "base64")
    sent = {**headers, **extra}
    return HttpRequest(endpoint.method, uri, sent, Body.of_json(body, sent))


def _request(method: str, uri: str, headers: Headers, content: bytes) -> HttpRequest:
    return HttpRequest(method, uri, headers, Body.of(content, headers))


def outline(arguments: dict[str, Any], written: HttpRequest, endpoint: Endpoint) -> Outline | None:
    """How the arguments are found in what ``write_request`` made of them; None where the plain way finds them."""
    if same({} if endpoint.lookup else _plain_arguments(written, endpoint), arguments):
        return None
    on_the_wire = _on_the_wire(written, endpoint)
    return [_outlined(name, value, on_the_wire, written) for name, value in arguments.items()]


def read_request(
    request: HttpRequest, endpoint: Endpoint, *, test_id: str | None, outline: Outline | None
) -> dict[str, Any]:
    """The recording's ``request`` for an HTTP request: what the recorder writes for the call under it.

    Raises MalformedInteraction where the body is not what the endpoint takes.
    """
    if endpoint.layout is Layout.HTTP:
        payload = _parsed(request.body) if request.body else None
        return {"test_id": test_id, "url": request.uri, "method": request.method, "payload": payload}
    if endpoint.lookup and outline is None:
        asked = {"url": request.uri, "method": endpoint.method, "endpoint": endpoint.path}
        return {"test_id": test_id, **asked, "headers": {}}
    if outline is None:
        arguments = _plain_arguments(request, endpoint)
    else:
        arguments = dict(_outlined_arguments(request, endpoint, outline))
    return {
        "method": endpoint.recorded_method,
        "url": _recorded_url(request.uri, endpoint),
        # The recorder keeps no header. This one is needed: arguments do not always show that a call was sent as a form.
        "headers": {"content-type": invented.FORM} if request.body and request.body.boundary else {},
        "body": arguments,
        "endpoint": endpoint.path,
        "model": arguments.get("model", ""),
    }


def _wire_url(url: str, endpoint: Endpoint) -> str:
    if url.startswith(invented.DATABRICKS_RECORDED):
        url = invented.DATABRICKS_WIRE + url.removeprefix(invented.DATABRICKS_RECORDED)
    return url.removesuffix(endpoint.path) + endpoint.wire if url.endswith(endpoint.path) else url


def _recorded_url(uri: str, endpoint: Endpoint) -> str:
    parts = urlsplit(uri)
    url = urlunsplit(parts._replace(query="", fragment="")).removesuffix(endpoint.wire).rstrip("/") + endpoint.path
    if invented.DATABRICKS_DOMAIN in url:
        return invented.DATABRICKS_RECORDED + url.split(invented.DATABRICKS_DOMAIN)[-1]
    return url


def _query(arguments: dict[str, Any]) -> dict[str, Any]:
    query = arguments.get("extra_query")
    return query if isinstance(query, dict) else {}


def _extra_headers(arguments: dict[str, Any]) -> dict[str, str]:
    headers = arguments.get("extra_headers")
    return {name: value for name, value in (headers if isinstance(headers, dict) else {}).items() if _is_text(value)}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _plain_arguments(request: HttpRequest, endpoint: Endpoint) -> dict[str, Any]:
    on_the_wire = _on_the_wire(request, endpoint)
    if endpoint.base64_floats and on_the_wire.get(_ENCODING) == "base64":
        del on_the_wire[_ENCODING]  # the SDK asks for it where the caller gave none
    arguments = {name: value for name, value in on_the_wire.items() if name not in OFF_THE_BODY}
    if query := _read_query(request.uri):
        arguments["extra_query"] = query
    # Members of the body with the names of these arguments (Gemini's ``extra_body``) can only have been nested.
    if nested := {name: value for name, value in on_the_wire.items() if name in OFF_THE_BODY}:
        arguments["extra_body"] = nested
    return arguments


def _read_query(uri: str) -> dict[str, Any]:
    query: dict[str, Any] = {}
    for name, value in parse_qsl(urlsplit(uri).query, keep_blank_values=True):
        if name in query:
            query[name] = [*(query[name] if isinstance(query[name], list) else [query[name]]), value]
        else:
            query[name] = value
    return query


def _outlined(name: str, value: Any, on_the_wire: dict[str, Any], written: HttpRequest) -> Any:
    """One argument's entry: its name, or an object with the parts of the wire that it takes, or with its value."""
    if name == "extra_body" and isinstance(value, dict):
        return {"fields": list(value), "name": name}
    if name == "extra_query" and same(value, _read_query(written.uri)):
        return {"name": name, "query": list(value)}
    if name == "extra_headers" and isinstance(value, dict) and all(map(_is_text, value.values())):
        return {"headers": list(value), "name": name}
    if name not in OFF_THE_BODY and name in on_the_wire and same(value, on_the_wire[name]):
        return name
    return {"name": name, "value": value}


def _outlined_arguments(request: HttpRequest, endpoint: Endpoint, outline: Outline) -> Iterator[tuple[str, Any]]:
    body = _on_the_wire(request, endpoint)
    query = _read_query(request.uri)
    used = {_ENCODING} if endpoint.base64_floats and body.get(_ENCODING) == "base64" else set()
    for entry in outline:
        name = entry if isinstance(entry, str) else _entry_name(entry)
        used.add(name)
        if isinstance(entry, str):
            if name in body:
                yield name, body[name]
        elif "fields" in entry:
            used.update(entry["fields"])
            yield name, {field: body[field] for field in entry["fields"] if field in body}
        elif "query" in entry:
            yield name, {field: query[field] for field in entry["query"] if field in query}
        elif "headers" in entry:
            found = {field: header(request.headers, field.lower()) for field in entry["headers"]}
            yield name, {field: values[0] for field, values in found.items() if values}
        else:
            yield name, entry.get("value")
    yield from ((name, value) for name, value in body.items() if name not in used)  # added to the cassette since


def _entry_name(entry: Any) -> str:
    if isinstance(entry, dict) and isinstance(entry.get("name"), str):
        return str(entry["name"])
    raise MalformedInteraction("response.recording.arguments", "a name, or an object with one", describe(entry))


def _is_json_post(request: HttpRequest) -> bool:
    """Whether the recorder's layout for exchanges below the SDK fits: a JSON object or list, sent with POST."""
    body = request.body
    return request.method == "POST" and bool(body) and body is not None and isinstance(body.json.value, (dict, list))


def _found_in(body: Body | None) -> str:
    """What a body is that is no JSON object or list, for a message."""
    if body is None or not body.octets:
        return "no body"
    if body.text is None:
        return "bytes that are not UTF-8 text"
    return f"no JSON ({body.json.problem})" if body.json.problem else describe(body.json.value)


def _is_websocket(request: HttpRequest) -> bool:
    upgrades = [value.lower() for value in header(request.headers, "upgrade")]
    return request.uri.startswith(("ws:", "wss:")) or "websocket" in upgrades


def _is_sent_as_form(headers: Any) -> bool:
    """Whether a recording's headers show that the call was sent as a form."""
    return isinstance(headers, dict) and any(
        name.lower() == "content-type" and _is_text(value) and value.lower().startswith(invented.FORM)
        for name, value in headers.items()
    )


def _on_the_wire(request: HttpRequest, endpoint: Endpoint) -> dict[str, Any]:
    """The arguments in a request's body."""
    if not request.body or endpoint.method == "GET":
        return {}
    if request.body.boundary is not None:
        return read_form(request.body.octets, request.body.boundary)
    value = _parsed(request.body)
    if not isinstance(value, dict):
        raise MalformedInteraction("request.body", "a JSON object", describe(value))
    return dict(value)


def _parsed(body: Body) -> Any:
    if body.text is None:
        raise Unsupported("request.body", "JSON", "bytes that are not UTF-8 text")
    if body.json.problem is not None:
        raise MalformedInteraction("request.body", "JSON", f"{describe(body.text)} ({body.json.problem})")
    return body.json.value
