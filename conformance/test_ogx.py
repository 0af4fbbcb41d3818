"""OGX's own recorder and we read each other's recordings, made from the same server: ``tox -e ogx``.

The recorder (OGX 1.5, ``testing/api_recorder.py``) patches the asynchronous client of openai. It looks for a test's
recordings in the folder ``recordings`` beside the test's file, below the third folder above its ``storage_dir``.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx2
import openai
import openai_server
import pytest
import vcr
from ogx.core.testing_context import reset_test_context, set_test_context
from ogx.testing.api_recorder import api_recording
from werkzeug import Response

import vcr_openai
from vcr_openai._cli import main as vcr_openai_command
from vcr_openai._formats.recording_json import read_recordings
from vcr_openai._formats.registry import read_document
from vcr_openai._http.body import Body
from vcr_openai._recording.key import recording_name

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer
    from werkzeug import Request

TEST_ID = "tests/integration/inference/test_x.py::test_y[llama]"
FOLDER = "tests/integration/inference/recordings"  # where a recording of that test lies
COMMON = "tests/integration/common"  # the recorder's storage_dir; ``recordings`` in it is for what no test asked
_ASK = [{"role": "user", "content": "Tell me about llamas \U0001f999, é and 3.14159265.\u2028In one line."}]
_PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
_TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": _PARAMETERS}}]
_SCHEMA = {"type": "json_schema", "json_schema": {"name": "llama", "schema": {"type": "object"}}}
_USAGE = {"include_usage": True}
_MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "content": [{"type": "text", "text": "L\u2028é"}]}
_LINES = (
    'event: message_start\ndata: {"type":"message_start"}\n\n',
    'event: message_delta\r\ndata: {"type":"message_delta","text":"é"}\r\n\r\n',
    'event: message_stop\ndata: {"type":"message_stop"}\n\n',
)

Use = Callable[[openai.AsyncOpenAI], Any]


def chat(client: openai.AsyncOpenAI, **arguments: Any) -> Any:
    """One chat completion."""
    return client.chat.completions.create(**{"model": "gpt-4o-mini", "messages": _ASK, **arguments})


def completion(client: openai.AsyncOpenAI, **arguments: Any) -> Any:
    """One completion."""
    return client.completions.create(**{"model": "gpt-3.5", "prompt": "A llama", "max_tokens": 9, **arguments})


def embeddings(client: openai.AsyncOpenAI, **arguments: Any) -> Any:
    """Two embeddings."""
    return client.embeddings.create(**{"model": "embed", "input": ["llama \U0001f999", "alpaca"], **arguments})


def models(client: openai.AsyncOpenAI) -> Any:
    """All models."""
    return client.models.list()


async def message(client: openai.AsyncOpenAI, path: str = "messages", **payload: Any) -> Any:
    """What the recorder records below the SDK: an httpx2 client's request."""
    async with httpx2.AsyncClient() as plain:
        answer = await plain.post(f"{client.base_url}{path}", json={"model": "m", "messages": _ASK, **payload})
        return {"status": answer.status_code, "body": answer.json()}


async def rerank(client: openai.AsyncOpenAI) -> Any:
    """The same through aiohttp."""
    url = f"{client.base_url}rerank"
    async with aiohttp.ClientSession() as session, session.post(url, json={"model": "m", "query": "é"}) as answer:
        return {"status": answer.status, "body": await answer.json()}


async def message_stream(client: openai.AsyncOpenAI) -> Any:
    """A stream below the SDK, as lines."""
    payload = {"model": "m", "messages": _ASK, "stream": True}
    async with (
        httpx2.AsyncClient() as plain,
        plain.stream("POST", f"{client.base_url}messages", json=payload) as answer,
    ):
        return {"status": answer.status_code, "lines": [line async for line in answer.aiter_lines()]}


async def model_lookup(client: openai.AsyncOpenAI) -> Any:
    """The model of a server of embeddings, below the SDK."""
    async with httpx2.AsyncClient() as plain:
        answer = await plain.get(f"{str(client.base_url).removesuffix('/v1/')}/info")
        return {"status": answer.status_code, "body": answer.json()}


CALLS: dict[str, Use] = {
    "chat": partial(chat, temperature=0.1234567, seed=7),
    "chat_what_is_not_given": partial(chat, tools=openai.NOT_GIVEN, tool_choice=openai.NOT_GIVEN),
    "chat_nulls": partial(chat, tools=None, stream=False),
    "chat_tool_calls": partial(chat, tools=_TOOLS),
    "chat_refusal": partial(chat, response_format=_SCHEMA),
    "chat_extra_body": partial(chat, extra_body={"top_k": 5, "guided_choice": ["a", "b"]}),
    "chat_extra_query": partial(chat, extra_query={"trace": "é 1"}),
    "chat_stream": partial(chat, stream=True),
    "chat_stream_usage": partial(chat, stream=True, stream_options=_USAGE),
    "chat_stream_tool_calls": partial(chat, stream=True, tools=_TOOLS),
    "chat_stream_extra_body": partial(chat, stream=True, extra_body={"chat_template_kwargs": {"thinking": False}}),
    "completion": completion,
    "completion_stream": partial(completion, stream=True),
    "completion_extra_body": partial(completion, extra_body={"guided_choice": ["a", "b"]}),
    "embeddings": embeddings,
    "embeddings_floats": partial(embeddings, encoding_format="float", dimensions=3),
    "models": models,
    "model_lookup": model_lookup,
    "failure_400": partial(chat, messages=[]),
    "failure_400_stream": partial(chat, messages=[], stream=True),
    "failure_401": lambda client: chat(client.with_options(api_key="wrong")),
    "failure_404": partial(chat, model="no-such-model"),
    "failure_404_completion": partial(completion, model="no-such-model"),
    "failure_404_embeddings": partial(embeddings, model="no-such-model"),
    "failure_422_flat": partial(chat, model="flat-model"),
    "failure_429": partial(chat, model="busy-model"),
    "failure_500": partial(chat, model="broken-model"),
    "message": message,
    "message_failure": partial(message, model="no-such-model"),
    "message_stream": message_stream,
    "rerank": partial(message, path="rerank"),
    "rerank_aiohttp": rerank,
}
# The recorder makes an APIStatusError of these when it plays them, from its own recordings too.
COARSE: dict[str, Use] = {
    "failure_502_html": partial(chat, model="lost-model"),
    "failure_503_mute": partial(chat, model="mute-model"),
}
# What the wire does not say, so that a recording made from it is not the one that the recorder looks for.
UNSAID: dict[str, Use] = {
    "a header": partial(chat, extra_headers={"x-team": "a"}),
    "the client's patience": partial(chat, timeout=30),
    "an argument in extra_body": partial(chat, extra_body={"seed": 5}),
    "an empty extra_body": partial(chat, extra_body={}),
    "the type of a query's value": partial(chat, extra_query={"trace": 1}),
    "base64, which the SDK asks for too": partial(embeddings, encoding_format="base64"),
}


@dataclass(frozen=True)
class Tree:
    """A tree of recordings."""

    root: Path
    test_id: str | None = TEST_ID

    @contextmanager
    def recorder(self, mode: str) -> Iterator[None]:
        """Let OGX's recorder work on the tree."""
        token = set_test_context(self.test_id)
        try:
            with api_recording(mode, self.root / COMMON):
                yield
        finally:
            reset_test_context(token)

    @contextmanager
    def ours(self) -> Iterator[None]:
        """Record into the tree: each interaction under the recorder's name for it."""
        path = self.root / "cassette.recording.json"
        with vcr_openai.VCR(serializer="recording.json", test_id=self.test_id).use_cassette(str(path)):
            yield
        for recording in read_recordings(path.read_text()):
            file = self.root / (FOLDER if self.test_id else f"{COMMON}/recordings") / recording_name(recording)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(recording.dump())
        path.unlink()

    @contextmanager
    def as_cassette(self) -> Iterator[None]:
        """Play the tree, converted to a cassette; nothing is asked of a server."""
        folder = self.root / "converted"
        status = vcr_openai_command(["convert", str(self.root), "-o", str(folder), "--to", "cassettes"])
        assert status == 0
        (path,) = folder.rglob("*.yaml")
        with vcr_openai.VCR(record_mode="none").use_cassette(str(path)):
            yield

    @contextmanager
    def from_cassette(self) -> Iterator[None]:
        """Record a plain cassette, without provenance, and convert it into the tree."""
        place = self.root / Path(FOLDER).parent / "cassettes" / "test_x" / "test_y.yaml"
        with vcr.VCR(record_mode=vcr.mode.ONCE).use_cassette(str(place)):
            yield
        arguments = ["convert", str(self.root), "-o", str(self.root), "--to", "recordings", "--test-id", TEST_ID]
        assert vcr_openai_command(arguments) == 0
        place.rename(self.root / "recorded.yaml")

    def file(self) -> Path:
        """The one recording in the tree."""
        (path,) = self.root.rglob("*.json")
        return path.relative_to(self.root)

    def document(self) -> Any:
        """The content of the one recording."""
        return json.loads(self.root.joinpath(self.file()).read_text())


@pytest.fixture
def base_url(httpserver: HTTPServer) -> str:
    """The base URL of a server that speaks like the APIs."""
    openai_server.install(httpserver)
    for path in ("/v1/messages", "/v1/rerank"):
        httpserver.expect_request(path, method="POST").respond_with_handler(_message)
    httpserver.expect_request("/info", method="GET").respond_with_json({"model_id": "BAAI/bge", "max_input_length": 9})
    return httpserver.url_for("/v1")


def _message(request: Request) -> Response:
    asked = request.get_json()
    if asked.get("stream"):
        return Response("".join(_LINES), content_type="text/event-stream")
    failed = asked["model"] == "no-such-model"
    return Response(
        json.dumps({"type": "error"} if failed else _MESSAGE), 404 if failed else 200, content_type="application/json"
    )


def outcome(base_url: str, use: Use) -> Any:
    """What a client hands out (objects as JSON) and the exception that it raises, without what varies."""

    async def ask() -> list[Any]:
        async with openai.AsyncOpenAI(api_key="none", base_url=base_url, max_retries=0) as client:
            answer = use(client)
            if isinstance(answer, Awaitable):
                answer = await answer
            elements = [one async for one in answer] if hasattr(answer, "__aiter__") else [answer]
            return [
                one if isinstance(one, dict) else _fixed(one.model_dump(mode="json", warnings=False))
                for one in elements
            ]

    try:
        return asyncio.run(ask())
    except openai.APIStatusError as error:
        return [type(error), error.status_code, error.body, str(error)]


def _fixed(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "created": 0, "id": data["id"] if data.get("object") == "model" else ""} if "id" in data else data


@pytest.mark.parametrize("name", CALLS)
def test_the_recorder_plays_what_we_recorded(base_url, tmp_path, name):
    """In replay mode the recorder hands out, and raises, what the server did when we recorded it."""
    tree = Tree(tmp_path)
    with tree.ours():
        live = outcome(base_url, CALLS[name])
    with tree.recorder("replay"):
        assert outcome(base_url, CALLS[name]) == live


@pytest.mark.parametrize("name", CALLS | COARSE)
def test_we_play_what_the_recorder_recorded(base_url, tmp_path, name):
    """The recorder's tree, converted to a cassette, answers its calls through the client."""
    use, tree = (CALLS | COARSE)[name], Tree(tmp_path)
    with tree.recorder("record"):
        live = outcome(base_url, use)
    with tree.as_cassette():
        assert outcome(base_url, use) == live


@pytest.mark.parametrize("name", CALLS | COARSE)
def test_both_write_the_same_file(base_url, tmp_path, name):
    """Place, name and text are the same to the last byte, but for two things that the wire does not say: the order of
    the call's arguments, and the provider's metadata.
    """
    use, theirs, ours = (CALLS | COARSE)[name], Tree(tmp_path / "theirs"), Tree(tmp_path / "ours")
    with theirs.recorder("record"):
        outcome(base_url, use)
    ours.root.mkdir()
    with ours.ours():
        outcome(base_url, use)
    assert ours.file() == theirs.file()
    expected, found = theirs.document(), ours.document()
    expected["request"].pop("provider_metadata", None)
    if "body" in found["request"]:
        assert found["request"]["body"] == expected["request"]["body"]
        expected["request"]["body"] = found["request"]["body"]
    assert ours.root.joinpath(ours.file()).read_text() == json.dumps(expected, indent=2) + "\n"


@pytest.mark.parametrize("name", CALLS)
def test_the_recorder_plays_what_a_cassette_had(base_url, tmp_path, name):
    """Of a cassette that plain vcrpy recorded, converted, the recorder hands out, and raises, what the server did."""
    tree = Tree(tmp_path)
    with tree.from_cassette():
        live = outcome(base_url, CALLS[name])
    with tree.recorder("replay"):
        assert outcome(base_url, CALLS[name]) == live


@pytest.mark.parametrize("name", CALLS | COARSE)
def test_what_a_cassette_had_comes_back_from_its_recordings(base_url, tmp_path, name):
    """Cassette, recordings, cassette: method, URL, status and body are as the server sent them, ids and times too."""
    tree = Tree(tmp_path)
    with tree.from_cassette():
        outcome(base_url, (CALLS | COARSE)[name])
    back = ["convert", str(tmp_path / "tests"), "-o", str(tmp_path / "back"), "--to", "cassettes"]
    assert vcr_openai_command(back) == 0
    (path,) = (tmp_path / "back").rglob("*.yaml")
    (before,), (after,) = (read_document(one.read_text()).exchanges for one in (tmp_path / "recorded.yaml", path))
    for sent, again in ((before.request, after.request), (before.response, after.response)):
        assert value(sent.body) == value(again.body)
    assert (before.request.method, before.request.uri) == (after.request.method, after.request.uri)
    assert before.response.status == after.response.status


def value(body: Body | None) -> Any:
    """A body by value."""
    if not body:
        return b""
    if body.framing:
        return [chunk.json.value or chunk.text for chunk in body.chunks]
    return body.octets if body.json.problem else body.json.value


def ids(base_url: str, use: Use) -> list[Any]:
    """The ids of the objects that a client hands out."""

    async def ask() -> list[Any]:
        async with openai.AsyncOpenAI(api_key="none", base_url=base_url, max_retries=0) as client:
            answer = await use(client)
            return [one.id async for one in answer] if hasattr(answer, "__aiter__") else [answer.id]

    return asyncio.run(ask())


@pytest.mark.parametrize("name", ["chat", "chat_stream", "completion"])
def test_the_recorder_sees_its_own_ids(base_url, tmp_path, name):
    """The file has the server's id; the recorder applies the mapping and hands out what it would have recorded."""
    tree = Tree(tmp_path)
    with tree.from_cassette():
        live = ids(base_url, CALLS[name])
    file, document = tree.root / tree.file(), tree.document()
    own = f"rec-{file.name[:12]}"
    assert document["id_normalization_mapping"] == {own: live[0]}
    assert live[0] in json.dumps(document["response"])
    with tree.recorder("replay"):
        assert set(ids(base_url, CALLS[name])) == {own}


def test_record_if_missing_keeps_our_list_of_models(base_url, tmp_path):
    """Asked live, the server has the models of the file that we wrote: the recorder leaves it as it is."""
    tree = Tree(tmp_path)
    with tree.ours():
        outcome(base_url, models)
    before = tree.document()
    with tree.recorder("record-if-missing"):
        outcome(base_url, models)
    assert tree.document() == before


def test_a_lookup_is_every_tests(base_url, tmp_path):
    """The model that one test asked for answers another test's question."""
    with Tree(tmp_path).ours():
        live = outcome(base_url, model_lookup)
    with Tree(tmp_path, TEST_ID.replace("test_y", "test_z")).recorder("replay"):
        assert outcome(base_url, model_lookup) == live


SUITE = """
import asyncio
from pathlib import Path

import openai
import pytest
from ogx.core.testing_context import reset_test_context, set_test_context
from ogx.testing.api_recorder import api_recording


@pytest.fixture
def recorder(request):
    token = set_test_context(request.node.nodeid)
    with api_recording("replay", Path(request.config.rootpath, "tests/integration/common")):
        yield
    reset_test_context(token)


def ask(word):
    async def ask():
        async with openai.AsyncOpenAI(api_key="none", base_url=BASE) as client:
            listed = [model.id async for model in client.models.list()]
            messages = [{"role": "user", "content": word}]
            answer = await client.chat.completions.create(model="gpt-4o-mini", messages=messages)
            return listed and answer.choices[0].message.content

    return asyncio.run(ask())


@pytest.mark.parametrize("word", ["llama", "alpaca"])
def test_y(recorder, word):
    assert ask(word)
"""


@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_what_the_recorder_does_not_open_is_unused(base_url, tmp_path, processes):
    """In a suite of the recorder's own, without a cassette, the recordings that it does not open are listed."""
    place = tmp_path / "tests" / "integration" / "inference" / "test_x.py"
    for word in ("llama", "alpaca"):
        test_id = f"tests/integration/inference/test_x.py::test_y[{word}]"
        with Tree(tmp_path, test_id).ours():
            outcome(base_url, partial(chat, messages=[{"role": "user", "content": word}]))
            outcome(base_url, models)
    with Tree(tmp_path, test_id).ours():
        outcome(base_url, partial(chat, messages=[{"role": "user", "content": "vicuna"}]))
    place.write_text(f"BASE = {base_url!r}\n{SUITE}")
    tmp_path.joinpath("pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--vcr-openai-unused", "--vcr-openai-opened"]
    run = subprocess.run([*command, *processes], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "recordings that were not played (1)" in run.stdout
    (unused,) = [line for line in run.stdout.split("\n") if "did not play it" in line]
    assert "vicuna" in tmp_path.joinpath(unused.partition(": ")[0]).read_text()


@pytest.mark.parametrize("name", ["chat", "chat_stream", "models"])
def test_a_call_outside_a_test_is_common(base_url, tmp_path, name):
    """What no test asked lies in the common folder, and the recorder finds it there."""
    tree = Tree(tmp_path, test_id=None)
    with tree.ours():
        live = outcome(base_url, CALLS[name])
    with tree.recorder("replay"):
        assert outcome(base_url, CALLS[name]) == live


def test_a_shared_model_list_is_every_tests(base_url, tmp_path):
    """Below a base URL without /v1 the list of models that one test recorded answers another one's call."""
    bare = base_url.removesuffix("/v1")
    with Tree(tmp_path).ours():
        live = outcome(bare, models)
    with Tree(tmp_path, TEST_ID.replace("test_y", "test_z")).recorder("replay"):
        assert outcome(bare, models) == live


@pytest.mark.parametrize("name", COARSE)
def test_a_server_error_is_raised_by_its_status(base_url, tmp_path, name):
    """Statuses for which the recorder knows no class keep status, body and message."""
    tree = Tree(tmp_path)
    with tree.ours():
        live = outcome(base_url, COARSE[name])
    with tree.recorder("replay"):
        assert outcome(base_url, COARSE[name])[1:] == live[1:]


@pytest.mark.parametrize("name", UNSAID)
def test_what_the_wire_does_not_say_is_not_found(base_url, tmp_path, name):
    """The recorder keeps the call's arguments, we see what they make the client send: this call it does not find."""
    tree = Tree(tmp_path)
    with tree.ours():
        outcome(base_url, UNSAID[name])
    with tree.recorder("replay"), pytest.raises(RuntimeError, match="Recording not found"):
        outcome(base_url, UNSAID[name])


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # the recorder's, of an embedding in base64
@pytest.mark.parametrize("name", UNSAID)
def test_we_play_what_the_wire_does_not_say(base_url, tmp_path, name):
    """A call that only the recorder can record in full is answered by us from its recording."""
    tree = Tree(tmp_path)
    with tree.recorder("record"):
        live = outcome(base_url, UNSAID[name])
    with tree.as_cassette():
        assert outcome(base_url, UNSAID[name]) == live
