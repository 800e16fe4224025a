"""What people press under an alert in Slack: who pressed which button, proven to come from Slack.

Slack signs each request with the app's signing secret (HMAC-SHA256 of "v0:time:body"). Pure.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qs

from slack_sdk.models.blocks import ActionsBlock, ButtonElement

from monitor.config import Channel, SlackChannel
from monitor.errors import NotifyError
from notifiers.wording import one_line, shorten

#: How far a request's time may be from ours; Slack advises five minutes against replays.
WINDOW = timedelta(minutes=5)
#: Longer values than this Slack refuses in a button.
_LONGEST_VALUE = 2000
_NAME_LIMIT = 120

Step = Literal["acknowledge", "snooze"]
#: The buttons: the id that comes back, the label, the step, and for how long it is snoozed.
_BUTTONS: tuple[tuple[str, str, Step, timedelta], ...] = (
    ("policywatch.acknowledge", "Acknowledge", "acknowledge", timedelta(0)),
    ("policywatch.snooze.day", "Snooze for a day", "snooze", timedelta(days=1)),
    ("policywatch.snooze.week", "Snooze for a week", "snooze", timedelta(weeks=1)),
)


@dataclass(frozen=True, slots=True)
class Press:
    """A button that somebody pressed.

    ``until`` is set for a snooze; it is counted from the press, so that a repeated request says the
    same. ``answer_url`` takes a reply for a while; ``thread`` is where the alert stands.
    """

    subject: str
    step: Step
    who: str
    until: datetime | None
    answer_url: str
    thread: str


def buttons(subject: str) -> ActionsBlock | None:
    """The buttons under the alert about a subject; None for a name that would not come back."""
    if len(subject) > _LONGEST_VALUE or subject != one_line(subject):
        return None
    elements = [
        ButtonElement(
            text=label,
            action_id=name,
            value=subject,
            style="primary" if step == "acknowledge" else None,
        )
        for name, label, step, _ in _BUTTONS
    ]
    return ActionsBlock(elements=elements)


def signing_secrets(channels: Iterable[Channel], environ: Mapping[str, str]) -> list[bytes]:
    """The signing secrets of the Slack apps that are configured; one that is not set is none."""
    names = {c.signing_secret_env for c in channels if isinstance(c, SlackChannel)}
    given = (environ.get(name, "").strip() for name in sorted(n for n in names if n))
    return [secret.encode() for secret in given if secret]


def is_from_slack(
    secrets: Iterable[bytes], timestamp: str, signature: str, body: bytes, now: datetime
) -> bool:
    """Whether one of these secrets signed the body, and just now."""
    if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 12:
        return False
    if abs(now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        return False
    signed = b"v0:%s:%s" % (timestamp.encode(), body)
    given = signature.encode("utf-8", "replace")
    expected = (b"v0=" + hmac.new(s, signed, hashlib.sha256).hexdigest().encode() for s in secrets)
    return any(hmac.compare_digest(each, given) for each in expected)


def presses(body: bytes) -> list[Press]:
    """The buttons of ours in a request's form. Raises NotifyError for what Slack never sends."""
    try:
        form = parse_qs(body.decode("ascii"), max_num_fields=10)
        payload = json.loads(form["payload"][0])
        found = [_press(payload, action) for action in payload.get("actions", ())]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise NotifyError("this is no interaction of Slack's", permanent=True) from error
    return [press for press in found if press]


def _press(payload: Mapping[str, Any], action: Mapping[str, Any]) -> Press | None:
    """One pressed element; None for one that is not ours."""
    button = next((each for each in _BUTTONS if each[0] == action.get("action_id")), None)
    if button is None:
        return None
    _, _, step, wait = button
    at = datetime.fromtimestamp(int(float(action["action_ts"])), UTC)
    user, place = payload["user"], payload.get("container", {})
    name = shorten(one_line(str(user.get("username") or user.get("name") or "")), _NAME_LIMIT)
    return Press(
        subject=str(action["value"]),
        step=step,
        who=f"{name} (Slack {one_line(str(user['id']))[:40]})".strip(),
        until=at + wait if step == "snooze" else None,
        answer_url=str(payload.get("response_url") or ""),
        thread=str(place.get("thread_ts") or place.get("message_ts") or ""),
    )
