"""`policywatch doctor`: is everything in place? Each check is a sentence, with what to do.

Nothing here alerts anyone and nothing is changed, except that opening the store migrates it.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import shutil
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from monitor import config_file
from monitor.config_file import Configuration
from monitor.config_web import WebSettings
from monitor.errors import ConfigError, InboxError, MonitorError, NotifyError, StoreError
from monitor.modes import open_places
from monitor.services import Services, open_store, running, sample_declarations, utc_now
from monitor.troubles import ROOM
from notifiers.base import Surroundings
from store import Store
from web.access import ways
from web.oidc.provider import OidcError, Provider, client_secret
from web.place import check_place

State = Literal["ok", "warning", "fault"]


@dataclass(frozen=True, slots=True)
class Examined:
    """The result of one check."""

    name: str
    state: State
    message: str


async def examine(path: Path) -> list[Examined]:
    """Check configuration, store, channels, routes and the machine, in this order."""
    try:
        configuration = config_file.load(path)
    except ConfigError as error:
        return [Examined("configuration", "fault", problem) for problem in error.problems]
    results = [Examined("configuration", "ok", f"{path} is in order")]
    results += _routes(configuration)
    results += [_python()]
    results += _formats(configuration) + _access(configuration.settings.web)
    try:
        with open_store(configuration, exclusive=False, now=utc_now()) as store:
            results += _store(store) + _waiting(store, configuration)
            async with running(configuration, store, sync=False) as services:
                results += await _provider(services)
                results += [result async for result in _channels(services)]
    except StoreError as error:
        results.append(Examined("store", "fault", str(error)))
    except ConfigError as error:
        results += [Examined("channel", "fault", problem) for problem in error.problems]
    except MonitorError as error:
        results.append(Examined("services", "fault", str(error)))
    # Last, for opening the store makes its files.
    with contextlib.suppress(StoreError):
        found = open_places(configuration, os.environ)
        results += [Examined(place.name, "warning", place.remark) for place in found]
    return results


def _routes(configuration: Configuration) -> list[Examined]:
    settings = configuration.settings
    if not settings.policy and settings.samples is None:
        return [Examined("policies", "warning", "nothing is watched: add a [[policy]]")]
    routed = {route.channel for route in settings.route}
    idle = [channel.id for channel in settings.channel if channel.id not in routed]
    results = [
        Examined(
            "routes", "warning", f'no [[route]] leads to the channel "{name}": it stays silent'
        )
        for name in idle
    ]
    known = {p.id for p in (*sample_declarations(settings)[0], *settings.policy)}
    for number, route in enumerate(settings.route, start=1):
        results += [
            Examined(
                "routes", "warning", f'[[route]] no. {number}: no [[policy]] is named "{name}"'
            )
            for name in route.policies
            if name not in known
        ]
    if not settings.route:
        results.append(Examined("routes", "warning", "there is no [[route]]: nobody is alerted"))
    return results or [Examined("routes", "ok", f"{len(settings.route)} lead to channels")]


def _python() -> Examined:
    return Examined("python", "ok", sys.version.split()[0])


def _formats(configuration: Configuration) -> list[Examined]:
    """Optional parts that the configuration needs."""
    results = []
    if any(policy.fetch == "browser" for policy in configuration.settings.policy):
        names = (configuration.settings.fetch.chromium, "chromium", "chromium-browser")
        found = next((w for n in names if n and (w := shutil.which(n))), None)
        if importlib.util.find_spec("playwright") is None:
            results.append(
                Examined("browser", "fault", "pip install 'policywatch[browser]' is needed")
            )
        elif found is None:
            results.append(Examined("browser", "fault", "no Chromium was found; install one"))
        else:
            results.append(Examined("browser", "ok", found))
    if importlib.util.find_spec("mammoth") is None:
        results.append(
            Examined("docx", "warning", "Word files need: pip install 'policywatch[docx]'")
        )
    return results


def _access(web: WebSettings) -> list[Examined]:
    """Who may see the pages, and whether what they type in is safe on its way."""
    if not web.enabled:
        return []
    try:
        check_place(web)
    except ConfigError as error:
        return [Examined("access", "fault", problem) for problem in error.problems]
    found = ways(web)
    if not found:
        return [Examined("access", "ok", f"whoever uses this machine ({web.host}) may do all")]
    results = [Examined("access", "ok", f"people sign in by {'; '.join(found)}")]
    if (web.public_url or "https:").startswith("http:"):
        told = "passwords and tokens travel in the clear: public_url is not https"
        results.append(Examined("access", "warning", told))
    return results


async def _provider(services: Services) -> list[Examined]:
    """Whether the provider of single sign-on answers as one."""
    configuration = services.configuration
    oidc = configuration.settings.web.oidc
    if oidc is None:
        return []
    around = Surroundings(configuration.base_dir, services.fetcher.post, os.environ)
    provider = Provider(oidc, client_secret(oidc, around), around.post, utc_now)
    try:
        await provider.keys()
    except OidcError as error:
        return [Examined("single sign-on", "fault", str(error))]
    return [Examined("single sign-on", "ok", f"{oidc.issuer} answers")]


def _store(store: Store) -> list[Examined]:
    counts = store.counts()
    shown = ("policies", "versions", "changes", "alerts")
    told = ", ".join(f"{counts[name]} {name}" for name in shown if counts.get(name)) or "empty"
    results = [Examined("store", "ok", told)]
    if (room := store.room()) is not None and room < ROOM:
        told = (
            f"{room // 2**20} MB are left on its disk: free some space, a full disk stores nothing"
        )
        results.append(Examined("store", "warning", told))
    if dead := counts.get("deliveries_dead", 0):
        results.append(
            Examined(
                "deliveries",
                "warning",
                f"{dead} were given up: see `policywatch deliveries --failed`",
            )
        )
    return results


def _waiting(store: Store, configuration: Configuration) -> list[Examined]:
    """Alerts for channels that were taken out of the configuration: nobody will ever send them."""
    declared = {channel.id for channel in configuration.settings.channel}
    waiting = Counter(d.channel for d in store.deliveries("pending") if d.channel not in declared)
    return [
        Examined(
            "deliveries",
            "warning",
            f'{count} wait for the channel "{name}", which is not declared: declare it again, or '
            "read them with `policywatch deliveries`",
        )
        for name, count in waiting.items()
    ]


async def _channels(services: Services) -> AsyncIterator[Examined]:
    if services.inbox is not None:
        try:
            yield Examined("inbox", "ok", await asyncio.to_thread(services.inbox.probe))
        except InboxError as error:
            yield Examined("inbox", "fault", str(error))
    for name, notifier in services.notifiers.items():
        try:
            yield Examined(f"channel {name}", "ok", await notifier.probe())
        except NotifyError as error:
            yield Examined(f"channel {name}", "fault", str(error))
