"""What other processes do: record into one recordings folder, and into one cassette file, without a server."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from vcr.request import Request

from vcr_openai import VCR
from vcr_openai._library.library import Library, LibraryTest
from vcr_openai._vcrpy.library_persister import LibraryPersister

URI = "https://api.openai.com/v1/chat/completions"


def exchange(word: str, length: int = 10) -> tuple[Request, dict[str, Any]]:
    """A question and its answer, as vcrpy hands them to a cassette."""
    question = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": word}]})
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": word * length}}
    body = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [choice]}
    response = {
        "status": {"code": 200, "message": "OK"},
        "headers": {"content-type": ["application/json"]},
        "body": {"string": json.dumps(body).encode()},
    }
    return Request("POST", URI, question, {"content-type": "application/json"}), response


def record(cassette: str, words: list[str], serializer: str, length: int = 10) -> None:
    """Record questions into a cassette file, as one test does."""
    with VCR(record_mode="new_episodes", serializer=serializer).use_cassette(cassette) as recorded:
        for word in words:
            recorded.append(*exchange(word, length))


def record_in_library(folder: str, words: list[str], test_id: str, length: int = 10) -> None:
    """Record questions into a recordings folder, as one test does."""
    host = VCR(record_mode="new_episodes")
    test = LibraryTest(test_id, (Path(folder),))
    host.register_persister(LibraryPersister(host.persister, Library(), test, "new_episodes"))
    with host.use_cassette(str(Path(folder) / "plain.yaml")) as recorded:
        for word in words:
            recorded.append(*exchange(word, length))


def record_all(cassette: str, folder: str, worker: int, tests: int, each: int) -> None:
    """Record as one worker does whose tests share a cassette file and a folder."""
    for number in range(tests):
        words = [f"worker {worker} test {number} question {question}" for question in range(each)]
        record(cassette, words, Path(cassette).suffix[1:])
        record_in_library(folder, words, f"test_it.py::test_{worker}_{number}")


def record_for_ever(cassette: str, folder: str, turns: Any) -> None:
    """Record until the process is killed; the semaphore ``turns`` is released when a turn begins."""
    record_in_library(folder, ["first"], "test_it.py::test_first")
    number = 0
    while True:
        number += 1
        turns.release()
        record(cassette, [f"question {os.getpid()} {number} "], Path(cassette).suffix[1:], 2000)
        record_in_library(folder, [f"question {number % 5}"], "test_it.py::test_it", 2000 + number)
