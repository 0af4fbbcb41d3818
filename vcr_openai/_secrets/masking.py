"""Texts for people without the secrets in them: whatever a message, a finding or a command repeats of a file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vcr_openai._secrets.secret_names import secret_member, secret_parameter, secrets_by_name
from vcr_openai._secrets.secret_shapes import secrets_by_shape

_LONG_ENOUGH = 16  # characters of a secret of which six may be shown
# A member of an object, in JSON, in JSON within JSON, or as Python shows it; its value may be cut off.
_MEMBER = re.compile(
    r"""(\\{0,8}["'])([^"'\\]{1,80})\1\s{0,9}:\s{0,9}(\\{0,8}["'])((?:\\.|[^\\]){0,4096}?)(?:\3|\\?\Z)""", re.DOTALL
)
_PARAMETER = re.compile(r"(?:^|[?&;#])([^=&;#?/:\s]{1,80})=([^&;#\s\"'<>]{1,4096})")


def masked(text: str) -> str:
    """The text with an excerpt in the place of each secret; the same object where it has none."""
    spans = sorted(span for span in _secrets(text) if span[0] < span[1])
    if not spans:
        return text
    parts: list[str] = []
    end = 0
    for start, stop in spans:
        if start >= end:
            parts += (text[end:start], excerpt(text[start:stop]))
        end = max(end, stop)
    return "".join([*parts, text[end:]])


def excerpt(secret: str) -> str:
    """The first four and the last two characters of a long secret: enough to recognize it, too few to use it."""
    if len(secret) < _LONG_ENOUGH:
        return "…"
    shown = f"{secret[:4]}…{secret[-2:]}"
    return "".join(character if character.isprintable() else " " for character in shown)


def _secrets(text: str) -> Iterator[tuple[int, int]]:
    """The places of the secrets in a text; they may overlap."""
    for match in (*secrets_by_shape(text), *secrets_by_name(text)):
        yield match.start, match.end
    for found in _MEMBER.finditer(text):
        if secret_member(found[2], found[4]):
            yield found.span(4)
    for found in _PARAMETER.finditer(text):
        if secret_parameter(found[1], found[2]):
            yield found.span(2)
