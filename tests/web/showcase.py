"""A world to look at: the sample companies over twelve weeks, with all that a page can show."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from monitor import read_document
from monitor.config import Expect, Settings
from monitor.model import Health, SourceMemory
from store import NewAction
from tests.web.world import LOOM, START, World, vendor
from web.samples.catalogue import Sample, catalogue
from web.samples.rendering import render

#: A change of meaning with several findings; a policy with a long past.
CHANGE, POLICY = "sample-quillbrook-privacy@1-2", "sample-quillbrook-privacy"
_OWNERS = ("Ines Faria", "Mira Sand", "")


def furnish(world: World) -> None:
    """Fill a world."""
    world.settings = Settings(
        expect=(
            Expect.model_validate(
                {"name": "notice", "notice_days": ">= 30", "sale": "never", "arbitration": False}
            ),
            Expect.model_validate({"name": "minors", "types": ["privacy"], "minimum_age": ">= 16"}),
        ),
        vendor=(vendor("Corvane", domains=("sample-corvane-dpa.example",), owner="Mira Sand"),),
    )
    world.now = START + timedelta(weeks=12)
    for number, sample in enumerate(catalogue()):
        world.declare(
            sample.id, service=sample.service, type=sample.type, owner=_OWNERS[number % 3],
            tags=("core",) if number % 2 else ("core", "eu"),
        )  # fmt: skip
        every = timedelta(days=13 + number)
        ahead = date(2026, 6, 20) + timedelta(days=9 * number)
        shown = texts(sample)
        title = shown[0].partition("\n")[0].lstrip("# ")
        world.publish(sample.id, *shown, title=title, every=every, effective=ahead)
    ill: tuple[tuple[str, str, Health], ...] = (
        ("tarn", "Tarn Analytics", "unreachable"),
        ("ostler", "Ostler Pay", "suspect"),
    )
    for name, service, health in ill:
        world.declare(name, service=service, owner="Ines Faria", tags=("core",))
        world.publish(name, LOOM)
        since = world.now - timedelta(days=3)
        trouble = SourceMemory(
            health=health, health_since=since, suspect_since=since,
            suspect_reasons=("a wall: “Checking your browser”",),
            last_error="the server answered 503",
        )  # fmt: skip
        world.remember(name, trouble)
    world.declare("fathom", service="Fathom Mail", owner="Mira Sand")
    world.publish("fathom", LOOM)
    until = world.now + timedelta(days=7)
    paused = NewAction(world.now, "mira", "pause", why="they relaunch", detail={"until": until})
    world.store.pause("fathom", until, paused)


def texts(sample: Sample) -> list[str]:
    """The texts of a sample, one after the other, without its failures."""
    shown: list[str] = []
    for revision, template in zip(sample.revision, sample.templates, strict=True):
        html = render(template, language=sample.language, day=START.date(), noise=Random(1))
        text = read_document(html.encode()).text
        if revision.failure is None and text not in shown:
            shown.append(text)
    return shown
