"""Everything that a stranger says is shown as words: markup in every field of every page."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from monitor import review
from monitor.config import Override, Settings
from monitor.model import Assessment, Quote, SourceMemory, Stand
from store import NewAction, NewSnapshot
from tests.store.recorded import OWNER, part
from tests.web.conftest import browser
from tests.web.world import LOOM, START, World, vendor

EVIL = "<img src=x onerror=alert(1)>\"'</script><svg onload=alert(2)>{{7*7}}\u202e"
#: Ids have no spaces and no slashes, but may hold all else.
EVIL_ID = "<img\u00a0src=x>\"'&?#%2e"


@pytest.fixture
def hostile(empty: World) -> World:
    """A policy of which everything that can be said is markup."""
    told = EVIL.replace("/", "")
    empty.settings = Settings(
        vendor=(vendor(EVIL, owner=EVIL),),
        override=(Override(name="rule", phrases=("zzz",), ignore=True, reason=EVIL),),
    )
    empty.declare(
        EVIL_ID, service=EVIL, tags=(EVIL,), owner=EVIL, url=f"https://loom.example/{told}"
    )
    spiked = LOOM.replace("## Sharing", f"## Sharing {EVIL}").replace(
        "at least 30 days", f"at least 30 days {EVIL}"
    )
    later = spiked.replace("30 days", "14 days").replace("anyone", f"anyone {EVIL} javascript:")
    last = later.replace("with any question", "with each question")
    empty.publish(EVIL_ID, spiked, later, last, title=EVIL)
    suspect = SourceMemory(
        health="suspect", health_since=START, suspect_since=START, suspect_reasons=(EVIL,),
        last_error=EVIL, moved_to=f"javascript:{EVIL}",
    )  # fmt: skip
    snapshot = NewSnapshot("snap", empty.now, "suspect", (part(b"x"),), (EVIL,))
    empty.remember(
        EVIL_ID, suspect, snapshot=snapshot, error=EVIL, error_kind="status", result="suspect"
    )
    assessment = Assessment(
        "x", "d", EVIL, "notice", "contrary", "high", EVIL, (Quote(EVIL, EVIL, 0, 5, EVIL),),
        source=EVIL,
    )  # fmt: skip
    assert empty.store.lease(EVIL_ID, OWNER, empty.now, empty.now - START)
    stand = Stand(assessment, 3, START)
    assert empty.store.record_stands(EVIL_ID, OWNER, (stand,), (), empty.now)
    detail = {"until": empty.now.replace(year=2027), "categories": (), "phrases": ()}
    empty.store.record_action(EVIL_ID, NewAction(empty.now, EVIL, "mute", "", EVIL, detail))
    review.decide(
        empty.store, f"{EVIL_ID}@1-2", "snooze",
        who=EVIL, at=empty.now, why=EVIL, until=empty.now.replace(year=2027),
    )  # fmt: skip
    review.decide(empty.store, f"{EVIL_ID}@1-2", "escalate", who=EVIL, at=empty.now, why=EVIL)
    return empty


def addresses() -> Iterator[str]:
    """Every page, in every view, with markup in what is asked too."""
    policy = quote(EVIL_ID, safe="")
    yield from ("/", "/?q=" + quote(EVIL), "/?tag=" + quote(EVIL), "/?state=" + quote(EVIL))
    yield from (f"/policies/{policy}", f"/policies/{policy}/versions/1", "/policies/" + quote(EVIL))
    yield f"/policies/{policy}/versions/1/source?start=0&end=300"
    yield from ("/calendar", "/reports", "/deliveries", "/add", "/expectations")
    for pair in ("1-2", "2-3", "1-3", "3-1"):
        yield f"/changes/{policy}@{pair}"
        yield f"/changes/{policy}@{pair}?view=whole&layout=side"
    for end in ("preview", "preview?form=slack", "preview?form=json"):
        yield f"/alerts/{policy}@1-2/{end}"
        yield f"/alerts/{quote(EVIL, safe='')}/{end}"
    yield from ("/ledger", "/ledger?q=" + quote(EVIL), "/ledger?at=" + quote(EVIL))
    yield from ("/changes/" + quote(EVIL), "/" + quote(EVIL), "/?page=" + quote(EVIL))


@pytest.mark.parametrize("address", list(addresses()))
async def test_markup_of_strangers_stays_words(hostile: World, address: str) -> None:
    """No element, attribute, script or address of theirs is on any page."""
    async with browser(hostile) as client:
        answer = await client.get(address)
    assert answer.status_code in (200, 404, 422)
    tree = LexborHTMLParser(answer.text)
    assert not tree.css("img")
    assert all("/static/" in (s.attributes["src"] or "") for s in tree.css("script"))
    for node in tree.css("*"):
        assert not [name for name in node.attributes if name.startswith("on") or name == "style"]
        for name in ("href", "src", "action"):
            given = node.attributes.get(name) or ""
            assert not given.casefold().startswith(("javascript:", "data:", "//")), given
    assert "onload=alert(2)>49" not in (tree.body.text() if tree.body else "")
    assert "\u202e" not in answer.text


async def test_the_canary_is_on_the_pages(hostile: World) -> None:
    """A test that never shows the words would prove nothing."""
    shown = "<img src=x onerror=alert(1)>"
    policy = quote(EVIL_ID, safe="")
    async with browser(hostile) as client:
        for address, selector in (
            ("/", ".queue .whose"),
            ("/", ".cards tbody th"),
            ("/", ".tag"),
            (f"/policies/{policy}", "h1"),
            (f"/policies/{policy}", ".notice.bad"),
            (f"/policies/{policy}", ".notice.warn"),
            (f"/policies/{policy}", ".stands"),
            (f"/policies/{policy}", "[aria-labelledby=telling] .notice"),
            (f"/changes/{policy}@1-2", ".decide > p"),
            (f"/changes/{policy}@1-2", ".decide ol"),
            (f"/policies/{policy}", ".promises"),
            (f"/policies/{policy}", "[aria-labelledby=health] table"),
            (f"/changes/{policy}@1-2", ".findings blockquote"),
            (f"/changes/{policy}@1-2", ".sheet .row"),
            (f"/policies/{policy}/versions/1", ".sheet"),
            ("/ledger", ".matrix"),
            (f"/policies/{policy}/versions/1/source?start=0&end=300", "blockquote"),
        ):
            tree = LexborHTMLParser((await client.get(address)).text)
            text = " ".join(node.text() for node in tree.css(selector))
            assert shown in text, (address, selector)


async def test_no_cell_of_the_csv_is_a_formula(empty: World) -> None:
    """A spreadsheet would run it."""
    empty.declare("loom", service="=cmd|' /C calc'!A0", owner="@SUM(1)")
    empty.publish("loom", LOOM)
    async with browser(empty) as client:
        answer: httpx.Response = await client.get("/ledger.csv")
    assert ",'=cmd" in answer.text
    assert "'@SUM(1)" in answer.text
