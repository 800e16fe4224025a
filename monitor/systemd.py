"""systemd's notification protocol: readiness, watchdog, stopping (sd_notify(3)).

A datagram to the socket named in NOTIFY_SOCKET; without it every call does nothing.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


def notify(message: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Tell systemd ("READY=1", "WATCHDOG=1", "RELOADING=1", "STOPPING=1"). True if it was sent."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.connect(address)
            channel.send(message.encode())
    except OSError:
        return False
    return True


def watchdog_interval(environment: Mapping[str, str] = os.environ) -> float | None:
    """Seconds after which systemd wants a sign of life (half of its limit), or None."""
    limit = environment.get("WATCHDOG_USEC", "")
    return int(limit) / 2_000_000 if limit.isdigit() and int(limit) > 0 else None
