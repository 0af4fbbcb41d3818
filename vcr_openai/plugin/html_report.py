"""The conversations of a failed test in the report of pytest-html, where that plugin writes one."""

from __future__ import annotations

import html
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from vcr_openai._findings import counted, encodable

if TYPE_CHECKING:
    from vcr_openai._http.exchange import Exchange
    from vcr_openai._redaction.redaction import Redaction

_MOST: Final = 20  # conversations
_LONGEST: Final = 20_000  # characters of one
_HAS_ALL = pytest.StashKey[bool]()


def wants_html(config: pytest.Config) -> bool:
    """Whether pytest-html is there and writes a report."""
    return bool(config.getoption("htmlpath", None))


class HtmlReportPlugin:
    """Adds what a failed test asked and was answered to its row."""

    def __init__(self, redaction: Callable[[], Redaction]) -> None:
        """``redaction`` is that of the session."""
        self._redaction = redaction

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add the conversations to the first report of a test that failed."""
        report = yield
        cassette = getattr(item, "funcargs", {}).get("vcr")
        if call.when == "setup":
            item.stash[_HAS_ALL] = False
        is_ours = isinstance(getattr(cassette, "misses", None), list)  # not a mock, not vcrpy's alone
        if report.failed and is_ours and not item.stash.get(_HAS_ALL, False):
            item.stash[_HAS_ALL] = True
            extra = _extra(list(self._conversations(cassette)))
            vars(report)["extras"] = [*getattr(report, "extras", ()), extra]
        return report

    def _conversations(self, cassette: Any) -> Iterator[tuple[str, Exchange]]:
        """The interactions that were played or recorded, else all of the cassette; each with a word for that."""
        from vcr_openai._errors import TranslationError
        from vcr_openai._redaction.redact import redact_exchange
        from vcr_openai._vcrpy.interactions import vcr_exchange

        redaction = replace(self._redaction(), enabled=True)
        states = [
            "recorded" if position >= cassette.loaded else "played" if cassette.play_counts[position] else ""
            for position in range(len(cassette.data))
        ]
        for state, (request, response) in zip(states, cassette.data, strict=True):
            if state or not any(states):
                try:
                    yield state or "not played", redact_exchange(vcr_exchange(request, response), redaction)[0]
                except TranslationError:  # a hook of the user's made it
                    continue


def _extra(conversations: list[tuple[str, Exchange]]) -> dict[str, str | None]:
    """The conversations as pytest-html takes them: HTML in which all texts are escaped."""
    from pytest_html import extras

    shown = [_section(state, exchange) for state, exchange in conversations[:_MOST]]
    left = len(conversations) - len(shown)
    rest = f"<p>… {counted(left, 'more conversation')}</p>" if left else ""
    title = f"vcr-openai: {counted(len(conversations), 'conversation')}"
    text = f"<details open><summary>{title}</summary>{''.join(shown)}{rest}</details>"
    extra: dict[str, str | None] = extras.html(text)
    return extra


def _section(state: str, exchange: Exchange) -> str:
    from vcr_openai._review.transcript import transcript

    headline, *lines = transcript(exchange, full=True)
    text = "\n".join(lines)
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"
    style = "white-space: pre-wrap; overflow-wrap: anywhere"
    shown = (html.escape(encodable(one)) for one in (headline, state, cut))
    return '<pre style="{}"><b>{}</b> ({})\n{}</pre>'.format(style, *shown)
