"""Our serializers, matchers and defaults on a ``vcr.VCR``."""

from __future__ import annotations

from functools import partial
from typing import Any

from vcr.cassette import CassetteContextDecorator
from vcr.config import VCR as HostVCR

from vcr_openai._rules import Rules
from vcr_openai.cassettes import IndexedCassette
from vcr_openai.matchers import matchers
from vcr_openai.persisters import merging
from vcr_openai.serializers import RecordingSerializer

DEFAULT_RULES = Rules()
MATCH_ON = ("openai_endpoint", "openai_body")


class _IndexedVCR(HostVCR):  # type: ignore[misc]  # vcrpy is not typed
    """A ``vcr.VCR`` that opens indexed cassettes. It has no state of its own, so that an instance can become one."""

    def _use_cassette(self, with_current_defaults: bool = False, **kwargs: Any) -> CassetteContextDecorator:
        if with_current_defaults:
            return IndexedCassette.use(**self.get_merged_config(**kwargs))
        return IndexedCassette.use_arg_getter(partial(self.get_merged_config, **kwargs))


class VCR(_IndexedVCR):
    """A ``vcr.VCR`` with all of it, for use without pytest. Takes vcrpy's arguments, and those of ``register``."""

    def __init__(self, *, rules: Rules | None = None, test_id: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        register(self, rules=rules or Rules(), test_id=test_id)


def register(vcr: HostVCR, *, rules: Rules = DEFAULT_RULES, test_id: str | None = None) -> None:
    """Put serializers, matchers and safe defaults onto a VCR instance; a setting that is not vcrpy's default stays.

    A persister that saves as vcrpy's own does is wrapped in one that saves whole files only, and merges what several
    processes save to one.

    ``rules`` is what the matchers ignore, rename and round; ``test_id`` goes into the recordings that its cassettes
    record.
    """
    vcr.register_serializer("recording.json", RecordingSerializer(test_id))
    for name, matcher in matchers(rules).items():
        vcr.register_matcher(name, matcher)
    vcr.persister = merging(vcr.persister)
    if tuple(vcr.match_on) == tuple(HostVCR().match_on):
        vcr.match_on = MATCH_ON
    # The one liberty with the host: pytest-recording makes its VCR itself, and only a VCR's class says which class of
    # cassette it opens. A subclass of somebody else's, or a vcrpy without that seam, keeps its own and scans.
    if type(vcr) is HostVCR and hasattr(HostVCR, "_use_cassette"):
        vcr.__class__ = _IndexedVCR
