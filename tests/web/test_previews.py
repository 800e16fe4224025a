"""The preview of a message: what `notify preview` prints, shut into a frame, deciding nothing."""

from __future__ import annotations

import io
import json
import zipfile
from urllib.parse import quote

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from monitor.config import Settings
from monitor.model import Alert
from tests.store.recorded import alert
from tests.web.conftest import browser, page, words
from tests.web.test_escaping import EVIL
from tests.web.world import World

CHANNELS = {
    "web": {"public_url": "https://watch.example"},
    "channel": [
        {"id": "team", "kind": "slack", "url": "https://hooks.example/x"},
        {"id": "siem", "kind": "webhook", "url": "https://siem.example/y"},
    ],
}


@pytest.fixture
def told(world: World) -> str:
    """An alert about a change of the world, and two channels."""
    world.settings = Settings.model_validate(CHANNELS)
    (record,) = [r for r in world.store.alerts() if r.alert.policy == "loom"] or [None]
    assert record is not None
    return record.alert.change or ""


async def test_a_change_leads_to_the_message_about_it(
    world: World, client: httpx.AsyncClient, told: str
) -> None:
    """The mail stands in a frame that may do nothing; its words are those of the alert."""
    change = page(await client.get(f"/changes/{told}"))
    link = next(a for a in change.css(".take a") if a.text() == "as people are told it")
    answer = await client.get(link.attributes["href"] or "")
    tree = page(answer)
    frame = tree.css_first("iframe")
    assert frame is not None
    assert frame.attributes["sandbox"] in ("", None)
    assert "frame-src 'self'" in answer.headers["content-security-policy"]
    mail = await client.get(frame.attributes["src"] or "")
    policy = mail.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "30 → 14 days" in words(page(mail), "body")[0]


async def test_each_channel_shows_what_it_would_say(client: httpx.AsyncClient, told: str) -> None:
    """By default in its own format; any other can be asked for."""
    slack = words(page(await client.get(f"/alerts/{told}/preview?channel=team")), "pre")
    assert json.loads(slack[0])["blocks"][0]["type"] == "header"
    siem = words(page(await client.get(f"/alerts/{told}/preview?channel=siem")), "pre")
    assert json.loads(siem[0])["change"] == told
    text = words(page(await client.get(f"/alerts/{told}/preview?channel=siem&form=text")), "pre")
    assert text[0].startswith("Subject: [high]")


async def test_no_preview_holds_a_link_to_decide(client: httpx.AsyncClient, told: str) -> None:
    """Whoever may only read must not come by a permission to decide."""
    for query in ("", "?channel=team", "?channel=siem", "?form=text", "?form=slack"):
        assert "/review/" not in (await client.get(f"/alerts/{told}/preview{query}")).text
    assert "/review/" not in (await client.get(f"/alerts/{told}/preview.html")).text


@pytest.mark.parametrize(
    "query", ["preview?channel=nobody", "preview?form=fax", "preview?form=" + quote(EVIL)]
)
async def test_what_there_is_not_is_said(client: httpx.AsyncClient, told: str, query: str) -> None:
    """An unknown channel or format is no fault of the server."""
    assert (await client.get(f"/alerts/{told}/{query}")).status_code == 404
    assert (await client.get(f"/alerts/{quote(EVIL)}/{query}")).status_code == 404


async def test_words_of_strangers_stay_words_in_every_format(empty: World) -> None:
    """In the page and in the frame."""
    hostile = alert("evil", policy="loom")
    hostile = Alert(**{name: getattr(hostile, name) for name in hostile.__slots__} | {
        "service": EVIL, "title": EVIL, "summary": EVIL,
    })  # fmt: skip
    empty.store.add_alert(hostile, [], empty.now)
    async with browser(empty) as client:
        for form in ("html", "text", "slack", "json"):
            tree = page(await client.get(f"/alerts/{hostile.id}/preview?form={form}"))
            assert not tree.css("img, main svg, [onerror]")
        mail = LexborHTMLParser((await client.get(f"/alerts/{hostile.id}/preview.html")).text)
        assert not mail.css("img, svg, script, [onerror]")
        assert mail.body is not None
        assert "<img src=x onerror=alert(1)>" in mail.body.text()


async def test_the_evidence_of_a_change_is_taken_along(
    client: httpx.AsyncClient, told: str
) -> None:
    """The archive that the command line writes; a pair that was never a change has none."""
    tree = page(await client.get(f"/changes/{told}"))
    link = next(a for a in tree.css(".take a") if a.text().startswith("evidence"))
    answer = await client.get(link.attributes["href"] or "")
    assert answer.headers["content-disposition"] == f'attachment; filename="{told}.evidence.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert any(name.endswith("README.txt") for name in archive.namelist())
    backwards = page(await client.get("/changes/loom@2-1"))
    assert not [a for a in backwards.css(".take a") if a.text().startswith("evidence")]
    assert (await client.get("/changes/loom@2-1/evidence.zip")).status_code == 404
