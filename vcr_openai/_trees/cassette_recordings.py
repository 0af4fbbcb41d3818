"""The recordings of a cassette, from which all its interactions come back in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vcr_openai._errors import TranslationError
from vcr_openai._findings import Finding, refused
from vcr_openai._http.exchange import Exchange
from vcr_openai._recording.accepted import is_from_wire
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.sent_form import in_their_places, sent_recording_of, texts_sent_later
from vcr_openai._trees.conversion_plan import order_of


@dataclass
class MadeRecordings:
    """What was made of a cassette: a recording for each interaction, in order.

    ``refused`` are the interactions without one; ``plain`` those whose recording no recorder reads, with the reason.
    """

    pairs: list[tuple[Exchange, Recording]] = field(default_factory=list)
    refused: list[Finding] = field(default_factory=list)
    plain: list[Finding] = field(default_factory=list)


def recordings_of(results: Sequence[Exchange | TranslationError], test_id: str | None) -> MadeRecordings:
    """The recordings of a cassette's exchanges, of which the bodies are decoded, for the test ``test_id``."""
    made = MadeRecordings()
    later = texts_sent_later(results)
    for index, exchange in enumerate(results):
        where = f"interactions[{index}]"
        if not isinstance(exchange, Exchange):
            made.refused.append(refused(exchange, ""))
            continue
        try:
            recording, reason = sent_recording_of(exchange, test_id, later[index])
        except TranslationError as error:
            made.refused.append(refused(error.within(where), ""))
        except Exception as error:  # noqa: BLE001 - a defect of ours costs one interaction, not the batch
            made.refused.append(refused(error, "", where))
        else:
            made.pairs.append((exchange, recording))
            if reason is not None:
                made.plain.append(Finding("plain", where, reason))
    if all(is_from_wire(exchange.provenance) for exchange, _ in made.pairs):
        recordings = [recording for _, recording in made.pairs]
        placed = in_their_places(recordings, list(map(order_of, recordings)))
        made.pairs = [(exchange, recording) for (exchange, _), recording in zip(made.pairs, placed, strict=True)]
    return made
