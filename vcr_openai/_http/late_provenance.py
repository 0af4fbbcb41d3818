"""Late provenance: that of a recording which is played, made when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from vcr_openai._http.exchange import Provenance


class LateProvenance(Mapping[str, Any]):
    """The provenance of a recording: whoever plays the recording never asks for it.

    ``make`` is asked for it once. It is never empty, and never changes. ``text`` is the recording's JSON text, or None.
    """

    def __init__(self, make: Callable[[], Provenance], text: str | None = None) -> None:
        self._make = make
        self.text = text

    @cached_property
    def _made(self) -> Provenance:
        return self._make()

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
