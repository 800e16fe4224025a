"""What every test starts from: the logging that no command has configured."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def unconfigured_logs() -> Iterator[None]:
    """A command sets up logs for its process; the next test must not inherit level or stream."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
