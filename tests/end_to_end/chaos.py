"""A proxy that spoils connections, and the receivers behind it that remember what they took."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller

from tests.end_to_end.test_daemon import free_port

#: clear     nothing happens            refused   closed at once
#: cut       broken off in an answer    silent    taken, and never answered
#: lost      taken and answered, but the answer does not arrive
#: slow      each piece of the answer comes late
FAULTS = ("refused", "cut", "silent", "lost", "slow")
_LATE = 0.2

#: Says what happens to the next connection.
Weather = Callable[[], str]


@asynccontextmanager
async def spoiled(port: int, weather: Weather, chance: random.Random) -> AsyncIterator[int]:
    """A port that leads to another one of this machine, through the weather."""
    open_ones: set[asyncio.Task[None]] = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        open_ones.add(task)
        try:
            with suppress(OSError):
                await _relay(port, weather(), chance, reader, writer)
        finally:
            writer.transport.abort()
            open_ones.discard(task)

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])
        for task in open_ones:
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)


async def _relay(
    port: int,
    fault: str,
    chance: random.Random,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    if fault == "refused":
        return
    inside, onwards = await asyncio.open_connection("127.0.0.1", port)
    asking = asyncio.create_task(_pump(reader, onwards))
    answering = asyncio.create_task(_answer(inside, writer, fault, chance, asking))
    try:
        await asyncio.wait((asking, answering), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (asking, answering):
            task.cancel()
        await asyncio.gather(asking, answering, return_exceptions=True)
        onwards.transport.abort()


async def _answer(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    fault: str,
    chance: random.Random,
    asking: asyncio.Task[None],
) -> None:
    """Hand the answers on, as the weather allows."""
    left = chance.randrange(1, 900) if fault == "cut" else -1
    while data := await reader.read(4096):
        if fault == "silent":
            await asyncio.wait((asking,))
            return
        if fault == "lost" and _taken(data):
            return
        if fault == "slow":
            await asyncio.sleep(_LATE)
        if left >= 0:
            data, left = data[:left], left - len(data)
        writer.write(data)
        await writer.drain()
        if fault == "cut" and left <= 0:
            return


def _taken(answer: bytes) -> bool:
    """Whether it says that a message was taken: an answer of HTTP, or "250 OK" after the data."""
    return answer.startswith((b"HTTP/", b"250 OK, taken"))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()


@dataclass
class Received:
    """What arrived, repetitions included, and what the weather was."""

    webhooks: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    slack: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    weather: Counter[str] = field(default_factory=Counter)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """The mail server: everything is accepted."""
        self.mails.append(str(message_from_bytes(envelope.content)["Message-ID"]))
        return "250 OK, taken"


@asynccontextmanager
async def mail_server(received: Received) -> AsyncIterator[int]:
    """A real one on loopback."""
    controller = Controller(received, hostname="127.0.0.1", port=free_port(), ready_timeout=30)
    await asyncio.to_thread(controller.start)
    try:
        yield controller.port
    finally:
        await asyncio.to_thread(controller.stop)
