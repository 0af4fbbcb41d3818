"""A recording skimmed: all but its answer is as in the file."""

from __future__ import annotations

import json
from typing import Any

import pytest
import recordings
from hypothesis import given
from hypothesis import strategies as st

from vcr_openai._json import json_text
from vcr_openai._recording.skimmed import skim

NOTHING = {"body": None, "is_streaming": False}
scalars = st.none() | st.integers(-2, 2) | st.sampled_from(["", "a", "\n  }", "\n  response: {\n", "é"])
names = st.sampled_from(["a", "request", "response", "body", "wire"])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)
documents = st.dictionaries(names, values, max_size=5)


def without_answer(document: Any) -> Any:
    """A document with the answer that stands for any other."""
    return {**document, "response": NOTHING}


@given(document=documents)
def test_what_a_recorder_wrote_lacks_its_answer_alone(document: dict[str, Any]) -> None:
    """In the recorder's layout an object ``response`` is left out, and everything else is read, whatever is in it."""
    answer = document.get("response")
    found = skim(json_text.write_document(document).encode())
    assert found == (without_answer(document) if isinstance(answer, dict) and answer else document)


@given(document=documents, indent=st.sampled_from([None, 0, 1, 3, 4, "\t"]), data=st.data())
def test_another_layout_is_read_whole(document: dict[str, Any], indent: Any, data: st.DataObject) -> None:
    """Where the lines do not tell what the answer is, nothing is left out, or nothing but the answer."""
    text = json.dumps(document, indent=indent)
    place = data.draw(st.integers(0, len(text)))
    if text[place - 1 : place] in ("{", ",") and text[:place].count('"') % 2 == 0:
        text = f"{text[:place]}\n  {text[place:].lstrip()}"  # a line that is indented as the recorder does it
    assert skim(text.encode()) in (json.loads(text), without_answer(document))


def test_an_answer_within_the_request_is_not_taken_for_the_answer() -> None:
    """A line of that name may be deeper inside, where a file is indented in another way."""
    text = '{"request":{\n  "response": {\n"body": 1\n  }\n}, "response": {"body": 2}}'
    assert skim(text.encode()) == json.loads(text)


def test_what_is_wrong_with_the_answer_is_not_found() -> None:
    """That is for whoever reads the recording: a listing does not need its answer."""
    text = json_text.write_document(recordings.chat("a", "b"))
    broken = text.replace('"is_streaming": false', '"is_streaming": oops')
    assert broken != text
    assert skim(broken.encode()) == without_answer(json.loads(text))


@pytest.mark.parametrize("end", [-40, -2])
def test_a_file_that_is_cut_off_is_refused(end: int) -> None:
    """Its end is looked at, as its beginning is."""
    with pytest.raises(ValueError, match="line"):
        skim(json_text.write_document(recordings.chat("a", "b"))[:end].encode())
