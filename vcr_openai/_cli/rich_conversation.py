"""Conversations on a terminal, with colours and layout by rich, which is imported nowhere else.

Texts are never read as markup, and their control characters are escaped.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from shutil import get_terminal_size

from rich.console import Console, Group, RenderableType
from rich.highlighter import JSONHighlighter
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from vcr_openai._http.exchange import Exchange
from vcr_openai._review.conversation import ASSISTANT, Conversation, Part, Turn, conversation
from vcr_openai._review.transcript import visible
from vcr_openai._review.usage import tokens_of

_SHORT = 600  # characters of a text, without --full
_ROLES = {ASSISTANT: "bold green", "user": "bold cyan", "system": "bold yellow", "developer": "bold yellow"}
_OTHERS = {"tool": "bold magenta", "function": "bold magenta", "error": "bold red"}
_KINDS = {"media": "blue", "reasoning": "italic dim", "refusal": "yellow", "error": "red"}


class Painter:
    """Makes coloured lines of exchanges, as wide as the terminal."""

    def __init__(self, *, full: bool) -> None:
        self._full = full
        self._width = get_terminal_size().columns

    def title(self, name: str) -> str:
        """The line with the name of what follows."""
        console = self._console()
        with console.capture() as captured:
            console.print(Text(name, "bold underline"), soft_wrap=True)
        return captured.get().rstrip("\n")

    def lines(self, exchange: Exchange, margin: str) -> Iterator[str]:
        """The lines of an exchange, with the codes of colours."""
        found = conversation(exchange)
        tokens = tokens_of(exchange.response.body)
        console = self._console()
        with console.capture() as captured:
            console.print(Padding(Group(*self._parts(found, tokens)), (0, 0, 0, len(margin))))
        yield from captured.get().rstrip("\n").split("\n")
        yield ""

    def _console(self) -> Console:
        return Console(file=io.StringIO(), force_terminal=True, width=self._width)

    def _parts(self, found: Conversation, tokens: int) -> Iterator[RenderableType]:
        yield _headline(found)
        table = Table.grid(padding=(0, 1))
        table.add_column(justify="right", no_wrap=True)
        table.add_column(ratio=1, overflow="fold")
        if found.settings:
            table.add_row(Text("with", "dim"), Text(visible(self._cut(json.dumps(found.settings))), "dim"))
        for turn in (*found.asked, *found.answered):
            self._add_turn(table, turn)
        if tokens:
            table.add_row(Text("usage", "dim"), Text(f"{tokens:,} {'token' if tokens == 1 else 'tokens'}", "dim"))
        yield Padding(table, (0, 0, 0, 2))

    def _add_turn(self, table: Table, turn: Turn) -> None:
        """A row for each part; the speaker stands before the first."""
        style = {**_ROLES, **_OTHERS}.get(turn.speaker, "bold")
        label = Text(visible(turn.speaker[:20]), style)
        for number, part in enumerate(turn.parts or (Part("text", ""),)):
            table.add_row(Text("") if number else label, self._shown(part))

    def _shown(self, part: Part) -> RenderableType:
        if part.kind == "call":
            name = Text.assemble(("→ ", "dim"), (visible(part.name), "bold magenta"))
            return Group(name, Padding(self._value(part.text), (0, 0, 0, 2)))
        if part.kind in ("result", "data"):
            return self._value(part.text)
        return Text(visible(self._cut(part.text)), _KINDS.get(part.kind, ""))

    def _value(self, text: str) -> RenderableType:
        """JSON with its members below each other; any other text as it is."""
        try:
            if not text.lstrip().startswith(("{", "[")):
                return Text(visible(self._cut(text)))
            laid_out = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            return Text(visible(self._cut(text)))
        if not self._full and len(laid_out) > _SHORT:
            return Text(visible(self._cut(laid_out)))
        shown = Text(visible(laid_out))
        JSONHighlighter().highlight(shown)
        return shown

    def _cut(self, text: str) -> str:
        text = text.replace("\u2028", "\n").replace("\u2029", "\n\n")  # the line ends of people's texts
        if self._full or len(text) <= _SHORT:
            return text
        return f"{text[:_SHORT]}… ({len(text):,} characters)"


def _headline(found: Conversation) -> Text:
    if found.is_opaque:
        return Text("opaque", "bold")
    streamed = "" if found.chunks is None else f"  a stream of {found.chunks}"
    return Text.assemble(
        (visible(found.title), "bold"),
        (visible(f" {found.model}" if found.model else ""), "magenta"),
        (f" → {found.status}", "green" if found.status < 400 else "bold red"),
        (streamed, "dim"),
    )
