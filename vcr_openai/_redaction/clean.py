"""Whether a message is certainly clean: the test that comes before the search, at a small part of its cost.

It gives true only where the search finds nothing and redaction changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpRequest, HttpResponse, Reason
from vcr_openai._http.headers import Headers
from vcr_openai._json import json_text
from vcr_openai._json.json_path import Place
from vcr_openai._redaction.edits import NO_PIECE, TOKEN_LISTS, Leaf, as_text, data_in, discriminator
from vcr_openai._redaction.logprobs import has_logprobs_only, may_have_logprobs_only
from vcr_openai._redaction.redaction import Redaction, drops_header
from vcr_openai._redaction.response_headers import is_identifier
from vcr_openai._redaction.search import leaf_edits, may_be_spread, may_hold, parts_of
from vcr_openai._secrets.hints import has_hint, words_of_hints
from vcr_openai._secrets.secret_names import drops_request_header, drops_response_header, secret_header
from vcr_openai._streams.times import without_times, wrong_times

FORM = "application/x-www-form-urlencoded"
GZIP = b"\x1f\x8b"
_DEFAULT = Redaction()
_NO_HEADERS = '"headers":{}'  # of every recording
_QUERY_MEMBER = '"extra_query"'  # whose members may be secrets by other names
_HELD = frozenset([str, dict, list])  # the types of JSON values that are texts or contain them
# The texts of chunks by their path in terms of the elements' own ``index``: by step; those of the path itself at None.
_Pieces = dict[Any, Any]
_CLEAN = "clean for"  # the key in a Body's cached views of the redaction that found nothing in it


def is_clean_request(request: HttpRequest, redaction: Redaction) -> bool:
    """Whether a request is recorded as it is."""
    if "=" in request.uri or not _are_plain(request.headers, redaction, of_response=False):
        return False
    texts = [request.method, request.uri, *_values(request.headers)]
    return _are_clean(texts, redaction) and _is_clean_body(request.body, redaction)


def is_clean_response(response: HttpResponse, redaction: Redaction) -> bool:
    """Whether a response is recorded as it is."""
    if without_times(response.further) or wrong_times(response.further):
        return False
    if not _are_plain(response.headers, redaction, of_response=True):
        return False
    reason = "" if isinstance(response.reason, Reason) else response.reason
    texts = [reason, *_values(response.headers)]
    return isinstance(reason, str) and _are_clean(texts, redaction) and _is_clean_body(response.body, redaction)


def _are_clean(texts: list[str], redaction: Redaction) -> bool:
    """Whether the values of a message's head are clean; an address with a query is searched."""
    head = "\n".join(texts)
    return "?" not in head and not _head_may_hold(head, redaction)


_head_may_hold = lru_cache(maxsize=256)(may_hold)  # most requests to an API have one head


def _values(headers: Headers) -> Iterable[str]:
    return (value for values in headers.values() for value in values)


def _are_plain(headers: Mapping[str, Any], redaction: Redaction, *, of_response: bool) -> bool:
    if redaction.patterns or redaction.fields or redaction.query:
        return False
    return _are_plain_names(tuple(headers), redaction, of_response)


@lru_cache(maxsize=2048)
def _are_plain_names(names: tuple[str, ...], redaction: Redaction, of_response: bool) -> bool:  # noqa: FBT001
    return all(_is_plain(name, redaction, of_response=of_response) for name in names)


def _is_plain(name: str, redaction: Redaction, *, of_response: bool) -> bool:
    """Whether a header of this name is recorded as it is, unless its value has a secret by itself."""
    drops = (drops_response_header if of_response else drops_request_header)(name)
    if drops_header(name, redaction, by_default=drops) or secret_header(name) is not None:
        return False
    return not (of_response and is_identifier(name.lower(), redaction))


def _is_clean_body(body: Body | None, redaction: Redaction) -> bool:
    """Whether a body has no secret; it is searched once for each redaction."""
    if not body:
        return True
    known = body.__dict__.get(_CLEAN)
    if known is None or (known[0] is not redaction and known[0] != redaction):
        known = body.__dict__[_CLEAN] = redaction, _has_nothing(body, redaction)
    return bool(known[1])


def note_clean(body: Body, redaction: Redaction) -> None:
    """Note that the search found nothing in a body, which then need not be searched again."""
    body.__dict__[_CLEAN] = redaction, True


def _has_nothing(body: Body, redaction: Redaction) -> bool:
    text = body.text
    if text is None or body.content.startswith(GZIP) or body.boundary or body.media_type == FORM:
        return False
    found = words_of_hints(text)
    has_tokens = may_have_logprobs_only(text, redaction, found)
    if not has_tokens and may_hold(text, redaction, found=found):
        return False
    if not has_tokens and not may_be_spread(text):
        return True
    values = body.skimmed_chunks or [part.value for part in parts_of(body, text)]
    if not values or (has_tokens and not has_logprobs_only(text, values) and may_hold(text, redaction, found=found)):
        return False
    return not _are_spread(joined_texts(values), redaction)


def is_clean_document(document: Any, chunks: list[Any], redaction: Redaction) -> bool:
    """Whether a JSON value has no secret by its texts, names and streams; its addresses are not looked at.

    ``chunks`` are the chunks of the streams in it.
    """
    if redaction != _DEFAULT or any(isinstance(chunk, str) for chunk in chunks):
        return False
    try:
        text = json_text.rewrite_line(document).replace(_NO_HEADERS, "")
    except (TypeError, ValueError):  # bytes
        return False
    if _QUERY_MEMBER in text:
        return False
    is_harmless = may_have_logprobs_only(text, redaction) and has_logprobs_only(text, list(map(data_in, chunks)))
    if not is_harmless and may_hold(text, redaction):
        return False
    return not _are_spread([*joined_texts([document]), *joined_texts(chunks)], redaction)


def _are_spread(leaves: list[Leaf], redaction: Redaction) -> bool:
    """Whether a secret may be spread over pieces; mostly one look at all of the joined texts answers that."""
    texts = [as_text(leaf.text) for leaf in leaves]
    whole = "\n".join(texts)
    if redaction == _DEFAULT and "%" not in whole and not has_hint(whole):
        return False
    found = zip(leaves, texts, strict=True)
    return any(may_hold(text, redaction) and leaf_edits(leaf, text, redaction) for leaf, text in found)


def joined_texts(chunks: Iterable[Any]) -> list[Leaf]:
    """The texts that are spread over chunks (``edits.spread_texts``), each joined, with its path in a chunk."""
    texts: list[str] = []
    groups: dict[str, _Pieces] = {}
    for chunk in chunks:
        data = data_in(chunk)
        kind = type(data)
        if kind is dict:
            _gather_object(data, groups.setdefault(discriminator(data), {}))
        elif kind is list:
            _gather_list(data, "", groups.setdefault("", {}))
        elif kind is str:
            texts.append(data)
    joined = [Leaf((), "", "".join(texts))] if len(texts) > 1 else []
    for group in groups.values():
        _join(group, (), "", joined)
    return joined


def _gather_object(value: dict[str, Any], pieces: _Pieces, in_logprobs: bool = False) -> None:  # noqa: FBT001, FBT002
    """Add the texts of an object to the pieces of its path."""
    for key, item in value.items():
        if not item:
            continue
        kind = type(item)
        if kind is str:
            if key not in NO_PIECE:
                pieces.setdefault(key, {}).setdefault(None, []).append(item)
        elif kind is dict:
            _gather_object(item, pieces.setdefault(key, {}), in_logprobs or key == "logprobs")
        elif kind is list:
            _gather_list(item, key, pieces.setdefault(key, {}), in_logprobs or key == "logprobs")


def _gather_list(values: list[Any], name: str, pieces: _Pieces, in_logprobs: bool = False) -> None:  # noqa: FBT001, FBT002
    """Add the texts of a list by its elements' own ``index``, else by their position; tokens are all of one text."""
    if _HELD.isdisjoint(map(type, values)):
        return
    is_tokens = in_logprobs and name in TOKEN_LISTS
    for position, item in enumerate(values):
        kind = type(item)
        index = item.get("index") if kind is dict else None
        step = -1 if is_tokens else index if isinstance(index, int) else position
        if kind is dict:
            _gather_object(item, pieces.setdefault(step, {}), in_logprobs)
        elif kind is list:
            _gather_list(item, name, pieces.setdefault(step, {}), in_logprobs)
        elif kind is str and item and name not in NO_PIECE:
            pieces.setdefault(step, {}).setdefault(None, []).append(item)


def _join(pieces: _Pieces, path: Place, name: str, joined: list[Leaf]) -> None:
    """Add the texts that have more than one piece."""
    for step, inner in pieces.items():
        if step is None:
            if len(inner) > 1:
                joined.append(Leaf(path, name, "".join(inner)))
        elif len(inner) > 1 or None not in inner or len(inner[None]) > 1:
            _join(inner, (*path, step), step if type(step) is str else name, joined)
