"""The tests run against the package as a user installs it."""

import ast
import importlib.metadata
import importlib.resources
import inspect
import os
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import vcr_openai._errors

environment = os.environ.get("TOX_ENV_NAME")
in_tox = pytest.mark.skipif(environment is None, reason="only tox installs the wheel")


@in_tox
def test_the_package_under_test_is_the_installed_one():
    """The tests import the package from the environment, never from the working tree beside them."""
    assert Path(vcr_openai._errors.__file__).is_relative_to(sys.prefix)


@in_tox
def test_the_wheel_holds_the_package_and_nothing_else():
    """A wheel brings vcr_openai, its metadata and its command; no cassettes, tests or benchmarks."""
    files = importlib.metadata.files("vcr-openai")
    assert files
    top = {file.parts[0] for file in files} - {".."}  # the command lies in ../../../bin
    assert {name for name in top if not name.endswith(".dist-info")} == {"vcr_openai"}


@in_tox
def test_the_wheel_says_that_it_is_typed():
    """The marker of PEP 561 is in the wheel, so that a user's type checker reads our annotations."""
    assert Path(vcr_openai._errors.__file__).with_name("py.typed").is_file()


@pytest.mark.parametrize("name", ["page.html", "page.css", "page.js"])
def test_the_files_of_the_report_page_are_installed(name):
    """Template, style and script are in the package, so that ``vcr-openai report`` works from a wheel."""
    assert (importlib.resources.files("vcr_openai._page") / "files" / name).is_file()


@pytest.mark.skipif(
    os.environ.get("TOX_ENV_NAME") != "lowest", reason="only tox -e lowest installs the oldest releases"
)
def test_lowest_installs_exactly_the_lower_bounds():
    """What setup.cfg claims as the oldest release of a dependency is the one that the environment tested."""
    claimed, installed = {}, {}
    for line in importlib.metadata.requires("vcr-openai") or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": "all"}):
            claimed[requirement.name] = next(part.version for part in requirement.specifier if part.operator == ">=")
            installed[requirement.name] = importlib.metadata.version(requirement.name)
    assert installed == claimed


def test_every_public_name_is_listed():
    """``dir`` shows the public names before any of them is imported."""
    assert set(vcr_openai.__all__) <= set(dir(vcr_openai))


def test_every_public_name_has_a_home():
    """The three lists of public names agree: exported, imported late, and read by the type checker."""
    tree = ast.parse(inspect.getsource(vcr_openai))
    (guard,) = [node for node in tree.body if isinstance(node, ast.If)]
    typed = {alias.name for node in guard.body for alias in node.names}
    assert typed == set(vcr_openai.__all__) == set(vcr_openai._HOMES)
    assert all(getattr(vcr_openai, name) for name in vcr_openai.__all__)
