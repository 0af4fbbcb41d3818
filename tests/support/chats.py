"""One question and one answer: as bodies, and as the interaction in which plain vcrpy stores an exchange."""

from __future__ import annotations

import json
from typing import Any

CHAT_URL = "https://api.openai.com/v1/chat/completions"


def question(word: str, model: str = "gpt-4o", **more: Any) -> dict[str, Any]:
    """The body of a request for a chat completion."""
    return {"model": model, "messages": [{"role": "user", "content": word}], **more}


def answer(text: str) -> dict[str, Any]:
    """The body of a chat completion."""
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]}


def interaction(
    body: Any = "",
    content_type: str | None = "application/json",
    /,
    *,
    uri: str = CHAT_URL,
    method: str | None = "POST",
    sent: Any = None,
    sent_headers: dict[str, list[str]] | None = None,
    **response: Any,
) -> dict[str, Any]:
    """The interaction of a request and its successful response; bodies that are neither text nor bytes become JSON.

    ``sent`` is the request's body, ``response`` has members of the response that are not the usual ones.
    """
    usual = {
        "status": {"code": 200, "message": "OK"},
        "headers": {"content-type": [content_type]} if content_type else {},
        "body": {"string": _text(body)},
    }
    request = {"method": method, "uri": uri, "body": None if sent is None else _text(sent)}
    return {"request": {**request, "headers": sent_headers or {}}, "response": {**usual, **response}}


def _text(body: Any) -> Any:
    return body if isinstance(body, (str, bytes)) else json.dumps(body)
