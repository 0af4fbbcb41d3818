"""Attempts: the recordings of one file, in which a failure that its own request follows was one try of the SDK's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vcr_openai._recording.invented import FAILURE_HEADERS
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import to_interaction

_FIRST_FAILURE = 400  # the status from which on it is one


def to_interactions(recordings: Iterable[Recording]) -> list[dict[str, Any]]:
    """The interactions of a file's recordings, with the client free to try again where it did."""
    return with_attempts([to_interaction(recording) for recording in recordings])


def with_attempts(interactions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The interactions of one file's recordings; no failure that its own request follows forbids another try.

    The recorder writes the outcome after the SDK's own tries, and never two of one request into one file. Where two
    stand, they are from the wire, which has each try.
    """
    asked: set[str] = set()
    found = []
    for interaction in reversed(interactions):
        request = repr(interaction["request"])
        response = interaction["response"]
        if request in asked and response["status"]["code"] >= _FIRST_FAILURE:
            headers = {name: value for name, value in response["headers"].items() if name not in FAILURE_HEADERS}
            response = {**response, "headers": headers}
        asked.add(request)
        found.append({**interaction, "response": response})
    return found[::-1]
