"""A checking proxy on loopback: the only way out of the browser, and of apprise.

Chromium resolves and connects by itself, so that nothing we check in Python would hold for it.
It is therefore started with this proxy for everything, loopback included, and every connection
(CONNECT for https and web sockets, absolute URLs for http) passes the egress. The proxy wants a
password made for one fetch, for other programs of the machine may reach its port too.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import secrets
from types import TracebackType
from typing import Self

from monitor.errors import FetchError
from monitor.fetch.egress import Egress
from monitor.fetch.urls import Target, parse_url

_HEAD_BYTES = 64 * 1024
_PIECE = 64 * 1024
_MOST_REFUSALS = 100
_HOP_BY_HOP = frozenset(
    {b"proxy-authorization", b"proxy-connection", b"connection", b"keep-alive", b"upgrade", b"te"}
)


class _AnsweredError(Exception):
    """The request got its answer, and there is nothing to pass on."""

    def __init__(self, status: str, extra: str = "") -> None:
        super().__init__(status)
        self.response = (
            f"HTTP/1.1 {status}\r\n{extra}Content-Length: 0\r\nConnection: close\r\n\r\n"
        ).encode("ascii")


class CheckingProxy:
    """An HTTP proxy for one rendering or message.

    ``most_bytes`` caps what all its connections bring in; ``overrun`` tells that the cap was met.
    """

    user = "policywatch"

    def __init__(self, egress: Egress, *, most_bytes: int, connect_seconds: float) -> None:
        self.password = secrets.token_urlsafe(24)
        self.overrun = False
        self._egress = egress
        self._left = most_bytes
        self._connect_seconds = connect_seconds
        self._server: asyncio.Server | None = None
        self._refusals: dict[str, FetchError] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """Where the proxy listens, as a URL."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def url(self) -> str:
        """The address with its password, as programs take it from their environment."""
        return self.address.replace("://", f"://{self.user}:{self.password}@", 1)

    @property
    def refused(self) -> str:
        """Why the first connection that was refused was refused; "" if none was."""
        return next((str(error) for error in self._refusals.values()), "")

    def refusal(self, url: str) -> FetchError | None:
        """Why no connection was made for this URL, if that was so."""
        try:
            target = parse_url(url)
        except FetchError as error:
            return error
        return self._refusals.get(f"{target.host}:{target.port}")

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_HEAD_BYTES)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: cancelling the one that start_server makes is logged as an error.
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._pass_on(reader, writer)
        except _AnsweredError as answer:
            with contextlib.suppress(OSError):
                writer.write(answer.response)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the browser sees a closed connection and reports it on its own
        finally:
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head[:-4].split(b"\r\n")
        method, _, rest = first.partition(b" ")
        subject = rest.rpartition(b" ")[0].decode("latin-1")
        self._authenticate(lines)
        tunnel = method == b"CONNECT"
        target = self._target(f"https://{subject}" if tunnel else subject)
        up_reader, up_writer = await self._connect(target)
        try:
            if tunnel:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                sending = _pump(reader, up_writer, None)
            else:
                up_writer.write(_origin_head(method, target, lines))
                sending = _pump(reader, up_writer, _length(lines))
            async with asyncio.TaskGroup() as group:
                task = group.create_task(sending)
                if not tunnel:
                    await self._bring_head(up_reader, writer)
                await self._bring_in(up_reader, writer)
                task.cancel()
        finally:
            up_writer.close()

    def _authenticate(self, lines: list[bytes]) -> None:
        wanted = b"Basic " + base64.b64encode(f"{self.user}:{self.password}".encode())
        for line in lines:
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"proxy-authorization":
                if hmac.compare_digest(value.strip(), wanted):
                    return
                break
        raise _AnsweredError(
            "407 Proxy Authentication Required",
            'Proxy-Authenticate: Basic realm="policywatch"\r\n',
        )

    def _target(self, url: str) -> Target:
        try:
            return parse_url(url)
        except FetchError as error:
            raise _AnsweredError("403 Forbidden") from error

    async def _connect(self, target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            return await self._egress.open(target.host, target.port, self._connect_seconds)
        except FetchError as error:
            if len(self._refusals) < _MOST_REFUSALS:
                self._refusals[f"{target.host}:{target.port}"] = error
            raise _AnsweredError("403 Forbidden") from error
        except OSError as error:  # TimeoutError is one
            raise _AnsweredError("502 Bad Gateway") from error

    async def _bring_head(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on the head of a plain answer, and tell the browser that nothing follows it.

        A connection that it used again would carry a request for another host to this one.
        """
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            interim = True
            while interim:
                first, *lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].split(b"\r\n")
                interim = first.partition(b" ")[2].startswith(b"1")
                if not interim:
                    lines = [*(line for line in lines if not _hop(line)), b"Connection: close"]
                writer.write(b"\r\n".join([first, *lines, b"", b""]))

    async def _bring_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(_PIECE):
                self._left -= len(piece)
                if self._left < 0:
                    self.overrun = True
                    return
                writer.write(piece)
                await writer.drain()


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: int | None
) -> None:
    """Pass on ``left`` bytes, or (None) all until the end, which is passed on too."""
    with contextlib.suppress(OSError):
        while left != 0 and (
            piece := await reader.read(_PIECE if left is None else min(_PIECE, left))
        ):
            left = None if left is None else left - len(piece)
            writer.write(piece)
            await writer.drain()
        if left is None and writer.can_write_eof():
            writer.write_eof()


def _hop(line: bytes) -> bool:
    return line.partition(b":")[0].strip().lower() in _HOP_BY_HOP


def _length(lines: list[bytes]) -> int:
    """The length of a plain request's body; one of unknown length is not sent."""
    for line in lines:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value.strip()[:18])
    return 0


def _origin_head(method: bytes, target: Target, lines: list[bytes]) -> bytes:
    """The request as the server wants it: path instead of URL, one request a connection."""
    kept = [
        line
        for line in lines
        if not _hop(line) and line.partition(b":")[0].strip().lower() != b"host"
    ]
    first = method + b" " + target.path.encode("ascii") + b" HTTP/1.1"
    host = b"Host: " + target.authority.encode("ascii")
    return b"\r\n".join([first, host, *kept, b"Connection: close", b"", b""])
