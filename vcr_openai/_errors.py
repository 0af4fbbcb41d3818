"""The errors about data: what was expected, what was found, and where."""

from __future__ import annotations

from typing import Any

_SHOWN = 60  # characters of a value that a message repeats: enough to recognise it, too few to leak a prompt


class TranslationError(ValueError):
    """Data that does not fit its format. Base of all errors that this package raises about data.

    ``where`` is a JSON path into the document (``response.body[3].__data__``; empty for the document itself),
    ``expected`` and ``found`` are phrases without a full stop. ``str()`` joins the three into one line.
    """

    def __init__(self, where: str, expected: str, found: str) -> None:
        super().__init__(where, expected, found)  # all three, so that the error survives pickling between processes
        self.where = where
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        message = f"expected {self.expected}, found {self.found}"
        return f"{self.where}: {message}" if self.where else message

    def within(self, where: str) -> TranslationError:
        """The same error seen from an outer document, in which this document is at the JSON path ``where``."""
        separator = "" if not self.where or self.where.startswith("[") else "."
        return type(self)(f"{where}{separator}{self.where}", self.expected, self.found)


class MalformedRecording(TranslationError):
    """A document that is not in the recording format: its file must be corrected."""


class MalformedInteraction(TranslationError):
    """A cassette's interaction that contradicts itself or HTTP: the cassette must be corrected."""


class Unsupported(TranslationError):
    """A valid document that the other format cannot express. Leave it, or choose another format."""


def describe(value: Any) -> str:
    """A short noun phrase for a JSON value, as the ``found`` of an error: ``the number 3``, ``a list of 2``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"the number {value!r}"[:_SHOWN]
    if isinstance(value, (str, bytes)):
        shown = repr(value[:_SHOWN]) + ("…" if len(value) > _SHOWN else "")
        return f"the text {shown}" if isinstance(value, str) else f"the bytes {shown}"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        names = ", ".join(map(str, list(value)[:5]))[:_SHOWN]
        return f"an object with the keys {names}{', …' if len(value) > 5 else ''}" if value else "an empty object"
    return f"a {type(value).__name__}"
