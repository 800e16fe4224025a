"""The mailbox: read over real IMAP connections, once, and left as it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.config import InboxSettings
from monitor.errors import InboxError
from monitor.inbox import Inbox
from tests.mail.imap_server import ImapServer, Mailbox
from tests.notifiers.mail_servers import certificate

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
NOTICE = "We are updating our Privacy Policy. It takes effect on 1 April 2026.\n"


@pytest.fixture
def served() -> Iterator[ImapServer]:
    """A mailbox without TLS."""
    with ImapServer(Mailbox()) as server:
        yield server


def inbox(port: int, password: str = "s3cret", **more: Any) -> Inbox:
    tls, largest = more.pop("tls", None), more.pop("largest", 10_000)
    given = {"host": "127.0.0.1", "port": port, "security": "none", "user": "notices", **more}
    return Inbox(InboxSettings.model_validate(given), password, largest, tls)


def test_each_mail_comes_once_with_the_day_of_its_arrival(served: ImapServer) -> None:
    """The oldest first; a later look finds only what is new; nothing is marked."""
    served.box.put(b"one")
    served.box.put(b"two", "03-Mar-2026 08:00:00 +0200")
    mailbox = inbox(served.port)
    found = list(mailbox.look(NOW))
    assert [(mail.uid, mail.content) for mail in found] == [(1, b"one"), (2, b"two")]
    assert found[1].received == datetime(2026, 3, 3, 6, tzinfo=UTC)
    assert list(mailbox.look(NOW)) == []
    served.box.put(b"three")
    assert [mail.content for mail in mailbox.look(NOW)] == [b"three"]
    assert {line.split()[0] for line in served.box.asked} <= {
        "CAPABILITY", "LOGIN", "EXAMINE", "UID", "LOGOUT",
    }  # fmt: skip
    assert "UID SEARCH SINCE 17-Feb-2026" in served.box.asked


def test_a_mail_whose_handling_failed_comes_again(served: ImapServer) -> None:
    """It counts as looked at when the next one is asked for."""
    served.box.put(b"one")
    served.box.put(b"two")
    mailbox = inbox(served.port)
    for mail in mailbox.look(NOW):
        if mail.uid == 2:
            break
    assert [mail.content for mail in mailbox.look(NOW)] == [b"two"]


def test_a_mailbox_made_anew_is_read_anew(served: ImapServer) -> None:
    """Its numbers begin again."""
    served.box.put(b"one")
    mailbox = inbox(served.port)
    assert len(list(mailbox.look(NOW))) == 1
    served.box.mails, served.box.validity = {}, 8
    served.box.put(b"other")
    assert [mail.content for mail in mailbox.look(NOW)] == [b"other"]


def test_a_mail_that_is_too_large_is_not_fetched(served: ImapServer) -> None:
    """Its size is known before."""
    served.box.put(b"x" * 20_000)
    (mail,) = inbox(served.port).look(NOW)
    assert (mail.size, mail.content) == (20_000, None)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_connections_are_encrypted_and_verified(tmp_path: Path, security: str) -> None:
    """With a certificate that is trusted; another one is refused."""
    server_side, client_side = certificate(tmp_path)
    with ImapServer(Mailbox(), server_side, implicit=security == "tls") as server:
        server.box.put(b"one")
        (mail,) = inbox(server.port, security=security, tls=client_side).look(NOW)
        assert mail.content == b"one"
        with pytest.raises(InboxError, match="certificate"):
            list(inbox(server.port, security=security).look(NOW))


@pytest.mark.parametrize(
    ("more", "said"),
    [({"password": "not-it"}, "wrong password"), ({"folder": "Vendors"}, "Vendors")],
)
def test_what_is_wrong_is_said_without_the_password(
    served: ImapServer, more: dict[str, Any], said: str
) -> None:
    """Where, why, and what to check."""
    with pytest.raises(InboxError, match=said) as caught:
        list(inbox(served.port, **more).look(NOW))
    assert "Check [inbox]" in str(caught.value)
    assert "not-it" not in str(caught.value)


def test_nobody_there_is_an_error_of_the_inbox(served: ImapServer) -> None:
    """A closed port."""
    served.server_close()
    with pytest.raises(InboxError, match="cannot be read"):
        list(inbox(served.port).look(NOW))
