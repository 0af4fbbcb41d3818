"""A folder for an inner pytest run, with helpers to fill it and to run it."""

from __future__ import annotations

import json
import os
import time

# Inner runs share this process and forget what they import; libyaml and openai do not bear a second import.
import chats
import openai  # noqa: F401  # see above

import vcr_openai._vcrpy.library_persister
import vcr_openai._vcrpy.registration  # noqa: F401  # see above
from vcr_openai import Recording
from vcr_openai._recording.key import recording_name

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


class Project:
    """A folder with a test module, test_it.py, its configuration and its cassettes."""

    def __init__(self, pytester):
        self.pytester = pytester
        self.path = pytester.path
        self._seconds = int(time.time())

    def test(self, source):
        """Set the test module."""
        path = self.pytester.makepyfile(test_it=ASK + source)
        # Python takes a compiled module for that of a source of the same size and second.
        self._seconds += 2
        os.utime(path, (self._seconds, self._seconds))

    def conftest(self, source):
        """Set the conftest module."""
        self.pytester.makeconftest(source)

    def ini(self, text):
        """Set the ini file."""
        self.pytester.makeini(f"[pytest]\n{text}\n")

    def toml(self, text):
        """Set the configuration in native TOML."""
        self.pytester.makepyprojecttoml(f"[tool.pytest]\n{text}\n")

    def cassette(self, name, value):
        """Put a cassette where pytest-recording looks for it: a text, or a value as JSON."""
        path = self.path / "cassettes" / "test_it" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")

    def recordings(self, name, *documents):
        """Put recordings there, and let the tests use their format."""
        self.conftest(
            "import pytest\n@pytest.fixture\ndef vcr_config():\n    return {'serializer': 'recording.json'}\n"
        )
        self.cassette(f"{name}.recording.json", list(documents))

    def run(self, *arguments):
        """Run pytest in it, without hypothesis, which its workers would load at a fifth of their cost."""
        return self.pytester.runpytest_inprocess("-W", "error", "-p", "no:hypothesispytest", *arguments)


class LibraryProject(Project):
    """A project whose cassettes are a library, and a local server that its tests may ask."""

    def __init__(self, pytester, httpserver, monkeypatch):
        super().__init__(pytester)
        self.httpserver, self.monkeypatch = httpserver, monkeypatch
        self.ini("vcr_openai_library = true")

    def record(self, document, name=None, folder="."):
        """Put a recording into a folder's recordings, under its own name or another."""
        path = self.path / folder / "recordings" / (name or recording_name(Recording(document)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        return path

    def server(self, *answers):
        """Let a local server answer, one answer after the other, the last one for ever."""
        left = list(answers)

        def reply(_):
            from werkzeug import Response

            body = chats.answer(left.pop(0) if len(left) > 1 else left[0])
            return Response(json.dumps(body), content_type="application/json")

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

    def answers(self):
        """The recorded answer to each recorded question, those of other base URLs as well."""
        return {
            document["request"]["body"]["messages"][0]["content"]: document["response"]["body"]["__data__"]["choices"][
                0
            ]["message"]["content"]
            for document in self.recorded().values()
            if "messages" in document["request"]["body"]
        }
