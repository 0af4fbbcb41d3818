"""What all tests share."""

import ast
import functools
import gc
import sys

import openai
import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]

settings.register_profile("vcr-openai", deadline=None)  # a test's claim never hangs on the machine's speed
settings.load_profile("vcr-openai")

# The client's transport is imported when the first one is made. Were that in a run of pytester's, it would forget the
# modules afterwards, and the errors of their second copies would be none that the client knows.
openai.OpenAI(api_key="none").close()


def parse_without_collecting(parse):
    """``ast.parse``, during which nothing is collected, and so no ``__del__`` runs."""

    @functools.wraps(parse)
    def parsed(*args, **kwargs):
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            return parse(*args, **kwargs)
        finally:
            if was_enabled:
                gc.enable()

    return parsed


# CPython 3.11.0 to 3.11.7 raise SystemError ("AST constructor recursion depth mismatch") where ast.parse is called
# while it runs (https://github.com/python/cpython/issues/106905). pytest calls it for a report; a task that is
# collected meanwhile logs the exception that nobody asked for, and on 3.11 the text of a traceback calls it again.
if (3, 11) <= sys.version_info < (3, 11, 8):
    ast.parse = parse_without_collecting(ast.parse)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Run the whole suite in as many processes as the machine has cores, with pytest-xdist.

    Tests that were selected (``pytest tests/json``, ``-k``) run in one process, and so do all tests with ``--pdb``,
    ``--trace`` or ``-s``, since only the main process has the terminal. ``-n`` overrides this: ``-n 0``.
    """
    if hasattr(config, "workerinput"):  # this is one of the processes
        return
    option = config.option
    is_whole = config.args_source is config.ArgsSource.TESTPATHS and not option.keyword
    has_terminal = option.usepdb or option.trace or option.capture == "no"
    if is_whole and not has_terminal and config.pluginmanager.hasplugin("xdist") and option.numprocesses is None:
        option.numprocesses = "auto"
        if option.dist == "no":
            option.dist = "worksteal"  # the tests of a module mostly stay in one process, which sets it up once


@pytest.fixture(scope="session")
def client():
    """The OpenAI client as users build it, once for all tests: building one takes longer than a call.

    ``with_options`` gives one for another server, or without the two retries.
    """
    with openai.OpenAI(api_key="none") as client:
        yield client


@pytest.fixture(scope="session")
def async_client():
    """The asynchronous client."""
    return openai.AsyncOpenAI(api_key="none")


@pytest.fixture
def anyio_backend():
    """Run ``@pytest.mark.anyio`` tests on asyncio only, whatever else is installed."""
    return "asyncio"
