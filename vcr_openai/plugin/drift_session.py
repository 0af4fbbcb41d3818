"""Drift in a pytest session: what stood in for changed requests, in the summary and as JSON, and what is accepted."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
from collections.abc import Generator, Iterator, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from vcr_openai._findings import counted, describe_error, printable
from vcr_openai.plugin.adoption_hint import AdoptionHint
from vcr_openai.plugin.drift_settings import ACCEPT, DRIFT, WARN, DriftSettings
from vcr_openai.plugin.host_settings import opens_cassettes
from vcr_openai.plugin.policies import warn
from vcr_openai.plugin.workers import is_worker, received, send

if TYPE_CHECKING:
    from vcr_openai._matching.drift import Drifted, Group
    from vcr_openai._vcrpy.drift_acceptance import Outcome
    from vcr_openai._vcrpy.stand_ins import Misses

_OUTPUT = "vcr_openai_drift"  # the name of what a worker of pytest-xdist sends to the main process
_TITLE = "vcr-openai: drift"
_SHOWN = 4  # differences in a warning
_MISSES: pytest.StashKey[Misses] = pytest.StashKey()
_FAILED = pytest.StashKey[bool]()


class DriftPlugin:
    """The drift of one pytest session."""

    def __init__(self, config: pytest.Config, settings: DriftSettings) -> None:
        self._settings = settings
        self._config = config
        self._entries: list[dict[str, Any]] = []
        self._played: set[tuple[str, int]] = set()  # the places of interactions that answered equal requests
        self._failed: set[str] = set()  # the node ids of tests with drift
        self._hint = AdoptionHint()
        self._wide: list[tuple[Any, Misses]] = []  # those of fixtures, with the fixture's node
        self._failures: set[str] = set()  # the node ids of all tests that failed
        self._missed = 0
        self._outcome: Outcome | None = None
        self._failure = ""
        self._obstacle = ""  # why it is not known what all tests need, so that nothing is accepted

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Read the test's policy, so that a wrong one is an error of the test, with a cassette and without."""
        self._settings.of(item)

    def watch(self, item: pytest.Item, vcr: Any) -> None:
        """Let a test's VCR note what finds no equal request, and choose what stands in for it."""
        vcr.misses = item.stash[_MISSES] = self._misses(item, is_reported=True)

    def watch_fixture(self, node: Any, vcr: Any) -> None:
        """The same for the VCR of a fixture, which belongs to a test, a module or another node."""
        vcr.misses = self._misses(node, is_reported=False)
        self._wide.append((node, vcr.misses))

    def _misses(self, node: Any, *, is_reported: bool) -> Misses:
        from vcr_openai._vcrpy.stand_ins import IN_ORDER, NEAREST, Misses

        policy = self._settings.of(node)
        choice = NEAREST if self._settings.is_listed else IN_ORDER if policy == WARN else ""
        return Misses(choice, hints=_hints(node), is_reported=is_reported)

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> None:
        """Refuse to open a cassette that its test's own record mode ``rewrite`` would delete first."""
        if not opens_cassettes(fixturedef, request.config) or not self._settings.is_listed:
            return
        with contextlib.suppress(pytest.FixtureLookupError):  # a fixture of the user's own
            settings = dict(request.getfixturevalue("vcr_config"))
            for marker in reversed(request.getfixturevalue("vcr_markers")):
                settings.update(marker.kwargs)
            if settings.get("record_mode") == "rewrite":
                raise pytest.UsageError(f"{DRIFT} and {ACCEPT} replay, and the test's record mode is rewrite")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note whether the test failed, in any of its phases."""
        report = yield
        if report.failed:
            self._failures.add(item.nodeid)
        item.stash[_FAILED] = report.failed or (report.when != "setup" and item.stash.get(_FAILED, False))
        if report.when == "teardown" and report.failed:
            self._failed.add(item.nodeid)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Note what a test's cassettes did, and warn of it, once its fixtures are done."""
        try:
            return (yield)
        finally:
            if (misses := item.stash.get(_MISSES, None)) is not None:
                del item.stash[_MISSES]
                self._note(item, misses)
            self._note_fixtures()

    def _note(self, item: pytest.Item, misses: Misses) -> None:
        self._entries = [one for one in self._entries if one["test"] != item.nodeid]  # it may run again
        self._failed.discard(item.nodeid)
        self._note_all(item, misses, failed=item.stash.get(_FAILED, False))

    def _note_fixtures(self) -> None:
        """Note what the cassettes of fixtures did that are closed by now."""
        wide, self._wide = self._wide, []
        for node, misses in wide:
            if any(cassette.is_open for cassette in misses.cassettes):
                self._wide.append((node, misses))
            else:
                failed = any(test.startswith(node.nodeid.removesuffix(".")) for test in self._failures)
                self._note_all(node, misses, failed=failed)

    def _note_all(self, item: Any, misses: Misses, *, failed: bool) -> None:
        from vcr_openai._vcrpy.drifted import drifted, entries_of, played_places

        entries = list(entries_of(misses, item.nodeid))
        self._entries += entries
        if failed:
            self._failed.add(item.nodeid)
        if self._settings.accepted:
            self._played.update(played_places(misses))
        self._missed += len(misses.explanations) if failed else 0
        if failed and misses.of_recorded_urls:
            self._hint.tests.add(item.nodeid)
        if not self._settings.is_listed:
            for entry in entries:
                warn(item, _warning(drifted(entry, passed=not failed)))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Accept what is to be accepted; a worker of pytest-xdist sends what it noted to the main process."""
        self._note_fixtures()
        if not is_worker(session.config):
            self._finish(session)
            return
        noted = {
            "entries": self._entries,
            "played": sorted(self._played),
            "failed": sorted(self._failed),
            "missed": self._missed,
            "hint": sorted(self._hint.tests),
        }
        send(session, _OUTPUT, json.dumps(noted))  # in ASCII: half of a surrogate pair could not be sent

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add what a worker noted."""
        output = received(node, _OUTPUT)
        if output is None:
            self._obstacle = "a worker of pytest-xdist crashed"
        part = json.loads(output or "{}")
        self._entries += part.get("entries", ())
        self._played.update((path, index) for path, index in part.get("played", ()))
        self._failed.update(part.get("failed", ()))
        self._missed += part.get("missed", 0)
        self._hint.tests.update(part.get("hint", ()))

    def _finish(self, session: pytest.Session) -> None:
        if not self._entries and not self._settings.is_listed:
            return
        from vcr_openai._vcrpy.drift_acceptance import settle

        date = datetime.now(timezone.utc).date().isoformat()
        early = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
        if session.shouldstop or session.shouldfail or session.exitstatus in early:
            self._obstacle = "the run ended early"
        accepted = None if self._obstacle else self._settings.accepted
        entries = list({json.dumps(one): one for one in self._entries}.values())  # processes may share a fixture
        self._outcome = settle(entries, accepted, failed=self._failed, played=self._played, date=date)
        wrong = self._outcome.failures
        if self._settings.path is not None:
            try:
                from vcr_openai._files import write_text

                write_text(self._settings.path, json.dumps(self._document(), indent=2) + "\n", replace=True)
            except (OSError, ValueError) as error:
                self._failure = f"{self._settings.file}: not written: {describe_error(error)}"
                wrong += 1
        if wrong:
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    @property
    def renamed(self) -> dict[str, str]:
        """The new paths of a library's recordings whose requests were accepted, by their real ones before."""
        return self._outcome.renamed if self._outcome else {}

    def _document(self) -> dict[str, Any]:
        from vcr_openai._matching.drift import groups_of

        outcome = self._outcome
        groups = groups_of(outcome.left) if outcome else []
        return {
            "drifted": len(outcome.left) if outcome else 0,
            "missed": self._missed,
            "groups": [group.document for group in groups],
            "requests": [one.document for one in outcome.left] if outcome else [],
            "accepted": [one.document for one in outcome.accepted] if outcome else [],
        }

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell the kinds of change, what was accepted, and how a suite is adopted."""
        if self._settings.is_listed:
            terminalreporter.section(_TITLE, yellow=bool(self._outcome and self._outcome.left))
        for line in self._lines():
            terminalreporter.write_line(line)
        if not self._settings.is_listed:
            self._hint.write(terminalreporter)

    def _lines(self) -> Iterator[str]:
        if self._outcome is None:
            return
        from vcr_openai._matching.drift import groups_of, headline

        outcome, prefix = self._outcome, "" if self._settings.is_listed else "vcr-openai: "
        if outcome.accepted:
            requests, files = counted(len(outcome.accepted), "request"), counted(len(outcome.files), "file")
            yield f"{requests} accepted in {files}: {_kinds(outcome.accepted)}"
        groups = groups_of(outcome.left)
        yield (
            f"{prefix}{headline(outcome.left, groups)}"
            if groups
            else "no request drifted" + " any more" * bool(outcome.accepted)
        )
        if self._settings.is_listed:
            for group in groups:
                yield printable(f"  {group.label}, first in {group.example}")
            yield from map(printable, _refusals(outcome))
            if self._obstacle and self._settings.accepted:
                yield f"nothing was accepted: {self._obstacle}"
            if self._missed:
                yield f"{counted(self._missed, 'request')} had no recorded request of the same endpoint left"
            if groups and not outcome.accepted:
                yield f"to write them into the cassettes:  pytest {ACCEPT} {_command(groups)}"
        if self._failure:
            yield self._failure


def _refusals(outcome: Outcome) -> Iterator[str]:
    """What was not accepted: requests, with the reason; paths at which no request differs."""
    for one, reason in outcome.refused:
        yield f"not accepted: {one.test}, {one.cassette}, {one.interaction}: {reason}"
    for path, near in outcome.unmatched if outcome.left or outcome.accepted else ():
        meant = f"; is {' or '.join(near)} meant?" * bool(near)
        yield f"not accepted: {path}: no request differs there{meant}"


def _kinds(requests: Sequence[Drifted]) -> str:
    return ", ".join(dict.fromkeys(kind for one in requests for kind in one.kinds))


def _command(groups: Sequence[Group]) -> str:
    return f"{shlex.quote(groups[0].path)}  (or several, with commas, or all)"


def _hints(item: Any) -> tuple[str, ...]:
    """The commands of a miss, ready to copy."""
    file = os.path.relpath(item.path, item.config.invocation_params.dir)
    name = shlex.quote("::".join([file, *item.nodeid.split("::")[1:]]))
    return (
        f"to record what is missing:  pytest {name} --record-mode={{mode}}",
        "to see all rules at work:   vcr-openai explain {cassette}",
    )


def _warning(request: Drifted) -> str:
    from vcr_openai._matching.drift import shown

    changes = "; ".join(map(shown, request.changes[:_SHOWN])) + "; …" * (len(request.changes) > _SHOWN)
    text = f"{request.test}: {request.cassette}, {request.interaction} answered a request that differs: {changes}"
    return printable(f"vcr-openai: {text}")
