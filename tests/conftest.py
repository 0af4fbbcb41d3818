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


@pytest.fixture
def anyio_backend():
    """Run ``@pytest.mark.anyio`` tests on asyncio only, whatever else is installed."""
    return "asyncio"
