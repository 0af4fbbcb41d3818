"""The errors about data: what was expected, what was found, and where."""

from __future__ import annotations

from typing import Any

_READ = 2000  # characters that are searched for secrets before the first are shown
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
        return without_secrets(f"{self.where}: {message}" if self.where else message)

    def within(self, where: str) -> TranslationError:
        """The same error seen from an outer document, in which this document is at the JSON path ``where``."""
        return type(self)(joined(where, self.where), self.expected, self.found)


class MalformedRecording(TranslationError):
    """A document that is not in the recording format: its file must be corrected."""


class MalformedInteraction(TranslationError):
    """A cassette's interaction that contradicts itself or HTTP: the cassette must be corrected."""


class Unsupported(TranslationError):
    """A valid document that the other format cannot express. Leave it, or choose another format."""


def describe(value: Any) -> str:
    """A short noun phrase for a JSON value, as the ``found`` of an error: ``the number 3``, ``a list of 2``.

    It shows no secret: the beginning of a text, and the names of an object, are those of ``without_secrets``.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"the number {value!r}"[:_SHOWN]
    if isinstance(value, (str, bytes)):
        return f"the text {_shown(value)}" if isinstance(value, str) else f"the bytes {_shown(value)}"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, dict):
        names = ", ".join(without_secrets(str(name)[:_READ]) for name in list(value)[:5])[:_SHOWN]
        return f"an object with the keys {names}{', …' if len(value) > 5 else ''}" if value else "an empty object"
    return f"a {type(value).__name__}"


def without_secrets(text: str) -> str:
    """A text for people, with an excerpt (``sk-p…9f``) in the place of each secret in it."""
    from vcr_openai._secrets.masking import masked  # its many patterns take a while to compile

    return masked(text)


def _shown(value: str | bytes) -> str:
    """The beginning of a text as Python writes it. It is searched before it is cut, as half a secret has no shape."""
    if isinstance(value, str):
        text: str | bytes = without_secrets(value[:_READ])
    else:
        text = without_secrets(value[:_READ].decode("latin-1")).encode("latin-1", "replace")
    return repr(text[:_SHOWN]) + ("…" if max(len(text), len(value)) > _SHOWN else "")


def joined(where: str, inner: str) -> str:
    """The JSON path of what is at ``inner`` in the value at ``where``."""
    return f"{where}{'.' if where and inner and not inner.startswith('[') else ''}{inner}"
