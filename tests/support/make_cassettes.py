"""Record the golden cassettes anew: ``python tests/support/make_cassettes.py``.

The OpenAI client talks to tests/support/openai_server.py; the cassettes name the provider that the server stands for.
Each ``cassettes/X.recording.json`` is what the plugin records; ``cassettes/X.yaml`` is the same for plain vcrpy.
``seed.recording.json`` is no invention and stays as it is; its YAML is made from it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import openai
import openai_calls
import openai_server
import places
from openai_calls import read
from pytest_httpserver import HTTPServer
from vcr.serializers import yamlserializer

import vcr_openai
from vcr_openai import from_interaction, to_interaction
from vcr_openai._formats.recording_json import read_recordings
from vcr_openai._json.json_text import write_document

if TYPE_CHECKING:
    from vcr.request import Request

FOLDER = places.CASSETTES
_OPENAI, _AZURE = "https://api.openai.com/v1", "https://example.openai.azure.com/openai/v1"
_ASK = [{"role": "user", "content": "Tell me about llamas \U0001f999.\u2028In one line."}]
_PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
_TOOLS = [
    {"type": "function", "function": {"name": name, "description": "By city.", "parameters": _PARAMETERS}}
    for _, name, _ in openai_server.CALLS
]
_SCHEMA = {"type": "json_schema", "json_schema": {"name": "llama", "schema": {"type": "object"}}}
_USAGE = {"stream_options": {"include_usage": True}}

Use = Callable[[openai.OpenAI], Any]


chat = partial(openai_calls.chat_completion, model="gpt-4o-mini", messages=_ASK)


def turns(client: openai.OpenAI) -> None:
    """A conversation of three turns, each with all that was said before."""
    messages: list[Any] = []
    for question in ("How high is Lhasa?", "Is there ice?", "What did I ask?"):
        messages.append({"role": "user", "content": question})
        answer = chat(client, messages=messages)
        messages.append({"role": "assistant", "content": answer.choices[0].message.content})


def tools(client: openai.OpenAI) -> None:
    """Two parallel tool calls, their results and the last word."""
    message = chat(client, tools=_TOOLS).choices[0].message.to_dict()
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "7"} for call in message["tool_calls"]]
    chat(client, tools=_TOOLS, messages=[*_ASK, message, *results])


def _completion(client: openai.OpenAI, **arguments: Any) -> Any:
    return read(client.completions.create(model="gpt-3.5-turbo-instruct", prompt="A llama", max_tokens=9, **arguments))


def _embeddings(client: openai.OpenAI, **arguments: Any) -> Any:
    return client.embeddings.create(model="text-embedding-3-small", input=["llama \U0001f999", "alpaca"], **arguments)


def _responses(client: openai.OpenAI, **arguments: Any) -> Any:
    return read(client.responses.create(model="gpt-4o-mini", input="Tell me about llamas.", **arguments))


# name -> base URL, what the client does
CASSETTES: dict[str, tuple[str, Use]] = {
    "chat_reply": (_OPENAI, partial(chat, temperature=0.1, seed=7)),
    "chat_extras": (
        _OPENAI,
        partial(chat, extra_body={"top_k": 5}, extra_query={"trace": "é 1"}, extra_headers={"x-team": "a"}, timeout=30),
    ),
    "chat_stream": (_OPENAI, partial(chat, stream=True, **_USAGE)),
    "chat_tool_calls": (_OPENAI, tools),
    "chat_tool_calls_stream": (_OPENAI, partial(chat, tools=_TOOLS, stream=True)),
    "chat_refusal": (_OPENAI, partial(chat, response_format=_SCHEMA)),
    "chat_refusal_stream": (_OPENAI, partial(chat, response_format=_SCHEMA, stream=True)),
    "chat_turns": (_OPENAI, turns),
    "chat_azure_stream": (_AZURE, partial(chat, stream=True)),
    "completion_reply": (_OPENAI, _completion),
    "completion_stream": (_OPENAI, partial(_completion, stream=True)),
    "embeddings": (_OPENAI, _embeddings),
    "embeddings_as_floats": (_OPENAI, partial(_embeddings, encoding_format="float", dimensions=3)),
    "models_page": (_OPENAI, lambda client: list(client.models.list())),
    "responses_reply": (_OPENAI, _responses),
    "responses_stream": (_OPENAI, partial(_responses, stream=True)),
    "failure_bad_request": (_OPENAI, partial(chat, messages=[])),
    "failure_wrong_key": (_OPENAI, lambda client: chat(client.with_options(api_key="wrong"))),
    "failure_midway": (_OPENAI, partial(chat, model=openai_server.MIDWAY, stream=True)),
    **{f"failure_{model.replace('-', '_')}": (_OPENAI, partial(chat, model=model)) for model in openai_server.FAILURES},
}


def main() -> None:
    """Write all cassettes."""
    with HTTPServer() as server:
        openai_server.install(server)
        for name, (base_url, use) in CASSETTES.items():
            _record(FOLDER / f"{name}.recording.json", server.url_for("").rstrip("/"), base_url, use)
    for path in FOLDER.glob("*.recording.json"):
        path.with_name(f"{path.name.removesuffix('.recording.json')}.yaml").write_bytes(to_yaml(path.read_bytes()))


def to_yaml(text: bytes) -> bytes:
    """The YAML cassette, as vcrpy writes it, of a cassette in the recording format."""
    interactions = map(to_interaction, read_recordings(text.decode()))
    return yamlserializer.serialize({"version": 1, "interactions": list(interactions)}).encode()


def to_recordings(text: bytes) -> bytes:
    """The cassette in the recording format of a YAML cassette."""
    interactions = yamlserializer.deserialize(text.decode())["interactions"]
    documents = [from_interaction(interaction).document for interaction in interactions]
    return write_document(documents[0] if len(documents) == 1 else documents).encode()


def _record(path: Path, server: str, base_url: str, use: Use) -> None:
    path.unlink(missing_ok=True)
    parts = urlsplit(base_url)

    def renamed(request: Request) -> Request:
        request.uri = request.uri.replace(server, f"{parts.scheme}://{parts.netloc}", 1)
        return request

    recorder = vcr_openai.VCR(
        serializer="recording.json",
        before_record_request=renamed,
        test_id=f"tests/test_golden.py::test_a_cassette_replays[{path.name.split('.')[0]}]",
    )
    client = openai.OpenAI(api_key="none", base_url=server + parts.path, max_retries=0)
    with recorder.use_cassette(str(path)), contextlib.suppress(openai.APIError):  # a failure is an outcome too
        use(client)


if __name__ == "__main__":
    main()
