"""Short texts that only the holders of a key can have made: signed, not hidden. Pure.

    base64url(payload) "." base64url(HMAC-SHA256(key, context + payload))

The payload is JSON. ``context`` keeps what was sealed for one purpose from being taken for another.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

#: The longest text that is looked at, in characters.
LONGEST = 4000


class SealError(ValueError):
    """A text that is no sealed one."""


class AlteredError(SealError):
    """One that another key made, or that was altered."""


def seal(key: bytes, context: bytes, fields: Mapping[str, Any]) -> str:
    """Fields as a sealed text; the same fields always give the same."""
    payload = json.dumps(fields, separators=(",", ":"), sort_keys=True).encode("ascii")
    return f"{_encoded(payload)}.{_encoded(_mac(key, context, payload))}"


def unseal(key: bytes, context: bytes, text: str) -> Mapping[str, Any]:
    """The fields of a sealed text. Raises SealError."""
    payload, dot, signature = text.partition(".")
    if not dot or len(text) > LONGEST:
        raise SealError("cut off, or no sealed text at all")
    content = _decoded(payload)
    if not hmac.compare_digest(_mac(key, context, content), _decoded(signature)):
        raise AlteredError("not made with this key, or altered")
    fields: Mapping[str, Any] = json.loads(content)
    return fields


def _mac(key: bytes, context: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, context + payload, hashlib.sha256)


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise SealError("no Base64") from error
