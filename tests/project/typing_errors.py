"""The errors as a user's type checker sees them; never run."""

from typing_extensions import assert_never

from vcr_openai._errors import MalformedInteraction, MalformedRecording, TranslationError, Unsupported


def who_acts(error: MalformedRecording | MalformedInteraction | Unsupported) -> str:
    """Each leaf can be caught by itself, and all of them have the base's evidence."""
    base: TranslationError = error
    as_value_error: ValueError = base
    evidence: tuple[str, str, str] = (base.where, base.expected, base.found)
    if isinstance(error, Unsupported):
        outer: TranslationError = error.within("[0]")
        return f"{outer}{as_value_error}{evidence}"
    if isinstance(error, (MalformedRecording, MalformedInteraction)):
        return error.found
    assert_never(error)
