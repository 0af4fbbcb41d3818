"""The parts of a cassette file: the text of each interaction, and a file that is put together of such texts.

Each format has one line that only the structure can have, since a text in JSON or YAML is indented or has its line ends
escaped. Files in another layout than the one that is written are not taken apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from vcr_openai._yaml.quick_yaml import ANCHOR  # of a value that several interactions may share

_YAML_HEAD, _YAML_TAIL = "interactions:\n", "version: 1\n"
_JSON_HEAD, _JSON_TAIL = '{\n    "version": 1,\n    "interactions": [\n', "\n    ]\n}\n"
_ARRAY_HEAD, _ARRAY_TAIL = "[\n  {\n", "\n  }\n]\n"
_READABLE_HEAD = "version: 1\ninteractions:\n"


@dataclass(frozen=True)
class FileParts:
    """How a file of a format is taken apart and put together.

    ``split`` gives the text of each interaction; None for a text in another layout. ``join`` gives the file of such
    texts; there must be one.
    """

    split: Callable[[str], list[str] | None]
    join: Callable[[Sequence[str]], str]


def _split_yaml(text: str, *, head: str, tail: str) -> list[str] | None:
    if not text.startswith(f"{head}- ") or not text.endswith(f"\n{tail}") or ANCHOR.search(text):
        return None
    first, *others = text[len(head) : len(text) - len(tail)].split("\n- ")
    texts = [first, *(f"- {one}" for one in others)]
    return [*(f"{one}\n" for one in texts[:-1]), texts[-1].removesuffix("\n") + "\n"]


def _join_yaml(texts: Sequence[str], *, head: str, tail: str) -> str:
    return "".join([head, *texts, tail])


def _split_json(text: str) -> list[str] | None:
    if not text.startswith(f"{_JSON_HEAD}        {{\n") or not text.endswith(f"\n        }}{_JSON_TAIL}"):
        return None
    inner = text[len(_JSON_HEAD) + len("        {\n") : -len(f"\n        }}{_JSON_TAIL}")]
    return inner.split("\n        },\n        {\n")


def _join_json(texts: Sequence[str]) -> str:
    return f"{_JSON_HEAD}        {{\n" + "\n        },\n        {\n".join(texts) + f"\n        }}{_JSON_TAIL}"


def _split_recordings(text: str) -> list[str] | None:
    """The recordings as files of their own would have them."""
    if text.startswith("{\n"):
        return [text if text.endswith("\n") else f"{text}\n"]
    if not text.startswith(_ARRAY_HEAD) or not text.endswith(_ARRAY_TAIL):
        return None
    return [f"{{\n{one}\n}}\n" for one in text[6:-7].replace("\n  ", "\n").removeprefix("  ").split("\n},\n{\n")]


def arrays_of_one(text: str) -> list[str]:
    """A JSON array of objects as arrays of one of them each; empty for a text in another layout."""
    if not text.startswith(_ARRAY_HEAD) or not text.endswith(_ARRAY_TAIL):
        return []
    objects = text[len(_ARRAY_HEAD) : -len(_ARRAY_TAIL)].split("\n  },\n  {\n")
    return [f"{_ARRAY_HEAD}{one}{_ARRAY_TAIL}" for one in objects]


def array_of_arrays(arrays: Sequence[str]) -> str:
    """The text of a JSON array of the objects of arrays of one each, as ``arrays_of_one`` gives them."""
    return "[\n" + ",\n".join([text[2:-3] for text in arrays]) + "\n]\n" if arrays else "[]\n"


def _join_recordings(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else array_of(texts)


def array_of(texts: Sequence[str]) -> str:
    """The text of a JSON array of recordings, whose own texts these are."""
    if not texts:
        return "[]\n"
    return "[\n  " + ",\n  ".join([text.removesuffix("\n").replace("\n", "\n  ") for text in texts]) + "\n]\n"


FILE_PARTS = {
    "yaml": FileParts(
        partial(_split_yaml, head=_YAML_HEAD, tail=_YAML_TAIL), partial(_join_yaml, head=_YAML_HEAD, tail=_YAML_TAIL)
    ),
    "json": FileParts(_split_json, _join_json),
    "openai.yaml": FileParts(
        partial(_split_yaml, head=_READABLE_HEAD, tail=""), partial(_join_yaml, head=_READABLE_HEAD, tail="")
    ),
    "recording.json": FileParts(_split_recordings, _join_recordings),
}
