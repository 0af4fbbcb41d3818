"""A review as Markdown fits what GitHub shows."""

from cassette_texts import write_cassette
from chats import answer, interaction, question

from vcr_openai._review.comparison import compare_texts
from vcr_openai._review.file_text import FileText
from vcr_openai._review.review_markdown import markdown


def compared(texts):
    """The comparison of cassettes whose one answer is another now: old and new, by the file's name."""
    sides = ({}, {})
    for name, pair in texts.items():
        for side, said in zip(sides, pair, strict=True):
            one = interaction(answer(said), sent=question("hi"))
            side[name] = FileText(write_cassette([one], "json"))
    return compare_texts(*sides)


def test_a_long_review_ends_with_the_number_of_files_that_it_left_out():
    """A summary of a job has at most 1 MiB; whole files are left out."""
    found = markdown(compared({f"{number}.yaml": ("old", "new " * 50_000) for number in range(5)}), "a headline")
    shown = found.count("<details>")
    assert 0 < shown < 5 and found.count("</details>") == shown
    assert found.endswith(f"\n… and {5 - shown} more\n") and len(found) < 1 << 20


def test_names_are_text():
    """Neither HTML nor Markdown in the name of a file has a meaning."""
    found = markdown(compared({"a_b*<b>.yaml": ("one", "two")}), "1 file: `x`")
    assert "a\\_b\\*&lt;b&gt;.yaml" in found and "1 file: \\`x\\`" in found
