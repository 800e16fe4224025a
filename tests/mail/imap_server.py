"""A small IMAP server on loopback: one folder, read-only, with login and TLS."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

_COMMAND = re.compile(r"(\S+) (?:UID )?(\S+) ?(.*)", re.IGNORECASE)


@dataclass
class Mailbox:
    """The mails by number with the instant of their arrival, and what clients asked."""

    mails: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    validity: int = 7
    password: str = "s3cret"
    asked: list[str] = field(default_factory=list)

    def put(self, content: bytes, arrived: str = "02-Mar-2026 09:30:00 +0000") -> int:
        """A mail comes in."""
        number = max(self.mails, default=0) + 1
        self.mails[number] = (arrived, content)
        return number


class _Session(socketserver.StreamRequestHandler):
    server: ImapServer

    def handle(self) -> None:
        self._say("* OK ready")
        name = ""
        while name != "LOGOUT" and (raw := self.rfile.readline()):
            line = raw.decode("ascii").rstrip("\r\n")
            tag, name, rest = _COMMAND.fullmatch(line).groups()  # type: ignore[union-attr]
            name = name.upper()
            self.server.box.asked.append(line.partition(" ")[2])
            self._say(f"{tag} {getattr(self, f'do_{name.lower()}')(rest)}")
            if name == "STARTTLS":
                assert self.server.tls is not None
                self.request = self.server.tls.wrap_socket(self.request, server_side=True)
                self.setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()  # after STARTTLS it is not the socket that the server knows

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode("ascii") + b"\r\n")

    def do_capability(self, _: str) -> str:
        self._say("* CAPABILITY IMAP4rev1 STARTTLS")
        return "OK done"

    def do_starttls(self, _: str) -> str:
        return "OK go"

    def do_login(self, rest: str) -> str:
        return "OK done" if rest.endswith(f'"{self.server.box.password}"') else "NO wrong password"

    def do_examine(self, rest: str) -> str:
        if rest != '"INBOX"':
            return "NO there is none"
        self._say(f"* {len(self.server.box.mails)} EXISTS")
        self._say(f"* OK [UIDVALIDITY {self.server.box.validity}] valid")
        return "OK [READ-ONLY] done"

    def do_search(self, rest: str) -> str:
        numbers = sorted(self.server.box.mails)
        if match := re.search(r"UID (\d+):\*", rest):
            newer = [n for n in numbers if n >= int(match[1])]
            numbers = newer or numbers[-1:]  # as the standard has it, "9:*" has the newest
        self._say(" ".join(["* SEARCH", *map(str, numbers)]))
        return "OK done"

    def do_fetch(self, rest: str) -> str:
        number, _, what = rest.partition(" ")
        if int(number) not in self.server.box.mails:
            return "OK done"
        arrived, content = self.server.box.mails[int(number)]
        if "BODY.PEEK[]" in what:
            self._say(f"* 1 FETCH (UID {number} BODY[] {{{len(content)}}}")
            self.wfile.write(content + b")\r\n")
        else:
            self._say(
                f'* 1 FETCH (UID {number} RFC822.SIZE {len(content)} INTERNALDATE "{arrived}")'
            )
        return "OK done"

    def do_logout(self, _: str) -> str:
        self._say("* BYE")
        return "OK done"


class ImapServer(socketserver.ThreadingTCPServer):
    """Serves a mailbox on a free port of loopback; ``implicit`` speaks TLS from the first byte."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(
        self, box: Mailbox, tls: ssl.SSLContext | None = None, *, implicit: bool = False
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.box, self.tls = box, tls
        if implicit and tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.port = self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not trust us hangs up: that is what it is tested for."""

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()
        self.server_close()
