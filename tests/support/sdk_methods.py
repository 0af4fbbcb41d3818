"""The methods of the installed OpenAI SDK that make a request: each with the request that it makes.

Found by walking the client's resources and calling every method on a client that notes what it is asked to send.
"""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

import openai
from openai._resource import SyncAPIResource

# Parameters that take a file, whatever the annotation says.
_FILES = {"audio_sample", "data", "file", "image", "recording", "video"}
_REQUEST = {"extra_headers", "extra_query", "extra_body", "timeout", "stream"}
# Methods that make no request of their own: they wait, or call others, several times.
_HELPERS = re.compile(r"(^|\.)(poll|stream|upload|connect|prepare\w*|for_result|\w+_(poll|stream|chunked|processing))$")
_LOCAL = ("webhooks.unwrap", "webhooks.verify_signature")


@dataclass(frozen=True)
class Method:
    """One method: its name on the client, and the request that it makes with ``arguments``, the required ones."""

    name: str
    arguments: dict[str, Any]
    verb: str
    path: str
    reply: Any
    page: Any = None
    stream: Any = None
    body: Any = None


class _Noted(Exception):  # it carries a request out of the SDK
    pass


class _Client(openai.OpenAI):
    """A client that sends nothing."""

    def get(self, path: str, **options: Any) -> Any:
        raise _Noted("GET", path, options)

    def post(self, path: str, **options: Any) -> Any:
        raise _Noted("POST", path, options)

    def delete(self, path: str, **options: Any) -> Any:
        raise _Noted("DELETE", path, options)

    def get_api_list(self, path: str, *, method: str = "get", **options: Any) -> Any:
        raise _Noted(method.upper(), path, options)


@cache
def methods() -> tuple[Method, ...]:
    """All methods that make a request."""
    return tuple(_methods())


def _methods() -> Iterator[Method]:
    client = _Client(api_key="none")
    for name, method in _walk(client, ""):
        if name in _LOCAL or _HELPERS.search(name):
            continue
        for arguments in (_arguments(method), _arguments(method, every=True)):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    method(**arguments)
            except _Noted as noted:
                yield _method(name, arguments, *noted.args)
                break
            except TypeError:  # required together with others, by a decorator
                continue


def _method(name: str, arguments: dict[str, Any], verb: str, path: str, options: dict[str, Any]) -> Method:
    reply = options.get("cast_to", options.get("model"))
    path = urlsplit(unquote(path)).path
    return Method(
        name, arguments, verb, path, reply, options.get("page"), options.get("stream_cls"), options.get("body")
    )


def silent() -> list[str]:
    """The methods that were called and sent nothing, though they should have."""
    found = {method.name for method in methods()}
    names = [name for name, _ in _walk(_Client(api_key="none"), "")]
    return [name for name in names if name not in found and name not in _LOCAL and not _HELPERS.search(name)]


def _walk(resource: Any, prefix: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in dir(type(resource)):
        if name.startswith(("_", "with_")):
            continue
        found = inspect.getattr_static(type(resource), name)
        if inspect.isfunction(found):
            if prefix:  # not the client's own
                yield prefix + name, getattr(resource, name)
        elif isinstance(inner := getattr(resource, name, None), SyncAPIResource):
            yield from _walk(inner, f"{prefix}{name}.")


def _arguments(method: Callable[..., Any], *, every: bool = False) -> dict[str, Any]:
    """Something for each parameter that must be given, or for all."""
    parameters = inspect.signature(method).parameters.values()
    return {
        one.name: _dummy(one.name)
        for one in parameters
        if one.kind is not one.VAR_KEYWORD and (one.default is one.empty or (every and one.name not in _REQUEST))
    }


def _dummy(name: str) -> Any:
    if name in _FILES:
        return ("a.bin", b"\x00\xff\r\n--\x80", "application/octet-stream")
    return f"{name}_0123456789abcdef0123456789abcdef"
