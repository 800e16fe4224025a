"""The generic webhook, after Standard Webhooks: the alert as JSON, signed.

Headers: ``webhook-id`` (the same for every attempt), ``webhook-timestamp`` (seconds since 1970) and
``webhook-signature`` ("v1," and the Base64 HMAC-SHA256 of "id.timestamp.body", one for each secret
while one is replaced). docs/alerts.md tells receivers how to check them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from monitor.config import WebhookChannel
from monitor.errors import ConfigError, NotifyError
from monitor.model import Alert, to_json
from notifiers.base import Delivery, Limits, Post, Surroundings, secret_from_env
from notifiers.http import checked_url, post, said
from notifiers.wording import whole_characters

_PREFIX = "whsec_"
#: The server understood and will never take this body.
_REFUSED = frozenset({400, 413, 415, 422})


def build(channel: WebhookChannel, surroundings: Surroundings) -> WebhookNotifier:
    """A webhook channel. Raises ConfigError for a missing address or an unusable secret."""
    key = "url_env" if channel.url_env else "url"
    url = channel.url or secret_from_env(channel.url_env or "", key, surroundings)
    keys: tuple[bytes, ...] = ()
    if channel.secret_env:
        keys = signing_keys(secret_from_env(channel.secret_env, "secret_env", surroundings))
    limits = Limits(concurrency=2, timeout=channel.timeout)
    return WebhookNotifier(checked_url(url, key), keys, surroundings.post, limits)


def signing_keys(secrets: str) -> tuple[bytes, ...]:
    """The keys of "whsec_..." secrets, with white space between them. Raises ConfigError.

    While a secret is replaced there are two, and receivers know a signature by either.
    """
    return tuple(signing_key(secret) for secret in secrets.split())


def signing_key(secret: str) -> bytes:
    """The bytes of a "whsec_..." secret. Raises ConfigError."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or len(key) < 16:
        raise ConfigError(
            'secret_env: the secret must be "whsec_" and the Base64 of at least 16 random bytes; '
            'make one with: python3 -c "import base64, secrets; '
            "print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\""
        )
    return key


def sign(keys: Iterable[bytes], message_id: str, at: datetime, body: bytes) -> str:
    """The value of ``webhook-signature``: a signature for each key."""
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    digests = (hmac.digest(key, signed, hashlib.sha256) for key in keys)
    return " ".join("v1," + base64.b64encode(digest).decode() for digest in digests)


def body_of(alert: Alert) -> bytes:
    """The alert as JSON; a lone surrogate, which no JSON reader must accept, becomes U+FFFD."""
    text = json.dumps(to_json(alert), ensure_ascii=False, separators=(",", ":"))
    return whole_characters(text).encode("utf-8")


def message_id(key: str) -> str:
    """The delivery's key as a header value: it holds a channel's id, which may be any text."""
    return "msg_" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class WebhookNotifier:
    """Posts alerts to one address."""

    def __init__(self, url: str, keys: Sequence[bytes], send: Post, limits: Limits) -> None:
        self.limits = limits
        self._url = url
        self._keys = tuple(keys)
        self._post = send

    async def send(self, delivery: Delivery) -> str:
        """Post the alert. Raises NotifyError; permanent where the body itself is refused."""
        body = body_of(delivery.alert)
        name = message_id(delivery.key)
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(int(delivery.at.timestamp())),
        }
        if self._keys:
            headers["webhook-signature"] = sign(self._keys, name, delivery.at, body)
        answer = await post(self._post, self._url, body, headers)
        if 200 <= answer.status_code < 300:
            return said(answer)
        host = urlsplit(self._url).hostname
        raise NotifyError(
            f"{host} answered {said(answer)}", permanent=answer.status_code in _REFUSED
        )

    async def probe(self) -> str:
        """A receiver cannot be tried without an alert; say where they would go."""
        signed = "signed" if self._keys else "not signed: set secret_env"
        return f"posts to {urlsplit(self._url).hostname} ({signed}); try it with notify test"
