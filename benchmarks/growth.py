"""How the costs of one body grow: four times as much input, against the input. 4 is linear."""

from __future__ import annotations

import base64
import json
import random
from functools import partial
from pathlib import Path
from typing import Any

from chats import URI
from rows import Row, ratios, show_alone

import vcr_openai
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpRequest
from vcr_openai._matching.canonical import canonical
from vcr_openai._redaction.redact import redact_request

JSON = {"content-type": ["application/json"]}


def measure(_: Path) -> list[Row]:
    """Short ids in matching, base64 in redaction."""
    ids = ratios(partial(matched, 1000), {"4": partial(matched, 4000)})
    images = ratios(partial(searched, 500_000), {"4": partial(searched, 2_000_000)})
    return [
        Row("4 times the ids, once = 1", "matching", ids["4"], 6.0),
        Row("4 times the base64, once = 1", "redaction", images["4"], 6.0),
    ]


def matched(count: int) -> None:
    """Make the canonical form of a body with so many short ids."""
    called = [{"role": "tool", "tool_call_id": f"call_{one}", "content": "x"} for one in range(count)]
    canonical(_asked({"model": "m", "messages": called}), vcr_openai.Rules())


def searched(size: int) -> None:
    """Search a body with so many bytes in base64 for secrets."""
    image = base64.b64encode(random.Random(1).randbytes(size)).decode()
    redact_request(_asked({"model": "m", "messages": [{"role": "user", "content": image}]}))


def _asked(body: dict[str, Any]) -> HttpRequest:
    return HttpRequest("POST", URI, JSON, Body.of(json.dumps(body), JSON))


if __name__ == "__main__":
    show_alone(measure)
