"""Places: the paths of cassettes and recordings in a tree.

A place is a relative path with ``/`` that stays inside its tree, whatever the content of a file. The cassette of a test
has the path at which pytest-recording looks for it (0.14: ``plugin.py``, ``_vcr.py``), oddities included. A recording's
place is noted in its cassette only where it does not follow from the two, so a recording whose key changes moves to its
new name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vcr_openai._errors import MalformedInteraction, MalformedRecording, describe
from vcr_openai._formats.registry import FORMATS, SUFFIXES
from vcr_openai._http.exchange import PROVENANCE, Provenance
from vcr_openai._recording.key import recording_name
from vcr_openai._recording.recording import Recording
from vcr_openai._streams.cut_ids import without_cut

CASSETTES = "cassettes"
RECORDINGS = "recordings"
_FORBIDDEN = re.compile(r"""[<>?%*:|"'/\\]""")
_LONGEST_NAME = 255  # characters, as pytest-recording counts; systems count bytes
_NODE_ID = re.compile(r"(?P<path>.*?\.py)::(?P<names>[^\[]+)(?P<parameters>\[.*)?", re.DOTALL)
PLACE = "file"  # the key of a recording's place in the provenance
_NOTE = f"response.{PROVENANCE}.{PLACE}"
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

    Raises MalformedRecording where it is not a node id, leaves its tree, or has a name that some system cannot have.
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
    name = safe_name(match["names"] + (match["parameters"] or ""))
    if _DEVICE.match(name):
        raise MalformedRecording("test_id", "a node id without the name of a Windows device", describe(test_id))
    return NodeId(tuple(folder), module, name)


def safe_name(names: str) -> str:
    """The name that pytest-recording makes of the classes and the test of a node id."""
    names, bracket, parameters = names.partition("[")
    innermost = ".".join(names.split("::")[-2:])  # of nested classes pytest-recording uses the innermost
    return _FORBIDDEN.sub("-", f"{innermost}{bracket}{parameters}")


def cassette_of_test(test_id: str, root: Sequence[str], serializer: str) -> str:
    """The place of a test's cassette. ``root`` is the absolute path of the tree in which its recording was found.

    Folders with which ``root`` ends and the test's path begins are left out.
    """
    test = read_node_id(without_cut(test_id))
    root = root[:-1] if root and root[-1] in (RECORDINGS, CASSETTES) else root
    lengths = range(min(len(root), len(test.folder)), 0, -1)
    shared = next((length for length in lengths if tuple(root[-length:]) == test.folder[:length]), 0)
    return "/".join((*test.folder[shared:], CASSETTES, test.module, _cassette_name(test.name, serializer)))


def cassettes_of_test(test_id: str) -> set[str]:
    """The places of a test's cassettes in all formats, which pytest-recording shortens at different lengths."""
    test = read_node_id(test_id)
    names = {_cassette_name(test.name, name) for name in FORMATS}
    names.add(_cassette_name(test.name, "yaml", is_default=False))
    return {"/".join((*test.folder, CASSETTES, test.module, name)) for name in names}


def cassette_beside(relative: str, serializer: str) -> str:
    """The place of the cassette for a recording without a test: in ``cassettes`` instead of ``recordings``."""
    *folder, name = relative.split("/")
    if RECORDINGS in folder:
        folder[len(folder) - 1 - folder[::-1].index(RECORDINGS)] = CASSETTES
    else:
        folder.append(CASSETTES)
    return "/".join((*folder, f"{stem(name)}.{serializer}"))


def cassette_renamed(relative: str, serializer: str) -> str:
    """The place of a cassette that is written in another format: the same with that format's suffix."""
    folder, separator, name = relative.rpartition("/")
    return f"{folder}{separator}{stem(name)}.{serializer}"


def is_cassette(relative: str, root: Sequence[str] = ()) -> bool:
    """Whether a file is in a cassettes folder; then it is a cassette, also in the recording format.

    With ``root``, its tree too may be a cassettes folder, or a module's folder in one.
    """
    return f"/{CASSETTES}/" in f"/{relative}" or CASSETTES in root[-2:]


def folder_of_tests(relative: str, root: Sequence[str] = ()) -> tuple[str, ...]:
    """The folder of the tests of a cassette: the one that contains ``cassettes``."""
    folder, cassettes, _ = f"/{relative}".rpartition(f"/{CASSETTES}/")
    if not cassettes:
        folder = "" if is_cassette(relative, root) else f"/{relative}".rpartition("/")[0]
    return tuple(folder.split("/")[1:])


def name_of(recording: Recording) -> str:
    """The recorder's file name for a recording, or a digest where that is unknown."""
    try:
        return recording_name(recording)
    except ValueError:  # Unsupported, or a URL that cannot be parsed
        return f"{hashlib.sha256(recording.dump().encode()).hexdigest()}.json"


def default_place(name: str, folder: Sequence[str]) -> str:
    """The place of a recording without a note; ``folder`` is that of its tests."""
    return "/".join((*folder, RECORDINGS, name))


def place_note(recording: Recording, place: str, cassette: str) -> dict[str, str]:
    """The addition to a cassette's provenance from which ``place_in`` finds the place; empty where it needs none.

    Raises MalformedInteraction for a place that cannot be noted (its name is not UTF-8, or not that of a .json file).
    """
    folder = folder_of_tests(cassette)
    if place == default_place(name_of(recording), folder):
        return {}
    note = note_of(place, cassette)
    if noted_place(note, folder) != place:
        raise MalformedInteraction(_NOTE, "a plain file name", repr(place))
    return {PLACE: note}


def place_in(provenance: Provenance, recording: Recording, folder: Sequence[str]) -> str:
    """The place of a recording by its cassette's provenance; ``folder`` is that of its tests.

    Raises MalformedInteraction where the provenance has a place outside the tree.
    """
    if PLACE in provenance:
        return noted_place(provenance[PLACE], folder)
    return default_place(name_of(recording), folder)


def note_of(place: str, cassette: str) -> str:
    """A recording's place as a path from the folder of the cassette's tests."""
    start, target = folder_of_tests(cassette), place.split("/")
    shared = 0
    while shared < min(len(start), len(target) - 1) and start[shared] == target[shared]:
        shared += 1
    return "/".join([".."] * (len(start) - shared) + target[shared:])


def noted_place(note: Any, folder: Sequence[str]) -> str:
    """The place of a note, as ``note_of`` makes it. Raises MalformedInteraction for one outside the tree."""
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


def stem(name: str) -> str:
    """A file's name without the suffix of its format."""
    suffix = next((suffix for suffix in SUFFIXES if name.endswith(suffix) and name != suffix), "")
    return name.removesuffix(suffix)


def _stays(parts: Sequence[str]) -> bool:
    """Whether no part leads elsewhere: up, to a root, a drive, a device or a Windows path, whatever the system.

    Windows drops dots and spaces at a name's end, and takes the text after a colon for a stream of the file.
    """
    return not any(
        part.endswith((".", " "))
        or part == ""
        or re.search(r"[\\:]", part)
        or _UNWRITABLE.search(part)
        or _DEVICE.match(part)
        for part in parts
    )


def _cassette_name(name: str, serializer: str, *, is_default: bool = True) -> str:
    # Without a serializer in the configuration (that is YAML) the suffix counts with its dot, else without.
    room = _LONGEST_NAME - len(".yaml" if serializer == "yaml" and is_default else serializer)
    if len(name) > room:
        digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
        name = f"{name[: room - len(digest) - 3]}...{digest}"
    suffix = f".{serializer}"
    return fitting(name if name.endswith(suffix) else name + suffix)


def fitting(name: str) -> str:
    """A file's name that systems can have, at most 255 bytes: a longer one is shortened as pytest-recording does it.

    pytest-recording counts characters, and forgets the dot before ``openai.yaml``.
    """
    if len(name.encode("utf-8", "surrogatepass")) <= _LONGEST_NAME:
        return name
    bare = stem(name)
    suffix = name[len(bare) :]
    octets = bare.encode("utf-8", "surrogatepass")
    end = f"...{hashlib.md5(octets, usedforsecurity=False).hexdigest()}{suffix}"
    return octets[: _LONGEST_NAME - len(end)].decode("utf-8", "ignore") + end
