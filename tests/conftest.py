"""What every test starts from: the logging that no command has configured, no terminal's width."""

import os
from collections.abc import Iterator

import pytest
import structlog

# Where tests run side by side, the workers are told the width of a terminal; rich would keep it.
os.environ.pop("COLUMNS", None)


@pytest.fixture(autouse=True)
def unconfigured_logs() -> Iterator[None]:
    """A command sets up logs for its process; the next test must not inherit level or stream."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
