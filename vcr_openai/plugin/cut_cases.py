"""The tests that ``cuts()`` makes of one: a case for each place in the streams of its cassette."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from vcr_openai._streams.cut_ids import NOWHERE, cut_id
from vcr_openai.plugin.collected_cassettes import CollectedTest

if TYPE_CHECKING:
    from pathlib import Path

    from vcr_openai._http.exchange import HttpResponse
    from vcr_openai._streams.directions import Cut, Cuts
    from vcr_openai.plugin.library_session import LibraryPlugin

FIXTURE: Final = "_vcr_openai_cut"
_REPLACED: Final = ("all", "rewrite")  # record modes in which nothing is played


class CutCases:
    """Makes the cases while tests are collected. Each file is read once."""

    def __init__(self, library: LibraryPlugin) -> None:
        self._library = library
        self._files: dict[Path, list[HttpResponse]] = {}

    def parametrize(self, metafunc: pytest.Metafunc, cuts: Cuts) -> None:
        """Parametrize a test; not at all where nothing was recorded yet, or where it is to be recorded again."""
        test = CollectedTest(metafunc)
        if not metafunc.definition.get_closest_marker("vcr") or _is_recorded_again(metafunc.config, test):
            return
        # Private (pytest 8.4 to 9.2): the parametrized forms so far. Each has a cassette, and so places, of its own.
        made: list[Any] = []
        for calls in [[call] for call in metafunc._calls] or [[]]:  # noqa: SLF001
            places = self._places(test, metafunc.definition, calls[0].id if calls else "", cuts)
            metafunc._calls = calls  # noqa: SLF001
            if places is not None:
                metafunc.fixturenames += [FIXTURE] * (FIXTURE not in metafunc.fixturenames)
                metafunc.parametrize(FIXTURE, list(_cases(places, cuts)), indirect=True)
            made += metafunc._calls  # noqa: SLF001
        metafunc._calls = made  # noqa: SLF001

    def _places(self, test: CollectedTest, item: Any, form: str, cuts: Cuts) -> list[Cut] | None:
        """The places in the streams of a form's cassette; None where there is no stream."""
        from vcr_openai._http.headers import header
        from vcr_openai._streams.frames import stream_framing
        from vcr_openai._streams.plan import stream_places

        found: list[Cut] = []
        number = 0
        for response, is_own in self._responses(test, item, form):
            if stream_framing(response.body) is not None:
                has_length = bool(header(response.headers, "content-length"))
                found += stream_places(response.body, cuts, number, has_length=has_length) if is_own else []
                number += 1
        return found if number else None

    def _responses(self, test: CollectedTest, item: Any, form: str) -> Iterator[tuple[HttpResponse, bool]]:
        """The responses of a test's cassette in the order of its interactions, and whether the test recorded them."""
        library = self._library.library_test(item)
        if library is not None:
            named = replace(library, test_id=f"{library.test_id}[{form}]" if form else library.test_id)
            for track in self._library.library().cassette(named):
                yield from ((exchange.response, track.own) for exchange in track.exchanges)
        for path in test.files(form):
            yield from ((response, True) for response in self._read(path))

    def _read(self, path: Path) -> list[HttpResponse]:
        """The responses of a cassette; none where there is no file, or a broken one, which the test itself reports."""
        from vcr_openai._files import read_text
        from vcr_openai._formats.registry import read_document

        if path not in self._files:
            self._files[path] = []
            with contextlib.suppress(OSError, ValueError, RecursionError):
                self._files[path] = [one.response for one in read_document(read_text(path)).exchanges]
        return self._files[path]


def _is_recorded_again(config: pytest.Config, test: CollectedTest) -> bool:
    if config.getoption("--disable-recording", default=False):
        return True
    mode = test.settings().get("record_mode", config.getoption("--record-mode", default=None))
    return str(getattr(mode, "value", mode)) in _REPLACED


def _cases(places: list[Cut], cuts: Cuts) -> Iterator[Any]:
    """The parameters of a test; one, which is skipped, where the streams have none of the wanted places."""
    of_several = cuts.stream is None and len({place.stream for place in places}) > 1
    for place in places:
        yield pytest.param(place, id=cut_id(place, of_several=of_several))
    if not places:
        reason = f"{cuts!r}: the recorded streams have no such place"
        yield pytest.param(None, id=NOWHERE, marks=pytest.mark.skip(reason=reason))
