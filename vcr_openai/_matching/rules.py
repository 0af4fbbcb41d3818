"""Rules: what matching ignores, renames or rounds.

Each field of ``Rules`` is one entry: its default, the kind of its setting (how it is checked, and read from the text
of an ini file), its 'off' value and whether it changes texts. ``exact``, ``literal``, the ini file and the command line
are derived from these entries, so a new rule is one new field. A Rules value is always valid: a wrong setting raises an
error that names it, what was expected and what was found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any, Final, NamedTuple

from vcr_openai._errors import describe
from vcr_openai._json import json_path

# The prefixes of generated ids of OpenAI and of servers that implement its API.
ID_PREFIXES: Final = tuple(
    "asst_ batch_ call_ cfile_ chatcmpl- ci_ cmpl- cntr_ conv_ ctc_ eval_ evalrun_ fc_ file- file_ fs_ ftjob- "
    "ig_ item_ mcp_ mcpl_ mcpr_ modr- msg_ rec- req_ resp_ rs_ run_ sess_ step_ thread_ toolu_ upload_ video_ "
    "vs_ vsfb_ ws_".split()
)
# Members whose value is always an id: a string, or a list of strings.
ID_FIELDS: Final = tuple(
    "approval_request_id assistant_id batch_id call_id container container_id conversation conversation_id "
    "eval_id file_id file_ids id input_file_id item_id message_id part_ids previous_item_id "
    "previous_response_id response_id run_id thread_id tool_call_id tool_use_id training_file upload_id "
    "validation_file vector_store_id vector_store_ids".split()
)
_MOST_DIGITS: Final = 15  # a float has no more significant digits after the point
_WORDS: Final = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)


class _Kind(NamedTuple):
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


def _check_prefix(text: str) -> None:
    if not re.fullmatch("[A-Za-z0-9_-]*[A-Za-z0-9][-_]", text):
        raise ValueError(f"expected letters or digits and then - or _, found {text[:60]!r}")


def _switch_of(text: str) -> object:
    return _WORDS.get(text.strip().lower(), text)


def _digits_of(text: str) -> object:
    word = text.strip().lower()
    return None if word == "none" else int(word) if re.fullmatch("[0-9]{1,3}", word) else text


def _texts_of(text: str) -> tuple[str, ...]:
    return tuple(filter(None, re.split(r"[,\s]+", text)))


_SWITCH: Final = _Kind(_switch, _switch_of)
_DIGITS: Final = _Kind(_digits, _digits_of)
_TEXTS: Final = _Kind(_texts, _texts_of)
_PREFIXES: Final = _Kind(partial(_texts, check=_check_prefix), _texts_of)
_PATHS: Final = _Kind(partial(_texts, check=json_path.parse), _texts_of)
_NO_OFF: Final = object()


class _Entry(NamedTuple):
    kind: _Kind
    off: Any
    changes_texts: bool


def _rule(default: Any, kind: _Kind, *, off: Any = _NO_OFF, changes_texts: bool = False) -> Any:
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
    """Paths into the JSON body that do not count: ``metadata.run_id``, ``messages[*].name``, ``tools[0].strict``."""

    rename_ids: bool = _rule(True, _SWITCH, off=False, changes_texts=True)  # noqa: FBT003
    """Whether an id becomes its kind and ordinal by first appearance, the same id the same name everywhere."""

    id_prefixes: tuple[str, ...] = _rule(ID_PREFIXES, _PREFIXES)
    """The beginnings of generated ids, with their ``-`` or ``_``; the rest of an id must look generated, too."""

    id_fields: tuple[str, ...] = _rule(ID_FIELDS, _TEXTS)
    """Members of the body whose value is always an id (not in schemas, metadata and tool arguments)."""

    round_digits: int | None = _rule(5, _DIGITS, off=None, changes_texts=True)
    """Digits after the point to which floats, and decimals in text with one less or more, are rounded. None: not."""

    file_search_noise: bool = _rule(True, _SWITCH, off=False, changes_texts=True)  # noqa: FBT003
    """Whether ``score: 0.73``, ``attributes: {…}``, ``document_id: <uuid>`` and ``<|uuid|>`` in texts do not count."""

    defaults: bool = _rule(True, _SWITCH, off=False)  # noqa: FBT003
    """Whether what an SDK may add or leave out does not count: a member that is null at the top level, ``stream``
    false (not for Ollama's own API, whose default is true), ``encoding_format`` base64 of an embedding."""

    match_host: bool = _rule(False, _SWITCH)  # noqa: FBT003
    """Whether scheme, host and port count for OpenAI-like endpoints, too. For all others they always do."""

    repeat: bool = _rule(False, _SWITCH)  # noqa: FBT003
    """Whether the last of several equal recorded requests answers for ever once the earlier ones were played."""

    substitute_ids: bool = _rule(False, _SWITCH)  # noqa: FBT003
    """Whether a replayed answer has the live request's ids where matching renamed recorded ones to them."""

    def __post_init__(self) -> None:
        for name, entry in _entries().items():
            object.__setattr__(self, name, entry.kind.checked(name, getattr(self, name)))

    @classmethod
    def exact(cls) -> Rules:
        """Every rule off: nothing is ignored, renamed, rounded or taken for a default."""
        return cls(**{name: entry.off for name, entry in _entries().items() if entry.off is not _NO_OFF})

    def literal(self) -> Rules:
        """The same rules without those that change texts and numbers: ids and digits count as they are written."""
        return replace(self, **{name: entry.off for name, entry in _entries().items() if entry.changes_texts})

    def settings(self) -> dict[str, str]:
        """Each rule's setting by its name, as an ini file has it; an empty list is ``(nothing)``."""
        return {name: _written(getattr(self, name)) for name in _entries()}


def _entries() -> dict[str, _Entry]:
    return {rule.name: rule.metadata["entry"] for rule in fields(Rules)}


def _written(value: object) -> str:
    return (" ".join(value) or "(nothing)") if isinstance(value, tuple) else str(value).lower()


def rules_from_settings(settings: Mapping[str, object], base: Rules | None = None) -> Rules:
    """``base`` (``Rules()`` where it is None) with the named fields set to other values.

    A value is a text as an ini file has it, or the value of the field. As text, a list is separated by commas or white
    space and replaces the one in ``base``; a switch is one of true, yes, on, 1, false, no, off, 0; ``round_digits``
    is a number or ``none``. Raises ValueError that names the setting, for an unknown name as for a wrong value.
    """
    entries = _entries()
    changed: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in entries:
            raise ValueError(f"expected one of the rules {', '.join(entries)}, found {str(name)[:60]!r}")
        changed[name] = entries[name].kind.from_text(value) if isinstance(value, str) else value
    return replace(base or Rules(), **changed)
