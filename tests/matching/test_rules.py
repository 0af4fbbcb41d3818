"""Settings of the matching: which are accepted, and the errors of wrong ones."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcr_openai._json import json_path
from vcr_openai._matching.rules import Rules, rules_from_settings


def test_rules_are_values() -> None:
    """Rules are equal by content, hashable, and survive pickling."""
    rules = Rules(ignore=("metadata.run_id", "messages[*].name"))
    assert pickle.loads(pickle.dumps(rules)) == rules
    assert hash(Rules()) == hash(Rules())


def test_exact_rules_change_nothing() -> None:
    """Exact rules ignore, rename and round nothing."""
    exact = Rules.exact()
    assert (exact.ignore, exact.rename_ids, exact.round_digits, exact.file_search_noise, exact.defaults) == (
        (), False, None, False, False,
    )  # fmt: skip
    assert (exact.replace, exact.unordered) == ((), ())


def test_the_recorders_rules_are_its_own() -> None:
    """Only what its key leaves out does not count."""
    expected = replace(Rules.exact(), as_recorder=True, ignore=("project_id", "query.project_id"))
    assert Rules.recorder() == expected


def test_literal_rules_leave_texts_alone() -> None:
    """The literal rules neither rename nor round; all other settings stay."""
    rules = Rules(ignore=("a",), match_host=True, defaults=False, replace=(("a", "b"),), file_search_noise=True)
    assert rules.literal() == replace(rules, rename_ids=False, round_digits=None, file_search_noise=False, replace=())


def test_rules_to_the_letter_keep_the_hosts() -> None:
    """With every rule off, the settings that say which requests are the API's stay."""
    settings = {"match_host": True, "repeat": True, "hosts": ("*.corp.example",), "bodies": ("a.example",)}
    assert Rules(ignore=("a",), unordered=("b",), **settings).to_the_letter() == replace(Rules.exact(), **settings)


def test_settings_are_written_as_they_are_read() -> None:
    """Each rule's setting is shown as an ini file has it."""
    pairs = ((r"\d+ => ?", "<n>"), ("tmp", ""))
    rules = Rules(ignore=("**.a", "b[*]"), round_digits=None, repeat=True, unordered=("tools",), replace=pairs)
    assert rules_from_settings(rules.settings()) == rules
    assert rules_from_settings(Rules.exact().settings()) == Rules.exact()
    assert Rules(ignore=()).settings()["ignore"] == "(nothing)"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ignore": ("messages[",)}, r"ignore\[0\]: expected a path such as messages\[\*\].name, found 'messages\['"),
        ({"ignore": (".a",)}, r"ignore\[0\]: expected a path"),
        ({"ignore": ("a..b",)}, r"ignore\[0\]: expected a path"),
        ({"ignore": ('a["\\q"]',)}, r"ignore\[0\]: expected a JSON string in brackets"),
        ({"ignore": "stream_options"}, "ignore: expected a tuple of texts, found the text 'stream_options'"),
        ({"ignore": ("",)}, r"ignore\[0\]: expected a text that is not empty"),
        ({"id_prefixes": ("call",)}, r"id_prefixes\[0\]: expected letters or digits and then - or _, found 'call'"),
        ({"round_digits": 16}, "round_digits: expected a whole number from 0 to 15 or none, found the number 16"),
        ({"round_digits": True}, "round_digits: expected a whole number"),
        ({"repeat": "yes"}, "repeat: expected true or false, found the text 'yes'"),
        ({"ignore": ("metadata.**",)}, r"ignore\[0\]: expected a name after \*\*, found 'metadata.\*\*'"),
        ({"replace": "a => b"}, "replace: expected pairs of a pattern and a word, found the text 'a => b'"),
        ({"replace": (("(", "b"),)}, r"replace\[0\]: expected a regular expression, found '\('"),
        ({"replace": (("", "b"),)}, r"replace\[0\]: expected a regular expression that is not empty"),
        ({"replace": (("a", 5),)}, r"replace\[0\]: expected a word or a function, found the number 5"),
        ({"replace": ("ab",)}, r"replace\[0\]: expected a pattern and a word, as pattern => word, found the text 'ab'"),
        ({"hosts": ("https://a.example/v1",)}, r"hosts\[0\]: expected a host such as llm.example"),
    ],
)
def test_wrong_rules_cannot_be_made(settings: dict[str, object], message: str) -> None:
    """A setting that is wrong is refused when the rules are made, with its name, what was expected and found."""
    with pytest.raises(ValueError, match=message):
        Rules(**settings)  # type: ignore[arg-type]


def test_settings_are_read_from_text() -> None:
    """Settings can be texts, as an ini file has them."""
    rules = rules_from_settings(
        {"ignore": "stream_options,\n metadata.run_id", "repeat": "Yes", "rename_ids": "off", "round_digits": "none"}
    )
    assert rules == Rules(
        ignore=("stream_options", "metadata.run_id"), repeat=True, rename_ids=False, round_digits=None
    )


def test_replacements_are_read_from_lines() -> None:
    """A line has a pattern, an arrow and a word; the line may be quoted, and TOML may have a list of them."""
    text = "\n  \\d{4}-\\d\\d => <date>\n  'build-[^ ]+ => <path>'\n  x =>\n"
    pairs = ((r"\d{4}-\d\d", "<date>"), ("build-[^ ]+", "<path>"), ("x", ""))
    assert rules_from_settings({"replace": text}).replace == pairs
    assert rules_from_settings({"replace": [*text.strip().split("\n  ")]}).replace == pairs
    with pytest.raises(ValueError, match="as pattern => word, found the text 'no arrow'"):
        rules_from_settings({"replace": "no arrow"})


def test_a_function_is_shown_by_its_name() -> None:
    """A replacement by a function is shown with the function's name."""
    assert Rules(replace=(("a", str.upper),)).settings()["replace"] == "a => upper()"


def test_settings_change_only_what_they_name() -> None:
    """Settings that are not named keep the value of the base; values that are not texts stay."""
    base = Rules(match_host=True)
    assert rules_from_settings({"round_digits": 3, "ignore": ["a"]}, base) == Rules(
        match_host=True, round_digits=3, ignore=("a",)
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ignored": "a"}, "expected one of the rules ignore, replace, .*, found 'ignored'"),
        ({"repeat": "perhaps"}, "repeat: expected true or false, found the text 'perhaps'"),
        ({"round_digits": "five"}, "round_digits: expected a whole number"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, str], message: str) -> None:
    """An unknown setting or a wrong text is refused with its name."""
    with pytest.raises(ValueError, match=message):
        rules_from_settings(settings)


steps = st.none() | st.text(min_size=1) | st.integers(0, 10**9 - 1)


@given(st.lists(steps | st.just(...)), steps)
def test_paths_are_read_as_they_are_written(path: list[Any], last: Any) -> None:
    """Every path is read back from its text."""
    assert json_path.parse(json_path.write([*path, last])) == (*path, last)


def test_an_empty_path_is_refused() -> None:
    """An empty path is an error."""
    with pytest.raises(ValueError, match="found an empty text"):
        json_path.parse("")


def test_a_word_may_be_an_object_without_a_hash():
    """A replacement by a callable that cannot be hashed is a rule like any other."""

    class Word:
        __hash__ = None

        def __call__(self, _match):
            return "x"

    rules = Rules(replace=[("a+", Word())])
    assert rules.literal() == replace(rules, rename_ids=False, round_digits=None, file_search_noise=False, replace=())
    assert rules.to_the_letter() == Rules.exact()
