"""Late provenance: that of a recording which is played, made when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from vcr_openai._api.endpoint import Layout
from vcr_openai._http.exchange import Exchange, Provenance
from vcr_openai._recording.opaque import is_unicode
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import exchange_of, playable_exchange, with_retries


class LateProvenance(Mapping[str, Any]):
    """The provenance of a recording: whoever plays the recording never asks for it.

    ``exchange_of`` is asked for it. It is never empty, and never changes. ``read`` gives the recording, which is read
    again: its many objects need not stay in memory. ``text`` is its JSON text, or None.
    """

    def __init__(self, read: Callable[[], Recording], text: str | None = None) -> None:
        self._read = read
        self.text = text

    @cached_property
    def _made(self) -> Provenance:
        return exchange_of(self._read()).provenance

    def __getitem__(self, key: str) -> Any:
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def __bool__(self) -> bool:
        return True

    def __deepcopy__(self, _memo: dict[int, Any]) -> LateProvenance:
        return self


def exchanges_to_play(readers: Iterable[tuple[Callable[[], Recording], str | None]]) -> list[Exchange]:
    """The exchanges of the recordings of one file, as ``exchanges_of`` gives them, but with late provenance.

    ``readers`` give the recordings, and may be asked again; beside each is its text, or None. The recordings that have
    no exact counterpart on the wire can be played, too.
    """
    return with_retries([_to_play(read, text) for read, text in readers])


def _to_play(read: Callable[[], Recording], text: str | None) -> Exchange:
    recording = read()
    exchange = None if recording.layout is Layout.INTERACTION else playable_exchange(recording)
    if exchange is None or not is_unicode(exchange.request, exchange.response):
        return exchange_of(recording)
    return Exchange(exchange.request, exchange.response, LateProvenance(read, text))
