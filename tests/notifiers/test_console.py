import dataclasses
import io
import os
import re

import pytest
from alert_samples import HOSTILE, NOTICE, NOW, change_alert, health_alert, hostile_alert
from rich.console import Console

from monitor.errors import NotifyError
from notifiers.base import Delivery
from notifiers.console import ConsoleNotifier, Output

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


async def printed(alert: object, *, width: int = 80, colour: bool = False) -> str:
    out = io.StringIO()
    console = Console(
        file=out, width=width, highlight=False, emoji=False, force_terminal=colour,
        color_system="standard" if colour else None,
    )  # fmt: skip
    await ConsoleNotifier(console).send(Delivery("k", alert, NOW))  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 200])
async def test_an_alert_fits_any_width(width: int) -> None:
    """No line is wider than the terminal."""
    lines = (await printed(change_alert(), width=width)).splitlines()
    assert max(len(line.rstrip()) for line in lines) <= width
    assert any("HIGH" in line and "Lumora" in line for line in lines)


async def test_without_colour_the_redline_is_in_characters() -> None:
    """A log file shows what went and what came."""
    text = " ".join((await printed(change_alert(NOTICE), width=200)).split())
    assert "[-thirty-]{+fourteen+}" in text
    assert "Notice of changes: 30 days → 14 days" in text


async def test_with_colour_the_redline_is_struck_out() -> None:
    """A terminal strikes the words that went."""
    text = await printed(change_alert(NOTICE), width=200, colour=True)
    assert re.search(r"\x1b\[9;\d+mthirty\x1b\[0m", text)
    assert "[-" not in ESCAPES.sub("", text)


async def test_a_clause_that_two_findings_quote_is_shown_once() -> None:
    """The second finding stands under its headline alone."""
    text = await printed(change_alert(NOTICE, dataclasses.replace(NOTICE, summary="More")))
    assert text.count("fourteen") == 1
    assert "More" in text


async def test_many_findings_are_counted() -> None:
    """The console stays short."""
    assert "… and 14 more" in await printed(change_alert(*[NOTICE] * 20))


async def test_a_health_alert_is_printed() -> None:
    """Its summary and its note are there."""
    text = await printed(health_alert())
    assert "SOURCE" in text
    assert "has not answered" in text


@pytest.mark.parametrize("words", HOSTILE)
@pytest.mark.parametrize("colour", [True, False])
async def test_a_page_cannot_steer_the_terminal(words: str, colour: bool) -> None:
    """The only control sequences are our own colours, and markup in a page is text."""
    text = ESCAPES.sub("", await printed(hostile_alert(words), width=300, colour=colour))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    if "[bold red]" in words:
        assert "[bold red]markup[/]" in text


async def test_a_closed_output_is_a_failure_that_may_pass() -> None:
    """The delivery waits, and the process lives on."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb", buffering=0) as pipe:
        out = io.TextIOWrapper(pipe, encoding="utf-8", write_through=True)
        with pytest.raises(NotifyError) as caught:
            await ConsoleNotifier(Output(file=out)).send(Delivery("k", change_alert(), NOW))
        out.detach()
    assert not caught.value.permanent
