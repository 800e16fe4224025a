"""Recorded texts through the capture gate, the flap memory and the comparison, exactly as live.

    capture ──► read ──► judge ──► decide ──► compare
                gate: suspect?     flap? new?   material?

Pure, and picklable both ways, so that it runs in a process that can be killed: ``advance`` takes a
``Position`` and the next captures, and gives the position after them with one ``Step`` for each.
A recorded text is looked at when it was recorded, then whenever the memory asks for another look
(else every six hours) until nothing is open or the next record stands there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal

from monitor.capture import Decision, Good, Reason, Suspect, decide, judge
from monitor.commitments import commitments_of
from monitor.comparison import NO_TEAM_RULES, compare_documents
from monitor.config import CaptureSettings
from monitor.errors import ExtractionError
from monitor.extraction import read_document
from monitor.findings.team import TeamRules
from monitor.model import Commitment, Comparison, Document, SourceMemory, text_digest
from monitor.reading import Selection

Outcome = Literal[
    "first", "changed", "reverted", "upgraded", "unchanged", "held", "suspect", "unreadable"
]

_OUTCOMES: dict[str, Outcome] = {"first": "first", "new_version": "changed", "revert": "reverted"}
_EVERY, _PATIENCE = timedelta(hours=6), timedelta(days=8)
_DOCUMENTS_KEPT = 8


@dataclass(frozen=True, slots=True)
class Rules:
    """How captures are read and judged. ``keep`` asks for what a store keeps of a version.

    ``team`` are the team's own rules over the findings.
    Versions up to number ``known`` are not compared again (a resumed import has them).
    """

    capture: CaptureSettings = field(default_factory=CaptureSettings)
    selection: Selection = field(default_factory=Selection)
    language: str = ""
    url: str = ""
    keep: bool = False
    known: int = 0
    team: TeamRules = NO_TEAM_RULES


@dataclass(frozen=True, slots=True)
class Capture:
    """One recorded text; ``until`` is when the next one stood there."""

    at: datetime
    until: datetime
    content: bytes
    media_type: str = "text/markdown"
    technical: bool = False
    reference: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a replay stands. ``known`` maps text digests to version numbers.

    ``rebase``: a technical upgrade waits for the first good capture. ``seen_at``: when the
    baseline's text was last recorded.
    """

    memory: SourceMemory = field(default_factory=SourceMemory)
    known: dict[str, int] = field(default_factory=dict)
    versions: int = 0
    baseline: int = 0
    baseline_text: str = ""
    rebase: bool = False
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """What a store keeps of a version."""

    text: str
    title: str
    language: str
    last_updated: date | None
    effective: date | None
    commitments: tuple[Commitment, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one capture.

    ``events`` are the health events people would have been told of; ``reasons`` say why it was
    suspect or unreadable. ``version`` and ``before`` number the version it became and the baseline
    it was compared with (0: none). ``kept``: the length of its text, as a share of the baseline's.
    """

    at: datetime
    reference: str
    outcome: Outcome
    digest: str = ""
    reasons: tuple[Reason, ...] = ()
    events: tuple[str, ...] = ()
    version: int = 0
    before: int = 0
    before_digest: str = ""
    kept: float = 1.0
    seen_before: datetime | None = None
    comparison: Comparison | None = None
    text: Text | None = None


def advance(
    position: Position, captures: Sequence[Capture], rules: Rules
) -> tuple[Position, tuple[Step, ...]]:
    """Replay captures, oldest first, from a position."""
    replay = _Replay(position, rules)
    steps = tuple(replay.step(capture) for capture in captures)
    return replay.position, steps


def parse(capture: Capture, rules: Rules) -> Document:
    """Read one recorded text as the daemon reads a page. Raises ExtractionError.

    What an archive recorded as text was selected by the archive: selectors are for pages.
    """
    selection = rules.selection if "html" in capture.media_type else Selection()
    return read_document(
        capture.content,
        media_type=capture.media_type,
        url=rules.url or None,
        select=selection.select,
        remove=selection.remove,
        ranges=selection.ranges,
    )


class _Replay:
    """A replay under way: the position so far, and the last few documents and judgements."""

    def __init__(self, position: Position, rules: Rules) -> None:
        self.position, self.rules = position, rules
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._judged: dict[tuple[str, str], tuple[Reason, ...]] = {}

    def step(self, capture: Capture) -> Step:
        """Look at one recorded text until nothing is open or the next one stands there."""
        bare = Step(capture.at, capture.reference, "unreadable")
        if capture.problem:
            return replace(bare, reasons=(Reason("unreadable", capture.problem),))
        try:
            document = parse(capture, self.rules)
        except ExtractionError as error:
            return replace(bare, reasons=(Reason("unreadable", str(error)),))
        digest = text_digest(document.text)
        self._remember(digest, document)
        if capture.technical and self.position.versions:
            self.position = replace(self.position, rebase=True)
        before = self.position
        decisions = list(self._watch(digest, document, capture))
        step = replace(
            bare,
            outcome=_outcome(decisions, before.rebase),
            digest=digest,
            events=tuple(event.kind for decision in decisions for event in decision.events),
            before=before.baseline,
            before_digest=text_digest(before.baseline_text) if before.baseline else "",
            kept=len(document.text) / max(len(before.baseline_text), 1) if before.baseline else 1.0,
            seen_before=before.seen_at,
        )
        if step.outcome == "suspect":
            return replace(step, reasons=self._judge(digest, document))
        return self._versioned(step, before, document, capture.at)

    def _watch(self, digest: str, document: Document, capture: Capture) -> Iterator[Decision]:
        now = capture.at
        end = min(max(capture.until, now), now + _PATIENCE)
        while True:
            decision = self._look(digest, document, now)
            yield decision
            settled = decision.action not in ("hold", "suspect")
            if settled and "unstable" not in self.position.memory.conditions:
                return
            now = min(decision.look_again_at or now + _EVERY, now + _EVERY)
            if now >= end:
                return

    def _look(self, digest: str, document: Document, now: datetime) -> Decision:
        position, capture = self.position, self.rules.capture
        based = position.baseline and not position.rebase
        details = tuple(reason.detail for reason in self._judge(digest, document))
        decision = decide(
            position.memory,
            Suspect(digest, details) if details else Good(digest),
            baseline_digest=text_digest(position.baseline_text) if based else None,
            known={} if position.rebase else position.known,
            now=now,
            confirm_after=capture.confirm_after,
            flap_hold=capture.flap_hold,
            unreachable_after=capture.unreachable_after,
        )
        self.position = replace(position, memory=decision.memory)
        if decision.action in _OUTCOMES:
            self._rebase_on(digest, document.text)
        return decision

    def _rebase_on(self, digest: str, text: str) -> None:
        number = self.position.versions + 1
        known = self.position.known
        if digest not in known:
            known = {**known, digest: number}
        self.position = replace(
            self.position,
            known=known,
            versions=number,
            baseline=number,
            baseline_text=text,
            rebase=False,
        )

    def _judge(self, digest: str, document: Document) -> tuple[Reason, ...]:
        """Why this is not the policy, judged as live: a rebase has no baseline to go by."""
        based = self.position.baseline and not self.position.rebase
        baseline = self.position.baseline_text if based else ""
        key = (digest, text_digest(baseline) if based else "")
        if key not in self._judged:
            judgement = judge(
                document,
                self._baseline(baseline) if based else None,
                declared_language=self.rules.language,
                url=self.rules.url,
            )
            self._judged[key] = judgement.reasons
        return self._judged[key]

    def _versioned(self, step: Step, before: Position, document: Document, at: datetime) -> Step:
        """What a version changed, where the capture became one."""
        if step.digest == text_digest(self.position.baseline_text):
            self.position = replace(self.position, seen_at=at)
        if step.outcome not in ("first", "changed", "reverted", "upgraded"):
            return step
        number = self.position.versions
        step = replace(step, version=number)
        if number <= self.rules.known:
            return step
        if step.outcome in ("changed", "reverted"):
            old = self._baseline(before.baseline_text)
            comparison = compare_documents(old, document, self.rules.team)
            step = replace(
                step, comparison=comparison if self.rules.keep else replace(comparison, edits=())
            )
        return replace(step, text=_kept(document)) if self.rules.keep else step

    def _baseline(self, text: str) -> Document:
        """A stored version as it is read again for a comparison."""
        digest = text_digest(text)
        if digest not in self._documents:
            self._remember(digest, read_document(text.encode(), media_type="text/markdown"))
        return self._documents[digest]

    def _remember(self, digest: str, document: Document) -> None:
        self._documents[digest] = document
        self._documents.move_to_end(digest)
        if len(self._documents) > _DOCUMENTS_KEPT:
            self._documents.popitem(last=False)


def _outcome(decisions: Sequence[Decision], rebase: bool) -> Outcome:
    """What a capture came to in the end: a version, else what held it back."""
    actions = [decision.action for decision in decisions]
    made = next((_OUTCOMES[action] for action in actions if action in _OUTCOMES), None)
    if made:
        return "upgraded" if rebase else made
    if "suspect" in actions or "ask_people" in actions:
        return "suspect"
    return "held" if "hold" in actions else "unchanged"


def _kept(document: Document) -> Text:
    return Text(
        document.text,
        document.title,
        document.language,
        document.last_updated,
        document.effective,
        commitments_of(document),
    )
