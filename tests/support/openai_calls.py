"""A recorded call, made again through the OpenAI client, and its outcome as the recorder saw it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import openai

from vcr_openai import Recording

# endpoint of a recording -> the client's method, and what stands behind the base URL on the wire
METHODS = {
    "/v1/chat/completions": ("chat.completions.create", "/chat/completions"),
    "/chat/completions": ("chat.completions.create", "/chat/completions"),
    "/v1/completions": ("completions.create", "/completions"),
    "/v1/embeddings": ("embeddings.create", "/embeddings"),
    "/v1/models": ("models.list", "/models"),
    "/v1/responses": ("responses.create", "/responses"),
}


@dataclass
class Outcome:
    """What a client handed out: objects as JSON (all of them, one of a reply), then the exception, if it raised one."""

    objects: list[Any] = field(default_factory=list)
    error: openai.APIError | None = None


def read(answer: Any) -> Any:
    """A stream's chunks, else the answer."""
    return list(answer) if isinstance(answer, openai.Stream) else answer


def chat_completion(client: openai.OpenAI, **arguments: Any) -> Any:
    """A chat completion, read to its end."""
    return read(client.chat.completions.create(**arguments))


def call(client: openai.OpenAI, recording: Recording, uri: str) -> Outcome:
    """Make the recording's call; ``uri`` is its interaction's."""
    outcome = Outcome()
    try:
        method, arguments = _prepared(client, recording, uri)
        answer = method(**arguments)
        elements = answer if recording.response["is_streaming"] or _is_page(recording) else [answer]
        for element in elements:
            outcome.objects.append(element.model_dump(mode="json", warnings=False))
    except openai.APIError as error:
        outcome.error = error
    return outcome


async def call_async(client: openai.AsyncOpenAI, recording: Recording, uri: str) -> Outcome:
    """The same through the asynchronous client."""
    outcome = Outcome()
    try:
        method, arguments = _prepared(client, recording, uri)
        if _is_page(recording):
            outcome.objects = [one.model_dump(mode="json", warnings=False) async for one in method(**arguments)]
            return outcome
        answer = await method(**arguments)
        if recording.response["is_streaming"]:
            async for element in answer:
                outcome.objects.append(element.model_dump(mode="json", warnings=False))
        else:
            outcome.objects.append(answer.model_dump(mode="json", warnings=False))
    except openai.APIError as error:
        outcome.error = error
    return outcome


def differences(recorded: Any, replayed: Any, where: str = "") -> Iterator[str]:
    """What of a recorded value the replayed one lost or changed; fields that a newer SDK adds as null are nothing."""
    if isinstance(recorded, dict) and isinstance(replayed, dict):
        for key in recorded.keys() | replayed.keys():
            if key not in recorded and replayed[key] is None:
                continue
            if key in recorded and key in replayed:
                yield from differences(recorded[key], replayed[key], f"{where}.{key}")
            else:
                yield f"{where}.{key} is only in the {'recording' if key in recorded else 'replay'}"
    elif isinstance(recorded, list) and isinstance(replayed, list):
        if len(recorded) != len(replayed):
            yield f"{where}: {len(recorded)} recorded, {len(replayed)} replayed"
        for index, (one, other) in enumerate(zip(recorded, replayed, strict=False)):
            yield from differences(one, other, f"{where}[{index}]")
    elif recorded != replayed or isinstance(recorded, bool) is not isinstance(replayed, bool):
        yield f"{where}: recorded {recorded!r}, replayed {replayed!r}"


def check(recording: Recording, outcome: Outcome) -> None:
    """Assert that an outcome is the recorded one."""
    body = recording.response["body"]
    elements = body if isinstance(body, list) else [] if body is None else [body]
    found = list(differences([element.get("__data__", element) for element in elements], outcome.objects))
    assert not found, "\n".join(found)
    if not recording.response.get("is_exception"):
        if outcome.error is not None:
            raise outcome.error
        return
    data, error = recording.response["exception_data"], outcome.error
    assert error is not None
    assert data["type"] in [kind.__name__ for kind in type(error).__mro__]
    assert getattr(error, "status_code", None) == data.get("status_code")
    assert "body" not in data or error.body == data["body"]


def _is_page(recording: Recording) -> bool:
    return recording.request["endpoint"] == "/v1/models"


def _prepared(client: Any, recording: Recording, uri: str) -> tuple[Any, dict[str, Any]]:
    """The client's method and its arguments; what the SDK has no name for goes into ``extra_body``, where the wire's
    JSON gets it from.
    """
    name, wire = METHODS[recording.request["endpoint"]]
    base_url = urlunsplit(urlsplit(uri)._replace(query="")).removesuffix(wire)
    method = attrgetter(name)(client.with_options(base_url=base_url))
    parameters = inspect.signature(method).parameters
    given = recording.request.get("body", {})
    arguments = {key: value for key, value in given.items() if key in parameters}
    unknown = {key: value for key, value in given.items() if key not in parameters}
    if unknown:
        arguments["extra_body"] = {**unknown, **(given.get("extra_body") or {})}
    for parameter in parameters.values():
        if parameter.default is parameter.empty and parameter.kind is parameter.KEYWORD_ONLY:
            arguments.setdefault(parameter.name, openai.NOT_GIVEN)
    return method, arguments
