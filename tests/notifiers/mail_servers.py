"""Real SMTP servers on loopback: a good one, and ones with the faults of the world."""

import asyncio
import ssl
import subprocess
import warnings
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Self, cast

from aiosmtpd import smtp
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A certificate for 127.0.0.1: contexts for a server, and for a client that trusts it."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert,
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(cert, key)
    return server, ssl.create_default_context(cafile=str(cert))


class MailServer:
    """Keeps what it takes. ``verdicts`` answers recipients, ``on_data`` the message itself."""

    def __init__(
        self,
        *,
        verdicts: dict[str, str] | None = None,
        on_data: Callable[[], str] = lambda: "250 taken",
        starttls: ssl.SSLContext | None = None,
        tls: ssl.SSLContext | None = None,
        login: tuple[str, str] | None = None,
    ) -> None:
        self.envelopes: list[Envelope] = []
        self.verdicts = verdicts or {}
        self._on_data = on_data
        options: dict[str, Any] = {"tls_context": starttls, "require_starttls": bool(starttls)}
        if login:
            options["authenticator"] = lambda *given: AuthResult(
                success=given[-1] == LoginPassword(login[0].encode(), login[1].encode()),
                handled=False,
            )
            options |= {"auth_required": True, "auth_require_tls": False}
        self._options = options
        self._tls = tls

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: smtp.SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if verdict := self.verdicts.get(address):
            return verdict
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: smtp.SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self._on_data()
        if answer.startswith("2"):
            self.envelopes.append(envelope)
        return answer

    @property
    def mails(self) -> list[EmailMessage]:
        return [
            cast(EmailMessage, message_from_bytes(cast(bytes, e.content), policy=default))
            for e in self.envelopes
        ]

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()

        def protocol() -> smtp.SMTP:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # It warns of logins without TLS, which are wanted.
                return smtp.SMTP(self, hostname="mail.example", loop=loop, **self._options)

        self._server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=self._tls)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()
        await self._server.wait_closed()


class BrokenMailServer:
    """Says its lines, one for each line it reads, and then hangs or hangs up.

    With ``take_message`` it first reads a message to its end and answers with that; with ``half``
    it closes its side of the connection alone, and goes on reading.
    """

    def __init__(
        self, *lines: str, hang: bool = False, half: bool = False, take_message: str = ""
    ) -> None:
        self._lines = lines
        self._take_message = take_message
        self._hang = hang
        self._half = half
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> int:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        for line in self._lines:
            writer.write(line.encode() + b"\r\n")
            await writer.drain()
            if not await reader.readline():
                break
        if self._take_message:
            await reader.readuntil(b"\r\n.\r\n")
            writer.write(self._take_message.encode() + b"\r\n")
            await writer.drain()
        if self._half:
            writer.write_eof()
            await reader.read()
        if not self._hang:
            writer.close()
