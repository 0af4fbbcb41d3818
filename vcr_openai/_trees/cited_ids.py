"""Cited ids: the ids of answers that the requests of other recordings have, which therefore must stay as they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from vcr_openai._recording.recorder import ids_to_normalize, normal_form
from vcr_openai._recording.recording import Recording

_WORD = re.compile(r"[\w-]+")


class CitedIds:
    """The words of all requests of a tree, each with the number of recordings whose requests have it."""

    def __init__(self, recordings: Iterable[Recording]) -> None:
        """Read the requests; the recordings are not kept."""
        self._number: Counter[str] = Counter()
        for recording in recordings:
            self._number.update(_words(recording.request))

    def of(self, recording: Recording) -> frozenset[str]:
        """The ids of a recording's answer that the recorder would replace and that another recording's request has."""
        ids = ids_to_normalize(recording)
        own = _words(recording.request) if ids else frozenset()
        return frozenset(one for one in ids if self._is_cited(_words(one), own))

    def _is_cited(self, words: frozenset[str], own: frozenset[str]) -> bool:
        """Whether another recording's request has all words of an id; ``own`` are those of its own request."""
        return bool(words) and all(self._number[word] > (word in own) for word in words)

    def normal_form(self, recording: Recording) -> tuple[Recording, list[str], list[str]]:
        """The normal form of a recording with its cited ids, the changed paths, and the ids that stay for this reason.

        Raises Unsupported as ``recording_key``.
        """
        normal, changed = normal_form(recording)
        cited = self.of(recording) if changed else frozenset()
        if not cited:
            return normal, changed, []
        kept, kept_changed = normal_form(recording, cited)
        return kept, kept_changed, sorted(cited) if kept != normal else []


def note(path: str, cited: Iterable[str]) -> str:
    """The sentence for a report about the ids of a file that stay."""
    return f"{path} keeps {', '.join(cited)}: the request of another recording has it"


def _words(value: object) -> frozenset[str]:
    return frozenset(word for text in _texts(value) for word in _WORD.findall(text))


def _texts(value: object) -> Iterator[str]:
    """All texts in a JSON value, the names of its members among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for one in value:
            yield from _texts(one)
        for one in value.values() if isinstance(value, dict) else ():
            yield from _texts(one)
