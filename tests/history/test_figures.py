"""The figures of a backtest, and its page."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser

from monitor.capture import Reason
from monitor.history import Figures, History, Record, Step, figures_of, sums_of
from monitor.history.figures import for_machines
from monitor.history.report import render
from monitor.model import Comparison, Finding, Quote, Severity, Verdict
from tests.history.archives import DAY, START

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e\x1b[31m'


def finding(severity: Severity = "high", words: str = "We may sell your data.") -> Finding:
    """A change of meaning."""
    quote = Quote(words, "Sharing", 0, len(words))
    return Finding("sale", "weaker", severity, words, None, quote, None, None, "rule", 0.9)


def changed(day: int, verdict: Verdict, *findings: Finding, before: str = "a") -> Step:
    """A capture that became a version."""
    comparison = Comparison(verdict, "en", findings, reason=findings[0].summary if findings else "")
    return Step(
        START + day * DAY, f"commit{day}", "changed", digest=f"d{day}", version=day + 1,
        before=day, before_digest=before, comparison=comparison,
    )  # fmt: skip


def watched(*steps: Step, policy: str = "loom", service: str = "Harbour Loom") -> Figures:
    """One policy, watched for two years."""
    records = tuple(Record(step.at, "", step.reference) for step in steps)
    until = START + timedelta(days=730.5)
    history = History(policy, service, "Privacy Policy", "privacy", records, until)
    return Figures((figures_of(history, steps),))


FIRST = Step(START, "commit0", "first", digest="a", version=1)


def test_alerts_a_year_are_over_the_time_of_watching() -> None:
    """Three alerts in two years of one policy are one and a half a year."""
    figures = watched(FIRST, *(changed(day, "material", finding()) for day in (1, 2, 3)))
    sums = sums_of(figures)
    assert (sums.kinds["alert"], round(sums.years, 2)) == (3, 2.0)
    assert round(sums.alerts_a_year, 2) == 1.5


def test_every_record_is_counted_once_and_under_its_name() -> None:
    """What raised an alert, and what was held back, by kind and reason."""
    wall = Step(START + 4 * DAY, "w", "suspect", digest="w", reasons=(Reason("wall", "a wall"),))
    steps = [
        FIRST,
        changed(1, "material", finding("high"), finding("low")),
        changed(2, "minor", finding("low")),
        changed(3, "cosmetic"),
        wall,
        Step(START + 5 * DAY, "h", "held", digest="a"),
        Step(START + 6 * DAY, "u", "unchanged", digest="d3"),
        Step(START + 7 * DAY, "t", "upgraded", digest="t", version=5),
        Step(START + 8 * DAY, "x", "unreadable", reasons=(Reason("unreadable", "lost"),)),
    ]
    sums = sums_of(watched(*steps))
    assert sums.records == len(steps) == sum(sums.kinds.values())
    assert {k: n for k, n in sums.kinds.items() if n} == dict.fromkeys(
        ("first", "alert", "minor", "cosmetic", "suspect", "flap", "back", "upgrade", "unreadable"),
        1,
    )
    assert sums.categories == {"sale": 1}
    assert sums.severities == {"high": 1}
    assert sums.reasons == {"wall": 1, "unreadable": 1}


def test_an_alert_on_a_text_that_was_taken_back_is_marked() -> None:
    """If the text before it returns within five records, the change did not last."""
    back = Step(START + 2 * DAY, "b", "held", digest="a")
    later = changed(3, "material", finding(), before="z")
    figures = watched(FIRST, changed(1, "material", finding(), before="a"), back, later)
    assert [event.taken_back for _, event in figures.alerts] == [True, False]
    assert [event.stood for _, event in figures.alerts] == [24.0, None]
    assert sums_of(figures).alerts_taken_back == 1


def test_the_page_lets_nothing_a_stranger_wrote_become_markup() -> None:
    """Names, reasons and quotes with markup or control characters are shown as text."""
    wall = Step(START + 2 * DAY, EVIL, "suspect", digest="w", reasons=(Reason(EVIL, EVIL),))
    figures = watched(FIRST, changed(1, "material", finding(words=EVIL)), wall, service=EVIL)
    text = render(Figures(figures.policies, (EVIL,)), title=EVIL, now=START)
    assert "<script" not in text
    assert "<img" not in text
    assert "onerror=alert(2)&gt;" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_page_loads_nothing() -> None:
    """No script, no style, font or image from elsewhere; a policy that forbids it as well."""
    text = render(watched(FIRST, changed(1, "material", finding())), title="x", now=START)
    assert not re.search(r"<(script|link|iframe|object|embed|img)\b|url\(|@import", text)
    assert not re.search(r'(?:src|href)="(?!#)', text)
    assert "default-src 'none'" in text


class _Elements(HTMLParser):
    """Counts open elements and collects ids and local links."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.marks = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.ids += [str(named["id"])] if "id" in named else []
        self.targets += [str(named["href"])[1:]] if "href" in named else []
        self.marks += named.get("class") in ("high", "medium") and tag in ("path", "circle")
        if tag not in ("meta", "br", "path", "circle", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("path", "circle", "rect"):
            return
        assert self.open.pop() == tag


def test_every_mark_leads_to_its_alert() -> None:
    """The page is well formed, ids are unique, and no link goes nowhere."""
    steps = [FIRST, *(changed(day, "material", finding()) for day in range(1, 9))]
    page = _Elements()
    page.feed(render(watched(*steps), title="x", now=START))
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert set(page.targets) <= set(page.ids)
    assert page.marks == 8 + 2, "eight alerts, and the legend"


def test_a_page_of_nothing() -> None:
    """An archive of no alerts, or none at all, is a page too."""
    assert "None." in render(Figures(()), title="nothing", now=START)
    assert "None." in render(watched(FIRST), title="one text", now=START)


def test_machines_get_everything() -> None:
    """The JSON holds the sums and every event with its findings."""
    value = for_machines(watched(FIRST, changed(1, "material", finding())))
    value = json.loads(json.dumps(value))
    assert value["sums"]["kinds"]["alert"] == 1
    event = value["policies"][0]["events"][1]
    assert (event["kind"], event["findings"][0]["category"]) == ("alert", "sale")
