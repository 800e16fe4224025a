"""The console channel: alerts on standard output, short enough to read as they pass."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import pairwise

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from monitor.config import ConsoleChannel
from monitor.errors import NotifyError
from notifiers.base import Delivery, Limits, Surroundings
from notifiers.message import Item, Message, compose
from notifiers.redlines import Piece, cut, tighten

_SHOWN = 6
_CONTEXT = 70
_QUOTE = 400
_BADGES = {
    "high": "bold white on red",
    "medium": "bold black on yellow",
    "low": "bold white on blue",
    "source": "bold black on cyan",
    "deadline": "bold white on magenta",
    "test": "bold black on green",
}
_RULES = {
    "high": "red", "medium": "yellow", "low": "blue", "source": "cyan", "deadline": "magenta",
    "test": "green",
}  # fmt: skip
_DIRECTIONS = {"weaker": "red", "stronger": "green", "neutral": "default"}
_PIECES = {"same": "dim", "gone": "strike red", "new": "bold green"}
_MARKS = {"same": ("", ""), "gone": ("[-", "-]"), "new": ("{+", "+}")}


def build(channel: ConsoleChannel, surroundings: Surroundings) -> ConsoleNotifier:  # noqa: ARG001
    """A console channel on the standard output of this process."""
    return ConsoleNotifier(Output(highlight=False, emoji=False))


class Output(Console):
    """A console whose reader may go away; rich itself would end the process then."""

    def on_broken_pipe(self) -> None:
        """Raise the BrokenPipeError that is being handled."""
        raise  # noqa: PLE0704 - rich calls this from its except clause


class ConsoleNotifier:
    """Prints alerts to a rich console."""

    limits = Limits()

    def __init__(self, console: Console) -> None:
        self._console = console

    async def send(self, delivery: Delivery) -> str:
        """Print the alert. Raises NotifyError where the output is gone or full."""
        message = await asyncio.to_thread(
            compose, delivery.alert, delivery.at.date(), delivery.purpose
        )
        try:
            await asyncio.to_thread(self._console.print, render(message, self._console))
        except OSError as error:
            raise NotifyError(
                f"the console cannot be written to ({error.strerror}); "
                "is the standard output of policywatch still open?",
                permanent=False,
            ) from error
        return ""

    async def probe(self) -> str:
        """There is nothing to try that would not show."""
        return "prints to standard output"


def render(message: Message, console: Console) -> RenderableType:
    """The message as something rich can print, marked without colour where there is none."""
    badge = (f" {message.badge} ", _BADGES[message.tone])
    head = Text.assemble(badge, " ", (message.heading, "bold"))
    colour = console.color_system is not None
    body: list[RenderableType] = []
    if message.lead:
        body.append(Text(message.lead))
    shown = message.items[:_SHOWN]
    for earlier, item in zip((None, *shown), shown, strict=False):
        repeats = earlier is not None and earlier.pieces == item.pieces
        body.append(_finding(item, message.tone, colour, repeats=repeats))
    if more := message.left_out + max(0, len(message.items) - _SHOWN):
        body.append(Text(f"… and {more} more", style="dim"))
    body += [Text(), *_footer(message)]
    return Group(
        Text(),
        Rule(style=_RULES[message.tone]),
        head,
        Padding(Group(*body), (0, 1, 0, 1)),
    )


def _finding(item: Item, tone: str, colour: bool, *, repeats: bool) -> RenderableType:
    sign = item.effect[0]
    style = _DIRECTIONS[item.direction]
    text = Text(item.headline, style="bold")
    if item.word not in item.headline:
        text.append(f"  {item.word}", style=style)
    if item.severity != tone:
        text.append(f" · {item.severity}", style="dim")
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column()
    grid.add_row(Text(sign, style=style), text)
    if item.values:
        grid.add_row("", Text(item.values))
    if not repeats and any(piece.text not in item.headline for piece in item.pieces):
        grid.add_row("", _redline(cut(tighten(item.pieces, _CONTEXT), _QUOTE), colour))
    return grid


def _redline(pieces: Iterable[Piece], colour: bool) -> Text:
    text = Text()
    for earlier, piece in pairwise((None, *pieces)):
        if colour and earlier and (earlier.op, piece and piece.op) == ("gone", "new"):
            text.append(" ")
        if piece:
            opening, closing = ("", "") if colour else _MARKS[piece.op]
            text.append(f"{opening}{piece.text}{closing}", style=_PIECES[piece.op])
    return text


def _footer(message: Message) -> Iterator[RenderableType]:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    for fact in message.facts:
        grid.add_row(fact.label, Text(fact.value))
    for link in message.links[:2]:
        grid.add_row(link.label, Text(link.url, style="cyan", overflow="fold"))
    yield grid
    if message.note:
        yield Text(message.note, style="dim italic")
