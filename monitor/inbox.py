"""The mailbox that vendors' notices come to, read over IMAP and left exactly as it is.

    every now and then ──► what came since ──► monitor.intake: kept if it is a vendor's

Opened read-only (EXAMINE), fetched with PEEK: no mail is marked, moved or deleted. What was looked
at is remembered while the process lives; after a restart the last days are looked at again, and the
store knows the mails that it has.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.config import InboxSettings
from monitor.errors import FetchError, InboxError
from monitor.fetch import Dial, dial

#: Mails of one look; the rest comes with the next.
_MOST = 200
_TIMEOUT = 30.0
#: IMAP names months in English, whatever the locale.
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail in the mailbox. ``content`` is None where it is larger than what is read (bytes)."""

    uid: int
    received: datetime | None
    size: int
    content: bytes | None


class Inbox:
    """One folder of one mailbox.

    Args:
        settings: where it is, and who reads it.
        password: of that user.
        largest: the most bytes of a mail that is fetched.
        tls: whom to trust; the system's authorities by default.
        dial: the checked way to the server.
    """

    def __init__(
        self,
        settings: InboxSettings,
        password: str,
        largest: int,
        tls: ssl.SSLContext | None = None,
        *,
        dial: Dial = dial,
    ) -> None:
        self.settings = settings
        self._dial = dial
        self._password, self._largest = password, largest
        self._tls = tls
        self._validity: bytes | None = None
        self._last = 0

    @property
    def name(self) -> str:
        """The mailbox for people, without its password."""
        return f"{self.settings.user}@{self.settings.host}/{self.settings.folder}"

    def probe(self) -> str:
        """Sign in and open the folder, reading nothing. Raises InboxError."""
        try:
            with self._opened() as connection:
                self._select(connection)
        except (imaplib.IMAP4.error, OSError, FetchError) as error:
            raise InboxError(self._explain(error)) from error
        return f"{self.name} can be read"

    def look(self, now: datetime) -> Iterator[Arrived]:
        """The mails that came since the last look, the oldest first.

        One counts as looked at when the next is asked for, so a mail whose handling failed comes
        again. Raises InboxError where the mailbox cannot be read.
        """
        try:
            with self._opened() as connection:
                for uid in self._fresh(connection, now)[:_MOST]:
                    arrived = self._fetch(connection, uid)
                    if arrived is not None:
                        yield arrived
                    self._last = uid
        except (imaplib.IMAP4.error, OSError, FetchError) as error:
            raise InboxError(self._explain(error)) from error

    @contextlib.contextmanager
    def _opened(self) -> Iterator[imaplib.IMAP4]:
        given = self.settings
        context = self._tls or ssl.create_default_context()
        connection = _Connection(
            given.host, given.port, self._dial, context if given.security == "tls" else None
        )
        try:
            if given.security == "starttls":
                connection.starttls(context)
            connection.login(given.user, self._password)
            yield connection
        finally:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                connection.logout()

    def _fresh(self, connection: imaplib.IMAP4, now: datetime) -> list[int]:
        """The numbers of the mails to look at; numbers of a mailbox made anew begin anew."""
        self._select(connection)
        validity = (connection.response("UIDVALIDITY")[1] or [None])[0]
        if validity != self._validity:
            self._validity, self._last = validity, 0
        day = (now - self.settings.look_back).date()
        since = f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"
        asked = ("UID", f"{self._last + 1}:*") if self._last else ("SINCE", since)
        found = connection.uid("SEARCH", *asked)[1]
        numbers = {int(number) for number in (found[0] or b"").split()}
        return sorted(number for number in numbers if number > self._last)  # "9:*" has the newest

    def _select(self, connection: imaplib.IMAP4) -> None:
        folder = '"' + self.settings.folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
        state, said = connection.select(folder, readonly=True)
        if state != "OK":
            raise imaplib.IMAP4.error(f"there is no folder {self.settings.folder}: {said!r}")

    def _fetch(self, connection: imaplib.IMAP4, uid: int) -> Arrived | None:
        """One mail; None if it is gone meanwhile."""
        head = _line(connection.uid("FETCH", str(uid), "(RFC822.SIZE INTERNALDATE)")[1])
        stated = _SIZE.search(head)
        if stated is None:
            return None
        size, received = int(stated[1]), _instant(head)
        if size > self._largest:
            return Arrived(uid, received, size, None)
        for part in connection.uid("FETCH", str(uid), "(BODY.PEEK[])")[1]:
            if isinstance(part, tuple):
                return Arrived(uid, received, size, part[1])
        return None

    def _explain(self, error: Exception) -> str:
        where = f"the mailbox {self.name} cannot be read"
        remedy = "Check [inbox] host, port, security, user, folder and the password"
        told = error.args[0] if error.args and isinstance(error.args[0], bytes) else str(error)
        said = (told.decode("utf-8", "replace") if isinstance(told, bytes) else told).strip(" .")
        said = said or type(error).__name__
        return f"{where}: {said[:200].replace(self._password, '...')}. {remedy}"


class _Connection(imaplib.IMAP4):
    """An IMAP connection over a socket that was dialled, under TLS at once where asked."""

    def __init__(self, host: str, port: int, dial: Dial, tls: ssl.SSLContext | None) -> None:
        self._dial, self._tls_at_once = dial, tls
        super().__init__(host, port, _TIMEOUT)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        dialled = self._dial(self.host, self.port, timeout or _TIMEOUT)
        if self._tls_at_once is None:
            return dialled
        try:
            return self._tls_at_once.wrap_socket(dialled, server_hostname=self.host)
        except OSError:
            dialled.close()
            raise


def _line(answer: list[bytes | tuple[bytes, bytes] | None]) -> bytes:
    """The words of an answer, without the literals."""
    return b" ".join(
        part[0] if isinstance(part, tuple) else part for part in answer if part is not None
    )


def _instant(line: bytes) -> datetime | None:
    """When the server took the mail in."""
    date = re.search(rb'INTERNALDATE "([^"]+)"', line)
    if date is None:
        return None
    with contextlib.suppress(ValueError):
        return datetime.strptime(date[1].decode("ascii"), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    return None
