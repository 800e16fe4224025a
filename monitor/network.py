"""What this process lately saw of the network, to tell an outage of ours from sources that fail."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from monitor.capture import Attempt, own_outage

_REMEMBERED = 200


class Network:
    """Recent attempts to reach hosts; loopback ones say nothing and are left out."""

    def __init__(self) -> None:
        self._attempts: deque[Attempt] = deque(maxlen=_REMEMBERED)
        self.down = False

    def answered(self, url: str, at: datetime) -> None:
        """Note that a host answered, with whatever status."""
        self._note(url, at, "")
        self.down = own_outage(self._attempts, now=at)

    def failed(self, url: str, at: datetime, kind: str) -> None:
        """Note that a host could not be reached (``kind`` of the FetchError)."""
        self._note(url, at, kind)
        self.down = own_outage(self._attempts, now=at)

    def _note(self, url: str, at: datetime, kind: str) -> None:
        host = urlsplit(url).hostname or ""
        try:
            if ip_address(host).is_loopback:
                return
        except ValueError:
            pass  # a name
        self._attempts.append(Attempt(host, at, kind))
