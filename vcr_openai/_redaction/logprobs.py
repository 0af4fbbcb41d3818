"""Log probabilities: an answer's tokens, which have a secret's name (``token``) and are not secrets."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

from vcr_openai._redaction.redaction import Redaction
from vcr_openai._secrets.hints import words_of_hints

_TOKEN_MEMBER = 'token"'  # noqa: S105  # the hint of a member with the name ``token``
_TOKEN_HINTS = frozenset([_TOKEN_MEMBER])


def may_have_logprobs_only(text: str, redaction: Redaction, found: AbstractSet[str] | None = None) -> bool:
    """Whether members with the name ``token`` are all that is suspicious in a text, and it has some.

    ``found`` are the hints that the text has (``hints.words_of_hints``), where they are known.
    """
    if redaction.patterns or redaction.fields:
        return False
    return (words_of_hints(text) if found is None else found) == _TOKEN_HINTS and "%" not in text


def has_logprobs_only(text: str, values: list[Any]) -> bool:
    """Whether each of these members is that of a token with its probability, which is not a secret.

    ``values`` are the JSON values of the text.
    """
    return text.lower().count(_TOKEN_MEMBER) == _logprobs(values)


def _logprobs(values: list[Any]) -> int:
    """How many tokens with their probabilities answers have: members of the name ``token`` that are no secrets."""
    entries = []
    for value in values:
        choices = value.get("choices") if isinstance(value, dict) else None
        for choice in choices if isinstance(choices, list) else ():
            found = choice.get("logprobs") if isinstance(choice, dict) else None
            content = found.get("content") if isinstance(found, dict) else None
            entries += [one for one in content if isinstance(one, dict)] if isinstance(content, list) else []
    alternatives = (one.get("top_logprobs") for one in entries)
    entries += [
        one for several in alternatives if isinstance(several, list) for one in several if isinstance(one, dict)
    ]
    return sum("token" in one for one in entries)
