"""A cassette file's bytes, whoever wrote them -> its interactions.

The rule of this file: it reads what it can bound. Compressed files are unpacked to a limit, text is UTF-8, depth has an
end; all that goes wrong is a TranslationError.
"""

from __future__ import annotations

import re
from typing import Any

from vcr_openai._errors import MalformedInteraction, TranslationError, Unsupported, describe
from vcr_openai._formats.foreign_interactions import current
from vcr_openai._http.note import Note
from vcr_openai._http.old_coding import Undecodable, decompress
from vcr_openai._json import json_text
from vcr_openai._yaml import yaml_dialects

LIMIT = 256 << 20  # bytes of a file, unpacked
_VERSION = 1  # of vcrpy's cassette format
_GZIP = b"\x1f\x8b"
_MARKS = {b"\xff\xfe\0\0": "UTF-32", b"\0\0\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
# A key in double quotes first, or a list of such: YAML's flow style could begin so, but only JSON is written so.
_JSON_START = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{\]])")


def read_cassette(data: bytes | str, limit: int = LIMIT) -> tuple[dict[str, Any], list[Note]]:
    """A cassette in vcrpy's current layout, ``{"version": 1, "interactions": […]}``, and what one should know of it.

    ``data`` is a file's content: YAML or JSON, gzipped or not, of any layout that ``raw_interactions`` and ``current``
    know. Raises MalformedInteraction or Unsupported, whose ``where`` names the interaction (``interactions[3].…``) or
    the line.
    """
    raw, notes = raw_interactions(data, limit)
    interactions = []
    for index, one in enumerate(raw):
        where = f"interactions[{index}]"
        try:
            interaction, noticed = current(one)
        except TranslationError as error:
            raise error.within(where) from error
        interactions.append(interaction)
        notes += [note.within(where) for note in noticed]
    return {"version": _VERSION, "interactions": interactions}, notes


def raw_interactions(data: bytes | str, limit: int = LIMIT) -> tuple[list[Any], list[Note]]:
    """The interactions of a cassette file as they are written, for ``current``; none for a blank file.

    Read are vcrpy's and go-vcr's ``interactions``, the ``http_interactions`` of Ruby VCR and betamax, langchain's
    ``requests`` beside ``responses``, the bare list of vcrpy before 1.0, and a single interaction. Raises Unsupported
    for any other document, MalformedInteraction for text that is not UTF-8, longer than ``limit`` bytes, or neither
    YAML nor JSON.
    """
    value = _value(_text(data, limit))
    if value is None:
        return [], []
    if isinstance(value, list):
        return value, []
    if not isinstance(value, dict):
        raise Unsupported("", "a cassette", describe(value))
    for key in ("interactions", "http_interactions"):
        if key in value:
            return _list(value[key], key), _left_out(value, {key, "version"})
    if "requests" in value and "responses" in value:
        requests, responses = _list(value["requests"], "requests"), _list(value["responses"], "responses")
        if len(requests) != len(responses):
            raise MalformedInteraction("responses", f"{len(requests)} responses", f"{len(responses)}")
        pairs = [{"request": one, "response": other} for one, other in zip(requests, responses, strict=True)]
        return pairs, _left_out(value, {"requests", "responses", "version"})
    if "request" in value and "response" in value:
        return [value], []
    raise Unsupported("", "a cassette: an object with interactions", describe(value))


def _text(data: bytes | str, limit: int) -> str:
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")  # and is refused below where it is no Unicode
    if len(data) > limit:
        raise MalformedInteraction("", f"a file of at most {limit} bytes", f"one of {len(data)}")
    if data.startswith(_GZIP):
        try:
            data = decompress("gzip", data, limit)
        except Undecodable as error:
            raise MalformedInteraction("", "a gzipped cassette", f"a file of which {error}") from error
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            raise MalformedInteraction("", "a file in UTF-8", f"one in {name}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{data[error.start]:02x}"
        raise MalformedInteraction(f"line {line}", "a file in UTF-8", found) from error


def _value(text: str) -> Any:
    if not text.strip():
        return None
    if not _JSON_START.match(text):
        return yaml_dialects.read(text)
    try:
        return json_text.read(text)
    except ValueError as error:
        raise MalformedInteraction("", "a JSON document", f"text that is none ({error})") from error


def _list(value: Any, where: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedInteraction(where, "a list", describe(value))
    return value


def _left_out(value: dict[str, Any], known: set[str]) -> list[Note]:
    names = [str(name)[:40] for name in value if name not in known]
    return [Note("", f"left out, because vcrpy has no place for it: {', '.join(names)[:200]}")] if names else []
