"""Make docs/reference.md from the code: ``python docs/make_reference.py``. ``--check`` only compares."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import textwrap
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

import vcr_openai
from vcr_openai import _cli
from vcr_openai.plugin import pytest_addoption

PAGE = Path(__file__).with_name("reference.md")
HEAD = """# Reference

What there is, from the code. Each entry names the page that explains it.
`python docs/make_reference.py` makes this page.

- [Settings in the ini file](#settings-in-the-ini-file)
- [The marker](#the-marker)
- [Options of pytest](#options-of-pytest)
- [Commands](#commands)
- [Python](#python)
"""
_LINK = re.compile(r"https://github\.com/vcr-openai/vcr-openai/blob/main/docs/([\w-]+\.md)")


class Declarations:
    """What the plugin declares to pytest, in place of pytest's parser and its groups."""

    def __init__(self) -> None:
        self.settings: list[tuple[str, str, str]] = []
        self.options: list[tuple[str, str]] = []

    def addini(self, name: str, help: str, type: str | None = None, default: Any = None) -> None:  # noqa: A002
        """Note a setting: its name, its default, its help text."""
        kind = "" if type is None else {"linelist": ""}.get(type, type)
        self.settings.append((name, str(default or kind), help))

    def getgroup(self, _name: str) -> Declarations:
        """The group of options: this."""
        return self

    def addoption(self, name: str, **given: Any) -> None:
        """Note an option: its name with its value, its help text."""
        metavar = str(given.get("metavar", ""))
        value = f"[={metavar.lstrip('=')}]" if given.get("nargs") == "?" else f" {metavar}" if metavar else ""
        self.options.append((name + value, given["help"]))


def page() -> str:
    """The text of the page."""
    declared = Declarations()
    pytest_addoption(declared)  # type: ignore[arg-type]
    sections = (_settings(declared), _marker(), _options(declared), _commands(), _names())
    return "\n".join((HEAD, *sections))


def _settings(declared: Declarations) -> str:
    from vcr_openai import Rules

    rules = {f"vcr_openai_{field.name}": field.name for field in fields(Rules)}
    meanings = _attribute_docstrings(Rules)
    rows = []
    for name, declared_default, help_text in declared.settings:
        default, text = declared_default, _begun(help_text.removeprefix("vcr-openai: "))
        if name in rules:
            default, text = (
                _default_of(getattr(Rules(), rules[name])),
                meanings[rules[name]] + " ([match.md](match.md))",
            )
        rows.append(f"| `{name}` | {f'`{default}`' if default else '–'} | {_linked(text)} |")
    return "\n".join(
        ["## Settings in the ini file\n", "| setting | default | meaning |", "| --- | --- | --- |", *rows, ""]
    )


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _attribute_docstrings(owner: type) -> dict[str, str]:
    """The text behind each annotated attribute of a class, on one line."""
    tree: Any = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
    return {
        one.target.id: _on_one_line(text.value.value).replace("``", "`")
        for one, text in zip(tree.body, tree.body[1:], strict=False)
        if isinstance(one, ast.AnnAssign)
        and isinstance(one.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _default_of(value: object) -> str:
    if isinstance(value, tuple):
        return f"{len(value)} entries" if len(value) > 3 else ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)


def _marker() -> str:
    """What ``pytest --markers`` has of the plugin's marker."""
    command = [sys.executable, "-m", "pytest", "--markers"]
    shown = subprocess.run(command, cwd=PAGE.parent, check=True, capture_output=True, text=True).stdout  # noqa: S603  # pytest itself
    signature, _, meaning = next(
        line for line in shown.split("\n") if line.startswith("@pytest.mark.vcr_openai")
    ).partition(": ")
    rules = "`rules` are the fields of `Rules`, without `vcr_openai_`."
    return f"## The marker\n\n`{signature}`\n\n{meaning} {rules}\n"


def _options(declared: Declarations) -> str:
    rows = [f"| `{name}` | {_linked(text)} |" for name, text in declared.options]
    return "\n".join(["## Options of pytest\n", "| option | meaning |", "| --- | --- |", *rows, ""])


def _commands() -> str:
    parts = [
        "## Commands\n",
        "Each has `--help`. The exit status is 0, or 1 where something was refused or found, or 2 for wrong usage.\n",
    ]
    group = _cli.vcr_openai
    context = click.Context(group, info_name="vcr-openai")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None:
            parts.append(_command(command, click.Context(command, info_name=name, parent=context)))
    return "\n".join(parts)


def _command(command: click.Command, context: click.Context) -> str:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    rows = []
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None and "--help" not in record[0]:
            rows.append(f"| `{record[0]}` | {_linked(record[1])} |".replace("[OPTIONS]", ""))
    table = ["| option | meaning |", "| --- | --- |", *rows, ""] if rows else []
    parts = [inspect.cleandoc(one) for one in (command.help, command.epilog) if one]
    text = "\n\n".join(parts).replace("\b\n", "")
    return "\n".join([f"### {command.name}\n", f"```text\n{usage}\n```\n", _linked(text) + "\n", *table])


def _names() -> str:
    parts = ["## Python\n"]
    for name in sorted(vcr_openai.__all__, key=str.lower):
        value = getattr(vcr_openai, name)
        parts += [f"### vcr_openai.{name}\n", f"```text\n{name}{_signature(value)}\n```\n", _docstring(value)]
        if inspect.isclass(value) and not issubclass(value, BaseException):
            parts += [_member(name, member, getattr(value, member)) for member in _members(value)]
    return "\n".join(parts)


def _members(value: type) -> list[str]:
    return [
        name for name in vars(value) if not name.startswith("_") and _is_method(inspect.getattr_static(value, name))
    ]


def _is_method(value: object) -> bool:
    return isinstance(value, (classmethod, staticmethod, property)) or inspect.isfunction(value)


def _member(owner: str, name: str, value: Any) -> str:
    text = _docstring(value).strip()
    arguments = "" if isinstance(value, property) or not callable(value) else _signature(value)
    return f"- `{owner}.{name}{arguments}`: {_on_one_line(text)}\n"


def _signature(value: Any) -> str:
    """The signature as it is written in the code: annotations without quotes, long defaults as ``…``."""
    try:
        signature = inspect.signature(value)
    except ValueError:
        return ""
    parameters = [
        one.replace(annotation=_Text(one.annotation), default=_Text(one.default))
        if one.default is not one.empty
        else one.replace(annotation=_Text(one.annotation) if one.annotation is not one.empty else one.empty)
        for one in signature.parameters.values()
    ]
    result = signature.return_annotation
    return str(
        signature.replace(
            parameters=parameters, return_annotation=result if result is signature.empty else _Text(result)
        )
    )


class _Text:
    """A value that a signature shows as short text."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __repr__(self) -> str:
        if isinstance(self._value, str):
            return self._value or "''"
        if isinstance(self._value, type):
            return self._value.__name__
        text = repr(self._value)
        return (
            text if len(text) < 30 else "(…)" if isinstance(self._value, tuple) else f"{type(self._value).__name__}()"
        )


def _docstring(value: Any) -> str:
    text = inspect.cleandoc(value.__doc__ or "")
    return _linked(text.replace("``", "`")) + "\n"


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _linked(text: str) -> str:
    """A text with its pages as links, and as it stands in a table."""
    text = text.replace("|", "\\|").replace("<", "&lt;")
    return _LINK.sub(lambda found: f"[{found[1]}]({found[1]})", text)


def main() -> int:
    """Write the page, or compare it; the exit status is 1 where it differs."""
    text = page()
    if "--check" in sys.argv[1:]:
        if PAGE.read_text() != text:
            sys.exit("docs/reference.md is not what the code has: python docs/make_reference.py makes it again")
        return 0
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
