"""The table of endpoints is the installed SDK's, and paths find their rows."""

import re
import typing

import openai
import pytest
import sdk_methods
from openai.types.audio import TranscriptionStreamEvent
from openai.types.beta import AssistantStreamEvent
from openai.types.responses import ResponseStreamEvent
from packaging.version import Version

from vcr_openai import Unsupported, from_interaction
from vcr_openai._api import event_tags
from vcr_openai._api.endpoint import Content, Layout
from vcr_openai._api.endpoint_lookup import recorded_endpoint, why_left_out, wire_endpoint
from vcr_openai._api.endpoint_table import ENDPOINTS, LEFT_OUT, OPENAI

IS_OLD = Version(openai.__version__) < Version("3.54")
NEWEST = pytest.mark.skipif(IS_OLD, reason="the table has the newest SDK's classes")
# The second name of the same request, or another class for it, is not what a row can say.
TWICE = ("beta.chat.", "beta.responses.", "chat.completions.parse", "responses.parse")
TWICE += ("files.retrieve_content", "fine_tuning.checkpoints.permissions.retrieve")
METHODS = [
    one for one in sdk_methods.methods() if not why_left_out(f"/v1{one.path}") and not one.name.startswith(TWICE)
]


def row_of(method):
    """The table's row for a method's request."""
    return wire_endpoint(method.verb, f"/v1{method.path}")


def test_every_method_was_called():
    """Each method of the SDK either sends a request when called or is known not to."""
    assert sdk_methods.silent() == []


def test_every_method_has_a_row():
    """The table knows the request of each method of the SDK, or says why it leaves it out."""
    unknown = [one for one in sdk_methods.methods() if row_of(one) is None and not why_left_out(f"/v1{one.path}")]
    assert [f"{one.name}: {one.verb} {one.path}" for one in unknown] == []


def test_what_is_left_out_has_no_row():
    """A row and a reason for having none would contradict each other."""
    assert [row.wire for row in OPENAI if why_left_out(f"/v1{row.wire}")] == []


@NEWEST
def test_what_is_left_out_exists():
    """Each reason is one for a path that the SDK asks."""
    paths = {path for path in LEFT_OUT for one in sdk_methods.methods() if one.path.startswith(path)}
    assert paths == set(LEFT_OUT)


@NEWEST
def test_every_row_is_of_use():
    """No row stands for a request that no SDK makes; one is for openai 2.x alone."""
    asked = {(one.verb, re.sub("[a-z_]+_0123456789abcdef0123456789abcdef", "{}", one.path)) for one in METHODS}
    rows = {(row.method, re.sub("{[^}]*}", "{}", row.wire)) for row in OPENAI}
    assert rows - asked == {("POST", "/evals/{}/runs/{}")}


@NEWEST
@pytest.mark.parametrize("method", [pytest.param(one, id=one.name) for one in METHODS])
def test_a_reply_has_the_tag_of_its_class(method):
    """The tag is the dotted name of the class that the SDK hands out; pages, contents and unions have none."""
    tag = f"{method.reply.__module__}.{method.reply.__name__}" if isinstance(method.reply, type) else None
    if tag and not tag.startswith("openai.types."):
        tag = None
    row = row_of(method)
    assert row.reply == (tag if method.page is None or row.page else None)


@pytest.mark.parametrize("method", [pytest.param(one, id=one.name) for one in METHODS if one.verb == "POST"])
def test_a_call_without_a_body_has_none(method):
    """A row says that a call sends no body exactly where the SDK's method gives none."""
    assert row_of(method).empty is (method.body is None)


@pytest.mark.parametrize("method", [pytest.param(one, id=one.name) for one in METHODS])
def test_content_is_where_the_sdk_reads_bytes(method):
    """A row says that an answer is content exactly where the SDK hands out bytes."""
    content = "Binary" in getattr(method.reply, "__name__", "")
    assert (row_of(method).content is Content.ALWAYS) is content


@pytest.mark.parametrize("method", [pytest.param(one, id=one.name) for one in METHODS])
def test_a_stream_has_tags(method):
    """A row has tags for a stream's elements exactly where the SDK's method can stream."""
    row = row_of(method)
    assert bool(row.events or row.chunk) is (method.stream is not None)


@NEWEST
@pytest.mark.parametrize(
    "union, key, tags",
    [
        (ResponseStreamEvent, "type", event_tags.RESPONSE_EVENTS),
        (AssistantStreamEvent, "event", event_tags.THREAD_EVENTS),
        (openai.types.ImageGenStreamEvent, "type", event_tags.IMAGE_GENERATION_EVENTS),
        (openai.types.ImageEditStreamEvent, "type", event_tags.IMAGE_EDIT_EVENTS),
        (TranscriptionStreamEvent, "type", event_tags.TRANSCRIPTION_EVENTS),
    ],
)
def test_events_have_the_tags_of_the_sdk(union, key, tags):
    """The event types and classes are those of the SDK's union."""
    classes = typing.get_args(typing.get_args(union)[0])
    found = {typing.get_args(one.model_fields[key].annotation)[0]: one for one in classes}
    assert tags == {kind: f"{one.__module__}.{one.__name__}" for kind, one in found.items()}


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.method} {row.path}") for row in ENDPOINTS])
def test_a_row_is_found_from_both_sides(row):
    """A request's path and, where it says one, a recording's endpoint with ids in them lead to the same row."""
    wire, path = (text.replace("{", "<").replace("}", ">").replace("*", "") for text in (row.wire, row.path))
    mount = "" if row.path == row.wire and not row.wire.startswith("/interactions/") else "/v1"
    assert wire_endpoint(row.method, mount + wire) == row.at(wire)
    if row.layout is Layout.CALL:
        assert recorded_endpoint(path, row.recorded_method) == row.at(wire)


@pytest.mark.parametrize(
    "method, path, wire",
    [
        ("POST", "/openai/deployments/gpt 4/chat/completions", "/chat/completions"),
        ("POST", "/openai/deployments/dall-e/images/edits", "/images/edits"),
        ("POST", "/openai/v1/responses", "/responses"),
        ("POST", "/v1beta/openai/chat/completions", "/chat/completions"),
        ("GET", "/v1beta/openai/models/gemini-2.0", "/models/gemini-2.0"),
        ("GET", "/api/v1/models/meta-llama/llama-3/x", "/models/meta-llama/llama-3/x"),
        ("POST", "/v1/responses/compact", "/responses/compact"),
        ("GET", "/v1/responses/resp_1", "/responses/resp_1"),
        ("POST", "/v1/threads/thread_1/messages", "/threads/thread_1/messages"),
        ("POST", "/v1/messages", "/messages"),
        ("get", "/v1/vector_stores/vs_1/files/file-1", "/vector_stores/vs_1/files/file-1"),
        ("POST", "/v1/threads/runs", "/threads/runs"),
    ],
)
def test_a_path_finds_its_row(method, path, wire):
    """Whatever a server puts in front, the API's own path counts, and its words win over ids."""
    row = wire_endpoint(method, path)
    assert (row.wire, row.method) == (wire, method.upper())


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/files/a"),
        ("PUT", "/v1/files"),
        ("GET", "/v1/responses"),
        ("POST", "/v1/models/gemini:generateContent"),
        ("GET", "/v1/files//content"),
        ("GET", "/v1/containers/a/b/c/d"),
        ("GET", "/v1/organization/usage/vector_stores"),
        ("POST", "/v1/agents/environments/env_1/files"),
        ("GET", "/"),
        ("GET", ""),
    ],
)
def test_another_path_finds_none(method, path):
    """What only looks like the API is not taken for it."""
    assert wire_endpoint(method, path) is None


def test_an_unknown_endpoint_is_what_the_recording_says():
    """A recording of an endpoint that the table does not know keeps its method and its path."""
    row = recorded_endpoint("/v1/unheard/of", "PUT")
    assert (row.method, row.wire, row.tags) == ("PUT", "/unheard/of", set())


@pytest.mark.parametrize(
    "method, uri, headers, said",
    [
        ("GET", "wss://api.openai.com/v1/realtime?model=m", {}, "a WebSocket"),
        ("GET", "https://api.openai.com/v1/responses", {"Upgrade": ["WebSocket"]}, "a WebSocket"),
        ("POST", "https://api.openai.com/v1/realtime/client_secrets", {}, "a WebSocket session"),
        ("GET", "https://api.openai.com/v1/organization/projects", {}, "an organization"),
    ],
)
def test_what_is_left_out_is_refused_with_the_reason(method, uri, headers, said):
    """A WebSocket and the endpoints without a row are named, with the reason, when a recording is wanted."""
    request = {"method": method, "uri": uri, "headers": headers, "body": None}
    response = {"status": {"code": 101, "message": ""}, "headers": {}, "body": {"string": ""}}
    with pytest.raises(Unsupported, match=said):
        from_interaction({"request": request, "response": response})
