"""The command `worker`: checks from the queue, beside a daemon and other workers."""

from __future__ import annotations

import asyncio
import contextlib
from importlib.util import find_spec

import typer

from monitor import config_file, logs
from monitor.errors import ConfigError


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(worker)


def worker(context: typer.Context) -> None:
    """Check what is due, together with other workers on one PostgreSQL, until SIGTERM."""
    configuration = config_file.load(context.obj)
    if find_spec("procrastinate") is None:
        raise ConfigError(
            "the queue of workers is not installed: pip install 'policywatch[postgresql]'"
        )
    from monitor.cluster import Worker  # only who has workers has what they need

    daemon = configuration.settings.daemon
    logs.configure(daemon.log_level, daemon.log_format)
    with contextlib.suppress(KeyboardInterrupt):  # before the worker listens for signals
        asyncio.run(Worker(configuration).serve())
