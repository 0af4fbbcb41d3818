r"""Files whose lines end with ``\r\n`` keep them, whatever edits them."""

import pytest
from cassette_texts import FORMATS, write_cassette
from chats import answer, interaction, question
from hypothesis import example, given
from hypothesis import strategies as st
from made_up_secrets import KEY

from vcr_openai._cli import main
from vcr_openai._formats.line_ends import with_ends_of, with_line_feeds
from vcr_openai._trees.removal import remove_interactions

LINES = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["\n", "\r\n"])), max_size=6)
CHATS = [interaction(answer(f"{word}\nand more"), sent=question(word)) for word in ("one", "two", "three")]


def cassette(name, interactions=CHATS):
    r"""A cassette with lines that end with ``\r\n``."""
    return write_cassette(interactions, name).replace("\n", "\r\n")


def has_only_pairs(text):
    r"""Whether each line ends with ``\r\n``."""
    return text.count("\n") == text.count("\r\n") > 0


@given(LINES)
@example([("a", "\n"), ("a", "\r\n")])
def test_an_edit_that_changes_nothing_changes_nothing(lines):
    """A text with mixed line ends comes back to the letter."""
    text = "".join(map("".join, lines))
    assert with_ends_of(text, with_line_feeds(text)) == text


@given(LINES, st.integers(0, 6))
def test_lines_around_an_edit_keep_their_ends(lines, position):
    """A line that is added changes no other line."""
    text = ["".join(line) for line in lines]
    place = min(position, len(text))
    edited = with_line_feeds("".join([*text[:place], "new\n", *text[place:]]))
    after = with_ends_of("".join(text), edited)
    assert after in {"".join([*text[:place], f"new{end}", *text[place:]]) for end in ("\n", "\r\n")}


@pytest.mark.parametrize("name", FORMATS)
def test_an_interaction_is_removed(tmp_path, name):
    """The interactions that stay are as they were."""
    path = tmp_path / f"a.{name}"
    path.write_bytes(cassette(name).encode())
    assert remove_interactions(path, [1], 3)
    assert path.read_bytes().decode() == cassette(name, CHATS[::2])


@pytest.mark.parametrize(("indexes", "count"), [([0], 2), ([3], 3), ([-1], 3)])
def test_nothing_is_removed_from_a_file_that_changed(tmp_path, indexes, count):
    """With another number of interactions than was counted, or a number that there is not, the file stays."""
    path = tmp_path / "a.yaml"
    path.write_bytes(cassette("yaml").encode())
    assert not remove_interactions(path, indexes, count)
    assert path.read_bytes() == cassette("yaml").encode()


@pytest.mark.parametrize("name", FORMATS)
def test_a_secret_is_redacted(tmp_path, name):
    """The file without the secret has the line ends of the file with it."""
    path = tmp_path / f"a.{name}"
    path.write_bytes(cassette(name, [interaction(answer(KEY), sent=question("one"))]).encode())
    assert main(["redact", "--write", str(path)]) == 0
    text = path.read_bytes().decode()
    assert KEY not in text
    assert has_only_pairs(text)
