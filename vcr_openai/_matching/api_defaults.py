"""The defaults that the API documents: members that change nothing where a request has them.

From OpenAI's API reference (October 2025). A default that depends on the model or the server has no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from vcr_openai._json.json_path import Path, parse


class Defaults(NamedTuple):
    """The defaults of the members of the objects at a path; of those with this ``type`` alone, where one is given."""

    where: Path
    type: str | None
    members: Mapping[str, Any]


def _of(where: str, members: Mapping[str, Any], *, type: str | None = None) -> Defaults:  # noqa: A002 - JSON's name
    return Defaults(parse(where) if where else (), type, members)


_SAMPLING: Final = {"temperature": 1, "top_p": 1}
_PENALTIES: Final = {"frequency_penalty": 0, "presence_penalty": 0}
_IMAGE: Final = {
    "background": "auto",
    "moderation": "auto",
    "output_compression": 100,
    "output_format": "png",
    "partial_images": 0,
    "quality": "auto",
    "size": "auto",
}
_CHAT: Final = (
    _of("messages[*].content[*].image_url", {"detail": "auto"}),
    _of("tools[*].function", {"strict": False}),
    _of(
        "",
        {
            **_SAMPLING,
            **_PENALTIES,
            "logprobs": False,
            "modalities": ["text"],
            "n": 1,
            "parallel_tool_calls": True,
            "response_format": {"type": "text"},
            "service_tier": "auto",
            "store": False,
            "tool_choice": "auto",
        },
    ),
)
_RESPONSES: Final = (
    _of("input[*].content[*]", {"detail": "auto"}, type="input_image"),
    _of("input[*]", {"type": "message"}, type="message"),
    _of("text", {"format": {"type": "text"}, "verbosity": "medium"}),
    _of("tools[*]", {**_IMAGE, "action": "auto"}, type="image_generation"),
    _of("tools[*]", {"search_context_size": "medium"}, type="web_search"),
    _of(
        "",
        {
            **_SAMPLING,
            "background": False,
            "parallel_tool_calls": True,
            "service_tier": "auto",
            "store": True,
            "text": {},
            "tool_choice": "auto",
            "tools": [],
            "truncation": "disabled",
        },
    ),
)
# By API path; the innermost objects come first, so that an object of defaults alone can be a default itself.
API_DEFAULTS: Final[Mapping[str, tuple[Defaults, ...]]] = {
    "/chat/completions": _CHAT,
    "/responses": _RESPONSES,
    "/responses/input_tokens": _RESPONSES,
    "/completions": (_of("", {**_SAMPLING, **_PENALTIES, "best_of": 1, "echo": False, "max_tokens": 16, "n": 1}),),
    # The SDK asks for base64 and returns floats, so a request with it is one without it; "float" is another answer.
    "/embeddings": (_of("", {"encoding_format": "base64"}),),
    "/moderations": (_of("", {"model": "omni-moderation-latest"}),),
    "/images/generations": (_of("", {**_IMAGE, "n": 1, "response_format": "url", "style": "vivid"}),),
    "/audio/speech": (_of("", {"response_format": "mp3", "speed": 1, "stream_format": "audio"}),),
}
ANY_PATH: Final = _of("", {"stream": False})  # except of Ollama's own API, whose default is true
