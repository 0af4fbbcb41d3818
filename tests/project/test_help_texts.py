"""Help texts name pages of the docs by their URLs: the wheel does not have the pages."""

import re

import click
import places
import pytest

from vcr_openai import _cli
from vcr_openai._docs import page
from vcr_openai.plugin import pytest_addoption

NAMED = re.compile(r"[\w:/.-]*docs/[\w-]+\.md|\b[\w-]+\.md\b")
COMMANDS = _cli.vcr_openai.list_commands(click.Context(_cli.vcr_openai))


class Texts:
    """Takes what the plugin declares to pytest, and has the help texts."""

    def __init__(self):
        self.texts = []

    def addini(self, _name, text, **_):
        self.texts.append(text)

    def getgroup(self, _name):
        return self

    def addoption(self, _name, **settings):
        self.texts.append(settings["help"])


def all_are_pages(text):
    """Whether each page that a text names is a URL of a page that there is."""
    names = [path.name for path in places.DOCS.glob("*.md")] if places.DOCS.is_dir() else None
    found = NAMED.findall(text)
    return all(one.startswith("https://") and (names is None or one in map(page, names)) for one in found)


def test_settings_and_options_name_urls():
    """Those of pytest."""
    declared = Texts()
    pytest_addoption(declared)
    assert [text for text in declared.texts if not all_are_pages(text)] == []
    assert page("watch.md") in "".join(declared.texts)


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_name_urls(name):
    """Those of each command."""
    group = _cli.vcr_openai
    context = click.Context(group, info_name="vcr-openai", terminal_width=500)
    command = group.get_command(context, name)
    text = command.get_help(click.Context(command, info_name=name, parent=context, terminal_width=500))
    assert all_are_pages(text)
