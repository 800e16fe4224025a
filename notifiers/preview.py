"""An alert as a channel would say it, without sending it. Pure."""

from __future__ import annotations

import json
from typing import Literal

from notifiers.base import Delivery
from notifiers.blocks import payload
from notifiers.mail import html_body, text_body
from notifiers.message import compose
from notifiers.webhook import body_of

Format = Literal["html", "text", "slack", "json"]

#: What each kind of channel says an alert in; a mail holds text and HTML.
FORMATS: dict[str, Format] = {
    "console": "text", "email": "html", "slack": "slack", "webhook": "json", "apprise": "text",
}  # fmt: skip


def preview(delivery: Delivery, form: Format) -> str:
    """The HTML or the text of the mail, the body for Slack (Block Kit), or that of a webhook."""
    if form == "json":
        return _indented(body_of(delivery.alert))
    message = compose(delivery.alert, delivery.at.date(), delivery.purpose)
    match form:
        case "html":
            return html_body(message)
        case "slack":
            return json.dumps(payload(message), indent=2, ensure_ascii=False) + "\n"
        case "text":
            return f"Subject: {message.subject}\n\n{text_body(message)}"


def _indented(body: bytes) -> str:
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False) + "\n"
