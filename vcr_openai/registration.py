"""Our serializers, matchers and defaults on a ``vcr.VCR``."""

from __future__ import annotations

from typing import Any

from vcr.config import VCR as HostVCR

from vcr_openai import matchers
from vcr_openai.serializers import RecordingSerializer

MATCH_ON = ("openai_endpoint", "openai_body")


def register(vcr: HostVCR, *, test_id: str | None = None) -> None:
    """Put serializers, matchers and safe defaults onto a VCR instance; a setting that is not vcrpy's default stays.

    ``test_id`` goes into the recordings that its cassettes record.
    """
    vcr.register_serializer("recording.json", RecordingSerializer(test_id))
    vcr.register_matcher("openai_endpoint", matchers.openai_endpoint)
    vcr.register_matcher("openai_body", matchers.openai_body)
    if tuple(vcr.match_on) == tuple(HostVCR().match_on):
        vcr.match_on = MATCH_ON


class VCR(HostVCR):  # type: ignore[misc]  # vcrpy is not typed
    """A ``vcr.VCR`` with all of it, for use without pytest. Takes vcrpy's arguments, and those of ``register``."""

    def __init__(self, *, test_id: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        register(self, test_id=test_id)
