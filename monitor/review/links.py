"""Links to decide on an alert, for the messages that tell of it. Pure.

A link leads to a page that asks; it decides nothing by being opened, for mail scanners and previews
open every link there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model import Alert, subject_of
from monitor.review.states import is_reviewable
from monitor.review.tokens import Grant, sign

#: The name under which the link stands in ``Alert.links``.
REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Linker:
    """Adds review links that begin with ``public_url`` and hold for ``valid``."""

    public_url: str
    key: bytes
    valid: timedelta

    def __call__(self, alert: Alert, channel: str, raised_at: datetime) -> Alert:
        """The alert with its link for one channel; the same at every attempt."""
        if not self.public_url or not is_reviewable(alert):
            return alert
        grant = Grant(subject_of(alert), channel, raised_at + self.valid)
        links: Mapping[str, str] = {**alert.links, REVIEW: self.url(sign(self.key, grant))}
        return replace(alert, links=links)

    def url(self, token: str) -> str:
        """Where a token is taken to."""
        return f"{self.public_url.rstrip('/')}/review/{token}"
