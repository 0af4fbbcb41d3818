"""The live request's ids in a replayed answer, in the place of the recorded ones that matching renamed to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PLAIN = re.compile(r"[A-Za-z0-9_.:-]+")  # what JSON spells in one way only


def with_live_ids(
    response: dict[str, Any], recorded_names: Mapping[str, str], live_names: Mapping[str, str]
) -> dict[str, Any]:
    """The response, as vcrpy stores it, saying the live ids; the same object where there is nothing to change.

    Both mappings go from a request's ids to their names in the canonical form, which are the same for two requests that
    match. An id is changed where it stands whole in the body, be that JSON or a stream; compressed bodies have none.
    """
    live = {name: identifier for identifier, name in live_names.items()}
    changes = {
        identifier.encode(): live[name].encode()
        for identifier, name in recorded_names.items()
        if name in live and live[name] != identifier and _PLAIN.fullmatch(identifier) and _PLAIN.fullmatch(live[name])
    }
    body = response.get("body", {}).get("string")
    if not changes or not isinstance(body, bytes):
        return response
    longest_first = sorted(changes, key=len, reverse=True)
    pattern = rb"(?<![A-Za-z0-9_-])(?:" + b"|".join(map(re.escape, longest_first)) + rb")(?![A-Za-z0-9_-])"
    changed = re.sub(pattern, lambda match: changes[match.group()], body)
    return {**response, "body": {**response["body"], "string": changed}}
