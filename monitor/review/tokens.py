"""Signed, expiring permissions to decide on one alert, for links in messages. Pure.

    base64url(payload) "." base64url(HMAC-SHA256(key, context + payload))

The payload is JSON: ``v`` 1, ``s`` the subject (a change, or an alert's id), ``c`` the channel that
the link was sent to, ``e`` seconds since 1970 at which it ends. A token says what may be decided
on, not what was decided nor by whom: whoever holds the mail holds the link. It may be used more
than once, for deciding twice is one step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.sealed import AlteredError, SealError, seal, unseal

#: Keeps a signature made here from being taken for one made with the same key elsewhere.
_CONTEXT = b"policywatch review link 1\0"
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
    return seal(key, _CONTEXT, fields)


def verify(key: bytes, token: str, now: datetime) -> Grant:
    """What a token permits now. Raises TokenError."""
    try:
        fields = unseal(key, _CONTEXT, token)
    except AlteredError as error:
        raise TokenError("this link was not made here, or was altered") from error
    except SealError as error:
        raise TokenError("this is no link of policywatch; was it cut off?") from error
    if fields.get("v") != 1:  # only a newer version could have signed anything else
        raise TokenError("this link was made by another version of policywatch")
    grant = Grant(fields["s"], fields["c"], datetime.fromtimestamp(fields["e"], UTC))
    if now >= grant.until:
        raise TokenError(f"this link ended on {grant.until:%Y-%m-%d %H:%M} UTC")
    return grant
