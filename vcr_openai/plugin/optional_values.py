"""Options whose value may be left out: it is given with ``=``, so that the argument behind the option is a test."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

BARE = ("--vcr-openai-report", "--vcr-openai-unused", "--vcr-openai-drift")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    """Give an option without a value an empty one; argparse would take the next argument."""
    end = args.index("--") if "--" in args else len(args)
    changed = [f"{one}=" if one in BARE and index < end else one for index, one in enumerate(args)]
    if changed != args:
        args[:] = changed
        anew = parser.parse_known_args(args, namespace=copy.copy(early_config.option))
        early_config.known_args_namespace.file_or_dir = anew.file_or_dir  # whose conftest.py files are loaded now


def add_optional(parser: pytest.Parser, option: str, metavar: str, text: str) -> None:
    """Declare an option whose value may be left out: None if it is not given, empty if it has no value."""
    parser.getgroup("vcr-openai").addoption(
        option, nargs="?", const="", default=None, metavar=metavar, dest=destination(option), help=text
    )


def destination(option: str) -> str:
    """The name under which pytest has an option's value."""
    return option.lstrip("-").replace("-", "_")


def json_file(config: pytest.Config, option: str, name: str) -> Path:
    """The file that an option names. Raises UsageError where it is not a .json file, or cannot be written."""
    from vcr_openai._files import check_writable  # which is not imported at every start of pytest
    from vcr_openai._findings import describe_error

    path = Path(config.invocation_params.dir, name)
    if path.suffix != ".json" or path.is_dir():
        raise pytest.UsageError(f"{option}: expected the name of a .json file, found {name!r}")
    try:
        check_writable(path)
    except OSError as error:
        raise pytest.UsageError(f"{option}: {name}: {describe_error(error)}") from error
    return path
