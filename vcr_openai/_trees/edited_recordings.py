"""Edited recordings: the test of a recording in which somebody replaced a word everywhere, its test id included.

The name of the file is the proof: it has the key of the request as it was. What the test ids differ in is put back into
the request, and the key is compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from vcr_openai._errors import TranslationError
from vcr_openai._recording.key import explained_by
from vcr_openai._recording.recording import Recording

_LONGEST_WORD: Final = 60  # characters before the difference that can belong to the word that was replaced


def is_edited(name: str, recording: Recording) -> bool:
    """Whether no rule explains the name of a recording's file."""
    return explained_by(name, recording) is None


def test_before_edit(name: str, recording: Recording, tests: Iterable[str]) -> str | None:
    """The one of the tests whose recording has the name of this file, once the replaced word is put back."""
    test_id = recording.test_id or ""
    file, _, tail = test_id.partition("::")
    request = json.dumps(recording.request)
    for candidate in tests:
        other_file, _, other_tail = candidate.partition("::")
        if file != other_file and tail != other_tail:
            continue
        pairs = [pair for pair in _replacements(test_id, candidate) if test_id.replace(*pair) == candidate]
        for restored in {request.replace(_in_json(word), _in_json(former)) for word, former in pairs}:
            if _explains(name, {**recording.document, "test_id": candidate}, restored):
                return candidate
    return None


def _explains(name: str, document: dict[str, Any], request: str) -> bool:
    """Whether a file's name is that of a recording with this request."""
    try:
        return explained_by(name, Recording({**document, "request": json.loads(request)})) is not None
    except (ValueError, TranslationError):  # not a recording any more
        return False


def _in_json(word: str) -> str:
    return json.dumps(word)[1:-1]


def _replacements(text: str, former: str) -> Iterator[tuple[str, str]]:
    """The words that may have been replaced in a text: what it differs in, with more and more of what is before that.

    What differs is not always clear: of ``a-new-b`` and ``a-b`` it is ``-new`` or ``new-``.
    """
    for start, end in _differences(text, former):
        for more in range(min(start, _LONGEST_WORD) + 1):
            word = text[start - more : len(text) - end]
            if word:
                yield word, former[start - more : len(former) - end]


def _differences(text: str, former: str) -> Iterator[tuple[int, int]]:
    """How many characters two texts have in common at the start and at the end: with the longest start, then end."""
    shortest = min(len(text), len(former))
    start = _common(text, former)
    end = _common(text[::-1], former[::-1])
    yield start, min(end, shortest - start)
    if start + end > shortest:
        yield shortest - end, end


def _common(text: str, other: str) -> int:
    """How many characters two texts begin with."""
    pairs = enumerate(zip(text, other, strict=False))
    return next((number for number, (one, two) in pairs if one != two), min(len(text), len(other)))
