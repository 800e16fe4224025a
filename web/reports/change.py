"""The report on one change: what was promised and is now, when, how it is known. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitor.alignment import align
from monitor.model import to_json
from monitor.notice.clock import Notice
from monitor.notice.deadlines import Deadline
from monitor.review import Review
from notifiers import notices
from notifiers.wording import day, distance, instant, one_line, shorten
from store import ActionRecord, SnapshotRecord, VersionRecord
from web.reports.model import (
    Block,
    Facts,
    Findings,
    Grid,
    Heading,
    Points,
    Prose,
    Redline,
    Report,
    Section,
)
from web.reports.tracked import tracked
from web.views.change import ChangePage, Pair
from web.views.labels import VERDICT_LABELS

_CITED = 600
_KINDS = {"effect": "Takes effect", "objection": "Object until", "termination": "Leave until"}
#: Who says so.
_SOURCES = {
    "page": "the page", "notice": "the vendor’s notice", "policy": "the policy",
    "contract": "the contract", "law": "law",
}  # fmt: skip
STEPS = {
    "acknowledge": "acknowledged", "dismiss": "dismissed", "escalate": "escalated",
    "reopen": "reopened", "snooze": "snoozed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Matter:
    """All that is known of a change.

    ``snapshots`` are those of the older and the newer version, where they were kept; ``head`` is
    the newest link of the policy's hash chain, ``head_then`` that of when the alert was stored.
    ``review`` is None where nobody was alerted.
    """

    pair: Pair
    view: ChangePage
    notice: Notice
    deadlines: tuple[Deadline, ...]
    snapshots: tuple[SnapshotRecord | None, SnapshotRecord | None]
    head: str
    head_then: str
    review: Review | None
    vendor: str
    owner: str


def change_report(matter: Matter, made_at: datetime, today: date) -> Report:
    """The report on a change as of ``today``."""
    view, old, new = matter.view, matter.pair.old, matter.pair.new
    return Report(
        kind="Report on a change",
        title=view.heading,
        subtitle=f"Version {old.number} to version {new.number}, {VERDICT_LABELS[view.verdict]}",
        lead=view.lead or view.reason,
        facts=Facts(tuple(_facts(matter, today))),
        sections=(
            Section("What was promised, what is promised now", tuple(_findings(matter))),
            Section("Notice", tuple(_notice(matter.notice))),
            Section("Deadlines", tuple(_deadlines(matter.deadlines, today))),
            Section("Decisions", tuple(_decisions(matter.review))),
            Section("The words", (_redline(matter),)),
            Section("Evidence", tuple(_evidence(matter))),
        ),
        made_at=made_at,
        stem=stem(view.policy, f"{old.number}-{new.number}"),
    )


def stem(*parts: str) -> str:
    """A file's name from words of anyone: letters, digits, dots and hyphens."""
    words = (re.sub(r"[^\w.-]+", "-", one_line(part), flags=re.ASCII).strip("-.") for part in parts)
    return "-".join(["policywatch", *(word[:80] for word in words if word)])


def effect(notice: Notice, version: VersionRecord, today: date) -> str:
    """From when a change applies, in words."""
    stated = notices.effective(to_json(notice), version.effective)
    return f"{day(stated)} ({distance(stated, today)})" if stated else "no date stated"


def _facts(matter: Matter, today: date) -> Iterator[tuple[str, str]]:
    source, new = matter.pair.source, matter.pair.new
    yield "Policy", source.policy
    yield from (("Address", shorten(one_line(url), 400)) for url in source.urls[:5])
    for label, words in (("Vendor", matter.vendor), ("Owner", matter.owner)):
        if words:
            yield label, shorten(one_line(words), 200)
    yield "First seen", instant(new.first_seen)
    if new.previous_seen_at:
        yield "Older text last seen", instant(new.previous_seen_at)
    yield "Takes effect", effect(matter.notice, new, today)
    notice = to_json(matter.notice)
    yield "Notice promised", notices.notice_words(notice)
    if dating := notices.dating(notice):
        yield "Stated date", dating
    if not matter.view.stored:
        yield "Compared", "now, for this report; nobody was alerted of this pair of versions"


def _findings(matter: Matter) -> Iterator[Block]:
    if matter.view.findings:
        languages = (_language(matter.pair.old), _language(matter.pair.new))
        yield Findings(matter.view.findings, languages)
    else:
        yield Prose(matter.view.reason or "Nothing changed in meaning.")
    if matter.view.held:
        yield Prose("Ignored by your own rules:")
        yield Points(tuple(_held(held.finding.summary, held.rule, held.reason)
                           for held in matter.view.held))  # fmt: skip


def _held(summary: str, rule: str, reason: str) -> str:
    why = f": {one_line(reason)}" if reason else ""
    return f"{one_line(summary)} (rule “{one_line(rule)}”{why})"


def _language(version: VersionRecord) -> str:
    return version.language if re.fullmatch("[a-z]{2}", version.language) else ""


# --- when ----------------------------------------------------------------------------------------


def _notice(notice: Notice) -> Iterator[Block]:
    yield Prose(_sentence(notice))
    rows = [("Promised in", one_line(notice.cite))] if notice.cite else []
    rows += (
        [("By", ", ".join(sorted(notice.channels)).replace("_", " "))] if notice.channels else []
    )
    rows += [("Last day to tell", day(notice.latest))] if notice.latest else []
    if rows:
        yield Facts(tuple((label, shorten(words, _CITED)) for label, words in rows))
    if notice.arithmetic:
        yield Points(tuple(shorten(one_line(step), _CITED) for step in notice.arithmetic))


def _sentence(notice: Notice) -> str:
    if notice.verdict == "no promise applies":
        return "No promise of notice applies to this change."
    why = f" {one_line(notice.reason)}" if notice.reason else ""
    said = notices.notice_words(to_json(notice))
    return f"{said[:1].upper()}{said[1:]}." + (why if why.strip() not in said else "")


def _deadlines(deadlines: Sequence[Deadline], today: date) -> Iterator[Block]:
    if not deadlines:
        yield Prose("No day follows from this change.")
        return
    yield Grid(
        "Days that follow from this change",
        ("What", "Day", "Left", "Says", "Counted"),
        tuple(
            (
                _KINDS[each.kind] + (f": {_names(each.names)}" if each.names else ""),
                day(each.until),
                distance(each.until, today),
                _SOURCES.get(each.source, each.source),
                shorten(" ".join(one_line(part) for part in _counted(each)), _CITED),
            )
            for each in deadlines
        ),
    )


def _names(names: Sequence[str]) -> str:
    return shorten(", ".join(one_line(name) for name in names), 200)


def _counted(deadline: Deadline) -> Iterator[str]:
    yield deadline.counted
    for other in deadline.also:
        yield f"Also {_SOURCES.get(other.source, other.source)}: {other.counted}"


# --- who decided ---------------------------------------------------------------------------------


def _decisions(review: Review | None) -> Iterator[Block]:
    if review is None:
        yield Prose("Nobody was alerted of this change, so there is nothing to decide on.")
        return
    yield Prose(standing_of(review))
    if review.steps:
        yield Grid(
            "Every step, the first one first",
            ("When", "Who", "What", "Why"),
            tuple(_step(step) for step in review.steps),
        )


def standing_of(review: Review) -> str:
    """How it stands with an alert, in a sentence."""
    if review.state == "new":
        until = review.snoozed_until
        return f"Snoozed until {instant(until)}." if until else "Nobody has decided on it."
    grounds = f" as {review.grounds}" if review.grounds else ""
    when = f" on {instant(review.at)}" if review.at else ""
    return f"{review.state.capitalize()}{grounds} by {one_line(review.who)}{when}."


def _step(step: ActionRecord) -> tuple[str, str, str, str]:
    what = STEPS.get(step.what, step.what)
    if grounds := step.detail.get("grounds"):
        what += f" as {one_line(str(grounds))}"
    return instant(step.at), one_line(step.by), what, shorten(one_line(step.why), _CITED)


# --- the words, and how they are known -----------------------------------------------------------


def _redline(matter: Matter) -> Redline:
    pair = matter.pair
    edits = align(pair.before.clauses, pair.after.clauses)
    return Redline(
        sheet=matter.view.sheet,
        tracked=tuple(tracked(pair.before, pair.after, edits)),
        author=shorten(one_line(pair.source.service) or pair.source.policy, 80),
        at=pair.new.first_seen,
        language=_language(pair.new),
    )


def _evidence(matter: Matter) -> Iterator[Block]:
    for version, snapshot in zip((matter.pair.old, matter.pair.new), matter.snapshots, strict=True):
        yield Heading(f"Version {version.number}", f"first seen {instant(version.first_seen)}")
        yield Facts((("SHA-256 of the text", version.text_digest),), code=True)
        if snapshot is None:
            yield Prose("Its raw bytes are not kept (imported, or pruned).", quiet=True)
        else:
            yield _parts(snapshot)
    yield Heading("The hash chain")
    heads = [("Head of the chain now", matter.head)]
    if matter.head_then:
        heads.insert(0, ("Head of the chain at the alert", one_line(matter.head_then)))
    yield Facts(tuple(heads), code=True)
    yield Prose(
        "The chain holds both versions, this change and every decision on it. Whoever has the "
        "store checks it with “policywatch verify --head” and the head given here; “policywatch "
        "export evidence” makes an archive that anyone can verify.",
        quiet=True,
    )


def _parts(snapshot: SnapshotRecord) -> Grid:
    return Grid(
        "What the server sent",
        ("Address", "Fetched", "Status", "SHA-256 of the bytes"),
        tuple(
            (
                shorten(one_line(part.final_url or part.url), 400),
                instant(part.fetched_at),
                str(part.status),
                part.body_digest,
            )
            for part in snapshot.parts
        ),
    )
