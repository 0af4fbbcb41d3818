"""What this package relies on in vcrpy that vcrpy does not document; read and tested in 8.5 and 9.4.

- ``VCR._use_cassette`` makes every cassette: only the class of a VCR chooses the class of its cassettes.
- A context keeps its patches in an attribute with a mangled name; a cassette that cannot be saved leaves them in place.
- ``FilesystemPersister`` has two functions, compared by identity: a persister with the same ones can be replaced.
- pytest-recording's ``CombinedPersister`` (0.14) loads the files of its ``extra_paths`` after the cassette.
- A cassette loads and saves through ``Cassette._persister``, whoever named it.
- ``Request(**…)`` takes what a serializer has of a request; ``Request._to_dict`` gives it.
- The look-up without a scan works on ``Cassette.data``, ``play_counts``, ``_played_interactions``,
  ``_before_record_request`` and ``_match_on``.
- ``Cassette._save`` saves what is in ``data`` where ``dirty`` is set; in mode ``all`` without what was loaded where
  ``drop_unused_requests`` is set.
- ``CassetteContextDecorator._patch_generator`` applies a cassette's ``custom_patches`` after its own patches.
- ``CassetteContextDecorator._patch_generator`` is a generator that yields once, with the stubs in place: our seams for
  streams go around these. ``ConnectionCls`` of urllib3's pools is then a class of this cassette alone, with the
  attribute ``cassette``; its connections have a ``real_connection``.
- The responses of vcrpy's stubs can be given what they lack for streams: httpx's another ``stream``, urllib3's
  (``VCRHTTPResponse``) a subclass as their class and another ``_content``, aiohttp's (``MockClientResponse``) a
  subclass and another ``content``, which is a ``MockStream``.
- ``HeadersDict`` keeps each header's name and value as a pair in ``_store``.
- ``VCR._build_before_record_request`` makes a function that copies a request and applies the functions of a list to it,
  which is the function's variable ``filter_functions``.
- ``httpx_stubs.vcr_handle_request`` and ``vcr_handle_async_request`` make the stub for a transport's method from the
  one that sends, whose response's ``stream`` they read to its end, close and replace.
- ``aiohttp_stubs.vcr_request`` makes the stub for a session's ``_request`` from the method that sends.
"""

from __future__ import annotations

from inspect import getclosurevars
from typing import Any

from vcr.config import VCR
from vcr.persisters.filesystem import FilesystemPersister
from vcr.serializers import compat as bodies

_SAVE = FilesystemPersister.save_cassette  # now: who patches it later wants another, and gets it
_PATCHES = "_CassetteContextDecorator__finish"


def can_adopt(vcr: Any) -> bool:
    """Whether a VCR instance can be given a subclass of ``VCR`` as its class: only where nobody else has subclassed it.

    pytest-recording makes its VCR itself and hands it to a hook, so the class of that instance is changed there. This
    is the one liberty that the package takes with its host.
    """
    return type(vcr) is VCR and hasattr(VCR, "_use_cassette")


def filters_nothing(hook: Any) -> bool:
    """Whether a cassette's ``before_record_request`` is vcrpy's own without any filter of the user's."""
    is_own = getattr(hook, "__module__", None) == VCR.__module__
    return is_own and getclosurevars(hook).nonlocals.get("filter_functions") == []


def remove_patches(context: Any) -> None:
    """Remove a context's patches where a cassette that could not be saved kept vcrpy from it.

    Otherwise they are removed when the garbage is collected, perhaps in the midst of the next test, and its requests
    would go past its cassette.
    """
    patched = getattr(context, _PATCHES, None)
    if patched is not None:
        patched.close()
        setattr(context, _PATCHES, None)


def loads_as_vcrpy(persister: Any) -> bool:
    """Whether a persister loads files as vcrpy's own does."""
    load = getattr(persister.load_cassette, "__func__", None)
    return load is not None and load is FilesystemPersister.load_cassette.__func__


def combined_paths(persister: Any) -> tuple[str, ...] | None:
    """The further files of pytest-recording's persister, which loads them after the cassette; None for any other."""
    kind = type(persister)
    if (kind.__module__, kind.__name__) != ("pytest_recording._vcr", "CombinedPersister"):
        return None
    return tuple(persister.extra_paths)


def saves_as_vcrpy(persister: Any) -> bool:
    """Whether a persister saves files as vcrpy's own does."""
    return getattr(persister, "save_cassette", None) is _SAVE


def response_from_dict(value: dict[str, Any]) -> dict[str, Any]:
    """vcrpy's response of an interaction's ``response``: its body as bytes. Changes ``value``."""
    response: dict[str, Any] = bodies.convert_to_bytes(value)
    return response


def aiohttp_request() -> Any:
    """The method of aiohttp's sessions that sends a request, as it was before any cassette was opened."""
    from vcr.patch import _AiohttpClientSessionRequest

    return _AiohttpClientSessionRequest


def aiohttp_stub(cassette: Any, send: Any) -> Any:
    """vcrpy's stub for that method: plays from a cassette, or sends and records."""
    from vcr.stubs.aiohttp_stubs import vcr_request

    return vcr_request(cassette, send)


def urllib3_response_class() -> Any:
    """The class of the responses that vcrpy's stubs for urllib3 return."""
    from vcr.stubs import VCRHTTPResponse

    return VCRHTTPResponse


def aiohttp_response_class() -> Any:
    """The class of the responses that vcrpy's stub for aiohttp returns."""
    from vcr.stubs.aiohttp_stubs import MockClientResponse

    return MockClientResponse


def aiohttp_stream_class() -> Any:
    """The class of the streams in these."""
    from vcr.stubs.aiohttp_stubs import MockStream

    return MockStream


def httpx_handlers(library: str) -> tuple[Any, Any]:
    """The methods of a library's two network transports, as they were before any cassette was opened."""
    from vcr import patch

    name = library.capitalize()
    return (
        getattr(patch, f"_{name}HttpTransport_handle_request"),
        getattr(patch, f"_{name}AsyncHttpTransport_handle_async_request"),
    )


def httpx_stubs() -> tuple[Any, Any]:
    """What makes vcrpy's stubs for these methods: of a cassette, the method that sends, and the library."""
    from vcr.stubs import httpx_stubs

    return httpx_stubs.vcr_handle_request, httpx_stubs.vcr_handle_async_request
