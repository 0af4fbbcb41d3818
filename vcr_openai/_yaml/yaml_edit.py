"""An edit of a cassette's interaction in YAML: some of its blocks are replaced, every other line stays as it was."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ITEM = re.compile(r"^( *)- (?=\w+:)", re.MULTILINE)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FIRST = re.compile(r"^- (?=\w+:)")


def list_parts(text: str) -> list[str] | None:
    """The text of a cassette in pieces: what is before the interactions, each of them, and what is after.

    None for a text in another style than a block list.
    """
    first = _ITEM.search(text)
    if first is None:
        return None
    indent = first[1]
    item, inner = f"{indent}- ", f"{indent}  "
    parts, tail = [text[: first.start()]], ""
    for line in _LINE.findall(text[first.start() :]):
        if tail or not (line.startswith((item, inner)) or not line.strip() or line.lstrip().startswith("#")):
            tail += line
        elif line.startswith(item):
            parts.append(line)
        else:
            parts[-1] += line
    return [*parts, tail]


def with_part_blocks(old: str, new: str, places: Sequence[tuple[str, ...]]) -> str:
    """As ``with_blocks``, for an element of a list that may be indented."""
    indent = old[: len(old) - len(old.lstrip(" "))]
    if not indent:
        return with_blocks(old, new, places)
    lines = [line.removeprefix(indent) for line in old.split("\n")]
    edited = with_blocks("\n".join(lines), new, places).split("\n")
    return "\n".join(f"{indent}{line}" if line else line for line in edited)


def with_blocks(old: str, new: str, places: Sequence[tuple[str, ...]]) -> str:
    """The text of an interaction with the blocks at ``places`` as ``new`` has them; what it has not is left out.

    Both are elements of a block list, in block style, whose members are indented by two and four. Comments between
    members stay. Raises ValueError for a text in another style.
    """
    found, other = _Blocks(_FIRST.sub("  ", old), "  "), _Blocks(_FIRST.sub("  ", new), "  ")
    for place in places:
        if len(place) == 1:
            found.bodies[place[0]] = other.bodies[place[0]]
        else:
            outer, inner = found.bodies[place[0]], place[1]
            found.bodies[place[0]] = _with_inner(outer, other.bodies[place[0]], inner)
    return f"- {found.text[2:]}"


def _with_inner(old: str, new: str, name: str) -> str:
    found, other = _Blocks(old, "    "), _Blocks(new, "    ")
    if name not in other.bodies:
        found.bodies.pop(name, None)
    elif name in found.bodies:
        found.bodies[name] = other.bodies[name]
    else:
        following = list(other.bodies)[list(other.bodies).index(name) + 1 :]
        place = next((index for index, one in enumerate(found.bodies) if one in following), len(found.bodies))
        items = list(found.bodies.items())
        found.bodies = dict([*items[:place], (name, other.bodies[name]), *items[place:]])
    return found.text


class _Blocks:
    """The members of a text that are indented so: the lines of each, the comments before them, and what is around."""

    def __init__(self, text: str, indent: str) -> None:
        self._head = ""
        self._comments: dict[str, str] = {}
        self.bodies: dict[str, str] = {}
        name, waiting = "", ""
        member = re.compile(rf"{indent}(\w+):(?=[ \n])")
        comment = re.compile(rf" {{0,{len(indent)}}}#")
        for line in _LINE.findall(text):
            if match := member.match(line):
                name = match[1]
                if name in self.bodies:
                    raise ValueError(f"expected one member {name}, found two")
                self.bodies[name], self._comments[name], waiting = line, waiting, ""
            elif comment.match(line):
                waiting += line
            elif name:
                self.bodies[name], waiting = f"{self.bodies[name]}{waiting}{line}", ""
            else:
                self._head, waiting = f"{self._head}{waiting}{line}", ""
        if not self.bodies:
            raise ValueError("expected members in block style")
        self._tail = waiting

    @property
    def text(self) -> str:
        """All of it again."""
        blocks = (self._comments.get(name, "") + body for name, body in self.bodies.items())
        return "".join([self._head, *blocks, self._tail])
