"""The ini settings of the matching rules, and how a setting is read from an ini file or from native TOML."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Final

import pytest

from vcr_openai._docs import page
from vcr_openai._matching.rules import SWITCH, Rules, rules_from_settings

_RULE_NAMES: Final = tuple(field.name for field in fields(Rules))
_OF_A_LIBRARY: Final = Rules(repeat=True, file_search_noise=True)  # what its recorder's own replay does


def add_rule_settings(parser: pytest.Parser) -> None:
    """Declare an ini setting for each rule."""
    for name in _RULE_NAMES:
        parser.addini(
            f"vcr_openai_{name}", f"vcr-openai: the matching rule {name} (see {page('match.md')}).", default=""
        )


def setting_of(config: pytest.Config, name: str) -> object:
    """The value of a setting that is declared as a text: a text, or what native TOML has: a list, a boolean, a number.

    A list can also come from ``[tool.pytest.ini_options]``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pytest 9 warns of a list there, and that inicfg may go
        try:
            return config.getini(name)
        except (TypeError, ValueError, pytest.UsageError):  # pytest 9: native TOML has another type than text
            return config.inicfg[name]


def switch_of(config: pytest.Config, name: str) -> bool:
    """The value of a switch. Raises UsageError, with its name, for a value that is neither true nor false."""
    value = setting_of(config, name)
    try:
        return bool(SWITCH.checked(name, SWITCH.from_text(value) if isinstance(value, str) else value))
    except ValueError as error:
        raise pytest.UsageError(f"in the ini file, {error}") from error


class RuleSettings:
    """The rules of the ini file. Raises UsageError, with the setting's name, for a wrong one."""

    def __init__(self, config: pytest.Config) -> None:
        given = {name: setting_of(config, f"vcr_openai_{name}") for name in _RULE_NAMES}
        self._given: Mapping[str, object] = {name: value for name, value in given.items() if value != ""}
        try:
            self._rules = {is_library: self._under(is_library=is_library) for is_library in (False, True)}
        except ValueError as error:
            raise pytest.UsageError(f"in the ini file, vcr_openai_{error}") from error

    def _under(self, *, is_library: bool) -> Rules:
        return rules_from_settings(self._given, _OF_A_LIBRARY if is_library else None)

    def of(self, item: pytest.Item, marker_name: str, others: Collection[str], *, is_library: bool) -> Rules:
        """The rules for a test: those of the ini file, changed by its markers, the closest last.

        ``others`` are the arguments of the marker that are not rules. Raises UsageError for a wrong marker.
        """
        rules = self._rules[is_library]
        for marker in reversed(list(item.iter_markers(marker_name))):
            where = f"{item.nodeid}: @pytest.mark.{marker_name}"
            if marker.args:
                raise pytest.UsageError(f"{where}: expected settings by name, found {marker.args[0]!r}")
            if unknown := [name for name in marker.kwargs if name not in (*others, *_RULE_NAMES)]:
                known = ", ".join([*others, *_RULE_NAMES])
                raise pytest.UsageError(f"{where}: expected one of {known}, found {unknown[0][:60]!r}")
            try:
                given = {name: value for name, value in marker.kwargs.items() if name not in others}
                rules = rules_from_settings(given, rules)
            except ValueError as error:
                raise pytest.UsageError(f"{where}: {error}") from error
        return rules
