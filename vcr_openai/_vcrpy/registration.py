"""Our serializers, matchers and defaults on a ``vcr.VCR``."""

from __future__ import annotations

from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any

from vcr.config import VCR as HostVCR  # noqa: N811 - ours has its name
from vcr.serializers import jsonserializer, yamlserializer

from vcr_openai._docs import page
from vcr_openai._matching.rules import Rules
from vcr_openai._redaction.redaction import Redaction
from vcr_openai._streams.directions import DEFAULT as DEFAULT_DIRECTIONS
from vcr_openai._streams.directions import EVENTS, Directions, directions_of
from vcr_openai._vcrpy.cassette import IndexedCassette
from vcr_openai._vcrpy.compat import can_adopt
from vcr_openai._vcrpy.matchers import matchers
from vcr_openai._vcrpy.persisters import merging
from vcr_openai._vcrpy.redaction_hooks import redacting
from vcr_openai._vcrpy.saving import Saving
from vcr_openai._vcrpy.serializers import PlainSerializer, ReadableSerializer, RecordingSerializer
from vcr_openai._vcrpy.stand_ins import Misses

if TYPE_CHECKING:
    from vcr.cassette import CassetteContextDecorator

DEFAULT_RULES = Rules()
DEFAULT_REDACTION = Redaction()
MATCH_ON = ("openai_endpoint", "openai_body")


class _IndexedVCR(HostVCR):  # type: ignore[misc]  # vcrpy is not typed
    """A ``vcr.VCR`` that opens indexed cassettes. It has no ``__init__``, so that a VCR can become one."""

    redaction = DEFAULT_REDACTION
    misses: Misses | None = None  # what happens to the requests of its cassettes that find no equal one
    saving = Saving()
    directions = DEFAULT_DIRECTIONS  # how recorded streams are played
    test_directions: Directions | None = None  # those of a test's marker

    def _use_cassette(  # vcrpy's signature
        self,
        with_current_defaults: bool = False,  # noqa: FBT001, FBT002
        **kwargs: Any,
    ) -> CassetteContextDecorator:
        if with_current_defaults:
            return IndexedCassette.use(**self.get_merged_config(**kwargs))
        return IndexedCassette.use_arg_getter(partial(self.get_merged_config, **kwargs))

    def get_merged_config(self, **kwargs: Any) -> dict[str, Any]:
        """vcrpy's settings for a cassette, and ours. Raises KeyError for an unknown serializer, as vcrpy does."""
        name = kwargs.get("serializer", self.serializer)
        if name not in self.serializers:
            near = get_close_matches(str(name), self.serializers, n=1, cutoff=0.5)
            meant = f" Did you mean {near[0]!r}?" if near else ""
            there = ", ".join(map(repr, sorted(self.serializers)))
            raise KeyError(f"Serializer {name!r} doesn't exist or isn't registered.{meant} There are {there}.")
        settings = self.misses.settings if self.misses else {}
        stream, speed = kwargs.pop("stream", None), kwargs.pop("speed", None)
        directions = self.directions
        if stream is not None or speed is not None:
            directions = directions_of(EVENTS if stream is None else stream, speed)
        ours = {
            "redaction": self.redaction,
            "saving": self.saving,
            "directions": self.test_directions or directions,
        }
        return {**super().get_merged_config(**kwargs), **ours, **settings}


class VCR(_IndexedVCR):
    """A ``vcr.VCR`` with our serializers, matchers and redaction, for use without pytest.

    Takes vcrpy's arguments, and those of ``register``. ``use_cassette`` takes ``stream`` and ``speed``, too. ``times``:
    the times at which streams arrive are recorded.
    """

    def __init__(  # noqa: PLR0913  # settings, by name
        self,
        *,
        rules: Rules = DEFAULT_RULES,
        test_id: str | None = None,
        redaction: Redaction = DEFAULT_REDACTION,
        stable: bool = True,
        times: bool = False,
        stream: object = EVENTS,
        speed: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        register(self, rules=rules, test_id=test_id, redaction=redaction, stable=stable, stream=stream, speed=speed)
        self.saving = Saving(stable=stable, times=times)


def register(  # noqa: PLR0913  # settings, by name
    vcr: HostVCR,
    *,
    rules: Rules = DEFAULT_RULES,
    test_id: str | None = None,
    redaction: Redaction = DEFAULT_REDACTION,
    stable: bool = True,
    stream: object = EVENTS,
    speed: float | None = None,
) -> None:
    """Put serializers, matchers and safe defaults onto a VCR instance; a setting that is not vcrpy's default stays.

    A persister that saves as vcrpy's own does is wrapped in one that saves whole files only, and merges what several
    processes save to one.

    ``rules`` is what the matchers ignore, rename and round; ``test_id`` goes into the recordings that its cassettes
    record; ``redaction`` is what no cassette of it may contain, in addition to what the user's own filters remove.
    ``stable``: what is recorded again in record mode ``all`` changes the file where an answer says something else.
    ``stream`` and ``speed``: how recorded streams are played (``vcr_openai.pace`` and its siblings). Raises ValueError
    or TypeError for any other value.
    """
    directions = _directions(stream, speed)
    vcr.register_serializer("recording.json", RecordingSerializer(test_id))
    vcr.register_serializer("openai.yaml", ReadableSerializer())
    for name, plain in (("yaml", yamlserializer), ("json", jsonserializer)):
        if vcr.serializers[name] is plain:
            vcr.register_serializer(name, PlainSerializer(plain, name))
    for name, matcher in matchers(rules).items():
        vcr.register_matcher(name, matcher)
    vcr.register_persister(merging(vcr.persister))
    if tuple(vcr.match_on) == tuple(HostVCR().match_on):
        vcr.match_on = MATCH_ON
    if can_adopt(vcr):
        vcr.__class__ = _IndexedVCR
    if not isinstance(vcr, _IndexedVCR):  # a subclass of somebody else's keeps vcrpy's cassettes, which do not redact
        vcr.register_persister(redacting(vcr.persister, redaction))
    vcr.redaction = redaction
    vcr.saving = Saving(stable=stable)
    vcr.directions = directions


def _directions(stream: object, speed: float | None) -> Directions:
    directions = directions_of(stream, speed)
    if directions.cuts is not None:
        raise ValueError(
            f"stream: cuts() makes several tests of one, which pytest alone can do; see {page('replay.md')}"
        )
    return directions
