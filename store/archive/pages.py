"""The pages of an archive that people read. Everything a stranger wrote is escaped. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from itertools import groupby
from pathlib import Path

from monitor.alignment import align
from monitor.model import Clause, Edit, Finding, Quote, to_json
from monitor.redline import redline
from monitor.segmentation import segment
from store.archive.dossier import Dossier, Side
from store.records import ChangeRecord

_HERE = Path(__file__).parent
_MARKS = {"equal": ("", ""), "delete": ("<del>", "</del>"), "insert": ("<ins>", "</ins>")}
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_LABELS = {
    "moved": "moved",
    "edited": "",
    "split": "split",
    "merged": "merged",
    "added": "added",
    "removed": "removed",
}
#: Above this product of characters a word-by-word redline takes long, and nobody could read it.
_LARGEST_REDLINE = 64_000_000


def readme(dossier: Dossier) -> str:
    """How to verify the archive, and what that proves."""
    about = "\n".join(_plain(line) for line in _about(dossier))
    return (_HERE / "README.txt").read_text(encoding="utf-8").replace("{{about}}", about)


def _about(dossier: Dossier) -> Iterator[str]:
    yield f"Policy:   {dossier.policy} ({dossier.service or 'no service named'})"
    if dossier.change is not None:
        yield f"Change:   {dossier.change.id}, judged {dossier.change.verdict}"
    if dossier.before is not None:
        yield f"Before:   {_version_line(dossier.before)}"
    yield f"After:    {_version_line(dossier.after)}"
    yield f"Chain:    {len(dossier.chain)} entries, head {dossier.head}"
    if (stamp := dossier.stamp) is not None:
        yield f"Stamped:  entry {stamp.seq}, by {stamp.authority}"


def _version_line(side: Side) -> str:
    version = side.version
    seen = f"version {version.number}, first seen {_instant(version.first_seen)}"
    if side.snapshot is None:
        why = f"{version.origin}: without raw pages"
        if version.snapshot:
            why = "its raw pages were let go"
        return f"{seen} ({why}, so its text is all there is)"
    return seen


def headers_text(dossier: Dossier) -> str:
    """What the servers answered with; "" where no page was kept."""
    lines: list[str] = []
    for name, side in (("before", dossier.before), ("after", dossier.after)):
        if side is None or side.snapshot is None:
            continue
        for position, part in enumerate(side.snapshot.parts, 1):
            lines.append(f"{name}: page {position}")
            lines.append(f"  asked      {part.url}")
            lines += [f"  redirect   {url}" for url in part.redirects]
            lines.append(f"  answered   {part.final_url}")
            lines.append(f"  at         {_instant(part.fetched_at)}")
            lines.append(f"  status     {part.status}")
            lines.append(f"  SHA-256    {part.body_digest}")
            if part.reused:
                lines.append("  the server answered 304: these are the bytes kept from before")
            lines += [f"    {key}: {value}" for key, value in part.headers]
            lines.append("")
    return "\n".join(_plain(line) for line in lines)


def findings_text(change: ChangeRecord) -> str:
    """The findings of a change in plain characters."""
    comparison = change.comparison
    lines = [f"{change.id}: {change.verdict}. {comparison.reason}", ""]
    for number, finding in enumerate(comparison.findings, 1):
        kind = f"{finding.severity}, {finding.category}, {finding.direction}"
        lines.append(f"{number}. {finding.summary} ({kind}; rule {finding.rule})")
        for label, quote, value in _both(finding):
            if quote is not None:
                at = f"characters {quote.start} to {quote.end}"
                where = f"{quote.section}, {at}" if quote.section else at
                lines.append(f"   {label} ({where}):")
                lines.append(f'     "{" ".join(quote.text.split())}"')
            if value is not None:
                lines.append(f"   {label}, as a value: {json.dumps(to_json(value))}")
        lines.append("")
    return "\n".join(_plain(line) for line in lines) + "\n"


def _both(finding: Finding) -> tuple[tuple[str, Quote | None, object], ...]:
    return (
        ("before", finding.before, finding.before_value),
        ("after", finding.after, finding.after_value),
    )


# --- the redline ---------------------------------------------------------------------------------


def redline_page(dossier: Dossier) -> str:
    """The change as one HTML page that loads nothing and runs nothing."""
    after = segment(dossier.after.text)
    if dossier.before is None:
        body = "".join(_clause(clause) for clause in after)
    else:
        body = "".join(_redlined(segment(dossier.before.text), after))
    page = (_HERE / "redline.html").read_text(encoding="utf-8")
    title = dossier.after.version.title or dossier.policy
    # One pass over the marks: a policy whose text holds one must not be filled in itself.
    filled = {
        "title": escape(_plain(title)),
        "service": escape(_plain(dossier.service or dossier.policy)),
        "facts": "".join(_facts(dossier)),
        "findings": _findings_list(dossier.change),
        "body": body,
    }
    pieces = page.split("{{")
    return pieces[0] + "".join(
        filled[name] + rest for name, _, rest in (piece.partition("}}") for piece in pieces[1:])
    )


def _facts(dossier: Dossier) -> Iterator[str]:
    facts = [("Policy", dossier.policy)]
    if dossier.before is not None:
        facts.append(("Before", _version_line(dossier.before)))
    facts.append(("After", _version_line(dossier.after)))
    if dossier.change is not None:
        verdict = f"{dossier.change.verdict}. {dossier.change.comparison.reason}"
        facts.append(("Verdict", verdict))
    facts.append(("Chain head", dossier.head))
    for label, value in facts:
        yield f"<dt>{label}</dt><dd>{escape(_plain(value))}</dd>\n"


def _findings_list(change: ChangeRecord | None) -> str:
    if change is None or not change.comparison.findings:
        return ""
    items = "".join(
        f'<li><b class="{finding.severity}">{finding.severity}</b> '
        f"{escape(_plain(finding.summary))} "
        f"<small>{finding.category}, {finding.direction}</small></li>\n"
        for finding in change.comparison.findings
    )
    return f"<h2>What changed in meaning</h2>\n<ol>\n{items}</ol>\n"


def _redlined(old: Sequence[Clause], new: Sequence[Clause]) -> Iterator[str]:
    edits = align(old, new)
    for kept, run in groupby(edits, key=lambda edit: edit.kind == "kept"):
        group = list(run)
        if not kept:
            yield from (_edit(edit, old, new) for edit in group)
            continue
        inner = "".join(_clause(new[index]) for edit in group for index in edit.after)
        if len(group) < 4:
            yield inner
        else:
            count = f"{len(group)} clauses as they were"
            yield f"<details><summary>{count}</summary>\n{inner}</details>\n"


def _edit(edit: Edit, old: Sequence[Clause], new: Sequence[Clause]) -> str:
    gone = "\n".join(old[index].text for index in edit.before)
    came = "\n".join(new[index].text for index in edit.after)
    if len(gone) * len(came) > _LARGEST_REDLINE:
        steps = [("delete", gone), ("insert", came)]
    else:
        steps = [*redline(gone, came, seconds=0)]
    words = "".join(
        _MARKS[op][0] + escape(_plain(text)) + _MARKS[op][1] for op, text in steps if text
    )
    label = _LABELS.get(edit.kind, edit.kind)
    tag = f'<span class="tag">{label}</span> ' if label else ""
    first = new[edit.after[0]] if edit.after else old[edit.before[0]]
    return f'<div class="{first.kind} changed">{tag}{words}</div>\n'


def _clause(clause: Clause) -> str:
    return f'<div class="{clause.kind}">{escape(_plain(clause.text))}</div>\n'


def _plain(text: str) -> str:
    """A stranger's words without characters that command a terminal or turn the text around."""
    return "".join(c if c.isprintable() or c in "\n\t" else _REPLACEMENT for c in text)


def _instant(value: datetime) -> str:
    return value.isoformat(timespec="seconds")
