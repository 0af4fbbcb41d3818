"""An edit of a cassette's interaction in YAML: some of its blocks are replaced, every other line stays as it was."""

from __future__ import annotations

import re
from collections.abc import Sequence

_FIRST = re.compile(r"^- (?=\w+:)")
Blocks = dict[str, str]


def with_blocks(old: str, new: str, places: Sequence[tuple[str, ...]]) -> str:
    """The text of an interaction with the blocks at ``places`` as ``new`` has them; what it has not is left out.

    Both are elements of a block list, in block style, whose members are indented by two and four. Raises ValueError
    for a text in another style.
    """
    found, other = _outer(old), _outer(new)
    for place in places:
        if len(place) == 1:
            found[place[0]] = other[place[0]]
        else:
            found[place[0]] = _with_inner(found[place[0]], other[place[0]], place[1])
    text = "".join(found.values())
    return f"- {text[2:]}"


def _with_inner(old: str, new: str, name: str) -> str:
    head, found = _inner(old)
    _, other = _inner(new)
    if name in found and name not in other:
        del found[name]
    elif name in found:
        found[name] = other[name]
    elif name in other:
        found = _inserted(found, name, other)
    return head + "".join(found.values())


def _inserted(found: Blocks, name: str, other: Blocks) -> Blocks:
    """The blocks with a further one before the first of those that follow it in ``other``."""
    following = list(other)[list(other).index(name) + 1 :]
    place = next((index for index, one in enumerate(found) if one in following), len(found))
    items = list(found.items())
    return dict([*items[:place], (name, other[name]), *items[place:]])


def _outer(text: str) -> Blocks:
    return _blocks(_FIRST.sub("  ", text), "  ")[1]


def _inner(text: str) -> tuple[str, Blocks]:
    return _blocks(text, "    ")


def _blocks(text: str, indent: str) -> tuple[str, Blocks]:
    """What comes before the first member with this indentation, and the lines of each member."""
    head, blocks, name = "", Blocks(), None
    member = re.compile(rf"^{indent}(\w+):(?=[ \n])")
    for line in text.split("\n")[:-1]:
        if match := member.match(line):
            name = match[1]
            if name in blocks:
                raise ValueError(f"expected one member {name}, found two")
            blocks[name] = ""
        if name is None:
            head += f"{line}\n"
        else:
            blocks[name] += f"{line}\n"
    if not blocks:
        raise ValueError("expected members in block style")
    return head, blocks
