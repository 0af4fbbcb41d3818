"""What all tests share."""

import openai
import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]

settings.register_profile("vcr-openai", deadline=None)  # a test's claim never hangs on the machine's speed
settings.load_profile("vcr-openai")

# The client's transport is imported when the first one is made. Were that in a run of pytester's, it would forget the
# modules afterwards, and the errors of their second copies would be none that the client knows.
openai.OpenAI(api_key="none").close()


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
