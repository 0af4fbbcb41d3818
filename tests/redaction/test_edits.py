"""Edits: which stretches of a text are replaced, and how they are shared by its pieces."""

from hypothesis import example, given
from hypothesis import strategies as st

from vcr_openai._redaction.edits import Edit, apply, as_text, distribute, like, merge


def test_no_edit_leaves_the_very_text():
    """A text without edits comes back as the very same object."""
    text = "a" * 5000
    assert apply(text, []) is text


def test_overlapping_edits_are_one():
    """Of two edits that overlap, the earlier one covers both."""
    first, second = Edit(0, 4, "one", "X", "abcd"), Edit(2, 6, "two", "Y", "cdef")
    assert merge([second, first]) == [first._replace(end=6)]
    assert merge([second, first, second._replace(start=1, end=3)]) == [first._replace(end=6)]


def test_a_piece_without_length_has_no_share():
    """The replacement goes into the first piece, nothing into the others, and an empty piece stays as it is."""
    shares = distribute([Edit(1, 4, "one", "X", "bcd")], [2, 0, 3])
    assert [[(one.start, one.end, one.replacement) for one in share] for share in shares] == [
        [(1, 2, "X")],
        [],
        [(0, 2, "")],
    ]


@given(st.binary() | st.text())
@example(b"\xff")
@example("ä".encode())
def test_content_as_text_has_the_same_bytes_again(content):
    """Bytes that are not UTF-8 are searched as Latin-1; what becomes of them has their type and encoding."""
    assert like(as_text(content), content) == content
