"""What all tests share."""

import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]

settings.register_profile("vcr-openai", deadline=None)  # a test's claim never hangs on the machine's speed
settings.load_profile("vcr-openai")


@pytest.fixture
def anyio_backend():
    """Run ``@pytest.mark.anyio`` tests on asyncio only, whatever else is installed."""
    return "asyncio"
