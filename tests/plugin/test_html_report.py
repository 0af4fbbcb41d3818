"""The conversations of failed tests in pytest-html's report, through real pytest runs."""

from __future__ import annotations

import html
import json
import re

import pytest
from chats import CHAT_URL, answer, interaction, question
from inner_project import LibraryProject, Project
from recordings import chat
from several_processes import EVERYWHERE

SATURN = interaction(answer("rings"), sent=question("Saturn"))
VENUS = interaction(answer("clouds"), sent=question("Venus"))
FAILING = "@pytest.mark.vcr\ndef test_one():\n    assert ask('Saturn') == 'moons'\n"


@pytest.fixture
def project(pytester: pytest.Pytester):
    """A folder for an inner pytest run."""
    return Project(pytester)


def cassette(*interactions: dict) -> dict:
    return {"version": 1, "interactions": list(interactions)}


def extras(project: Project, *arguments: str) -> dict[str, list[str]]:
    """The HTML that pytest-html's report has for each test, after a run with these arguments."""
    project.run("--html=report.html", "--self-contained-html", *arguments)
    text = (project.path / "report.html").read_text(encoding="utf-8")
    data = json.loads(html.unescape(re.search(r'data-jsonblob="(.*?)"', text, re.DOTALL)[1]))
    return {
        name: [extra["content"] for one in results for extra in one["extras"]]
        for name, results in data["tests"].items()
    }


@EVERYWHERE
def test_a_failed_test_has_its_conversation(project, more):
    """What a failed test was answered is in its row, what it did not play is not."""
    project.cassette("test_one.yaml", cassette(VENUS, SATURN))
    project.test(FAILING)
    (shown,) = extras(project, *more)["test_it.py::test_one"]
    assert "vcr-openai: 1 conversation<" in shown
    assert "<b>POST /chat/completions gpt-4o → 200</b> (played)\n  user: Saturn\n  assistant: rings" in shown
    assert "Venus" not in shown


def test_a_test_that_passes_has_none(project):
    """The row of a test that passes stays as it is."""
    project.cassette("test_one.yaml", cassette(SATURN))
    project.test("@pytest.mark.vcr\ndef test_one():\n    assert ask('Saturn') == 'rings'\n")
    assert extras(project) == {"test_it.py::test_one": []}


def test_without_a_played_one_all_are_shown(project):
    """A test that played nothing has the conversations that its cassette would have had."""
    project.cassette("test_one.yaml", cassette(VENUS))
    project.test(FAILING)
    (shown,) = extras(project)["test_it.py::test_one"]
    assert "(not played)\n  user: Venus" in shown


def test_texts_are_inert(project):
    """Markup in a question or an answer is text in the report."""
    evil = "</pre></details><script>alert(1)</script>"
    project.cassette("test_one.yaml", cassette(interaction(answer(evil), sent=question("Saturn"))))
    project.test(FAILING)
    (shown,) = extras(project)["test_it.py::test_one"]
    assert "<script" not in shown
    assert "&lt;/pre&gt;&lt;/details&gt;&lt;script&gt;" in shown


@pytest.mark.parametrize("redact", ["true", "false"])
def test_secrets_are_not_in_the_report(project, redact):
    """A secret is left out of the report, though redaction of cassettes may be off."""
    secret = "sk-" + "proj-" + "a1B2" * 12
    project.ini(f"vcr_openai_redact = {redact}\nvcr_openai_redact_fields = ticket")
    one = interaction(answer(f"your key is {secret}"), sent=question("Saturn", ticket="hidden-value"))
    project.cassette("test_one.yaml", cassette(one))
    project.test(
        "@pytest.mark.vcr\ndef test_one():\n    assert ask('Saturn', extra_body={'ticket': 'hidden-value'}) == 1\n"
    )
    (shown,) = extras(project)["test_it.py::test_one"]
    assert "your key is" in shown
    assert "a1B2a1B2" not in shown and "hidden-value" not in shown


def test_own_extras_stay(project):
    """What a test adds itself stays in its row."""
    project.cassette("test_one.yaml", cassette(SATURN))
    project.test(
        "import pytest_html\n"
        "@pytest.mark.vcr\ndef test_one(extras):\n    extras.append(pytest_html.extras.html('<p>own</p>'))\n"
        "    assert ask('Saturn') == 'moons'\n"
    )
    assert len(extras(project)["test_it.py::test_one"]) == 2


def test_tests_in_classes_and_with_parameters_have_theirs(project):
    """Each test of a class has its own conversation."""
    for name, one in (("a", SATURN), ("b", VENUS)):
        project.cassette(f"TestOf.test_one[{name}].yaml", cassette(one))
    project.test(
        "@pytest.mark.vcr\nclass TestOf:\n"
        "    @pytest.mark.parametrize('word', ['Saturn', 'Venus'], ids=['a', 'b'])\n"
        "    def test_one(self, word):\n        assert ask(word) == 'moons'\n"
    )
    found = extras(project)
    assert "user: Saturn" in found["test_it.py::TestOf::test_one[a]"][0]
    assert "user: Venus" in found["test_it.py::TestOf::test_one[b]"][0]


def test_recordings_of_a_library_are_shown(pytester, httpserver, monkeypatch):
    """A test that plays from a library has the recordings that it played."""
    project = LibraryProject(pytester, httpserver, monkeypatch)
    project.record(chat("Saturn", "rings", test_id="test_it.py::test_one"))
    project.test(FAILING)
    (shown,) = extras(project)["test_it.py::test_one"]
    assert "user: Saturn\n  assistant: rings" in shown


def test_what_was_recorded_now_is_shown(pytester, httpserver, monkeypatch):
    """A test that records has the conversations that it recorded."""
    project = LibraryProject(pytester, httpserver, monkeypatch)
    project.ini("")
    project.server("rings")
    project.test(FAILING)
    (shown,) = extras(project, "--record-mode=once")["test_it.py::test_one"]
    assert "(recorded)\n  user: Saturn" in shown


def test_many_conversations_are_counted(project):
    """Of very many conversations the first are shown, the others are counted."""
    interactions = [interaction(answer("x" * 30_000), sent=question(f"question {number}")) for number in range(22)]
    project.cassette("test_one.yaml", cassette(*interactions))
    project.test(
        "@pytest.mark.vcr\ndef test_one():\n"
        "    for number in range(22):\n        ask(f'question {number}')\n    assert 0\n"
    )
    (shown,) = extras(project)["test_it.py::test_one"]
    assert "… 2 more conversations" in shown
    assert len(shown) < 22 * 30_000


@pytest.mark.parametrize(
    "arguments",
    [
        ["-p", "no:html"],
        ["-p", "no:vcr_openai"],
        pytest.param(["-p", "no:html", "-n", "1"], marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_without_one_of_the_plugins_nothing_happens(project, arguments):
    """Without pytest-html, or without this plugin, the tests run as they do."""
    project.cassette("test_one.yaml", cassette(SATURN))
    project.test(FAILING)
    result = project.run(*arguments)
    result.assert_outcomes(failed=1)
    assert "INTERNALERROR" not in result.stdout.str()


def test_switched_off_it_adds_nothing(project):
    """With vcr_openai = false the report stays as it is."""
    project.ini("vcr_openai = false")
    project.cassette("test_one.yaml", cassette(SATURN))
    project.test(FAILING)
    assert extras(project) == {"test_it.py::test_one": []}


def test_a_fixture_of_the_users_may_be_anything(project):
    """A fixture vcr that is no cassette of ours is left alone."""
    project.conftest(
        "import pytest\nfrom unittest import mock\n@pytest.fixture\ndef vcr():\n    return mock.MagicMock()\n"
    )
    project.test("def test_one(vcr):\n    assert 0\n")
    assert extras(project) == {"test_it.py::test_one": []}


def test_a_response_that_a_hook_made_is_left_out(project):
    """An answer that is no response any more does not break the report."""
    project.conftest(
        "import pytest\n"
        "def broken(response):\n    response['status'] = 'odd'\n    return response\n"
        "@pytest.fixture\ndef vcr_config():\n    return {'before_record_response': broken}\n"
    )
    project.cassette("test_one.yaml", cassette(SATURN))
    project.test("@pytest.mark.vcr\ndef test_one(vcr):\n    assert 0\n")
    (shown,) = extras(project)["test_it.py::test_one"]
    assert "vcr-openai: 0 conversations" in shown
    assert CHAT_URL not in shown
