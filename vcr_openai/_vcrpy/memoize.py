"""vcrpy's ``before_record_request``, run once a request: vcrpy calls it three times, on a deep copy each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakSet

if TYPE_CHECKING:
    from vcr.request import Request


class Once:
    """A filter that remembers its result for each request, as long as the request lives.

    vcrpy demands that a filter can be called on its own result, so that result may stand for itself.
    """

    def __init__(self, hook: Callable[[Request], Request | None]) -> None:
        self._hook = hook
        self._results: WeakKeyDictionary[Request, Request | None] = WeakKeyDictionary()
        self._made: WeakSet[Request] = WeakSet()

    def __call__(self, request: Request) -> Request | None:
        """The filtered request, None where it is to be ignored."""
        if request in self._made:
            return request
        if request not in self._results:
            result = self._hook(request)
            if result is request:  # keeping it would keep it alive
                return result
            self._results[request] = result
            if result is not None:
                self._made.add(result)
        return self._results[request]
