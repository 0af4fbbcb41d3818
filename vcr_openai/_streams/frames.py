"""Frames: where the events of a stream begin and end, in bytes of its body, without a look into their JSON."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from vcr_openai._http.body import Body, StreamFraming
from vcr_openai._http.event_stream import DONE

_EVENTS_END = re.compile(rb"(?:\r\n|\n|\r(?!\n)){2,}")  # a blank line; several of them end one event
_LINES_END = re.compile(rb"(?:\r\n|\n|\r(?!\n))+")
_DATA = re.compile(rb"(?:\A|[\r\n]|\A\xef\xbb\xbf)data(?::|[\r\n]|\Z)")
_DONE_MARKER = re.compile(rb"data: ?" + re.escape(DONE.encode()) + rb"\s*")
_LEADS = 0b1100_0000  # the first byte of a character of several bytes
_TYPES = ("event-stream", "ndjson", "jsonl", "stream+json")
_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":", b"\r", b"\n", b"\xef\xbb\xbf")
_ENDINGS = (b"}", b"]")


class FrameKind(Enum):
    """What a frame is to the reader of a stream."""

    EVENT = "an event with data"
    DONE = "the done marker"
    OTHER = "a comment, or fields without data"


class Frame(NamedTuple):
    """A frame: the bytes up to, and with, the blank line (or the line end) that completes it."""

    start: int
    end: int
    kind: FrameKind


def stream_framing(body: Body) -> StreamFraming | None:
    """How the frames of a body are delimited; None for a body that is no stream. Most others are not even decoded."""
    return body.framing if may_be_stream(body.content, body.content_type) else None


def may_be_stream(content: bytes, content_type: str) -> bool:
    """Whether it is worth it to look closer: a body names itself a stream, has fields, or a JSON text on a line."""
    if content.startswith(_FIELDS) or any(kind in content_type.lower() for kind in _TYPES):
        return True
    first, end, _ = content.partition(b"\n")
    return bool(end) and first.rstrip().endswith(_ENDINGS)


def frame_ends(content: bytes, framing: StreamFraming) -> list[int]:
    """Where each frame of a stream's bytes ends; the last one may be unfinished."""
    is_events = framing is StreamFraming.EVENTS
    if b"\r" in content:
        ends = [match.end() for match in (_EVENTS_END if is_events else _LINES_END).finditer(content)]
    else:
        ends = _usual_ends(content, b"\n\n" if is_events else b"\n")
    if content and (not ends or ends[-1] < len(content)):
        ends.append(len(content))
    return ends


def _usual_ends(content: bytes, mark: bytes) -> list[int]:
    """The same where every line ends with LF: a tenth of the expression's time."""
    ends = []
    end = 0
    while (at := content.find(mark, end)) >= 0:
        end = at + len(mark)
        while content.startswith(b"\n", end):
            end += 1
        ends.append(end)
    return ends


def frames(content: bytes, framing: StreamFraming) -> list[Frame]:
    """The frames of a stream's bytes."""
    found, start = [], 0
    for end in frame_ends(content, framing):
        found.append(Frame(start, end, _kind(content[start:end], framing)))
        start = end
    return found


def events(content: bytes, framing: StreamFraming) -> list[Frame]:
    """The frames that are events; the done marker is not one."""
    return [frame for frame in frames(content, framing) if frame.kind is FrameKind.EVENT]


def _kind(data: bytes, framing: StreamFraming) -> FrameKind:
    if framing is StreamFraming.JSON_LINES:
        return FrameKind.EVENT if data.strip() else FrameKind.OTHER
    if _DONE_MARKER.search(data) and _DONE_MARKER.fullmatch(data[data.index(b"data") :]):
        return FrameKind.DONE
    return FrameKind.EVENT if _DATA.search(data) else FrameKind.OTHER


def inside_character(content: bytes, frame: Frame) -> int | None:
    """A place inside the first character of a frame that has several bytes; None where it has ASCII alone."""
    part = content[frame.start : frame.end]
    if part.isascii():
        return None
    lead = next((at for at, byte in enumerate(part) if byte & _LEADS == _LEADS), None)
    return None if lead is None or lead + 1 >= len(part) else frame.start + lead + 1
