"""systemd's protocol, spoken to a real datagram socket."""

import socket
from pathlib import Path

from monitor.systemd import notify, watchdog_interval


def test_readiness_reaches_the_socket(tmp_path: Path) -> None:
    """The datagram is the message, nothing else."""
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        assert notify("READY=1", {"NOTIFY_SOCKET": path})
        assert listener.recv(100) == b"READY=1"


def test_without_systemd_nothing_is_sent(tmp_path: Path) -> None:
    """No socket, or one that nobody listens on, is no fault."""
    assert not notify("READY=1", {})
    assert not notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "none")})


def test_the_watchdog_is_petted_twice_as_often_as_asked() -> None:
    """Half of systemd's limit, in seconds."""
    assert watchdog_interval({"WATCHDOG_USEC": "120000000"}) == 60.0
    assert watchdog_interval({}) is None
    assert watchdog_interval({"WATCHDOG_USEC": "soon"}) is None
