"""The transcript of an exchange: its messages with their speakers, in a few lines, for every endpoint and framing.

It is for people: it leaves out what they do not need, and nothing is made from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vcr_openai._errors import without_secrets
from vcr_openai._findings import counted
from vcr_openai._http.exchange import Exchange, HttpRequest
from vcr_openai._json import json_text
from vcr_openai._review.conversation import ASSISTANT, Conversation, Part, Turn, asked_of, conversation, title
from vcr_openai._review.usage import tokens_of

_SHORT = 200  # characters of a text, without --full
_READ = 2000  # characters that are searched for secrets before the first are shown
_HEAD = 80  # characters of a question that names an interaction
# Controls, line ends of Unicode, marks that turn the direction of writing, half a character.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_LABELS = {"call": f"{ASSISTANT} calls", "reasoning": f"{ASSISTANT} thinks", "refusal": f"{ASSISTANT} refuses"}


def transcript(exchange: Exchange, *, full: bool = False) -> Iterator[str]:
    """The lines for an exchange: a headline, the request, the answer. ``full`` keeps long texts whole."""
    found = conversation(exchange)
    if found.is_opaque:
        yield f"opaque: {_in_line(found.asked[0].parts[0].text)}"
        return
    yield headline(found)
    for speaker, text in lines_of(found):
        yield f"  {_in_line(speaker)}: {_in_line(text) if full else _cut(text, _SHORT)}"
    if tokens := tokens_of(exchange.response.body):
        yield f"  usage: {counted(tokens, 'token')}"


def headline(found: Conversation) -> str:
    """Method, path, model, status and the number of chunks."""
    streamed = "" if found.chunks is None else f", a stream of {found.chunks}"
    return visible(f"{found.title}{found.model and ' ' + found.model} → {found.status}{streamed}")


def lines_of(found: Conversation) -> Iterator[tuple[str, str]]:
    """Each speaker with what was said, the settings first; of an answer each kind of part by itself."""
    if found.settings:
        yield "with", json_text.write_line(found.settings)
    for turn in found.asked:
        yield turn.speaker, " ".join(part.shown for part in turn.parts)
    for turn in found.answered:
        yield from _answered(turn)


def _answered(turn: Turn) -> Iterator[tuple[str, str]]:
    """The lines of an answer's turn: what is said in one go is one line, each call has its own."""
    said: list[Part] = []
    for part in turn.parts:
        if turn.speaker == ASSISTANT and part.kind in _LABELS:
            if said:
                yield turn.speaker, " ".join(one.shown for one in said)
                said = []
            yield _LABELS[part.kind], part.shown
        else:
            said.append(part)
    if said:
        yield turn.speaker, " ".join(one.shown for one in said)


def question(request: HttpRequest) -> str:
    """What a request asks, in a line: method, path, model, and the last thing that was said."""
    model, turns = asked_of(request)
    said = [" ".join(part.shown for part in turn.parts) for turn in turns]
    text = f": {_cut(without_secrets(said[-1][:_READ]), _HEAD)}" if said else ""  # half a secret has no shape
    return f"{title(request)}{model and ' ' + model}{text}"


def visible(text: str) -> str:
    """A text in which a terminal finds nothing to obey: its control characters are escaped, not tabs and line ends."""
    return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], text)


def _in_line(text: str) -> str:
    return visible(" ".join(text.split()))


def _cut(text: str, longest: int) -> str:
    text = _in_line(text)
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"
