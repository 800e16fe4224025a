"""Serving an ASGI application inside the daemon's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import uvicorn

from monitor.errors import ConfigError


class _Server(uvicorn.Server):
    """A server that says when it is ready, and leaves the process's signals to the daemon."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int, *, table: str) -> socket.socket:
    """Bind a TCP socket. Raises ConfigError naming the configuration table that asked for it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConfigError(
            f"[{table}] port: cannot listen on {host}:{port} ({error.strerror}). Stop what uses it,"
            f" or give another port."
        ) from error


@contextlib.asynccontextmanager
async def serving(app: Any, bound: socket.socket) -> AsyncIterator[None]:
    """Serve ``app`` on a bound socket until the context ends, then stop gracefully."""
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,  # who may say for whom they ask, [web.proxy] says
            timeout_graceful_shutdown=2,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[bound]))
    await server.ready.wait()
    try:
        yield
    finally:
        server.should_exit = True
        await task
