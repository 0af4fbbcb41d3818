"""Options whose value may be left out: it is given with ``=``, so that the argument behind the option is a test."""

from __future__ import annotations

import copy

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
