"""An edit of a cassette's interaction in YAML replaces blocks and leaves every other line."""

import pytest
import yaml

from vcr_openai._yaml.yaml_edit import list_parts, with_blocks, with_part_blocks

OLD = """\
- request:
    body: old
    # about the method
    method: POST
  # about the answer
  response:
    body:
      string: yes
    recording:
      test_id: a
    status: 200
  # the end
"""
NEW = """\
- request:
    body: new
    method: PUT
  response:
    body:
      string: no
    recording:
      accepted: today
    status: 500
"""
BOTH = [("request",), ("response", "recording")]


def indented(text):
    """The lines of a text, those that are not empty two spaces to the right."""
    return "\n".join(f"  {line}" if line else line for line in text.split("\n"))


def test_the_named_blocks_are_new_and_all_else_stays():
    """Comments between members too."""
    expected = OLD.replace("body: old\n    # about the method\n    method: POST", "body: new\n    method: PUT")
    assert with_blocks(OLD, NEW, BOTH) == expected.replace("test_id: a", "accepted: today")


def test_a_block_that_the_new_text_lacks_goes():
    """And no other line does."""
    new = NEW.replace("    recording:\n      accepted: today\n", "")
    expected = OLD.replace("    recording:\n      test_id: a\n", "")
    assert with_blocks(OLD, new, [("response", "recording")]) == expected


@pytest.mark.parametrize(
    "order", [["body", "recording", "status"], ["body", "status", "recording"], ["recording", "body", "status"]]
)
def test_a_block_that_the_old_text_lacks_comes_where_the_new_one_has_it(order):
    """Before the member that follows it there, else at the end."""
    blocks = {"body": "    body: x\n", "recording": "    recording: y\n", "status": "    status: z\n"}
    head = "- request: a\n  response:\n"
    new = head + "".join(blocks[name] for name in order)
    old = new.replace(blocks["recording"], "")
    assert with_blocks(old, new, [("response", "recording")]) == new


def test_an_indented_list_stays_indented():
    """The edit is the same as without the indent, and an empty line gets none."""
    old = f"{OLD}\n"
    edited = with_part_blocks(indented(old), NEW, BOTH)
    assert edited == indented(with_blocks(old, NEW, BOTH))
    assert yaml.safe_load(edited)[0]["request"] == {"body": "new", "method": "PUT"}


@pytest.mark.parametrize("old", ["- {request: 1}\n", "- \n", "-   request: 1\n", OLD + "  request: again\n"])
def test_a_text_in_another_style_is_refused(old):
    """Flow style, another indent, and a member that occurs twice."""
    with pytest.raises((ValueError, LookupError)):
        with_blocks(old, NEW, BOTH)


def test_the_parts_of_a_list_are_the_whole_text():
    """What is before the interactions, each of them with its comments, and what is after."""
    text = f"# head\ninteractions:\n{OLD}\n{NEW}version: 1\n# foot\n"
    head, one, other, tail = list_parts(text)
    assert (head, one, other, tail) == ("# head\ninteractions:\n", f"{OLD}\n", NEW, "version: 1\n# foot\n")


def test_a_list_in_flow_style_has_no_parts():
    """Its interactions are not edited line by line."""
    assert list_parts("interactions: [{request: 1}]\nversion: 1\n") is None
