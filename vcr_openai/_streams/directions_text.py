"""Directions in an ini file: written as calls of Python, of which nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Final

from vcr_openai._errors import describe
from vcr_openai._streams.directions import WORDS, cuts, error_event, fail, fragments, pace, stall

_CALLS: Final[dict[str, Callable[..., Any]]] = {
    "cuts": cuts,
    "error_event": error_event,
    "fail": fail,
    "fragments": fragments,
    "pace": pace,
    "stall": stall,
}


def stream_from_text(text: str) -> list[Any]:
    """The directions of a text, separated by commas: ``events``, ``pace(first=0.4, chunk=0.02), fail(429)``.

    Raises ValueError or TypeError, which say what was expected.
    """
    try:
        tree = ast.parse(f"({text.strip()},)", mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise _unknown(text) from None
    if not isinstance(tree, ast.Tuple):
        raise _unknown(text)
    nodes = tree.elts[0].elts if len(tree.elts) == 1 and isinstance(tree.elts[0], ast.List) else tree.elts
    return [_one(node, text) for node in nodes]


def _one(node: ast.expr, text: str) -> Any:
    if isinstance(node, ast.Name) and node.id in WORDS:
        return node.id
    if isinstance(node, ast.Constant) and node.value in WORDS:
        return node.value
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in _CALLS:
        raise _unknown(text)
    try:
        values = [ast.literal_eval(one) for one in node.args]
        named = {one.arg: ast.literal_eval(one.value) for one in node.keywords if one.arg is not None}
    except ValueError:
        raise _unknown(text) from None
    return _CALLS[node.func.id](*values, **named)


def _unknown(text: str) -> ValueError:
    calls = ", ".join(f"{name}(…)" for name in _CALLS)
    return ValueError(f"expected {', '.join(WORDS)}, {calls}, or several with commas; found {describe(text)}")
