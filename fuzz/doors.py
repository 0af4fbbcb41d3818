"""The doors under fire: a hostile file in the place of a cassette, in a library, and under each command.

The rule of this file: a target swallows what its door's docstring names; of a command nothing may come but an exit
status, and no message may call the file's fault a defect of ours.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path
from typing import Any

from vcr_openai import VCR, Rules, TranslationError
from vcr_openai._cli import main
from vcr_openai._formats.interaction_layouts import request_of
from vcr_openai._formats.registry import FORMATS, read_document
from vcr_openai._library.index import entry_of, with_normalized_ids
from vcr_openai._library.library import with_all_models
from vcr_openai._matching.canonical import canonical
from vcr_openai._matching.explanation import Candidate, explain_miss, explain_request, indistinguishable
from vcr_openai._recording.recorder import normal_form
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import playable_exchange
from vcr_openai._review.transcript import transcript
from vcr_openai._trees.cassette_paths import cassette_of_test, noted_place
from vcr_openai._trees.maintenance import read_node_ids

_COMMANDS = (
    ("check",),
    ("check", "--github"),
    ("redact", "--write"),
    ("show", "--full"),
    ("explain",),
    ("key",),
    ("convert", "-o", "{out}", "--force"),
    ("convert", "-o", "{out}", "--to", "cassettes", "--format", "openai.yaml", "--force"),
    ("convert", "-o", "{out}", "--to", "recordings", "--check"),
)
_JOBS = ("check", "redact", "convert")  # the commands that would start processes


def replayed(data: bytes) -> None:
    """A cassette file in each format, opened as a test does it, and asked for answers to its own requests."""
    with tempfile.TemporaryDirectory() as folder:
        for name in FORMATS:
            path = Path(folder, f"cassette.{name}")
            path.write_bytes(data)
            context = VCR(record_mode="none", serializer=name).use_cassette(str(path))
            try:
                cassette = context.__enter__()
            except ValueError as error:
                assert path.name in str(error), error  # noqa: PT017 - a typed error that names the file
                continue
            try:
                for request in cassette.requests[:2]:
                    cassette.can_play_response_for(request)
            finally:
                context.__exit__(None, None, None)
            assert path.read_bytes() == data


def matched(data: bytes) -> None:
    """What is said of requests that match and of those that do not."""
    try:
        exchanges = read_document(_text(data)).exchanges
    except TranslationError:
        return
    requests = [canonical(exchange.request, Rules()) for exchange in exchanges[:4]]
    for request in requests:
        list(explain_request(request))
        others = [Candidate(other, played=False, name="x") for other in requests[1:]]
        explain_miss(request, others, Rules(), cassette="x")
    indistinguishable(requests, [exchange.response for exchange in exchanges[:4]])
    for exchange in exchanges:
        list(transcript(exchange))
    with contextlib.suppress(TranslationError):
        request_of({"method": "POST", "uri": _text(data)[:2000], "body": "", "headers": {}}, [])


def in_a_library(data: bytes) -> None:
    """A recording in a library's folder, and the places that texts of a hostile file ask for."""
    text = _text(data)
    for asked in (text, text[:300], f"tests/{text[:40]}.py::test_{text[:80]}"):
        with contextlib.suppress(TranslationError):
            _check_place(cassette_of_test(asked, (), "yaml"))
        with contextlib.suppress(TranslationError):
            _check_place(noted_place(asked, ("a", "b")))
    with contextlib.suppress(ValueError):
        read_node_ids(text)
    try:
        recording = with_normalized_ids(Recording.parse(text))
    except TranslationError:
        return
    playable_exchange(with_all_models([recording] * (2 if entry_of("x.json", recording).models else 1))[0])
    with contextlib.suppress(TranslationError):
        normal_form(recording)


def commands(data: bytes) -> None:
    """Each command that reads files, on a tree with this one in it."""
    with tempfile.TemporaryDirectory() as folder:
        for place in ("in/recordings/a.json", "in/cassettes/test_a/test_b.yaml"):
            Path(folder, place).parent.mkdir(parents=True, exist_ok=True)
            Path(folder, place).write_bytes(data)
        for name, *options in _COMMANDS:
            asked = [option.format(out=f"{folder}/out") for option in options]
            jobs = ["--jobs", "1"] if name in _JOBS else []
            where = "in/recordings/a.json" if name == "explain" else "in"
            said = io.StringIO()
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                status = main([name, f"{folder}/{where}", *asked, *jobs])
            assert status in (0, 1, 2)
            assert "a defect of vcr-openai" not in said.getvalue(), said.getvalue()[-2000:]
        assert {path.name for path in Path(folder).iterdir()} <= {"in", "out"}


def _check_place(place: str) -> None:
    assert not {"", ".", ".."} & set(place.split("/")), place


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


DOORS: tuple[Any, ...] = (replayed, matched, in_a_library, commands)
