"""The commands `web` (the pages and the API alone, beside a daemon or not) and `openapi`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from monitor import config_file, logs
from monitor.cli.output import console, print_json
from monitor.config import Settings
from monitor.errors import ConfigError
from monitor.fetch import Fetcher
from monitor.services import (
    declared_policies,
    open_store,
    sample_declarations,
    user_name,
    utc_now,
)
from monitor.workers import Workers
from notifiers.base import Surroundings
from store import Store


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(web)
    app.command()(openapi)


def web(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="the address to listen on; default: [web] host")] = "",
    port: Annotated[int | None, typer.Option(help="default: [web] port", min=0, max=65535)] = None,
) -> None:
    """Serve the pages until Ctrl-C, beside a running daemon or without one."""
    from web.app import create_app  # the web framework takes its time to load
    from web.backend import Backend, Declared
    from web.metrics import Metrics
    from web.oidc.provider import check_oidc
    from web.place import check_place
    from web.server import listen, serving

    configuration = config_file.load(context.obj)
    settings = configuration.settings
    place = {
        "host": host or settings.web.host,
        "port": settings.web.port if port is None else port,
    }
    settings = settings.model_copy(update={"web": settings.web.model_copy(update=place)})
    check_place(settings.web)
    logs.configure(settings.daemon.log_level, settings.daemon.log_format)
    declared = Declared(settings, declared_policies(settings))

    async def serve() -> None:
        _, endpoints = sample_declarations(settings)
        async with contextlib.AsyncExitStack() as stack:
            store = open_store(configuration, exclusive=False, now=utc_now())
            stack.enter_context(contextlib.closing(store))
            fetcher = Fetcher(settings.fetch, allow_endpoints=endpoints)
            around = Surroundings(configuration.base_dir, fetcher.post, os.environ)
            check_oidc(settings.web.oidc, around)
            workers = await stack.enter_async_context(Workers(settings.extraction, eager=False))
            backend = Backend(
                store, lambda: declared, utc_now, user_name(),
                file=configuration.path, lookout=lambda: (fetcher, workers),
                post=fetcher.post,
            )  # fmt: skip
            app = create_app(backend, lambda: {"ok": True}, Metrics(store.counts))
            try:
                bound = listen(settings.web.host, settings.web.port, table="web")
            except ConfigError as error:
                raise ConfigError(
                    f"{error} A running daemon serves the same pages already; beside it, name"
                    " another port with --port."
                ) from error
            async with serving(app, bound):
                at = f"{settings.web.host}:{bound.getsockname()[1]}"
                console.print(f"policywatch is at http://{at} (Ctrl-C stops it)")
                await _until_stopped()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())


def openapi() -> None:
    """Print the description of the API (OpenAPI 3.1), as /api/openapi.json serves it."""
    from web.api.handbook import description
    from web.app import create_app
    from web.backend import Backend, Declared
    from web.metrics import Metrics

    declared = Declared(Settings(), {})
    with (
        tempfile.TemporaryDirectory() as place,
        Store.open("sqlite:///none.db", base_dir=Path(place), now=utc_now()) as store,
    ):
        backend = Backend(store, lambda: declared, utc_now)
        app = create_app(backend, lambda: {"ok": True}, Metrics(store.counts))
        print_json(description(app))


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
