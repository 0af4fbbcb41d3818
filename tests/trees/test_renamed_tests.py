"""Which collected test a gone one has become: by its name, its place and what was asked in it."""

import pytest

from vcr_openai._trees.renamed_tests import GoneTest, asked_in, find_renamed, function_source

SOURCE = """
import x

class TestIt:
    @mark
    async def test_a(self):
        ask("Where is Mars?")

def test_a():
    pass
"""


def no_source(_):
    return ""


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["TestIt", "test_a"], '    @mark\n    async def test_a(self):\n        ask("Where is Mars?")'),
        (["test_a"], "def test_a():\n    pass"),
        (["test_b"], ""),
        (["Other", "test_a"], ""),
        (["TestIt"], ""),
    ],
)
def test_a_function_has_its_source(names, expected):
    """That of the class that is named, with its decorators; empty where there is no such function."""
    assert function_source(SOURCE, names) == expected


@pytest.mark.parametrize("module", ["def test_a(:", "\0", "(" * 9999], ids=["syntax", "null", "deep"])
def test_a_broken_module_has_no_source(module):
    """What Python cannot read has no functions."""
    assert function_source(module, ["test_a"]) == ""


@pytest.mark.parametrize(
    ("gone", "free", "found"),
    [
        ("a.py::test_planet", "a.py::test_planets", True),
        ("a.py::test_x[one]", "a.py::test_x[ones]", True),
        ("a.py::test_planet[one]", "a.py::test_planets[two]", False),
        ("a.py::test_planet", "b.py::test_planets", False),
        ("a.py::test_planet", "a.py::test_rings_and_moons", False),
        ("a.py::test_planet", "b.py::test_planet", True),
        ("no id", "a.py::test_planet", False),
    ],
)
def test_a_similar_name_is_that_of_the_test(gone, free, found):
    """In one file, names or parameters may differ a little, not both; in another file neither."""
    renamed = find_renamed([GoneTest(gone)], [free], no_source)
    assert bool(renamed.found) is found
    assert not renamed.unclear


def test_what_was_asked_decides():
    """A test whose source has the texts that were asked is the one, whatever its name; a source is read once."""
    sources = {"b.py::test_x": "ask('Where is Mars?')", "b.py::test_y": "ask('Where is Venus?')"}
    read = []
    gone = [
        GoneTest("a.py::test_1", frozenset({"Where is Mars?"})),
        GoneTest("a.py::test_2", frozenset({"Where is Venus?"})),
    ]
    renamed = find_renamed(gone, sources, lambda one: read.append(one) or sources[one])
    assert {old: new for old, (new, _) in renamed.found.items()} == {
        "a.py::test_1": "b.py::test_x",
        "a.py::test_2": "b.py::test_y",
    }
    assert len(read) == 2


def test_two_candidates_are_unclear():
    """Two tests that are as near are both named, and neither is taken."""
    renamed = find_renamed([GoneTest("a.py::test_x")], ["b.py::test_x", "c.py::test_x"], no_source)
    assert (renamed.found, renamed.unclear) == ({}, {"a.py::test_x": ["b.py::test_x", "c.py::test_x"]})


def test_two_gone_tests_do_not_share_one():
    """A free test that two gone ones may have become is given to neither."""
    renamed = find_renamed([GoneTest("a.py::test_x"), GoneTest("b.py::test_x")], ["c.py::test_x"], no_source)
    assert renamed.found == {}


def test_texts_that_were_asked():
    """Prompts of any API are, those that are very short are not, nor is what is no prompt."""
    bodies = [
        {"messages": [{"content": "Where is Mars?", "role": "assistant"}], "model": "gpt-4o-mini"},
        {"input": "x"},
    ]
    assert asked_in(bodies) == {"Where is Mars?"}
