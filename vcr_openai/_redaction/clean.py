"""Whether a message is certainly clean: the test that comes before the search, at a small part of its cost.

It gives true only where the search finds nothing and redaction changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpRequest, HttpResponse, Reason
from vcr_openai._http.headers import Headers
from vcr_openai._json import json_text
from vcr_openai._redaction.edits import HELD, NO_PIECE, TOKEN_LISTS, data_in, discriminator
from vcr_openai._redaction.logprobs import has_logprobs_only, may_have_logprobs_only
from vcr_openai._redaction.redaction import Redaction, drops_header
from vcr_openai._redaction.response_headers import is_identifier
from vcr_openai._redaction.search import may_be_spread, may_hold, parts_of
from vcr_openai._secrets.secret_names import drops_request_header, drops_response_header, secret_header

FORM = "application/x-www-form-urlencoded"
GZIP = b"\x1f\x8b"
_DATA, _DONE = "data: ", ",[DONE]"
_DEFAULT = Redaction()
_NO_HEADERS = '"headers":{}'  # of every recording
_QUERY_MEMBER = '"extra_query"'  # whose members may be secrets by other names
_CLEAN = "clean for"  # the key in a Body's cached views of the redaction that found nothing in it


def is_clean_request(request: HttpRequest, redaction: Redaction) -> bool:
    """Whether a request is recorded as it is."""
    if "=" in request.uri or not _are_plain(request.headers, redaction, of_response=False):
        return False
    texts = [request.method, request.uri, *_values(request.headers)]
    return _are_clean(texts, redaction) and _is_clean_body(request.body, redaction)


def is_clean_response(response: HttpResponse, redaction: Redaction) -> bool:
    """Whether a response is recorded as it is."""
    if response.further or not _are_plain(response.headers, redaction, of_response=True):
        return False
    reason = "" if isinstance(response.reason, Reason) else response.reason
    texts = [reason, *_values(response.headers)]
    return isinstance(reason, str) and _are_clean(texts, redaction) and _is_clean_body(response.body, redaction)


def _are_clean(texts: list[str], redaction: Redaction) -> bool:
    """Whether the values of a message's head are clean; an address with a query is searched."""
    head = "\n".join(texts)
    return "?" not in head and not may_hold(head, redaction)


def _values(headers: Headers) -> Iterable[str]:
    return (value for values in headers.values() for value in values)


def _are_plain(headers: Mapping[str, Any], redaction: Redaction, *, of_response: bool) -> bool:
    if redaction.patterns or redaction.fields or redaction.query:
        return False
    return all(_is_plain(name, redaction, of_response=of_response) for name in headers)


@lru_cache(maxsize=2048)
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
    if known is None or known[0] != redaction:
        known = body.__dict__[_CLEAN] = redaction, _has_nothing(body, redaction)
    return bool(known[1])


def _has_nothing(body: Body, redaction: Redaction) -> bool:
    text = body.text
    if text is None or body.content.startswith(GZIP) or body.boundary or body.media_type == FORM:
        return False
    suspicious = may_hold(text, redaction)
    if suspicious and not may_have_logprobs_only(text, redaction):
        return False
    if not suspicious and not may_be_spread(text):
        return True
    values = _usual_chunks(text) or [part.value for part in parts_of(body, text)]
    if not values or (suspicious and not has_logprobs_only(text, values)):
        return False
    return not any(may_hold(joined, redaction) for joined in joined_texts(values))


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
    if may_hold(text, redaction) and not (
        may_have_logprobs_only(text, redaction) and has_logprobs_only(text, [data_in(chunk) for chunk in chunks])
    ):
        return False
    return not any(may_hold(joined, redaction) for joined in (*joined_texts([document]), *joined_texts(chunks)))


def _usual_chunks(text: str) -> list[Any]:
    """The values of a stream of JSON events, all of which are one line of data, read in one go; empty for any other.

    They need not be read strictly: what strict JSON refuses is read in this way by the search, too.
    """
    if not text.startswith(_DATA) or not text.endswith("\n\n"):
        return []
    count = text.count("\n\n")
    array = text[len(_DATA) : -2].replace(f"\n\n{_DATA}", ",")
    if array.endswith(_DONE):
        count, array = count - 1, array.removesuffix(_DONE)
    try:
        values = json_text.skim(f"[{array}]") if "\n" not in array and "\r" not in array else []
    except ValueError:
        return []
    return values if len(values) == count and all(type(value) is dict for value in values) else []


def joined_texts(chunks: Iterable[Any]) -> list[str]:
    """The texts that are spread over chunks (``edits.spread_texts``), each joined."""
    found: defaultdict[tuple[Any, ...], list[str]] = defaultdict(list)
    for chunk in chunks:
        if isinstance(chunk, str):
            found[()].append(chunk)
            continue
        data = data_in(chunk)
        if type(data) in HELD:
            _gather(data, (discriminator(data),), "", in_logprobs=False, found=found)
    return ["".join(pieces) for pieces in found.values() if len(pieces) > 1]


def _gather(value: Any, key: tuple[Any, ...], name: str, *, in_logprobs: bool, found: Any) -> None:
    """Add the texts in a value to those found by their key: the path in terms of the elements' own ``index``."""
    if type(value) is list:
        _gather_list(value, key, name, in_logprobs=in_logprobs, found=found)
    elif type(value) is dict:
        for step, item in value.items():
            if type(item) is str:
                if item and step not in NO_PIECE:
                    place = (*key, step)
                    found[place].append(item)
            elif type(item) in HELD:
                _gather(item, (*key, step), step, in_logprobs=in_logprobs or step == "logprobs", found=found)
    elif value and name not in NO_PIECE:
        found[key].append(value)


def _gather_list(value: list[Any], key: tuple[Any, ...], name: str, *, in_logprobs: bool, found: Any) -> None:
    is_tokens = in_logprobs and name in TOKEN_LISTS
    for position, item in enumerate(value):
        if type(item) in HELD:
            index = item.get("index") if type(item) is dict else None
            step = -1 if is_tokens else index if isinstance(index, int) else position
            _gather(item, (*key, step), name, in_logprobs=in_logprobs, found=found)
