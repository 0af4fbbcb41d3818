"""Duplicates: recordings of one test that differ in volatile text alone, and those that a newer one supersedes.

The recorder finds a recording by its key. Of several with one key it finds the one with the current name, in the folder
of the test. In doubt a recording is no duplicate: people distinguish twins of one key by a suffix of the name.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from vcr_openai._api.endpoint import Layout
from vcr_openai._errors import TranslationError
from vcr_openai._http.exchange import Exchange
from vcr_openai._matching.canonical import canonical
from vcr_openai._matching.rules import Rules
from vcr_openai._matching.same_answers import said
from vcr_openai._recording.key import explained_by, findable, is_recorders_name, is_shared, recording_key, twin_suffix
from vcr_openai._recording.key_rules import KEY_RULES
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import playable_exchange
from vcr_openai._trees.cassette_paths import RECORDINGS

# What varies in a request from run to run. A host is another set-up; a default that is spelled out is another request.
_VOLATILE: Final = Rules(ignore=(), match_host=True, defaults=False, file_search_noise=True)
_UNKNOWN: Final = len(KEY_RULES)  # the age of a name that no rule explains


class Duplicate(NamedTuple):
    """A recording that is not needed beside another one; ``certain`` is false where it may be the other way round."""

    path: str
    other: str
    why: str
    certain: bool = True


class _Rank(NamedTuple):
    """How a recording stands among those of its key: the least is the one that the recorder finds, or the newest."""

    is_lost: bool  # the recorder does not look for this name
    is_elsewhere: bool  # it is not in the folder of its test
    age: int  # how old the rule of its name is
    is_named: bool  # it has a name that a person gave it, or a suffix


@dataclass(frozen=True)
class Fingerprint:
    """What decides whether a recording is a duplicate.

    ``owner`` is its test, or the folder of a shared one. ``request`` has the request without volatile text, None where
    only the key counts; ``asked`` and ``given`` are the ids in the request and in the answer.
    """

    path: str
    owner: str
    key: str
    answer: str
    rank: _Rank
    request: tuple[str, str] | None = None
    asked: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()


def fingerprint(path: str, recording: Recording) -> Fingerprint:
    """The fingerprint of a recording that has, or should have, this path. Raises nothing."""
    try:
        key = recording_key(recording)
        exchange = playable_exchange(recording) if recording.layout in (Layout.CALL, Layout.HTTP) else None
        is_comparable = recording.layout is not Layout.INTERACTION
    except (TranslationError, RecursionError):
        is_comparable = False
    if not is_comparable:  # only the same content counts
        return Fingerprint(path, _owner(path, recording), _digest(recording.document), "", _rank(path, recording))
    return _of_call(path, recording, key, exchange)


def _of_call(path: str, recording: Recording, key: str, exchange: Exchange | None) -> Fingerprint:
    owner, rank = _owner(path, recording), _rank(path, recording)
    if exchange is None:
        return Fingerprint(path, owner, key, _digest(recording.response), rank)
    answer = said(exchange.response, is_api=recording.layout is Layout.CALL)
    request = canonical(exchange.request, _VOLATILE)
    asked = frozenset(request.renamed)
    same = request.key if request.known and asked else None
    return Fingerprint(path, owner, key, answer.key, rank, same, asked, frozenset(answer.ids))


def _owner(path: str, recording: Recording) -> str:
    is_own = recording.test_id and not is_shared(recording)
    return f"test {recording.test_id}" if is_own else f"folder {Path(path).parent}"


def _rank(path: str, recording: Recording) -> _Rank:
    name = Path(path).name
    rule = explained_by(name, recording)
    home = (*Path((recording.test_id or "").partition("::")[0]).parent.parts, RECORDINGS)
    folder = Path(path).absolute().parent.parts
    return _Rank(
        is_lost=not findable(name, recording) or twin_suffix(name) != "",
        is_elsewhere=folder[-len(home) :] != home,
        age=_UNKNOWN if rule is None else KEY_RULES.index(rule),
        is_named=not is_recorders_name(name),
    )


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def find_duplicates(found: Iterable[Fingerprint]) -> list[Duplicate]:
    """The duplicates among recordings, each with one that stays, in the order of their paths."""
    by_key: defaultdict[tuple[str, str], list[Fingerprint]] = defaultdict(list)
    for one in found:
        by_key[one.owner, one.key].append(one)
    duplicates: list[Duplicate] = []
    kept: list[Fingerprint] = []
    for group in by_key.values():
        ordered = sorted(group, key=lambda one: (one.rank, one.path))
        of_group = list(_of_one_key(ordered))
        gone = {one.path for one in of_group}
        duplicates += of_group
        kept += [one for one in ordered if one.path not in gone]
    return sorted([*duplicates, *_of_other_ids(kept)])


def _of_one_key(ordered: Sequence[Fingerprint]) -> Iterator[Duplicate]:
    """The duplicates among recordings of one key: the first of each answer stays, the newest of them always."""
    newest = ordered[0]
    answers: dict[str, Fingerprint] = {}
    for one in ordered:
        if one.answer in answers:
            yield Duplicate(one.path, answers[one.answer].path, "the same as")
        elif not (newest.rank.is_named or one.rank.is_named) and one.rank[:3] > newest.rank[:3]:
            yield Duplicate(one.path, newest.path, "superseded by")
        else:
            answers[one.answer] = one


def _of_other_ids(found: Sequence[Fingerprint]) -> Iterator[Duplicate]:
    """The recordings of one test that differ in ids alone, as those of a conversation that was recorded again.

    One whose ids are in no answer of the test is superseded by one whose ids are.
    """
    given: defaultdict[str, set[str]] = defaultdict(set)
    alike: defaultdict[tuple[str, tuple[str, str]], list[Fingerprint]] = defaultdict(list)
    for one in found:
        given[one.owner] |= one.given
        if one.request is not None:
            alike[one.owner, one.request].append(one)
    for (owner, _), group in alike.items():
        current = [one for one in group if one.asked <= given[owner]]
        if current and len(group) > len(current):
            left = [one for one in group if one not in current]
            yield from (Duplicate(one.path, current[0].path, "superseded, with ids of no answer, by") for one in left)
        elif not current:
            first: dict[str, Fingerprint] = {}
            for one in group:
                if first.setdefault(one.answer, one) is not one:
                    yield Duplicate(one.path, first[one.answer].path, "the same, except for ids, as", certain=False)
