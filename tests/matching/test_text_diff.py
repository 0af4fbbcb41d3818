"""The difference of two long texts, as a miss shows it."""

from vcr_openai._matching.text_diff import text_diff

WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"]


def lines(**changes):
    """Lines of words, some of them changed."""
    return "\n".join(changes.get(word, word) for word in WORDS)


def test_a_change_has_two_lines_of_context():
    """What is left out before and after them is a mark."""
    assert text_diff(lines(), lines(six="SIX"), 60) == [
        "…", "  four", "  five", "- six", "+ SIX", "  seven", "  eight", "…",
    ]  # fmt: skip


def test_a_change_at_the_beginning_or_end_has_context_on_one_side():
    """And a mark where lines are left out."""
    assert text_diff(lines(), lines(one="ONE"), 60) == ["- one", "+ ONE", "  two", "  three", "…"]
    assert text_diff(lines(), lines(thirteen="XIII"), 60) == ["…", "  eleven", "  twelve", "- thirteen", "+ XIII"]


def test_lines_between_changes_are_left_out_where_they_are_many():
    """Up to four equal lines are shown; of more, two at each side."""
    assert text_diff(lines(), lines(two="TWO", seven="VII"), 60)[2:-3] == [
        "+ TWO", "  three", "  four", "  five", "  six", "- seven", "+ VII",
    ]  # fmt: skip
    assert text_diff(lines(), lines(two="TWO", eight="VIII"), 60)[2:-3] == [
        "+ TWO", "  three", "  four", "…", "  six", "  seven", "- eight", "+ VIII",
    ]  # fmt: skip


def test_lines_are_added_and_removed():
    """A text that has more lines than the other has them on its side alone."""
    assert text_diff("a\nb", "a\nx\ny\nb", 60) == ["  a", "+ x", "+ y", "  b"]
    assert text_diff("a\nx\ny\nb", "a\nz\nb", 60) == ["  a", "- x", "- y", "+ z", "  b"]


def test_a_difference_has_at_most_so_many_lines():
    """The last one is then a mark."""
    shown = text_diff(lines(), "\n".join(word.upper() for word in WORDS), 6)
    assert shown == ["- one", "- two", "- three", "- four", "- five", "…"]


def test_a_long_line_is_its_sentences():
    """The one that changed is shown, with its neighbours."""
    text = "The first sentence is here. {} The third one is long enough to be split! Is it? The last one."
    one, other = (text.format(f"The second has the {word}." + " And more." * 5) for word in ("moon", "sun"))
    shown = text_diff(one, other, 60)
    assert shown[:3] == ["  The first sentence is here.", "- The second has the moon.", "+ The second has the sun."]
    assert shown[-1] == "…"


def test_a_long_word_is_cut():
    """What two long lines have in common at their beginning is left out, and a long line ends with a mark."""
    shown = text_diff(
        "a" * 500 + "b" + "c" * 500 + "\n" + "x" * 300, "a" * 500 + "d" + "c" * 500 + "\n" + "x" * 300, 60
    )
    assert max(map(len, shown)) <= 153
    assert "b" in shown[0] and "d" in shown[1] and shown[2] == f"  {'x' * 149}…"


def test_other_line_ends_are_visible_and_end_no_line():
    """A carriage return and a tab are written out; U+2028 is a character like others."""
    assert text_diff("a\r\nb\tc\n\u2028d", "a\nb\tc\n\u2028d", 60) == ["- a\\r", "+ a", "  b\\tc", "  \u2028d"]
