"""Headers as they are written in other cassettes: an object, pairs, or the lines of the wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vcr_openai._errors import MalformedInteraction, describe
from vcr_openai._http.vcr_dicts import Headers


def headers(value: Any, where: str) -> Headers:
    """``{name: [values]}`` of headers, names in the case and the order in which they stand; none for null.

    Takes an object whose values are texts or lists of them, a list of pairs, and a list of ``Name: value`` lines. A
    name that stands twice in a list collects its values. Raises MalformedInteraction.
    """
    found: Headers = {}
    for name, values in _items(value, where):
        place = f"{where}.{_text(name, where)}"
        several = values if isinstance(values, (list, tuple)) else [values]
        found.setdefault(_text(name, where), []).extend(_text(one, place) for one in several)
    return found


def _items(value: Any, where: str) -> Iterator[tuple[Any, Any]]:
    if value is None:
        return
    if isinstance(value, Mapping):
        yield from value.items()
        return
    if not isinstance(value, (list, tuple)):
        raise MalformedInteraction(where, "an object or a list of headers", describe(value))
    for index, item in enumerate(value):
        if isinstance(item, (list, tuple)) and len(item) == 2:
            yield item[0], item[1]
        elif isinstance(item, (str, bytes)) and ":" in _text(item, where):
            name, _, rest = _text(item, where).partition(":")
            yield name, rest.strip(" \t\r\n")
        else:
            raise MalformedInteraction(f"{where}[{index}]", "a name with a value", describe(item))


def _text(value: Any, where: str) -> str:
    """A name or a value as text: a number or a boolean that lost its quotes is what it looks like."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("latin-1")  # as HTTP libraries read header bytes
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if value is None:
        return ""
    raise MalformedInteraction(where, "a text", describe(value))
