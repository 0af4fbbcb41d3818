"""Places: where a test's cassette lies in a tree, and where a recording lies.

The rule of this file: a place is a relative path with ``/`` that stays inside its tree, whatever a file says; and a
cassette of a test has the very path at which pytest-recording looks for it (0.14: ``plugin.py``, ``_vcr.py``), its
oddities included.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vcr_openai._errors import MalformedInteraction, MalformedRecording, describe

CASSETTES = "cassettes"
RECORDINGS = "recordings"
_SUFFIXES = (".recording.json", ".openai.yaml", ".json", ".yaml", ".yml")  # longer ones first
_FORBIDDEN = re.compile(r"""[<>?%*:|"'/\\]""")
_LONGEST_NAME = 255  # characters: pytest-recording compares them with what is a limit on bytes
_NODE_ID = re.compile(r"(?P<path>.*?\.py)::(?P<names>[^\[]+)(?P<parameters>\[.*)?", re.DOTALL)
_NOTE = "response.recording.file"
# Characters that no test has in its name (pytest escapes them) and that a terminal obeys: controls, line ends, the
# direction of writing, half a character.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# Files of these names are devices on Windows, whatever their suffix and case.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\xb9\xb2\xb3])[ ]*(?:\.|\Z)", re.IGNORECASE)


@dataclass(frozen=True)
class NodeId:
    """A pytest node id: the folder and module of its file, and the name pytest-recording makes of class and test."""

    folder: tuple[str, ...]
    module: str
    name: str


def read_node_id(test_id: str) -> NodeId:
    """The parts of a recording's ``test_id``.

    Raises MalformedRecording where it is no node id, leaves its tree, or has a name that not every system can have.
    """
    match = _NODE_ID.fullmatch(test_id)
    if match is None or _UNWRITABLE.search(test_id):
        raise MalformedRecording("test_id", "a pytest node id, path.py::test", describe(test_id))
    *folder, module = match["path"].removesuffix(".py").split("/")
    if not _stays([*folder, module]):
        raise MalformedRecording("test_id", "a node id whose path is relative and stays below", describe(test_id))
    *classes, test = match["names"].split("::")
    if not all((*classes, test)):
        raise MalformedRecording("test_id", "a node id with the name of a test", describe(test_id))
    names = [*classes[-1:], test + (match["parameters"] or "")]  # of nested classes pytest tells the innermost
    name = _FORBIDDEN.sub("-", ".".join(names))
    if _DEVICE.match(name):
        raise MalformedRecording("test_id", "a node id with a name that Windows has no device for", describe(test_id))
    return NodeId(tuple(folder), module, name)


def cassette_of_test(test_id: str, root: Sequence[str], serializer: str) -> str:
    """The place of a test's cassette. ``root`` is the absolute path of the tree in which its recording was found.

    Where the end of ``root`` is the beginning of the test's path, the place is told from where they part.
    """
    test = read_node_id(test_id)
    root = root[:-1] if root and root[-1] in (RECORDINGS, CASSETTES) else root
    lengths = range(min(len(root), len(test.folder)), 0, -1)
    shared = next((length for length in lengths if tuple(root[-length:]) == test.folder[:length]), 0)
    return "/".join((*test.folder[shared:], CASSETTES, test.module, _cassette_name(test.name, serializer)))


def cassette_beside(relative: str, serializer: str) -> str:
    """The place of the cassette for a recording without a test: in ``cassettes`` instead of ``recordings``."""
    *folder, name = relative.split("/")
    if RECORDINGS in folder:
        folder[len(folder) - 1 - folder[::-1].index(RECORDINGS)] = CASSETTES
    else:
        folder.append(CASSETTES)
    return "/".join((*folder, f"{stem(name)}.{serializer}"))


def cassette_renamed(relative: str, serializer: str) -> str:
    """The place of a cassette that is written in another format: the suffix says which."""
    folder, separator, name = relative.rpartition("/")
    return f"{folder}{separator}{stem(name)}.{serializer}"


def is_cassette(relative: str, root: Sequence[str] = ()) -> bool:
    """Whether a file lies where cassettes lie; what it holds in the recording format is a cassette all the same.

    With ``root`` also whether its tree lies there: is a cassettes folder, or a module's folder in one.
    """
    return CASSETTES in relative.split("/")[:-1] or CASSETTES in root[-2:]


def home(relative: str, root: Sequence[str] = ()) -> tuple[str, ...]:
    """The folder of the tests whose cassette this is: the one that contains ``cassettes``."""
    folder = relative.split("/")[:-1]
    if CASSETTES in folder:
        return tuple(folder[: len(folder) - 1 - folder[::-1].index(CASSETTES)])
    return () if is_cassette(relative, root) else tuple(folder)


def note_of(place: str, cassette: str) -> str:
    """How a cassette notes the place of a recording: seen from the folder of the tests."""
    start, target = home(cassette), place.split("/")
    shared = 0
    while shared < min(len(start), len(target) - 1) and start[shared] == target[shared]:
        shared += 1
    return "/".join([".."] * (len(start) - shared) + target[shared:])


def noted_place(note: Any, folder: Sequence[str]) -> str:
    """The place that a cassette noted, seen from ``folder``. Raises MalformedInteraction for one outside the tree."""
    if not isinstance(note, str):
        raise MalformedInteraction(_NOTE, "a path", describe(note))
    parts = list(folder)
    for part in note.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif _stays([part]):
            parts.append(part)
        else:
            raise MalformedInteraction(_NOTE, "a relative path that stays inside the tree", describe(note))
    if not parts or not parts[-1].endswith(".json"):
        raise MalformedInteraction(_NOTE, "the path of a .json file", describe(note))
    return "/".join(parts)


def default_place(name: str, folder: Sequence[str]) -> str:
    """Where a recording lies of which nothing else is noted."""
    return "/".join((*folder, RECORDINGS, name))


def numbered(place: str, number: int, suffix: str) -> str:
    """The place with ``-number`` before its suffix."""
    return f"{place.removesuffix(suffix)}-{number}{suffix}"


def stem(name: str) -> str:
    """A file's name without the suffix of its format."""
    suffix = next((suffix for suffix in _SUFFIXES if name.endswith(suffix) and name != suffix), "")
    return name.removesuffix(suffix)


def _stays(parts: Sequence[str]) -> bool:
    """Whether no part leads elsewhere: up, to a root, a drive, a device or a Windows path, whatever the system.

    Windows drops dots and spaces at a name's end; what stands behind a colon is a stream of a file.
    """
    return not any(
        part.endswith((".", " "))
        or part == ""
        or re.search(r"[\\:]", part)
        or _UNWRITABLE.search(part)
        or _DEVICE.match(part)
        for part in parts
    )


def _cassette_name(name: str, serializer: str) -> str:
    # Without a serializer in the configuration (that is YAML) the suffix counts with its dot, else without.
    room = _LONGEST_NAME - len(".yaml" if serializer == "yaml" else serializer)
    if len(name) > room:
        digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
        name = f"{name[: room - len(digest) - 3]}...{digest}"
    suffix = f".{serializer}"
    return name if name.endswith(suffix) else name + suffix
