"""Canaries in every field, through every way out: what a stranger writes stays words.

Pages are tried in tests/web/test_escaping.py, messages word by word in tests/notifiers.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
import zipfile
from collections.abc import Callable
from email.headerregistry import Address
from pathlib import Path

import docx
import feedparser
import pypdf
import pytest
import structlog
from rich.console import Console
from selectolax.lexbor import LexborHTMLParser

from monitor import logs, review
from monitor.cli import main
from monitor.errors import FetchError
from monitor.model import SourceMemory
from notifiers.base import Delivery
from notifiers.blocks import payload
from notifiers.console import render
from notifiers.email import mail
from notifiers.mail import html_body
from notifiers.message import compose
from notifiers.webhook import body_of
from store import NewSnapshot
from tests.store.recorded import part
from tests.web.conftest import browser
from tests.web.world import LOOM, START, World, vendor
from web.reports.formats import rendered
from web.reports.reading import report_on_change

CANARIES = {
    "markup": "<img src=x onerror=alert(1)><script>alert(2)</script>",
    "attribute": "\" onmouseover=alert(1) x='",
    "escapes": "\x1b[2J\x1b]0;title\x07\x9b31m\x1bP1$\x1b\\ red",
    "overrides": "gnp.exe\u202egpj\u2066 \u200f",
    "headers": "subject\r\nBcc: victim@evil.example\r\nX-Evil: 1",
    "encoded": "=?utf-8?q?a=0d=0aBcc:victim@evil.example?=",
    "calls": "<!channel> <@U0123ABC> <https://evil.example|click> @here",
    "formula": "=cmd|' /C calc'!A0",
    "calendar": "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nATTACH:https://evil.example/",
    "template": "{{7*7}} {% raw %} ${x} %(x)s {x} [bold red]x[/]",
    "xml": "]]>--><!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
    "half": "half a character \ud800 here",
    "nothing": "nothing\x00after",
}
#: What a terminal takes for a command, or shows in another order than it is written.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
CHANGE = "loom@1-2"
SENDER = Address(addr_spec="pw@example.org")
READER = Address(addr_spec="a@example.org")


@pytest.fixture(params=list(CANARIES))
def words(request: pytest.FixtureRequest) -> str:
    """One canary after the other."""
    return CANARIES[request.param]


@pytest.fixture
def hostile(empty: World, words: str) -> World:
    """Every field that strangers, or a careless colleague, can write holds the canary."""
    kept = words.replace("\ud800", "\ufffd")  # what a store can hold
    line = " ".join(kept.split())
    empty.settings = empty.settings.model_copy(update={"vendor": (vendor(kept, owner=kept),)})
    empty.declare("loom", service=kept, owner=kept, tags=("t",))
    spiked = LOOM.replace("We do not sell", f"{line}: we do not sell").replace(
        "at least 30 days", f"at least 30 days ({line})"
    )
    later = spiked.replace("30 days", "14 days").replace("order history", f"{line} history")
    empty.publish("loom", spiked, later, title=kept)
    memory = SourceMemory(
        health="suspect", health_since=START, suspect_since=START, suspect_reasons=(kept,),
        last_error=kept, moved_to=f"https://evil.example/{line}",
    )  # fmt: skip
    snapshot = NewSnapshot("snap", empty.now, "suspect", (part(b"x"),), (kept,))
    empty.remember(
        "loom", memory, snapshot=snapshot, error=kept, error_kind="status", result="suspect"
    )
    review.decide(empty.store, CHANGE, "escalate", who=kept, at=empty.now, why=kept)
    return empty


def alert_of(world: World) -> object:
    """The alert on the change, as the outbox holds it."""
    return next(r.alert for r in world.store.alerts(9) if r.alert.change == CHANGE)


# --- messages ------------------------------------------------------------------------------------


def _mail(world: World) -> None:
    raw = mail(Delivery("k", alert_of(world), START), SENDER, [READER])  # type: ignore[arg-type]
    names = {name.lower() for name in raw.keys()}  # noqa: SIM118
    assert not names & {"bcc", "cc", "x-evil", "attach"}
    assert raw.get_all("to") == ["a@example.org"]
    for value in raw.values():
        assert "\n" not in str(value)
    text = raw.get_body(("plain",))
    assert text is not None
    assert not _UNSAFE.search(text.get_content())


def _mail_body(world: World) -> None:
    _assert_tame(html_body(compose(alert_of(world), START.date())))  # type: ignore[arg-type]


def _slack(world: World) -> None:
    said = str(payload(compose(alert_of(world), START.date())))  # type: ignore[arg-type]
    assert "<!" not in said
    assert "<@" not in said
    assert "<https://evil.example" not in said


def _webhook(world: World) -> None:
    body_of(alert_of(world)).decode("utf-8")  # type: ignore[arg-type]
    assert b"\x1b" not in body_of(alert_of(world))  # type: ignore[arg-type]


def _terminal_message(world: World) -> None:
    out = io.StringIO()
    console = Console(file=out, width=80, color_system=None, emoji=False, highlight=False)
    console.print(render(compose(alert_of(world), START.date()), console))  # type: ignore[arg-type]
    assert not _UNSAFE.search(out.getvalue())


@pytest.mark.parametrize("way", [_mail, _mail_body, _slack, _webhook, _terminal_message])
def test_in_messages(hostile: World, way: Callable[[World], None]) -> None:
    """No header, element, mention or control sequence of a stranger's is in any message."""
    way(hostile)


# --- documents -----------------------------------------------------------------------------------


def _assert_tame(markup: str) -> None:
    tree = LexborHTMLParser(markup)
    assert not tree.css("img, script, iframe, object, form, base, meta[http-equiv=refresh]")
    for node in tree.css("*"):
        assert not [name for name in node.attributes if name.startswith("on")]
        for name in ("href", "src"):
            address = (node.attributes.get(name) or "").strip().casefold()
            assert not address.startswith(("javascript:", "data:", "file:", "//")), address


def test_in_a_report_as_a_page(hostile: World) -> None:
    """The report that stands alone runs nothing and loads nothing."""
    page = rendered(report_on_change(hostile.backend, CHANGE), "html").decode("utf-8")
    _assert_tame(page)
    assert not _UNSAFE.search(page)


def test_in_a_report_for_word(hostile: World) -> None:
    """The document is well-formed, and refers to nothing outside but the pages watched."""
    made = rendered(report_on_change(hostile.backend, CHANGE), "docx")
    docx.Document(io.BytesIO(made))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert all(not name.startswith(("/", "..")) for name in archive.namelist())
        for name in archive.namelist():
            inner = archive.read(name)
            assert b"<!ENTITY" not in inner
            assert b"file:" not in inner.replace(b"file:///etc/passwd'&gt;", b"")
            assert b"w:instrText" not in inner, "a field of a document can run"


def test_in_a_report_as_pdf(hostile: World) -> None:
    """No script, no action, no file inside, no address but those of the pages watched."""
    pytest.importorskip("weasyprint")
    read = pypdf.PdfReader(io.BytesIO(rendered(report_on_change(hostile.backend, CHANGE), "pdf")))
    assert not read.attachments
    assert read.trailer["/Root"].get("/OpenAction") is None
    for page in read.pages:
        for note in page.get("/Annots", ()):
            action = note.get_object().get("/A", {})
            assert action.get("/S", "/URI") in ("/URI", "/GoTo")
            assert str(action.get("/URI", "https://")).startswith(("http://", "https://"))


@pytest.mark.parametrize("address", ["/feeds/alerts.atom", "/feeds/days.ics", "/ledger.csv"])
async def test_in_feeds_and_tables(hostile: World, address: str) -> None:
    """Feeds keep their form, entries run nothing, and no cell is a formula."""
    async with browser(hostile) as client:
        answer = await client.get(address)
    assert answer.status_code == 200
    text = answer.content.decode("utf-8")
    assert not _UNSAFE.search(text.replace("\r\n", "\n"))
    if address.endswith("atom"):
        found = feedparser.parse(answer.content)
        assert not found.bozo
        assert len(found.entries) == 1
        assert all(link.startswith("http://127.0.0.1/") for link in [found.entries[0].link])
        _assert_tame(found.entries[0].content[0].value)
    elif address.endswith("ics"):
        assert "ATTACH" not in {line.partition(":")[0] for line in text.split("\r\n")}
        assert text.count("BEGIN:VEVENT") == text.count("END:VEVENT")
    else:
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert len(cells) > 9
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


# --- terminals and logs --------------------------------------------------------------------------

COMMANDS = (
    "history loom", "show loom", "diff loom", "ledger", "deliveries", "review", "actions",
    f"review show {CHANGE}", "deadlines", "subprocessors", "expectations", "notices",
    f"notify preview {CHANGE} --channel terminal", "notify explain loom", "export csv", "verify",
)  # fmt: skip
CONFIG = """
[store]
url = "sqlite:///store.db"
[[policy]]
id = "loom"
url = "https://loom.example/policy"
[[channel]]
id = "terminal"
kind = "console"
[[route]]
channel = "terminal"
"""


@pytest.mark.parametrize("as_json", [False, True], ids=["words", "json"])
def test_on_the_command_line(
    hostile: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    """No command prints what a terminal would obey."""
    config = tmp_path / "config.toml"
    config.write_text(CONFIG, encoding="utf-8")
    said = ""
    for command in COMMANDS:
        with pytest.raises(SystemExit) as stop:
            main(["--config", str(config), *command.split(), *(["--json"] if as_json else [])])
        captured = capsys.readouterr()
        assert stop.value.code in (0, 1, 2, None), (command, captured.err)
        assert not _UNSAFE.search(captured.out.replace("\r\n", "\n")), command
        assert not _UNSAFE.search(captured.err), command
        said += captured.out
    assert "loom" in said


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_in_the_log(words: str, log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a field, nor a list in one, nor an error with its traceback reaches the terminal."""
    logs.configure("info", log_format)
    try:
        log = structlog.get_logger()
        log.warning("fetched", title=words, faults=[words], told={words: words}, error=words)
        with contextlib.suppress(FetchError):
            try:
                raise ValueError(words)
            except ValueError as error:
                log.error("failed", exc_info=error)
                raise FetchError(words, kind="dns", transient=True) from error
    finally:
        structlog.reset_defaults()
    said = capsys.readouterr().err
    assert "ValueError" in said
    assert not _UNSAFE.search(said)
