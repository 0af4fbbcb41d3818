"""Merging two versions of a cassette: what each side changed is joined, and a conflict has both texts."""

import re

import pytest
from cassette_texts import FORMATS, write_cassette
from chats import answer, interaction, question
from hypothesis import given
from hypothesis import strategies as st

from vcr_openai._formats.registry import read_document
from vcr_openai._review.merge import merge

# A cassette as the questions with their answers.
cassettes = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("123"), min_size=1)
_SIDE = re.compile(r"<<<<<<< [^\n]*\n(.*?)=======\n(.*?)>>>>>>> [^\n]*\n", re.DOTALL)


def text_of(chats, name):
    """The text of a cassette with these chats; an empty one is not written."""
    asked = [interaction(answer(said), sent=question(word)) for word, said in chats.items()]
    return write_cassette(asked, name) if asked else ""


def chats_of(text):
    """The questions of a cassette's text with their answers."""
    found = {}
    for exchange in read_document(text).exchanges if text else ():
        asked = exchange.request.body.json.value["messages"][0]["content"]
        found[asked] = exchange.response.body.json.value["choices"][0]["message"]["content"]
    return found


def resolved(text, side):
    """The text after a person took one side in each conflict: 1 is ours, 2 theirs."""
    return _SIDE.sub(lambda found: found[side], text)


@pytest.mark.parametrize("name", FORMATS)
@given(st.data())
def test_each_interaction_is_that_of_the_side_that_changed_it(name, data):
    """Three-way merge, for each interaction by itself; both sides of a conflict are sound files."""
    base = data.draw(cassettes)
    ours, theirs = ({**base, **data.draw(cassettes)} for _ in range(2))  # a question that takes another's place: below
    merged = merge(*(text_of(one, name) for one in (base, ours, theirs)))
    expected = {"ours": {}, "theirs": {}}
    conflicts = 0
    for word in {*base, *ours, *theirs}:
        old, one, two = base.get(word), ours.get(word), theirs.get(word)
        chosen = (two, two) if one == old else (one, one) if two in (old, one) else (one, two)
        conflicts += chosen[0] != chosen[1]
        for side, said in zip(expected.values(), chosen, strict=True):
            side.update({word: said} if said else {})
    assert len(merged.conflicts) == conflicts
    for number, side in enumerate(expected.values(), 1):
        assert chats_of(resolved(merged.text, number)) == side


@pytest.mark.parametrize("name", FORMATS)
def test_a_side_that_changed_nothing_gives_the_other(name):
    """Byte for byte, whichever side it is."""
    old, new = (text_of(chats, name) for chats in ({"a": "1", "b": "2", "c": "3"}, {"a": "1", "d": "4", "c": "5"}))
    assert merge(old, old, new).text == merge(old, new, old).text == merge(old, new, new).text == new


@pytest.mark.parametrize("name", FORMATS)
def test_an_edited_question_is_the_same_interaction(name):
    """A side edits a question, the other its answer: both changed one interaction."""
    old, ours, theirs = ({"a": "1", "b": "2"}, {"a": "1", "B": "2"}, {"a": "1", "b": "3"})
    merged = merge(*(text_of(one, name) for one in (old, ours, theirs)))
    assert merged.conflicts == ("interactions[1] POST /chat/completions",)
    assert [chats_of(resolved(merged.text, side)) for side in (1, 2)] == [ours, theirs]


@pytest.mark.parametrize("name", FORMATS)
def test_a_removed_interaction_that_the_other_side_changed_is_a_conflict(name):
    """Either side can be taken, also where it has nothing."""
    old, ours, theirs = ({"a": "1", "b": "2", "c": "3"}, {"a": "1", "c": "3"}, {"a": "1", "b": "9", "c": "3"})
    merged = merge(*(text_of(one, name) for one in (old, ours, theirs)))
    assert "<<<<<<< ours (removed): interactions[1] POST /chat/completions\n" in merged.text
    assert [chats_of(resolved(merged.text, side)) for side in (1, 2)] == [ours, theirs]


def test_questions_that_are_equal_are_told_apart_by_their_order():
    """The second of two equal requests is merged with the second."""

    def twice(*said):
        return write_cassette([interaction(answer(one), sent=question("a")) for one in said], "yaml")

    assert merge(twice("1", "2"), twice("1", "3"), twice("4", "2")).text == twice("4", "3")


@pytest.mark.parametrize(
    "base, ours, theirs",
    [
        ("yaml", "yaml", "json"),
        ("json", "openai.yaml", "openai.yaml"),
        ("openai.yaml", "recording.json", "openai.yaml"),
    ],
)
def test_files_in_different_formats_are_not_merged(base, ours, theirs):
    """Their texts have nothing in common."""
    assert merge(*(text_of({"a": "1"}, name) for name in (base, ours, theirs))) is None


def test_a_file_that_both_sides_added_is_merged():
    """The version before is blank."""
    merged = merge("", *(text_of(chats, "openai.yaml") for chats in ({"a": "1"}, {"b": "2"})))
    assert (chats_of(merged.text), merged.conflicts) == ({"a": "1", "b": "2"}, ())


@pytest.mark.parametrize("name", FORMATS)
def test_a_cassette_of_which_nothing_would_be_left_is_a_conflict(name):
    """Each side removed what the other one kept: no sound cassette is empty."""
    merged = merge(*(text_of(chats, name) for chats in ({"a": "1", "b": "2"}, {"a": "1"}, {"b": "2"})))
    assert merged.conflicts == ("all interactions",)
    assert [chats_of(resolved(merged.text, side)) for side in (1, 2)] == [{"a": "1"}, {"b": "2"}]
