"""A cassette that finds the interaction of a request without looking at the others.

vcrpy asks its matchers about every interaction, two or three times a request. Here each request has a key, computed
once, and a dictionary has the interactions by their keys. Matchers without a key (the user's own, vcrpy's ``body``) are
asked about the few interactions that share the key, so the result is that of vcrpy's scan.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import chain
from threading import RLock
from typing import TYPE_CHECKING, Any

from vcr import matchers as host_matchers
from vcr.cassette import Cassette
from vcr.record_mode import RecordMode

from vcr_openai._matching.play_queues import Choice, Queues
from vcr_openai._matching.rules import Rules
from vcr_openai._redaction.redaction import Redaction
from vcr_openai._streams.directions import DEFAULT, Directions
from vcr_openai._vcrpy.arrivals import expect, timed
from vcr_openai._vcrpy.context import OneThreadContext
from vcr_openai._vcrpy.director import Director
from vcr_openai._vcrpy.interactions import FILES, current_folder, forget
from vcr_openai._vcrpy.journal import WATCHERS
from vcr_openai._vcrpy.kept_texts import succeed
from vcr_openai._vcrpy.loaded import Copied
from vcr_openai._vcrpy.matchers import BodyMatcher, CanonicalRequests, Matcher, degrees, keys_of
from vcr_openai._vcrpy.miss_explanation import compared, explained, most_alike
from vcr_openai._vcrpy.played_response import with_own_ids, without_pause
from vcr_openai._vcrpy.redaction_hooks import RequestFilter, redacting
from vcr_openai._vcrpy.rerecorded_files import Rerecording
from vcr_openai._vcrpy.saving import Saving, hold_back
from vcr_openai._vcrpy.sent import Sent, sent_request
from vcr_openai._vcrpy.stand_ins import Misses
from vcr_openai._vcrpy.to_the_letter import RequestsToTheLetter, are_equal

if TYPE_CHECKING:
    from vcr.request import Request


class IndexedCassette(Cassette):  # type: ignore[misc]  # vcrpy is not typed
    """vcrpy's cassette (8.5 to 9.4) with a dictionary in place of the scan.

    It makes four choices that a scan cannot make. An API request that was recorded as it is spelled is answered by
    these interactions alone; one whose ids and numbers were recorded, by those. Of several, the nearest comes first:
    the same URL, then the same host and port. With a matcher whose ``rules.repeat`` is set, the last answer repeats for
    ever once all have been played. An interaction of a library plays any number of times.
    """

    _before_record_request: Callable[[Request], Request | None]

    def __init__(
        self,
        *args: Any,
        redaction: Redaction | None = None,
        misses: Misses | None = None,
        saving: Saving | None = None,
        directions: Directions = DEFAULT,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._missed = misses or Misses()
        self._missed.cassettes.append(self)
        self.saving = saving or Saving(stable=False)
        self.director = Director(directions)
        self.failed = False  # whether its block was left by an exception
        self._redaction = redaction = redaction or Redaction.off()
        self._persister: Any = redacting(self._persister, redaction)  # whichever the VCR or the call named
        ours = [matcher for matcher in self._match_on if isinstance(matcher, Matcher)]
        self._keys = keys_of(self._match_on)
        self.asked = tuple(matcher for matcher in self._match_on if matcher not in ours)
        self.canonical: CanonicalRequests | None = ours[0].requests if ours else None
        self._exact = CanonicalRequests((ours[0].rules if ours else Rules()).to_the_letter())
        self._repeats = any(matcher.rules.repeat for matcher in ours)
        self._substitutes = any(matcher.rules.substitute_ids for matcher in ours)
        self._lock = RLock()
        self._loading = False
        self.loaded = 0  # how many of self.data come from files
        self.is_open = False  # whether its context is
        self._asked_for: dict[int, Request] = {}  # the requests that clients made, in order
        self.misses: list[str] = []  # an explanation of each request that found no answer
        any_url = self.record_mode != RecordMode.NEW_EPISODES
        self._queues = Queues(
            degrees(ours, self._exact, any_url=any_url), lambda one: self.data[one][0], any_alone=any_url
        )
        self._letters = RequestsToTheLetter(by_content=any(isinstance(one, BodyMatcher) for one in ours))
        self._indexed = 0  # how many of self.data are in the queues
        self._has_lasting = False
        self.folder = current_folder()  # now: the event loop of a test must not wait for the file system
        self._refusal: OSError | None = None  # why nothing can be saved
        self._before_record_request = RequestFilter(self._before_record_request, redaction)

    @classmethod
    def load(cls, **kwargs: Any) -> IndexedCassette:
        """A cassette with what its file has; where it may record, it is known whether it can be saved."""
        cassette: IndexedCassette = super().load(**kwargs)
        check = getattr(cassette._persister, "check_writable", None)
        if check is not None and not cassette.write_protected:
            try:
                check(cassette._path)
            except OSError as error:
                cassette._refusal = error
        return cassette

    @classmethod
    def use_arg_getter(cls, arg_getter: Callable[[], dict[str, Any]]) -> OneThreadContext:
        """A context manager and decorator that opens a cassette with these settings."""
        return OneThreadContext(cls, arg_getter)

    @classmethod
    def use(cls, **kwargs: Any) -> OneThreadContext:
        """The same, with settings that are made now."""
        return OneThreadContext.from_args(cls, **kwargs)  # type: ignore[no-any-return]

    def _load(self) -> None:
        self._loading = True
        try:
            super()._load()
        finally:
            self._loading = False
            self.loaded = len(self.data)

    def _save(self, force: bool = False) -> None:  # noqa: FBT001, FBT002  # vcrpy's signature
        """Save what is worth it (``Saving``)."""
        saving, is_all = self.saving, self.record_mode == RecordMode.ALL
        passed = saving.passed() if saving.passed else not self.failed
        if not passed and not hold_back(self, lambda request: self._exact.of(request).known):
            return
        begin = getattr(self._persister, "record_again", None)
        if saving.stable and (is_all or saving.former is not None) and begin is not None:
            rules = self.canonical.rules if self.canonical else Rules()
            begin(Rerecording(rules, self._key, saving.former))
            if is_all and passed and saving.alone:  # what is not sent any more comes out of the file
                self.drop_unused_requests = True
        super()._save(force)

    def append(self, request: Request, response: dict[str, Any]) -> None:
        """Add an interaction."""
        with self._lock:
            if self._loading:
                self._append_loaded(request, response)
                return
            count = len(self.data)
            super().append(request, timed(self, Copied(response) if type(response) is dict else response))
            for watcher in WATCHERS if len(self.data) > count else ():
                watcher.recorded(self, count)

    def _append_loaded(self, request: Request, response: dict[str, Any]) -> None:
        """Add an interaction from a file. vcrpy copies a response because a client has it; nobody has this one."""
        filtered = self._before_record_request(request)
        changed = self._before_record_response(response) if filtered else None
        if filtered and changed is not None:
            succeed(request, filtered)
            filtered.place = getattr(request, "place", None)
            self.data.append((filtered, changed))
            self.dirty = True

    def can_play_response_for(self, request: Request) -> bool:
        """Whether a request has an answer; vcrpy's stubs ask, some of them several times, before they send it."""
        self._asked_for[id(request)] = request
        found = bool(super().can_play_response_for(request))
        expect(self, request, found=found)
        if WATCHERS and not found and not self.write_protected and self.filter_request(request):
            for watcher in WATCHERS:
                watcher.sending(self, request)
        return found

    def rewind(self) -> None:
        """Forget what was played."""
        super().rewind()
        self._queues.rewind()
        self._letters.rewind()

    def play_response(self, request: Request) -> dict[str, Any]:
        """The answer to a request, counted as played. Raises UnhandledHTTPRequestError where there is none."""
        with self._lock:  # so that each of two threads with equal requests plays an answer of its own
            if self.director.fails and (failure := self._failure(request)) is not None:
                return failure
            position, response = self._played(request)
        adapted = without_pause(self, request, response)
        return self.director.directed(self.data, request, position, adapted)  # type: ignore[no-any-return]

    def _failure(self, request: Request) -> dict[str, Any] | None:
        """The failure that a test wants before the answer to a request to an API."""
        is_api = self.canonical is None or self.canonical.is_api(self._filtered(request))
        return self.director.failed(request, self._next(request)) if is_api else None

    def _played(self, request: Request) -> tuple[int | None, dict[str, Any]]:
        position = self._next_equal(request)
        if position is None and (stand_in := self._stand_in(request)) is not None:
            self._missed.use(self, stand_in, self._filtered(request))
            for watcher in WATCHERS:
                watcher.drifted(self, stand_in)
            self._note_played(stand_in)
            return stand_in, self._play(stand_in)
        if position is not None and (position < self.loaded or (self._repeats and self.play_counts[position])):
            response = self._play(position)
        else:
            response = super().play_response(request)
        if position is not None:
            self._note_played(position)
            if self._substitutes and not are_equal(self._filtered(request), self.data[position][0]):
                response = with_own_ids(self, request, position, response)
        return position, response

    def _note_played(self, position: int) -> None:
        for watcher in WATCHERS:
            watcher.played(self, position)

    def _play(self, position: int) -> dict[str, Any]:
        """The answer at a position, counted as played, though it may have been played before."""
        if not self.play_counts[position]:
            self._played_interactions.append(self.data[position])
        self.play_counts[position] += 1
        response: dict[str, Any] = self.data[position][1]
        return response

    def plays_again(self, position: int) -> bool:
        """Whether an interaction may answer any number of requests."""
        return self.allow_playback_repeats or self._repeats or self._lasts(position)

    def find_requests_with_most_matches(
        self, request: Request
    ) -> list[tuple[Request, list[str], list[tuple[str, str]]]]:
        """vcrpy asks for these when it gives up on a request: the nearest recorded one, or those played already.

        Adds an explanation to ``misses``; not for aiohttp's stub, which asks for each redirect that it follows.
        """
        live = self._before_record_request(request)
        is_miss = live is not None and self._next(live) is None
        for watcher in WATCHERS if is_miss else ():
            watcher.missed(self, request)
        if self.canonical is None or not is_miss:
            return super().find_requests_with_most_matches(request)  # type: ignore[no-any-return]
        positions = [position for position, _ in self._responses(live)]
        miss, best = explained(self, live, positions, self._missed.hints)
        if miss not in self.misses:  # the SDK tries again
            self.misses.append(miss)
        self._missed.miss(self, live, miss)
        if not self._is_known(live):
            positions = most_alike(self, live)
        elif not positions and best is not None:
            positions = [best]
        return [compared(self, live, position, is_reported=self._missed.is_reported) for position in positions]

    @property
    def path(self) -> str:
        """The path that it is loaded from and saved to; vcrpy has this since 9."""
        return str(self._path)

    def left(self) -> list[int]:
        """The positions from files that were not played, nor recorded anew (record mode ``all``)."""
        unplayed = [position for position in range(self.loaded) if not self.play_counts[position]]
        recorded = {self._key(request) for request, _ in self.data[self.loaded :]}
        if self.record_mode != RecordMode.ALL or not recorded:
            return unplayed
        return [position for position in unplayed if self._key(self.data[position][0]) not in recorded]

    @property
    def file(self) -> str:
        """The path of its file, as it was given."""
        return os.fspath(self._path)

    @property
    def sent(self) -> tuple[Sent, ...]:
        """The requests that clients made, in order: answered from the cassette, recorded, missed or let through."""
        return tuple(sent_request(request, self._redaction) for request in self._asked_for.values())

    @property
    def is_library(self) -> bool:
        """Whether what it records becomes recordings of a library."""
        return getattr(self._persister, "unrecorded", None) is not None

    @property
    def shared(self) -> set[str]:
        """The paths of the library's recordings in it that other tests play, too."""
        return getattr(self._persister, "shared", None) or set()

    @property
    def write_protected(self) -> bool:
        """Whether nothing may be recorded. Mode ``once`` records where only other tests' recordings were loaded.

        vcrpy asks before it sends a request. Raises OSError where its answer could not be saved.
        """
        is_unrecorded = self.record_mode == RecordMode.ONCE and getattr(self._persister, "unrecorded", False)
        if super().write_protected and not is_unrecorded:
            return True
        if self._refusal is not None:
            raise self._refusal
        return False

    def __contains__(self, request: Request) -> bool:
        return self._next(request) is not None

    def _responses(self, request: Request) -> Iterator[tuple[int, dict[str, Any]]]:
        """The positions and answers of all interactions that may answer, the one to be played next first."""
        request = self._filtered(request)
        choice = self._choice(request)
        found = self._found(request, choice)
        first = [] if found is None else [found]
        rest = chain(() if self.allow_playback_repeats else choice.left(), choice.forwards())
        seen: set[int] = set()  # filled one by one: mostly the first is all that is asked for
        for position in chain(first, rest):
            if position not in seen and self._agree(request, position):
                yield position, self.data[position][1]
            seen.add(position)

    def _next(self, request: Request) -> int | None:
        """The position that a request plays next; None where no interaction is left, and none stands in."""
        with self._lock:
            found = self._next_equal(request)
            return self._stand_in(request) if found is None else found

    def _stand_in(self, request: Request) -> int | None:
        if not self._missed.choice:
            return None
        request = self._filtered(request)
        return self._missed.stand_in(self, request, is_known=self._is_known(request))

    def _next_equal(self, request: Request) -> int | None:
        """The position that a request plays next, by the matchers; None where no interaction is left."""
        with self._lock:
            request = self._filtered(request)
            found = self._next_to_the_letter(request)
            return self._found(request, self._choice(request)) if found is None else found

    def _next_to_the_letter(self, request: Request) -> int | None:
        """The position of the interaction with the very same API request that plays next, as ``_found`` gives it."""
        if self.canonical is None or self.allow_playback_repeats or not self.canonical.is_api(request):
            return None
        left = self._letters.left(self.data, request, self.play_counts, is_dirty=self.dirty)
        return self._first(request, (one for one in left if not self.play_counts[one] and self._answers(one)))

    def _found(self, request: Request, choice: Choice) -> int | None:
        if self._has_lasting:
            lasting = self._first(request, filter(self._lasts, choice.forwards()))
            if lasting is not None:
                return lasting if self._is_known(request) else self._equal(request, choice)
        if self.allow_playback_repeats:  # vcrpy: the first one, for ever
            return self._first(request, choice.forwards())
        found = self._first(request, (one for one in choice.left() if not self.play_counts[one] and self._answers(one)))
        if found is None and self._repeats:
            return self._first(request, filter(self._answers, choice.backwards()))
        return found

    def _answers(self, position: int) -> bool:
        """Whether an interaction answers now: what was recorded just now repeats only once it is in a file."""
        is_recording = self.record_mode != RecordMode.NONE
        return position < self.loaded or not (is_recording and (self._repeats or self.is_library))

    def _choice(self, request: Request) -> Choice:
        """What may answer: the closest degree in which an interaction agrees; to another API all that match."""
        self._index_new()
        key = self._key(request)
        if not self._is_known(request):
            return self._queues.sharing(key, self.play_counts)
        choices = self._queues.choices(key, request, self.play_counts)
        return next((one for one in choices if self._first(request, one.forwards()) is not None), Choice(()))

    def _first(self, request: Request, positions: Iterable[int]) -> int | None:
        return next((one for one in positions if self._agree(request, one)), None)

    def _lasts(self, position: int) -> bool:
        return bool(self.data[position][1].get(FILES))

    def _equal(self, request: Request, choice: Choice) -> int | None:
        """A library's interaction that equals a request to another API, whose matching leaves out the body."""
        live = self._exact.of(request).key
        lasting = (one for one in choice.forwards() if self._lasts(one))
        return self._first(request, (one for one in lasting if self._exact.of(self.data[one][0]).key == live))

    def _filtered(self, request: Request) -> Request:
        """The request as it is recorded; vcrpy never asks for the answer to an ignored one."""
        return self._before_record_request(request) or request

    def _index_new(self) -> None:
        while self._indexed < len(self.data):
            position, request = self._indexed, self.data[self._indexed][0]
            self._indexed += 1
            self._has_lasting = self._has_lasting or self._lasts(position)
            self._queues.add(self._key(request), position)
            if not self.dirty:  # it was loaded, and will hardly be saved
                forget(request)

    def _is_known(self, request: Request) -> bool:
        """Whether our matchers, where they are used, compare a request by its body."""
        return self.canonical is not None and self.canonical.key(request) is not None

    def _key(self, request: Request) -> Hashable:
        return tuple(key(request) for key in self._keys)

    def _agree(self, request: Request, position: int) -> bool:
        return not self.asked or bool(host_matchers.requests_match(request, self.data[position][0], self.asked))
