"""Rules: what matching ignores, renames or rounds.

The rule of this file: a Rules value that exists is sound. Whoever makes one with a wrong setting is told which one,
what was expected and what was found; nothing is guessed from a misspelt name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from vcr_openai._errors import describe
from vcr_openai._json import json_path

# What OpenAI and the servers that speak its protocol put in front of a generated id.
ID_PREFIXES: Final = (
    "asst_", "batch_", "call_", "cfile_", "chatcmpl-", "ci_", "cmpl-", "cntr_", "conv_", "ctc_", "eval_", "evalrun_",
    "fc_", "file-", "file_", "fs_", "ftjob-", "ig_", "item_", "mcp_", "mcpl_", "mcpr_", "modr-", "msg_", "rec-", "req_",
    "resp_", "rs_", "run_", "sess_", "step_", "thread_", "toolu_", "upload_", "video_", "vs_", "vsfb_", "ws_",
)  # fmt: skip

# Members whose value is an id whatever it looks like: a string, or a list of strings.
ID_FIELDS: Final = (
    "approval_request_id", "assistant_id", "batch_id", "call_id", "container", "container_id", "conversation",
    "conversation_id", "eval_id", "file_id", "file_ids", "id", "input_file_id", "item_id", "message_id", "part_ids",
    "previous_item_id", "previous_response_id", "response_id", "run_id", "thread_id", "tool_call_id", "tool_use_id",
    "training_file", "upload_id", "validation_file", "vector_store_id", "vector_store_ids",
)  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """What is left out of account when two requests are compared. ``Rules()`` is the default, ``Rules.exact()`` none.

    Two requests match when their canonical forms are equal; these settings say how the form is made. In every case
    JSON counts by value (key order, white space and ``1`` against ``1.0`` do not matter) and an OpenAI endpoint by
    its API path (``/v1/v1/models`` is ``/models``). Raises ValueError where a setting is not what it must be.
    """

    ignore: tuple[str, ...] = ("stream_options",)
    """Paths into the JSON body that do not count: ``metadata.run_id``, ``messages[*].name``, ``tools[0].strict``."""

    rename_ids: bool = True
    """Whether an id becomes its kind and ordinal by first appearance, the same id the same name everywhere."""

    id_prefixes: tuple[str, ...] = ID_PREFIXES
    """What a generated id begins with, its ``-`` or ``_`` included; what follows must look generated, too."""

    id_fields: tuple[str, ...] = ID_FIELDS
    """Members of the body whose value is an id whatever it looks like (not in schemas, metadata and tool arguments)."""

    round_digits: int | None = 5
    """Digits after the point to which floats, and decimals in text with one less or more, are rounded. None: not."""

    file_search_noise: bool = True
    """Whether ``score: 0.73``, ``attributes: {…}``, ``document_id: <uuid>`` and ``<|uuid|>`` in texts do not count."""

    defaults: bool = True
    """Whether what an SDK may add or leave out does not count: a member that is null at the top level, ``stream``
    false (not for Ollama's own API, whose default is true), ``encoding_format`` base64 of an embedding."""

    match_host: bool = False
    """Whether scheme, host and port count for OpenAI-like endpoints, too. For all others they always do."""

    repeat: bool = False
    """Whether the last of several equal recorded requests answers for ever once the earlier ones were played."""

    substitute_ids: bool = False
    """Whether a replayed answer carries the live request's ids where matching renamed recorded ones to them."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in _TEXTS:
                object.__setattr__(self, field.name, _checked_texts(field.name, value))
            elif field.name in _DIGITS:
                _check_digits(field.name, value)
            elif not isinstance(value, bool):
                raise ValueError(f"{field.name}: expected true or false, found {describe(value)}")

    @classmethod
    def exact(cls) -> Rules:
        """No rule at all: nothing ignored, renamed, rounded or taken for a default."""
        return cls(ignore=(), rename_ids=False, round_digits=None, file_search_noise=False, defaults=False)


_TEXTS: Final = ("ignore", "id_prefixes", "id_fields")
_DIGITS: Final = ("round_digits",)
_MOST_DIGITS: Final = 15  # a float holds no more after the point that mean anything
_WORDS: Final = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)


def _checked_texts(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (tuple, list)):
        raise ValueError(f"{name}: expected a tuple of texts, found {describe(value)}")  # noqa: TRY004 - a setting
    for index, text in enumerate(value):
        if not isinstance(text, str) or not text:
            raise ValueError(f"{name}[{index}]: expected a text that is not empty, found {describe(text)}")
        if name == "id_prefixes" and not re.fullmatch("[A-Za-z0-9_-]*[A-Za-z0-9][-_]", text):
            raise ValueError(f"{name}[{index}]: expected letters or digits and then - or _, found {text[:60]!r}")
        if name == "ignore":
            try:
                json_path.parse(text)
            except ValueError as error:
                raise ValueError(f"{name}[{index}]: {error}") from error
    return tuple(value)


def _check_digits(name: str, value: Any) -> None:
    if value is not None and (type(value) is not int or not 0 <= value <= _MOST_DIGITS):
        raise ValueError(f"{name}: expected a whole number from 0 to {_MOST_DIGITS} or none, found {describe(value)}")


def rules_from_settings(settings: Mapping[str, object], base: Rules | None = None) -> Rules:
    """``base`` (``Rules()`` where it is None) with the named fields set to other values.

    A value is a text as an ini file has it, or what the field holds. As text, a list is separated by commas or white
    space and replaces the one in ``base``; a switch is one of true, yes, on, 1, false, no, off, 0; ``round_digits``
    is a number or ``none``. Raises ValueError that names the setting, for an unknown name as for a wrong value.
    """
    known = {field.name: getattr(base or Rules(), field.name) for field in fields(Rules)}
    for name, value in settings.items():
        if name not in known:
            raise ValueError(f"expected one of the rules {', '.join(known)}, found {str(name)[:60]!r}")
        known[name] = _from_text(name, value) if isinstance(value, str) else value
    return Rules(**known)


def _from_text(name: str, text: str) -> object:
    if name in _TEXTS:
        return tuple(filter(None, re.split(r"[,\s]+", text)))
    word = text.strip().lower()
    if name in _DIGITS:
        if word == "none":
            return None
        return int(word) if re.fullmatch("[0-9]{1,3}", word) else text
    return _WORDS.get(word, text)
