"""The Slack channel: an incoming webhook, or a bot token with a channel to post to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

from monitor.config import SlackChannel
from monitor.errors import ConfigError, NotifyError
from monitor.model import subject_of
from monitor.review.states import is_reviewable
from monitor.secrecy import mask
from notifiers.base import Answer, Delivery, Digest, Limits, Post, Surroundings, secret_from_env
from notifiers.blocks import digest_payload, payload
from notifiers.digest import compose_digest
from notifiers.http import checked_url, post, said
from notifiers.message import compose
from notifiers.wording import one_line, shorten

#: What Slack says when the message itself is at fault; no repetition changes that.
_MALFORMED = frozenset(
    {
        "invalid_blocks", "invalid_blocks_format", "invalid_payload", "msg_blocks_too_long",
        "msg_too_long", "no_text", "too_many_attachments", "invalid_attachments",
    }
)  # fmt: skip

#: The first message of a thread is gone: the next one begins another.
_NO_THREAD = frozenset({"thread_not_found", "message_not_found", "cannot_reply_to_message"})

#: What an administrator can mend; until then the alert waits.
_REMEDIES: Mapping[str, str] = {
    "invalid_auth": "check the bot token",
    "invalid_token": "check the incoming webhook's address",
    "not_authed": "check the bot token",
    "token_revoked": "make a new bot token",
    "token_expired": "make a new bot token",
    "account_inactive": "the app was removed; install it again",
    "missing_scope": "give the app the scope chat:write",
    "not_in_channel": "invite the app to the channel",
    "channel_not_found": "check the channel, and invite the app to it",
    "is_archived": "choose a channel that is not archived",
    "channel_is_archived": "choose a channel that is not archived",
    "no_service": "the incoming webhook was removed; make a new one",
    "no_active_hooks": "the incoming webhook was switched off; make a new one",
    "no_team": "the workspace of the incoming webhook is gone",
    "action_prohibited": "an administrator of the workspace has forbidden this",
}


def build(channel: SlackChannel, surroundings: Surroundings) -> SlackNotifier:
    """A Slack channel. Raises ConfigError for a missing secret or address."""
    limits = _limits(channel)
    if channel.token_env:
        token = secret_from_env(channel.token_env, "token_env", surroundings)
        api = checked_url(channel.api_url, "api_url")
        if not channel.channel:
            raise ConfigError('channel: is missing; name the Slack channel, as in "#privacy"')
        if channel.signing_secret_env:
            secret_from_env(channel.signing_secret_env, "signing_secret_env", surroundings)
        bot = Bot(api, token, channel.channel, surroundings.post)
        thread = thread_prefix(channel.channel) if channel.threads else ""
        return SlackNotifier(
            bot, replace(limits, thread=thread), buttons=bool(channel.signing_secret_env)
        )
    key = "url_env" if channel.url_env else "url"
    url = channel.url or secret_from_env(channel.url_env or "", key, surroundings)
    return SlackNotifier(IncomingWebhook(checked_url(url, key), surroundings.post), limits)


def thread_prefix(channel: str) -> str:
    """How the receipts of messages in a Slack channel begin; the time stamp of a thread follows."""
    return f"{channel} "


def _limits(channel: SlackChannel) -> Limits:
    """Slack takes one message a second from an app in a channel."""
    return Limits(concurrency=1, interval=timedelta(seconds=1), timeout=2 * channel.timeout)


class Line(Protocol):
    """A way into Slack."""

    async def say(self, body: Mapping[str, Any]) -> tuple[str, str]:
        """Post a message; return (receipt, error), one of them "". Raises NotifyError."""

    async def probe(self) -> str:
        """See ``Notifier.probe``."""


class IncomingWebhook:
    """Posts to a webhook, which belongs to one channel."""

    def __init__(self, url: str, send: Post) -> None:
        self._url = url
        self._post = send

    async def say(self, body: Mapping[str, Any]) -> tuple[str, str]:
        """See ``Line.say``."""
        answer = await self._send(body)
        if answer.status_code == 200:
            return said(answer), ""
        return "", _word(answer)

    async def probe(self) -> str:
        """An empty message is refused by a webhook that lives, and shows to nobody."""
        error = _word(await self._send({}))
        if error not in _MALFORMED:
            raise _failure(error)
        return f"the incoming webhook at {urlsplit(self._url).hostname} answers"

    async def _send(self, body: Mapping[str, Any]) -> Answer:
        return await post(self._post, self._url, _encoded(body), {"content-type": _JSON})


class Bot:
    """Posts as an app with a bot token."""

    def __init__(self, api_url: str, token: str, channel: str, send: Post) -> None:
        self._api = api_url if api_url.endswith("/") else api_url + "/"
        self._headers = {"content-type": _JSON, "authorization": f"Bearer {token}"}
        self._channel = channel
        self._post = send

    async def say(self, body: Mapping[str, Any]) -> tuple[str, str]:
        """See ``Line.say``; the receipt names the channel and the message's ``ts``."""
        result = await self._call("chat.postMessage", {"channel": self._channel, **body})
        if result.get("ok"):
            return thread_prefix(self._channel) + one_line(str(result.get("ts", ""))), ""
        return "", str(result.get("error", "unknown_error"))

    async def probe(self) -> str:
        """Ask Slack who the token belongs to."""
        result = await self._call("auth.test", {})
        if not result.get("ok"):
            raise _failure(str(result.get("error", "unknown_error")))
        who, where = (one_line(str(result.get(key, "?"))) for key in ("user", "team"))
        return f"signed in to {where} as {who}; posts to {self._channel}"

    async def _call(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        url = urljoin(self._api, method)
        answer = await post(self._post, url, _encoded(body), self._headers)
        try:
            result = json.loads(answer.text)
        except ValueError:
            result = None
        if not isinstance(result, dict):
            host = urlsplit(url).hostname
            raise NotifyError(f"{host} answered {said(answer)}; check api_url", permanent=False)
        return result


class SlackNotifier:
    """Sends alerts into Slack; a message whose blocks are refused goes again as plain text.

    With ``limits.thread`` all messages about a policy answer to the first one; what is worth an
    interruption shows in the channel too. With ``buttons`` alerts can be decided on in place.
    """

    def __init__(self, line: Line, limits: Limits, *, buttons: bool = False) -> None:
        self.limits = limits
        self._line = line
        self._buttons = buttons

    async def send(self, delivery: Delivery) -> str:
        """Post the alert. Raises NotifyError; permanent where Slack refuses even its text."""
        message = await asyncio.to_thread(
            compose, delivery.alert, delivery.at.date(), delivery.purpose
        )
        alert = delivery.alert
        subject = subject_of(alert) if self._buttons and is_reviewable(alert) else ""
        body = payload(message, subject, delivery.mention)
        thread = delivery.thread.removeprefix(self.limits.thread) if self.limits.thread else ""
        receipt, error = await self._say({**body, **_in_thread(thread, delivery)})
        if thread and error in _NO_THREAD:
            thread = ""
            receipt, error = await self._say(body)
        if error:
            raise _failure(error)
        # What comes next answers to the first message, not to this one.
        return self.limits.thread + thread if thread else receipt

    async def _say(self, body: Mapping[str, Any]) -> tuple[str, str]:
        receipt, error = await self._line.say(body)
        if error in _MALFORMED:
            receipt, error = await self._line.say(_plain(body))
        return receipt, error

    async def send_digest(self, digest: Digest) -> str:
        """The same for several alerts in one message, a line for each."""
        message = await asyncio.to_thread(compose_digest, digest.deliveries, digest.at.date())
        called = dict.fromkeys(name for each in digest.deliveries for name in each.mention)
        receipt, error = await self._line.say(digest_payload(message, tuple(called)))
        if error:
            raise _failure(error)
        # It is about many policies, so it is no thread for the messages of any.
        return receipt.removeprefix(self.limits.thread)

    async def probe(self) -> str:
        """See ``Notifier.probe``."""
        return await self._line.probe()


_JSON = "application/json; charset=utf-8"


def _in_thread(thread: str, delivery: Delivery) -> dict[str, Any]:
    """Where a message answers; nobody looks into a thread for what they do not know of."""
    if not thread:
        return {}
    grave = delivery.alert.severity != "low" or delivery.purpose == "escalation"
    return {"thread_ts": thread, "reply_broadcast": grave}


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != "blocks"}


def _encoded(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode("utf-8")


def _word(answer: Answer) -> str:
    """The error word in a webhook's answer ("invalid_blocks"), or its status."""
    word = one_line(mask(answer.text)).split(" ")[0].rstrip(":,.")
    return shorten(word, 80) if word.isascii() and word else f"status_{answer.status_code}"


def _failure(error: str) -> NotifyError:
    word = one_line(error)
    remedy = _REMEDIES.get(word)
    return NotifyError(
        f"Slack refused the message: {word}" + (f"; {remedy}" if remedy else ""),
        permanent=word in _MALFORMED,
    )
