"""The endpoint: what the wire and the recorder do for one API path and method."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from vcr_openai._api.event_tags import EventTags


class Layout(Enum):
    """What a recording's ``request`` describes."""

    CALL = "SDK call"
    HTTP = "raw HTTP"
    TOOL = "tool"
    FILE_PROCESSOR = "file processor"
    INTERACTION = "plain interaction"  # ours; the recorder never looks for it


class StreamProtocol(Enum):
    """How a stream's chunks lie in the body."""

    EVENTS = "server-sent events with a done marker"
    NAMED_EVENTS = "server-sent events, each with its type, without a done marker"
    THREAD_EVENTS = "server-sent events, each an object under its type, with a named done marker"
    JSON_LINES = "one JSON text a line"


class Content(Enum):
    """Whether an answer can be something other than JSON."""

    NEVER = "JSON"
    WHERE_NOT_JSON = "JSON, or text"
    ALWAYS = "content: audio, a file's bytes"


@dataclass(frozen=True)
class Endpoint:
    """One API path and method.

    ``path`` is the recording's ``endpoint``; ``wire`` is the path behind the base URL in a request. In the table
    ``{…}`` stands for one segment of either, and ``{…*}`` for all that follow. ``reply`` and ``chunk`` are the tags
    of an answer and of a stream's elements, ``events`` the tags of elements that have a type. ``page``: an answer is a
    list of ``reply`` objects in a page, and the recorder keeps the objects alone.
    """

    path: str
    wire: str
    reply: str | None
    chunk: str | None = None
    method: str = "POST"
    framing: StreamProtocol = StreamProtocol.EVENTS
    page: bool = False
    base64_floats: bool = False  # the SDK asks for embeddings in base64 and returns floats
    layout: Layout = Layout.CALL
    events: EventTags | None = None
    content: Content = Content.NEVER
    empty: bool = False  # a call without arguments has no body
    list_key: str | None = None  # the member of an answer whose list callers read: choices, data
    terminal_events: frozenset[str] = frozenset()  # types of the events that end a stream without a done marker
    creator: tuple[str, str] | None = None  # module and class of the SDK whose method ``create`` makes the call
    # Whether the recorder knows the endpoint. Then it writes the method POST, whatever the method on the wire is, and
    # takes ids and times out of the answer. For all others a recording has what the wire has: the method, since one
    # path has several, and the ids, since later requests cite them (``previous_response_id``, ``/v1/files/{file_id}``).
    by_recorder: bool = False
    # Whether the recorder sees the request below the SDK, at a server's root: it writes a GET without body and model,
    # and the answer's status, where the answer names a model.
    lookup: bool = False

    @property
    def tags(self) -> set[str]:
        """All tags that the row can give."""
        return {tag for tag in (self.reply, self.chunk, *(self.events or {}).values()) if tag is not None}

    @property
    def recorded_method(self) -> str:
        """The ``method`` of a recording of this endpoint."""
        return "POST" if self.by_recorder and not self.lookup else self.method

    def tag(self, data: Any, *, streamed: bool) -> str | None:
        """The tag that the recorder gives an object of this endpoint."""
        if not streamed:
            return self.reply
        if self.events is None:
            return self.chunk
        kind = (
            data.get("event" if self.framing is StreamProtocol.THREAD_EVENTS else "type")
            if isinstance(data, dict)
            else None
        )
        return self.events.get(kind, self.chunk) if isinstance(kind, str) else self.chunk

    def at(self, wire: str) -> Endpoint:
        """The row for a path as a request has it: with ids in the place of ``{…}``."""
        if wire == self.wire:
            return self
        return replace(self, wire=wire, path=self.path.removesuffix(self.wire) + wire)
