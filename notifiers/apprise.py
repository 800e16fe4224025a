"""Whatever apprise speaks: Teams, Discord, Telegram, PagerDuty, Jira, ntfy and the rest (extra).

apprise blocks, and connects by itself. It therefore runs in a process of its own for each message
(``notifiers.apprise_process``), which can be killed, sees no secret but its own address, and has
our checking proxy for its only way to HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace

from monitor.config import AppriseChannel
from monitor.errors import ConfigError, NotifyError
from monitor.secrecy import mask
from notifiers.base import Delivery, Limits, Relay, Surroundings, secret_from_env, secret_from_file
from notifiers.mail import text_body
from notifiers.message import Message, compose
from notifiers.wording import inert, shorten

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
#: How many findings are tried, the most first, until the service's limit holds the message.
_MOST_FINDINGS = (30, 12, 6, 3, 1)
_URGENCY = {"high": "failure", "medium": "warning", "source": "warning", "deadline": "warning"}
_STATUS = re.compile(r"error=(\d{3})")
#: The service understood and will never take this message.
_REFUSED = frozenset({400, 413, 415, 422})
#: A process that starts, loads apprise and ends takes this long beside the sending itself.
_START_SECONDS = 30.0
_SLOW_DOWN = 30.0


def build(channel: AppriseChannel, surroundings: Surroundings) -> AppriseNotifier:
    """A channel of apprise's. Raises ConfigError: no address, or the extra is not installed."""
    if importlib.util.find_spec("apprise") is None:
        raise ConfigError(
            'kind: the extra "apprise" is not installed: pip install "policywatch[apprise]"'
        )
    if channel.url_file:
        address, key = secret_from_file(channel.url_file, "url_file", surroundings), "url_file"
    else:
        name = channel.url_env or ""
        address, key = secret_from_env(name, "url_env", surroundings), "url_env"
    if not _ADDRESS.fullmatch(address):
        raise ConfigError(
            f"{key}: is not one address of apprise's, such as discord://ID/TOKEN; docs/alerts.md "
            "says where they are listed"
        )
    if surroundings.relay is None:
        raise ConfigError("kind: there is no checked way out for this channel here")
    limits = Limits(timeout=channel.timeout)
    return AppriseNotifier(address, surroundings.relay, limits, surroundings.environ)


class AppriseNotifier:
    """Sends to one address of apprise's."""

    def __init__(
        self, address: str, relay: Relay, limits: Limits, environ: Mapping[str, str]
    ) -> None:
        self.limits = limits
        self._address = address
        self._relay = relay
        self._environ = environ

    async def send(self, delivery: Delivery) -> str:
        """Hand the alert to the service. Raises NotifyError, permanent where it is refused."""
        message = compose(delivery.alert, delivery.at.date(), delivery.purpose)
        said = await self._ask(
            title=inert(message.subject),
            bodies=bodies_of(message),
            urgency=_URGENCY.get(message.tone, "info"),
        )
        return f"sent by {said['service']}"

    async def probe(self) -> str:
        """Whether apprise understands the address; services cannot be tried without a message."""
        said = await self._ask()
        return f"{said['service']}: the address is understood; try it with notify test"

    async def _ask(self, **job: object) -> Mapping[str, str]:
        """One process, one answer. Raises NotifyError."""
        job |= {"address": self._address, "timeout": self.limits.timeout.total_seconds()}
        try:
            async with self._relay() as out:
                answer = await _run(json.dumps(job).encode(), _surroundings(self._environ, out.url))
                refused = out.refused
        except TimeoutError as error:
            raise NotifyError("the service did not answer in time", permanent=False) from error
        if answer.get("outcome") == "sent":
            return answer
        said = shorten(mask(refused or str(answer.get("said") or "no reason was given")), 300)
        status = int(found[1]) if (found := _STATUS.search(said)) else 0
        raise NotifyError(
            f"{answer.get('service', 'apprise')}: {said}",
            permanent=status in _REFUSED,
            retry_after=_SLOW_DOWN if status == 429 else None,
        )


def bodies_of(message: Message) -> list[str]:
    """The message in plain words, ever shorter: the first that the service holds is sent."""
    bodies = []
    for most in _MOST_FINDINGS:
        if most == _MOST_FINDINGS[0] or most < len(message.items):
            left_out = message.left_out + max(0, len(message.items) - most)
            shorter = replace(message, items=message.items[:most], left_out=left_out)
            bodies.append(_plain(shorter))
    brief = replace(message, items=(), left_out=len(message.items) + message.left_out)
    return [*bodies, _plain(brief)] if message.items else bodies


def _plain(message: Message) -> str:
    """Words of strangers can neither mention nor link; the addresses are ours."""
    links = [f"{link.label}: {link.url}" for link in message.links]
    body = inert(text_body(replace(message, links=())))
    return "\n".join([body.rstrip(), "", *links]).rstrip() + "\n"


async def _run(job: bytes, environment: Mapping[str, str]) -> Mapping[str, str]:
    seconds = json.loads(job)["timeout"] + _START_SECONDS
    with tempfile.TemporaryDirectory(prefix="policywatch-apprise-") as home:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "notifiers.apprise_process",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=home,
            env={**environment, "HOME": home},
            start_new_session=True,
        )  # fmt: skip
        try:
            async with asyncio.timeout(seconds):
                out, _ = await process.communicate(job)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
    try:
        return dict(json.loads(out))
    except ValueError as error:
        raise NotifyError("apprise ended without an answer", permanent=False) from error


def _surroundings(environ: Mapping[str, str], way_out: str) -> dict[str, str]:
    """Nothing of ours but where Python finds its modules: the daemon's environment has secrets."""
    names = ("http_proxy", "https_proxy", "all_proxy")
    kept = {name: environ[name] for name in ("PATH", "REQUESTS_CA_BUNDLE") if name in environ}
    return {
        **kept,
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in sys.path),  # noqa: PTH100
        **dict.fromkeys(names, way_out),
        **{name.upper(): way_out for name in names},
    }
