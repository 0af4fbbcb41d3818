"""What can be said about streams: the values, their texts, and what is refused."""

from __future__ import annotations

import pytest

from vcr_openai import cuts, error_event, fail, fragments, pace, stall
from vcr_openai._streams.cut_ids import cut_id, without_cut
from vcr_openai._streams.directions import PLACES, Cut, directions_of
from vcr_openai._streams.directions_text import stream_from_text

VALUES = [
    "cuts()", "cuts(every=5)", "cuts(only=('after', 'done'))", "fragments()", "fragments(seed=3)", "fragments(size=1)",
    "pace(first=0.4, chunk=0.02)", "stall(after=2, seconds=30)", "fail(status=429)", "fail(status='connect', times=2)",
    "fail(status=500, times=3, retry_after=0)", "error_event(after=2)",
]  # fmt: skip


@pytest.mark.parametrize("text", VALUES)
def test_a_direction_reads_as_its_call(text):
    """The text of a direction is the call that makes it, in a test and in an ini file."""
    (value,) = stream_from_text(text)
    assert repr(value) == text
    assert repr(directions_of(value)) == text


@pytest.mark.parametrize("word", ["events", "block"])
def test_a_word_reads_as_itself(word):
    """So does a word."""
    assert repr(directions_of(word)) == repr(word)


def test_several_directions_go_together():
    """A fault, a pace, failures and the size of pieces are independent of each other."""
    found = directions_of([fragments(size=2), pace(chunk=1), fail(429), stall(seconds=3), fail(500)])
    assert repr(found) == (
        "[fragments(size=2), fail(status=429), fail(status=500), pace(chunk=1), stall(after=1, seconds=3)]"
    )


def test_an_ini_file_has_them_with_commas():
    """The text of an ini file has several directions with commas, and words with or without quotes."""
    found = stream_from_text(' recorded , fail(429, retry_after=0), "block" ')
    assert found == ["recorded", fail(429, retry_after=0), "block"]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: cuts(every=0), ValueError, "every: expected a number of 1 or more, found 0"),
        (lambda: cuts(every=1.5), TypeError, "every: expected a whole number, found the number 1.5"),
        (lambda: cuts(only="middle"), ValueError, "expected some of start, after, inside, character, done, found"),
        (lambda: cuts(only=[]), ValueError, "expected some of start"),
        (lambda: cuts(only=3), TypeError, "expected some of start.*found the number 3"),
        (lambda: cuts(only=[3]), ValueError, "expected some of start"),
        (lambda: fragments("a"), TypeError, "seed: expected a whole number, found the text 'a'"),
        (lambda: fragments(size=0), ValueError, "size: expected a number of 1 or more"),
        (lambda: pace(first=-1), ValueError, "first: expected a number of 0 or more, found -1"),
        (lambda: pace(chunk=float("nan")), ValueError, "chunk: expected a number of 0 or more, found nan"),
        (lambda: pace(chunk="1"), TypeError, "chunk: expected a number"),
        (lambda: stall(seconds=True), TypeError, "seconds: expected a number"),
        (lambda: stall(-1, seconds=1), ValueError, "after: expected a number of 0 or more"),
        (lambda: fail(200), ValueError, "expected a status from 400 to 599 or 'connect', found 200"),
        (lambda: fail("429"), ValueError, "expected a status from 400 to 599"),
        (lambda: fail(True), ValueError, "expected a status from 400 to 599"),
        (lambda: fail(429, times=0), ValueError, "times: expected a number of 1 or more"),
        (lambda: fail(429, retry_after="1"), TypeError, "retry_after: expected a number"),
        (lambda: fail("connect", retry_after=1), ValueError, "a refused connection has no retry_after"),
        (lambda: error_event("1"), TypeError, "after: expected a whole number"),
        (lambda: directions_of("slow"), ValueError, "expected 'events', 'block', 'recorded', .* found the text 'slow'"),
        (lambda: directions_of(None), TypeError, "expected 'events'.* found null"),
        (lambda: directions_of([]), ValueError, "found an empty list"),
        (lambda: directions_of(cuts), TypeError, r"expected a call, cuts\(…\), found the function cuts"),
        (lambda: directions_of([pace(), "recorded"]), ValueError, r"expected one of pace\(\) and 'recorded', found"),
        (lambda: directions_of([cuts(), stall(seconds=1)]), ValueError, "found both"),
        (lambda: directions_of("events", 10), ValueError, "speed goes with stream='recorded'"),
        (lambda: directions_of("recorded", 0), ValueError, "speed: expected a number above 0"),
        (lambda: directions_of("recorded", "fast"), TypeError, "speed: expected a number"),
        (lambda: stream_from_text("sometimes"), ValueError, "expected events, block, recorded, cuts"),
        (lambda: stream_from_text("open('x')"), ValueError, "expected events, block"),
        (lambda: stream_from_text("pace(first=1+1j)"), TypeError, "first: expected a number"),
        (lambda: stream_from_text("pace(first=x)"), ValueError, "expected events, block"),
        (lambda: stream_from_text("pace(last=1)"), TypeError, "last"),
        (lambda: stream_from_text("pace(first"), ValueError, "expected events, block"),
        (lambda: stream_from_text("x) + (y"), ValueError, "expected events, block"),
        (lambda: stream_from_text("a.pace()"), ValueError, "expected events, block"),
    ],
)  # fmt: skip
def test_wrong_values_are_refused(make, error, message):
    """A wrong value is an error that says what was expected."""
    with pytest.raises(error, match=message):
        make()


def test_directions_are_directions():
    """What was understood once is taken as it is."""
    assert directions_of(found := directions_of(pace(1))) is found


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("of_several", [False, True])
@pytest.mark.parametrize("test", ["t.py::test", "t.py::test[a-b]", "t.py::T::test[]"])
def test_an_id_without_its_cut_is_that_of_the_test(test, place, of_several):
    """The words for a place can be taken off again, whatever else is in the id."""
    words = cut_id(Cut(place, 3, 41, 1), of_several=of_several)
    with_cut = f"{test[:-1]}-{words}]" if test.endswith("]") else f"{test}[{words}]"
    assert without_cut(with_cut) == test


@pytest.mark.parametrize("test", ["t.py::test", "t.py::test[cut the cake]", "t.py::test[cut after 3 of 41]x", "cut"])
def test_other_ids_stay(test):
    """What is no cut of ours stays as it is."""
    assert without_cut(test) == test
