"""Which row of the endpoint table a request or a recording belongs to.

A path's own words go before ``{…}``, so ``/responses/compact`` is not the id of a response. A lookup takes one step for
each segment of the path.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from vcr_openai._api.api_paths import api_path
from vcr_openai._api.endpoint import Endpoint, Layout
from vcr_openai._api.endpoint_table import ENDPOINTS, LEFT_OUT

_ANY = "{}"
_REST = "{*}"


@dataclass(frozen=True)
class _Node:
    """A step of a path: the steps that may follow, and the rows, by method, of a path that ends here."""

    next: dict[str, _Node] = field(default_factory=dict)
    rows: dict[str, Endpoint] = field(default_factory=dict)


def _tree(rows: Iterable[tuple[str, str, Endpoint]]) -> _Node:
    root = _Node()
    for path, method, row in rows:
        node = root
        for segment in path.strip("/").split("/"):
            step = segment if segment[0] != "{" else _REST if segment.endswith("*}") else _ANY
            node = node.next.setdefault(step, _Node())
        node.rows.setdefault(method, row)
    return root


_BY_WIRE = _tree((row.wire, row.method, row) for row in ENDPOINTS)
_BY_PATH = _tree((row.path, row.recorded_method, row) for row in ENDPOINTS)
# An endpoint that the recorder knows is found behind any prefix of a server or a proxy; the longest first, since
# ``/chat/completions`` ends with ``/completions``.
_ENDINGS = sorted(
    (row for row in ENDPOINTS if row.by_recorder or row.layout is Layout.HTTP), key=lambda row: -len(row.wire)
)


@lru_cache(maxsize=1024)
def recorded_endpoint(path: str, method: str = "POST") -> Endpoint:
    """The row of a recording's ``endpoint`` and ``method``; for an unknown one, a row that invents as little as it can.

    The method does not count where the recorder knows the path: it always writes POST.
    """
    rows = _found(_BY_PATH, path)
    row = rows.get(method.upper()) or next((row for row in rows.values() if row.by_recorder), None)
    if row is None:
        return Endpoint(path, path.removeprefix("/v1"), None, method=method.upper())
    return row.at(path[len(row.path.removesuffix(row.wire)) :]) if "{" in row.wire else row


@lru_cache(maxsize=1024)
def wire_endpoint(method: str, path: str) -> Endpoint | None:
    """The row of a request's method and URL path, behind any prefix; None where the table has none."""
    method = method.upper()
    target = api_path(path)
    if target.known:
        wire = _ending(path, target.path.count("/"))
        row = _found(_BY_WIRE, wire).get(method)
        if row is not None and (path == row.wire or not row.lookup):
            return row.at(wire)
    return next((row for row in _ENDINGS if row.method == method and _ends(path, row)), None)


def _ends(path: str, row: Endpoint) -> bool:
    return path == row.wire if row.lookup else path.endswith(row.wire)


def template_of(path: str) -> str | None:
    """The path of the table that an API path belongs to, with ``{…}`` in the place of each id; None without a row."""
    return next((row.wire for row in _found(_BY_WIRE, path).values()), None)


def why_left_out(path: str) -> str | None:
    """Why the table has no row for a request's path, where it was left out on purpose; else None."""
    return next((reason for part, reason in LEFT_OUT.items() if f"{part}/" in f"{path}/"), None)


def _ending(path: str, count: int) -> str:
    """The last ``count`` segments of a path, as they stand there."""
    return "/" + "/".join(path.split("/")[-count:])


def _found(root: _Node, path: str) -> dict[str, Endpoint]:
    segments = path.split("/")
    if segments[0] or not all(segments[1:]):  # no leading slash, or an empty segment
        return {}
    node = _walk(root, segments[1:])
    return node.rows if node is not None else {}


def _walk(node: _Node, segments: list[str]) -> _Node | None:
    if not segments:
        return node if node.rows else None
    for step in (segments[0], _ANY):
        if step in node.next and (found := _walk(node.next[step], segments[1:])):
            return found
    return node.next.get(_REST)
