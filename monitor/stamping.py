"""Timestamps of an authority (RFC 3161): a date for the evidence that others believe.

    heads without a timestamp ──► one request each ──► answer verified ──► kept beside the chain

The authority sees a SHA-256 and nothing else. An answer that its own certificate does not vouch
for is refused: evidence that fails when it is needed is worse than none. Requests are made and
answers verified by the ``openssl`` program, with which others will verify them too.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from monitor.config import EvidenceSettings
from monitor.errors import ConfigError, FetchError, StampError
from store import StampRecord, Store
from store.records import Unstamped

#: Heads of one round: the rest comes with the next.
_MOST = 50
_PAUSE = 1.0
_SECONDS = 20.0


class Response(Protocol):
    """What of an HTTP response is looked at."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""

    @property
    def content(self) -> bytes:
        """The body."""


class Post(Protocol):
    """The checked way out (``Fetcher.post``). Raises FetchError."""

    async def __call__(self, url: str, *, content: bytes, headers: Mapping[str, str]) -> Response:
        """POST ``content`` and return the answer, whatever its status."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Whom to ask, the certificates (PEM) that its answers are held against, and openssl."""

    url: str
    certificates: str
    post: Post
    openssl: str

    @property
    def name(self) -> str:
        """Its host."""
        return urlsplit(self.url).hostname or self.url


def authority_of(settings: EvidenceSettings, base_dir: Path, post: Post) -> Authority | None:
    """The configured authority, None without one.

    Raises ConfigError: there is no openssl, or the certificates cannot be read.
    """
    if not settings.timestamp_url:
        return None
    openssl = shutil.which("openssl")
    if openssl is None:
        raise ConfigError(
            "evidence.timestamp_url: the program openssl is needed for timestamps, and was not "
            "found (Debian: apt install openssl)"
        )
    path = base_dir / settings.timestamp_ca_file
    try:
        certificates = path.read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        certificates, reason = "", str(error)
    else:
        reason = "no BEGIN CERTIFICATE in it"
    if "-----BEGIN CERTIFICATE-----" not in certificates:
        raise ConfigError(
            f"evidence.timestamp_ca_file: {path} holds no certificates as PEM ({reason}). Get the "
            "root certificate that the authority publishes"
        )
    return Authority(settings.timestamp_url, certificates, post, openssl)


async def stamp_heads(
    store: Store, authority: Authority, now: datetime, *, pause: float = _PAUSE
) -> int:
    """Have the heads of chains stamped that are not; returns how many were.

    Raises StampError at the first answer that is none; what was stamped before stays.
    """
    waiting = await asyncio.to_thread(store.unstamped, _MOST)
    for number, head in enumerate(waiting):
        if number:
            await asyncio.sleep(pause)  # an authority serves many
        token = await _stamped(authority, head)
        stamp = StampRecord(
            head.policy, head.seq, now, authority.name, authority.certificates, token
        )
        await asyncio.to_thread(store.add_stamp, stamp)
    return len(waiting)


async def _stamped(authority: Authority, head: Unstamped) -> bytes:
    """One request and its answer, verified: its signature, its nonce, and what it is over."""
    digest = hashlib.sha256(head.content).hexdigest()
    with tempfile.TemporaryDirectory(prefix="policywatch-stamp-") as made:
        folder = Path(made)
        query, reply, roots = folder / "query.tsq", folder / "reply.tsr", folder / "roots.pem"
        await _run(authority, "-query", "-digest", digest, "-sha256", "-cert", "-out", str(query))
        content = await _asked(authority, query.read_bytes())
        reply.write_bytes(content)
        roots.write_text(authority.certificates, encoding="ascii")
        await _run(
            authority,
            *("-verify", "-queryfile", str(query), "-in", str(reply), "-CAfile", str(roots)),
        )
    return content


async def _asked(authority: Authority, query: bytes) -> bytes:
    headers = {"content-type": "application/timestamp-query", "accept": "*/*"}
    try:
        answer = await authority.post(authority.url, content=query, headers=headers)
    except FetchError as error:
        raise StampError(f"the authority {authority.name} cannot be reached: {error}") from error
    if answer.status_code != 200:
        raise StampError(f"the authority {authority.name} answered with {answer.status_code}")
    return answer.content


async def _run(authority: Authority, *arguments: str) -> None:
    """``openssl ts``; it is told nothing but the arguments. Raises StampError."""
    process = await asyncio.create_subprocess_exec(
        authority.openssl, "ts", *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.defpath, "LC_ALL": "C"},
    )  # fmt: skip
    try:
        async with asyncio.timeout(_SECONDS):
            _, said = await process.communicate()
    except TimeoutError as error:
        process.kill()
        raise StampError("openssl did not end in time") from error
    if process.returncode:
        lines = said.decode("utf-8", "replace").strip().splitlines()
        reason = lines[-1].rpartition(":")[2] if lines else f"exit code {process.returncode}"
        raise StampError(
            f"the answer of the authority {authority.name} does not verify ({reason}). Is "
            "evidence.timestamp_ca_file its certificate?"
        )
