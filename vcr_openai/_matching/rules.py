"""Rules: what matching ignores, renames or rounds.

Each field of ``Rules`` is one entry: its default, the kind of its setting (how it is checked, and read from the text
of an ini file), its 'off' value and whether it changes texts. ``exact``, ``literal``, the ini file and the command line
are derived from these entries, so a new rule is one new field. A Rules value is always valid: a wrong setting raises an
error that names it, what was expected and what was found.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from vcr_openai._api.api_hosts import check_host
from vcr_openai._errors import describe
from vcr_openai._json import json_path

# The prefixes of generated ids of OpenAI and of servers that implement its API.
ID_PREFIXES: Final = tuple(
    "asst_ batch_ call_ cfile_ chatcmpl- ci_ cmpl- cntr_ conv_ ctc_ eval_ evalrun_ fc_ file- file_ fs_ ftjob- "
    "ig_ item_ mcp_ mcpl_ mcpr_ modr- msg_ rec- req_ resp_ rs_ run_ sess_ step_ thread_ toolu_ upload_ video_ "
    "vs_ vsfb_ ws_".split()
)
# Members whose value is an id: a string, or a list of strings.
ID_FIELDS: Final = tuple(
    "approval_request_id assistant_id batch_id call_id container container_id conversation conversation_id "
    "eval_id file_id file_ids id input_file_id item_id message_id part_ids previous_item_id "
    "previous_response_id response_id run_id thread_id tool_call_id tool_use_id training_file upload_id "
    "validation_file vector_store_id vector_store_ids".split()
)
# Those of them that only connect a tool's result with its call. Their value means nothing else, whatever it looks like.
LINK_FIELDS: Final = frozenset({"approval_request_id", "call_id", "tool_call_id", "tool_use_id"})
Word = str | Callable[[re.Match[str]], str]
_ARROW: Final = re.compile(r"\s+=>(?:\s+|\Z)")
_NOTHING: Final = "(nothing)"  # the text of an empty list; an empty text in an ini file means the default
_MOST_DIGITS: Final = 15  # a float has no more significant digits
_WORDS: Final = dict.fromkeys(("true", "yes", "on", "1", "t", "y"), True) | dict.fromkeys(
    ("false", "no", "off", "0", "f", "n"), False
)


class _SettingKind(NamedTuple):
    """A kind of setting.

    ``checked`` gives the value that Rules keeps, or raises ValueError (with the setting's name, the first argument).
    ``from_text`` reads the setting of an ini file; what it cannot read it hands on to ``checked`` as it is.
    """

    checked: Callable[[str, Any], Any]
    from_text: Callable[[str], Any]


def _switch(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name}: expected true or false, found {describe(value)}")  # noqa: TRY004 - a setting
    return value


def _digits(name: str, value: Any) -> int | None:
    if value is None or (type(value) is int and 0 <= value <= _MOST_DIGITS):
        return value
    raise ValueError(f"{name}: expected a whole number from 0 to {_MOST_DIGITS} or none, found {describe(value)}")


def _texts(name: str, value: Any, check: Callable[[str], object] = len) -> tuple[str, ...]:
    if not isinstance(value, (tuple, list)):
        raise ValueError(f"{name}: expected a tuple of texts, found {describe(value)}")  # noqa: TRY004 - a setting
    for index, text in enumerate(value):
        if not isinstance(text, str) or not text:
            raise ValueError(f"{name}[{index}]: expected a text that is not empty, found {describe(text)}")
        try:
            check(text)
        except ValueError as error:
            raise ValueError(f"{name}[{index}]: {error}") from error
    return tuple(value)


def _replacements(name: str, value: Any) -> tuple[tuple[str, Word], ...]:
    if not isinstance(value, (tuple, list)):
        raise ValueError(f"{name}: expected pairs of a pattern and a word, found {describe(value)}")  # noqa: TRY004
    for index, pair in enumerate(value):
        try:
            _check_replacement(pair)
        except ValueError as error:
            raise ValueError(f"{name}[{index}]: {error}") from error
    return tuple((pattern, word) for pattern, word in value)


def _check_replacement(pair: Any) -> None:
    if not (isinstance(pair, (tuple, list)) and len(pair) == 2):
        raise ValueError(f"expected a pattern and a word, as pattern => word, found {describe(pair)}")
    pattern, word = pair
    if not isinstance(pattern, str) or not pattern:
        raise ValueError(f"expected a regular expression that is not empty, found {describe(pattern)}")
    if not (isinstance(word, str) or callable(word)):
        raise ValueError(f"expected a word or a function, found {describe(word)}")  # noqa: TRY004 - a setting
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"expected a regular expression, found {pattern[:60]!r} ({error})") from error


def _replacements_of(text: str) -> list[object]:
    lines = [line.strip() for line in text.split("\n")]
    return [_replacement_of(line) for line in lines if line and line != _NOTHING]


def _replacement_of(line: object) -> object:
    """A line ``pattern => word`` as a pair; the last arrow counts. What is not one is left as it is."""
    if not isinstance(line, str):
        return line
    if len(line) > 1 and line[0] == line[-1] and line[0] in "'\"" and line.count(line[0]) == 2:  # quoted, as in TOML
        line = line[1:-1]
    arrows = list(_ARROW.finditer(line))
    return (line[: arrows[-1].start()], line[arrows[-1].end() :]) if arrows else line


def _check_prefix(text: str) -> None:
    if not re.fullmatch("[A-Za-z0-9_-]*[A-Za-z0-9][-_]", text):
        raise ValueError(f"expected letters or digits and then - or _, found {text[:60]!r}")


def _switch_of(text: str) -> object:
    return _WORDS.get(text.strip().lower(), text)


def _digits_of(text: str) -> object:
    word = text.strip().lower()
    return None if word == "none" else int(word) if re.fullmatch("[0-9]{1,3}", word) else text


def _texts_of(text: str) -> tuple[str, ...]:
    return () if text.strip() == _NOTHING else tuple(filter(None, re.split(r"[,\s]+", text)))


SWITCH: Final = _SettingKind(_switch, _switch_of)
_DIGITS: Final = _SettingKind(_digits, _digits_of)
_TEXTS: Final = _SettingKind(_texts, _texts_of)
_PREFIXES: Final = _SettingKind(partial(_texts, check=_check_prefix), _texts_of)
_PATHS: Final = _SettingKind(partial(_texts, check=json_path.parse), _texts_of)
_HOSTS: Final = _SettingKind(partial(_texts, check=check_host), _texts_of)
_REPLACEMENTS: Final = _SettingKind(_replacements, _replacements_of)
_NO_OFF: Final = object()


class _Entry(NamedTuple):
    kind: _SettingKind
    off: Any
    changes_texts: bool


def _rule(default: Any, kind: _SettingKind, *, off: Any = _NO_OFF, changes_texts: bool = False) -> Any:
    """The field of a rule. ``off`` is the value with which it makes no two requests equal; a setting may have none."""
    return field(default=default, metadata={"entry": _Entry(kind, off, changes_texts)})


@dataclass(frozen=True)
class Rules:
    """What does not count when two requests are compared. ``Rules()`` is the default, ``Rules.exact()`` has no rule.

    Two requests match when they are equal after normalization; these settings define the normalization. In every case
    JSON counts by value (key order, white space and ``1`` against ``1.0`` do not matter) and an OpenAI endpoint by
    its API path (``/v1/v1/models`` is ``/models``). Raises ValueError for a wrong setting.
    """

    ignore: tuple[str, ...] = _rule(("stream_options",), _PATHS, off=())
    """Paths that do not count: ``metadata.run_id``, ``messages[*].name``, ``**.cache_control`` (at any depth) of the
    JSON body, ``query.api-version`` of the URL, ``parts.file.filename`` of a form."""

    replace: tuple[tuple[str, Word], ...] = _rule((), _REPLACEMENTS, off=(), changes_texts=True)
    """Pairs of a regular expression and the word that takes the place of each text it finds in the texts of a body and
    in the query. A function gets the match and returns the word. Only matching sees it; a file has what was sent."""

    unordered: tuple[str, ...] = _rule((), _PATHS, off=())
    """Lists whose order does not count: ``tools`` (a member of this name at any depth), ``messages[0].content``."""

    rename_ids: bool = _rule(True, SWITCH, off=False, changes_texts=True)  # noqa: FBT003
    """Whether an id becomes its kind and ordinal by first appearance, the same id the same name everywhere. The name of
    a temporary file that is uploaded counts as one."""

    id_prefixes: tuple[str, ...] = _rule(ID_PREFIXES, _PREFIXES)
    """The beginnings of generated ids, with their ``-`` or ``_``; the rest of an id must look generated, too."""

    id_fields: tuple[str, ...] = _rule(ID_FIELDS, _TEXTS)
    """Members of the body whose value is an id (not in schemas, metadata and tool arguments). In those of the default
    it must look generated, except where it connects a tool's result with its call; in others any value is an id."""

    round_digits: int | None = _rule(5, _DIGITS, off=None, changes_texts=True)
    """Digits after the point to which floats, and decimals in text with one less or more, are rounded; below 1
    significant digits. None: not."""

    file_search_noise: bool = _rule(False, SWITCH, off=False, changes_texts=True)  # noqa: FBT003
    """Whether ``score: 0.73``, ``attributes: {…}``, ``document_id: <uuid>`` and ``<|uuid|>`` in texts do not count, as
    in the recorder's key. On for the tests of a library."""

    as_recorder: bool = _rule(False, SWITCH, off=False, changes_texts=True)  # noqa: FBT003
    """Whether texts and numbers count as in the recorder's key, in place of ``round_digits`` and ``file_search_noise``,
    and ``stream_options`` for Amazon Bedrock not at all."""

    defaults: bool = _rule(True, SWITCH, off=False)  # noqa: FBT003
    """Whether what an SDK may add, leave out or write otherwise does not count: null, a default that the API documents,
    the spelling of JSON in a tool's arguments and result, a content's text as its one part."""

    hosts: tuple[str, ...] = _rule((), _HOSTS)
    """Further hosts on which general paths (``/v1/files``) are those of OpenAI's API: ``*.corp.example``."""

    bodies: tuple[str, ...] = _rule((), _HOSTS)
    """Hosts of other APIs whose requests match by their JSON bodies, too, under these rules."""

    match_host: bool = _rule(False, SWITCH)  # noqa: FBT003
    """Whether scheme, host and port count for OpenAI-like endpoints, too. For all others they always do."""

    repeat: bool = _rule(False, SWITCH)  # noqa: FBT003
    """Whether the last of several equal recorded requests answers for ever once the earlier ones were played."""

    substitute_ids: bool = _rule(False, SWITCH)  # noqa: FBT003
    """Whether a replayed answer has the live request's ids where matching renamed recorded ones to them."""

    def __post_init__(self) -> None:
        for name, entry in _entries().items():
            object.__setattr__(self, name, entry.kind.checked(name, getattr(self, name)))

    @classmethod
    def exact(cls) -> Rules:
        """Every rule off: nothing is ignored, replaced, renamed, rounded or taken for a default."""
        return cls().to_the_letter()

    @classmethod
    def recorder(cls) -> Rules:
        """The recorder's own rules: only what its key leaves out does not count (docs/format.md)."""
        return dataclasses.replace(cls.exact(), as_recorder=True, ignore=("project_id", "query.project_id"))

    def to_the_letter(self) -> Rules:
        """The same settings with every rule off: which hosts are known, and whether the host counts, stays."""
        return _changed(self, tuple(name for name, entry in _entries().items() if entry.off is not _NO_OFF))

    def literal(self) -> Rules:
        """The same rules without those that change texts and numbers: ids and digits count as they are written."""
        return _changed(self, tuple(name for name, entry in _entries().items() if entry.changes_texts))

    def settings(self) -> dict[str, str]:
        """Each rule's setting by its name, as an ini file has it; an empty list is ``(nothing)``."""
        return {name: _written(getattr(self, name)) for name in _entries()}


def _changed(rules: Rules, off: tuple[str, ...]) -> Rules:
    """The rules with those of these names off."""
    try:
        return _changed_once(rules, off)
    except TypeError:  # the word of a replacement is an object without a hash
        return _changed_once.__wrapped__(rules, off)


@lru_cache(maxsize=64)  # each cassette asks, and the rules of a project are few
def _changed_once(rules: Rules, off: tuple[str, ...]) -> Rules:
    return dataclasses.replace(rules, **{name: _entries()[name].off for name in off})


@lru_cache(maxsize=1)
def _entries() -> dict[str, _Entry]:
    return {rule.name: rule.metadata["entry"] for rule in fields(Rules)}


def _written(value: object) -> str:
    if not isinstance(value, tuple):
        return str(value).lower()
    pairs = [f"{one[0]} => {_word(one[1])}" if isinstance(one, tuple) else "" for one in value]
    return ("\n".join(pairs) if any(pairs) else " ".join(value)) or _NOTHING


def _word(word: Word) -> str:
    return word if isinstance(word, str) else f"{getattr(word, '__name__', 'a function')}()"


def rules_from_settings(settings: Mapping[str, object], base: Rules | None = None) -> Rules:
    """``base`` (``Rules()`` where it is None) with the named fields set to other values.

    A value is a text as an ini file has it, or the value of the field. As text, a list is separated by commas or white
    space and replaces the one in ``base``; a switch is one of true, yes, on, 1, false, no, off, 0; ``round_digits``
    is a number or ``none``; ``replace`` has a line ``pattern => word`` for each pair. Raises ValueError that names the
    setting, for an unknown name as for a wrong value.
    """
    entries = _entries()
    changed: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in entries:
            raise ValueError(f"expected one of the rules {', '.join(entries)}, found {str(name)[:60]!r}")
        changed[name] = _value(entries[name].kind, value)
    return dataclasses.replace(base or Rules(), **changed)


def _value(kind: _SettingKind, value: object) -> object:
    if isinstance(value, str):
        return kind.from_text(value)
    if kind is _REPLACEMENTS and isinstance(value, list):  # TOML's lines
        return [_replacement_of(line) for line in value]
    return value
