"""A folder for an inner pytest run whose cassettes are a library's, and recordings to put into it."""

from __future__ import annotations

import json

# Inner runs share this process and forget what they import; libyaml and openai do not bear a second import.
import openai  # noqa: F401

import vcr_openai._vcrpy.library_persister
import vcr_openai._vcrpy.registration  # noqa: F401
from vcr_openai import Recording
from vcr_openai._recording.key import recording_name

BASE = "https://api.openai.com/v1"

# What every inner test module begins with: a client, and a question asked of it.
ASK = """
import os
import openai
import pytest

client = openai.OpenAI(api_key="none", max_retries=0, base_url=os.environ.get("BASE", "https://api.openai.com/v1"))


def ask(word, **more):
    messages = [{"role": "user", "content": word}]
    reply = client.chat.completions.create(model="gpt-4o", messages=messages, **more)
    return reply.choices[0].message.content


def models():
    return [model.id for model in client.models.list()]
"""


def recording(endpoint: str, body: dict, answer: object, test_id: str | None, base: str = BASE) -> dict:
    """A recording of a call."""
    return {
        "test_id": test_id,
        "request": {
            "method": "POST",
            "url": base + endpoint,
            "headers": {},
            "body": body,
            "endpoint": endpoint,
            "model": "gpt-4o",
        },
        "response": {"body": answer, "is_streaming": False},
        "id_normalization_mapping": {},
    }


def chat(word: str, answer: str, test: str | None = None, base: str = BASE, **more: object) -> dict:
    """A recording of a question and its answer, by the test of that name in test_it.py or by none."""
    message = {"content": answer, "role": "assistant"}
    data = {"id": "rec-1", "choices": [{"finish_reason": "stop", "index": 0, "message": message}], "created": 0}
    data |= {"model": "gpt-4o", "object": "chat.completion"}
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": word}], **more}
    tagged = {"__type__": "openai.types.chat.chat_completion.ChatCompletion", "__data__": data}
    return recording("/v1/chat/completions", body, tagged, test and f"test_it.py::{test}", base)


def model_list(*names: str, owner: str = "us", base: str = BASE) -> dict:
    """A recording of a list of models."""
    models = [
        {
            "__type__": "openai.types.model.Model",
            "__data__": {"id": name, "created": 0, "object": "model", "owned_by": owner},
        }
        for name in names
    ]
    return recording("/v1/models", {}, models, None, base)


def answer(text: str) -> str:
    """The body of a chat completion."""
    return json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]})


class Project:
    """A folder for an inner pytest run, with helpers to fill it and to run it."""

    def __init__(self, pytester, httpserver, monkeypatch):
        self.pytester, self.httpserver, self.monkeypatch = pytester, httpserver, monkeypatch
        self.path = pytester.path
        self.ini("vcr_openai_library = true")

    def ini(self, text):
        """Set the ini file."""
        self.pytester.makeini(f"[pytest]\n{text}\n")

    def test(self, source):
        """Set the test module."""
        self.pytester.makepyfile(test_it=ASK + source)

    def record(self, document, name=None, folder="."):
        """Put a recording into a folder's recordings, under its own name or another."""
        path = self.path / folder / "recordings" / (name or recording_name(Recording(document)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        return path

    def server(self, *answers):
        """Let a local server answer, one answer after the other, the last one for ever."""
        said = list(answers)

        def reply(_):
            from werkzeug import Response

            return Response(answer(said.pop(0) if len(said) > 1 else said[0]), content_type="application/json")

        self.httpserver.expect_request("/v1/chat/completions").respond_with_handler(reply)
        listed = {"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "us"}]}
        self.httpserver.expect_request("/v1/models").respond_with_json(listed)
        self.monkeypatch.setenv("BASE", self.base)

    @property
    def base(self):
        """The local server's base URL."""
        return self.httpserver.url_for("/v1")

    def recorded(self, folder="."):
        """The recordings of a folder by name."""
        return {
            path.name: json.loads(path.read_text(encoding="utf-8"))
            for path in sorted((self.path / folder / "recordings").glob("*.json"))
        }

    def said(self):
        """What each recorded question was answered, those of other base URLs as well."""
        return {
            document["request"]["body"]["messages"][0]["content"]: document["response"]["body"]["__data__"]["choices"][
                0
            ]["message"]["content"]
            for document in self.recorded().values()
            if "messages" in document["request"]["body"]
        }

    def run(self, *arguments):
        """Run pytest in it."""
        return self.pytester.runpytest_inprocess("-W", "error", *arguments)
