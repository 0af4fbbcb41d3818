"""vcrpy's requests that are made in fewer steps."""

from __future__ import annotations

import copy

from hypothesis import example, given
from hypothesis import strategies as st
from vcr.request import HeadersDict, Request

from vcr_openai._vcrpy.loaded import LoadedRequest, headers_dict
from vcr_openai._vcrpy.request_headers import request_headers_of

names = st.sampled_from(["Accept", "accept", "ACCEPT", "x-key", "X-Key", "cookie"]) | st.text(max_size=4)
values = st.text(max_size=4) | st.lists(st.text(max_size=4), min_size=1, max_size=2)


@given(st.dictionaries(names, values | values.map(lambda one: tuple(one) if type(one) is list else one), max_size=5))
@example({"Accept": "a", "accept": "b"})
def test_headers_are_those_that_vcrpy_makes(headers):
    """Names, spellings, order and values are vcrpy's, also of two spellings of one name and of several values."""
    made, expected = headers_dict(headers), HeadersDict(headers)
    assert type(made) is HeadersDict
    assert list(made.items()) == list(expected.items())
    made["ACCEPT"], expected["ACCEPT"] = "c", "c"
    assert list(made.items()) == list(expected.items())


@given(st.dictionaries(names, values, max_size=5))
def test_the_headers_of_a_request_are_read_as_vcrpy_gives_them(headers):
    """In vcrpy's order and spelling."""
    request = Request("POST", "https://h/v1", b"", headers)
    assert list(request_headers_of(request).items()) == list(request.headers.items())


def test_a_copy_has_headers_of_its_own():
    """A filter that changes the copy's headers does not change the request."""
    request = LoadedRequest("POST", "https://h/v1", b"", {"Accept": "a"})
    copied = copy.deepcopy(request)
    copied.headers["accept"] = "b"
    del copied.headers["Accept"]
    assert dict(request.headers) == {"Accept": "a"}
