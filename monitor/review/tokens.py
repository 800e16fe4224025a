"""Signed, expiring permissions to decide on one alert, for links in messages. Pure.

    base64url(payload) "." base64url(HMAC-SHA256(key, context + payload))

The payload is JSON: ``v`` 1, ``s`` the subject (a change, or an alert's id), ``c`` the channel that
the link was sent to, ``e`` seconds since 1970 at which it ends. A token says what may be decided
on, not what was decided nor by whom: whoever holds the mail holds the link. It may be used more
than once, for deciding twice is one step.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime

#: Keeps a signature made here from being taken for one made with the same key elsewhere.
_CONTEXT = b"policywatch review link 1\0"
#: The longest token that is looked at; a change's name has at most a few hundred characters.
_LONGEST = 4000
SHORTEST_KEY = 16


class TokenError(ValueError):
    """A token that is not ours, was altered or has expired; its message is for whoever holds it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token permits: to decide on a subject, by the link sent to a channel, until then."""

    subject: str
    channel: str
    until: datetime


def sign(key: bytes, grant: Grant) -> str:
    """The token of a grant; the same grant always has the same. ``key``: 16 bytes or more."""
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"a signing key has at least {SHORTEST_KEY} bytes")
    fields = {
        "c": grant.channel, "e": int(grant.until.timestamp()), "s": grant.subject, "v": 1,
    }  # fmt: skip
    payload = json.dumps(fields, separators=(",", ":"), sort_keys=True).encode("ascii")
    return f"{_encoded(payload)}.{_encoded(_mac(key, payload))}"


def verify(key: bytes, token: str, now: datetime) -> Grant:
    """What a token permits now. Raises TokenError."""
    payload, signature = _parts(token)
    if not hmac.compare_digest(_mac(key, payload), signature):
        raise TokenError("this link was not made here, or was altered")
    grant = _grant(payload)
    if now >= grant.until:
        raise TokenError(f"this link ended on {grant.until:%Y-%m-%d %H:%M} UTC")
    return grant


def _parts(token: str) -> tuple[bytes, bytes]:
    payload, dot, signature = token.partition(".")
    if not dot or len(token) > _LONGEST:
        raise TokenError("this is no link of policywatch; was it cut off?")
    return _decoded(payload), _decoded(signature)


def _grant(payload: bytes) -> Grant:
    """Read what was signed; only a newer version could have signed anything else."""
    fields = json.loads(payload)
    if fields.get("v") != 1:
        raise TokenError("this link was made by another version of policywatch")
    return Grant(fields["s"], fields["c"], datetime.fromtimestamp(fields["e"], UTC))


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, _CONTEXT + payload, hashlib.sha256)


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise TokenError("this is no link of policywatch; was it cut off?") from error
