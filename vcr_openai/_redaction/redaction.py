"""The settings of redaction: what a user adds to the defaults, or that it is off."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vcr_openai._secrets.secret_shapes import PLACEHOLDER

CUSTOM = "custom"  # the kind of a secret that a user's name or pattern finds


@dataclass(frozen=True)
class Redaction:
    """What is redacted in addition to the defaults; ``Redaction()`` is the defaults. Immutable, hashable, picklable.

    ``keep_headers`` are recorded as they are, whatever the defaults say of them (``set-cookie``, ``x-request-id``).
    ``headers`` (of requests and responses) are dropped, the values of ``query`` parameters and of body ``fields`` (at
    any depth) are replaced; names in any case. ``patterns`` are regular expressions: what they match in a body or a
    URL is replaced. Lists are kept as tuples. Raises TypeError for a name or pattern that is not a text, and ValueError
    for an empty name and for a pattern that does not compile, matches the empty text or matches the replacement itself:
    a second redaction of a request must change nothing, or the request does not match its recording.
    """

    headers: tuple[str, ...] | list[str] = ()
    query: tuple[str, ...] | list[str] = ()
    fields: tuple[str, ...] | list[str] = ()
    patterns: tuple[str, ...] | list[str] = ()
    enabled: bool = True
    keep_headers: tuple[str, ...] | list[str] = ()

    def __post_init__(self) -> None:
        for field in ("headers", "query", "fields", "patterns", "keep_headers"):
            given = getattr(self, field)
            if isinstance(given, (str, bytes)) or not hasattr(given, "__iter__"):
                raise TypeError(f"Redaction({field}=…): expected a list of texts, found {given!r}")
            texts = tuple(given)
            for text in texts:
                if not isinstance(text, str):
                    raise TypeError(f"Redaction({field}=…): expected texts, found {text!r}")
                if not text.strip():
                    raise ValueError(f"Redaction({field}=…): expected a name, found {text!r}")
            object.__setattr__(self, field, texts if field == "patterns" else tuple(map(str.lower, texts)))
        for pattern in self.patterns:
            _check(pattern)

    @classmethod
    def off(cls) -> Redaction:
        """No redaction: secrets are written to the file."""
        return cls(enabled=False)


def drops_header(name: str, redaction: Redaction, *, by_default: bool) -> bool:
    """Whether a header is not recorded: as the defaults have it, changed by the user's settings."""
    name = name.lower()
    return name in redaction.headers or (by_default and name not in redaction.keep_headers)


def _check(pattern: str) -> None:
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        reason = f"expected a regular expression, found {pattern!r} ({error})"
        raise ValueError(f"Redaction(patterns=…): {reason}") from error
    if compiled.search(""):
        raise ValueError(f"Redaction(patterns=…): expected a pattern that needs a character, found {pattern!r}")
    if compiled.search(PLACEHOLDER + CUSTOM):
        raise ValueError(
            f"Redaction(patterns=…): expected a pattern that leaves {PLACEHOLDER + CUSTOM!r} alone, found {pattern!r}"
        )
