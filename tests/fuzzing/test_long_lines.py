"""A line of a hundred megabytes: each reader reads it in bounded memory, and leaves it what it is."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("resource", reason="memory cannot be limited here")

_HEAD = """
import json, resource
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
TEXT = "lorem ipsum dolor sit amet, " * (100_000_000 // 28)
"""
READERS = {
    "SSE": """
from vcr_openai._http.event_stream import parse_events
[event] = parse_events(f"data: {TEXT}\\n\\n").events
assert len(event.data) == len(TEXT)
""",
    "JSON": """
from vcr_openai._json import json_text
assert len(json_text.read(f'{{"a": "{TEXT}"}}')["a"]) == len(TEXT)
""",
    "YAML": """
from vcr_openai._yaml import yaml_reader as yaml_read
assert len(yaml_read.read(f'a: "{TEXT}"')["a"]) == len(TEXT)
""",
    "a cassette": """
from vcr_openai._yaml.yaml_reader import FOREIGN, read
assert len(read(f'a: "{TEXT}"', FOREIGN)["a"]) == len(TEXT)
""",
    "redaction of a stream": """
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse
from vcr_openai._redaction.redact import redact_exchange
TEXT = TEXT[:25_000_000]  # the search for secrets takes its time
body = Body.of(f'data: {{"delta": "{TEXT}"}}\\n\\ndata: {{"delta": "password: hunter22"}}\\n\\n')
exchange = Exchange(HttpRequest("GET", "http://h/"), HttpResponse(200, {}, body))
assert redact_exchange(exchange)[0].response.body is body
""",
    "matching": """
from vcr_openai import Rules
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpRequest
from vcr_openai._matching.canonical import canonical
canonical(HttpRequest("POST", "http://h/v1/responses", {}, Body.of(f'{{"input": "{TEXT}"}}')), Rules())
""",
    "brackets": """
from vcr_openai._json import json_text
from vcr_openai._yaml import yaml_reader
for read in (json_text.read, lambda text: yaml_reader.read(text, yaml_reader.FOREIGN)):
    try:
        read("[" * 100_000_000)
    except ValueError:
        continue
    raise SystemExit("it was read")
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_a_line_of_a_hundred_megabytes(name):
    """It is read, or refused, with less than 3 GiB of address space; a quarter of it is searched for secrets."""
    done = subprocess.run([sys.executable, "-c", _HEAD + READERS[name]], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
