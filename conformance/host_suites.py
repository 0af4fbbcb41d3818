"""The hosts' own tests: those of vcrpy and pytest-recording, from their source distributions, with us and without.

    python conformance/host_suites.py [SUITE…]

A test that fails with us and passes without us is an error, unless it is in the table below with its reason; so is one
of the table that passes. Tests that need the internet fail, or are left out, in both runs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree as ET

_HERE = Path(__file__).resolve().parent
_COOKIE = "the value of a cookie is a secret (docs/redact.md)"


@dataclass(frozen=True)
class Suite:
    """The tests of a host: its distribution, its package there, options of pytest, and which tests fail with us.

    ``package`` is removed, so that the tests use the installed one. ``with_us`` are the further options that bring us
    into the run, ``without_us`` those that keep us out.
    """

    package: str
    options: tuple[str, ...]
    with_us: tuple[str, ...] = ()
    without_us: tuple[str, ...] = ("-p", "no:vcr_openai")
    expected: dict[str, str] = field(default_factory=dict)


SUITES = {
    "vcrpy": Suite(
        "vcr",
        ("-m", "not online", "-p", "no:recording", "-p", "no:vcr_openai"),
        with_us=("-p", "vcrpy_as_ours"),
        expected={
            "tests.integration.test_aiohttp::test_cookies[http]": _COOKIE,
            "tests.integration.test_aiohttp::test_cookies[https]": _COOKIE,
            "tests.integration.test_aiohttp::test_cookies_redirect[http]": _COOKIE,
            "tests.integration.test_aiohttp::test_cookies_redirect[https]": _COOKIE,
            "tests.unit.test_vcr::test_filter_nested_post_data_parameters[False]": "a field named password is a secret",
            "tests.unit.test_vcr::test_use_cassette_persister_option": "the persister is wrapped: it gets no secret",
            "tests.unit.test_vcr::test_inject_cassette_into_method": "it compares the name of the cassette's class",
        },
    ),
    # In processes of their own: libyaml does not bear that the inner runs forget and import it again.
    "pytest-recording": Suite("src", ("--runpytest=subprocess",)),
}


def main(names: list[str]) -> int:
    """Run the suites; 1 where a test fails because of us, or a known failure is gone."""
    problems = [problem for name in names or SUITES for problem in _problems(name, SUITES[name])]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def _problems(name: str, suite: Suite) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        tests = _source(name, Path(folder))
        shutil.rmtree(tests / suite.package)
        without = _failures(tests, suite.options, suite.without_us)
        with_us = _failures(tests, suite.options, suite.with_us)
        new = with_us - without
        if new - suite.expected.keys():  # once more, since some depend on time
            new = (new & _failures(tests, suite.options, suite.with_us)) - _failures(
                tests, suite.options, suite.without_us
            )
    print(f"{name} {version(name)}: {len(without)} fail without us, {len(with_us)} with us")
    broken = [f"{name}: {test} fails with us" for test in sorted(new - suite.expected.keys())]
    return broken + [
        f"{name}: {test} passes, expected: {suite.expected[test]}" for test in sorted(suite.expected.keys() - new)
    ]


def _source(name: str, folder: Path) -> Path:
    """The unpacked source distribution of the installed version."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*command, "--dest", folder, f"{name}=={version(name)}"], check=True)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    archive.unlink()
    (unpacked,) = folder.iterdir()
    return unpacked


def _failures(tests: Path, *options: tuple[str, ...]) -> set[str]:
    """The tests that fail, as ``module::name``. Raises RuntimeError where pytest did not run to its end."""
    report = tests.parent / "report.xml"
    given = [option for some in options for option in some]
    environment = {**os.environ, "PYTHONPATH": str(_HERE)}
    if "no:vcr_openai" in given:  # for the inner runs, too
        environment["PYTEST_ADDOPTS"] = "-p no:vcr_openai"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *given, "tests"]
    done = subprocess.run(command, cwd=tests, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"pytest ended with {done.returncode}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    cases = ET.parse(report).iter("testcase")  # noqa: S314  # pytest wrote it
    return {
        f"{case.get('classname')}::{case.get('name')}"
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
