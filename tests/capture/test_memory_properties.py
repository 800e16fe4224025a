"""What holds of a source's memory whatever is observed, in whatever order."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from monitor.capture import (
    Decision,
    Failed,
    Good,
    NotModified,
    Observation,
    Suspect,
    accept,
    decide,
)
from monitor.model import SourceMemory, to_json

CONFIRM = timedelta(minutes=15)
HOLD = timedelta(hours=24)
UNREACHABLE = timedelta(days=2)
QUIET = 7 * HOLD

steps = st.sampled_from(
    [timedelta(minutes=1), CONFIRM, timedelta(hours=1), timedelta(hours=6), HOLD, 3 * HOLD]
)
failures = st.sampled_from(
    [
        Failed("timeout", transient=True, message="x" * 10_000),
        Failed("status", transient=True, status=503),
        Failed("status", transient=False, status=404),
        Failed("dns", transient=True, ours=True),
    ]
)


class Watched(RuleBasedStateMachine):
    """One source, watched through any sequence of texts, walls, failures and decisions."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.memory = SourceMemory()
        self.known: dict[str, int] = {}
        self.baseline: str | None = None
        self.told: dict[str, datetime] = {}
        self.showing = ("", self.now)
        self.unseen = 0

    def see(self, observation: Observation, step: timedelta) -> Decision:
        """One check; tells apart what every decision must obey."""
        self.now += step
        decision = decide(
            self.memory,
            observation,
            baseline_digest=self.baseline,
            known=self.known,
            now=self.now,
            confirm_after=CONFIRM,
            flap_hold=HOLD,
            unreachable_after=UNREACHABLE,
        )
        self.memory = decision.memory
        for event in decision.events:
            if event.kind != "recovered":
                last = self.told.get(event.kind)
                assert last is None or self.now - last >= QUIET, "told twice within a window"
                self.told[event.kind] = self.now
        assert decision.look_again_at is None or decision.look_again_at >= self.now
        return decision

    def see_text(self, digest: str, step: timedelta) -> Decision:
        decision = self.see(Good(digest), step)
        if self.showing[0] != digest:
            self.showing = (digest, self.now)
        return decision

    @rule(step=steps)
    def unseen_text(self, step: timedelta) -> None:
        """Any unseen good text yields a version at once."""
        self.unseen += 1
        digest = f"t{self.unseen}"
        decision = self.see_text(digest, step)
        assert decision.action == ("new_version" if self.baseline else "first")
        self.known[digest] = len(self.known) + 1
        self.baseline = digest

    @precondition(lambda self: self.known)
    @rule(step=steps, data=st.data(), times=st.integers(1, 6))
    def known_text(self, step: timedelta, data: st.DataObject, times: int) -> None:
        """A known text yields a revert only after it stood still for the hold."""
        digest = data.draw(st.sampled_from(sorted(self.known)))
        for _ in range(times):
            decision = self.see_text(digest, step)
            assert decision.action in ("unchanged", "hold", "revert")
            assert (decision.action == "unchanged") == (digest == self.baseline)
            assert decision.keep_validators == (decision.action != "hold")
            if decision.action == "revert":
                assert self.now - self.showing[1] >= HOLD
                assert decision.version == self.known[digest]
                self.baseline = digest

    @precondition(lambda self: self.baseline)
    @rule(step=steps)
    def not_modified(self, step: timedelta) -> None:
        """A 304 vouches for the baseline."""
        assert self.see(NotModified(), step).action == "unchanged"
        if self.showing[0] != self.baseline:
            self.showing = (self.baseline or "", self.now)

    @rule(step=steps, nonce=st.integers(0, 3), times=st.integers(1, 3))
    def wall(self, step: timedelta, nonce: int, times: int) -> None:
        """A suspect never yields a version, and never validators."""
        for _ in range(times):
            seen = Suspect(f"wall{nonce}", ("y" * 2000,) * 20)
            decision = self.see(seen, step)
            if seen.digest != self.baseline:
                assert decision.action in ("suspect", "ask_people")
                assert not decision.keep_validators

    @rule(step=steps, failure=failures, times=st.integers(1, 8))
    def failure(self, step: timedelta, failure: Failed, times: int) -> None:
        """A failed fetch never yields a version."""
        for _ in range(times):
            decision = self.see(failure, step)
            assert decision.action == "failed"
            assert not decision.keep_validators

    @rule(step=steps, where=st.sampled_from(["https://a.example/", "https://b.example/"]))
    @precondition(lambda self: self.baseline)
    def moved(self, step: timedelta, where: str) -> None:
        """A permanent redirect says nothing against the text it leads to."""
        assert self.see(Good(self.baseline or "", moved_to=where), step).action == "unchanged"
        if self.showing[0] != self.baseline:
            self.showing = (self.baseline or "", self.now)

    @precondition(lambda self: self.memory.suspect_digest)
    @rule()
    def people_accept(self) -> None:
        """People may make the suspect the baseline at any moment."""
        self.baseline = self.memory.suspect_digest
        self.known.setdefault(self.baseline, len(self.known) + 1)
        self.memory = accept(self.memory, now=self.now)
        assert self.memory.health not in ("suspect", "unreachable", "gone")

    @rule(step=steps)
    def clock_goes_back(self, step: timedelta) -> None:
        """The clock is set back; what was told then counts from the new now."""
        self.now -= step
        self.told = {kind: min(at, self.now) for kind, at in self.told.items()}
        self.showing = (self.showing[0], min(self.showing[1], self.now))

    @invariant()
    def memory_is_bounded(self) -> None:
        """However long a source is watched, what is remembered of it stays small."""
        assert len(json.dumps(to_json(self.memory))) < 12_000
        assert len(self.memory.returns) <= 10

    @invariant()
    def health_is_the_worst_that_holds(self) -> None:
        """The health shown and the conditions remembered never contradict each other."""
        held = set(self.memory.conditions)
        assert self.memory.health in held or (self.memory.health in ("new", "ok") and not held)


TestWatched = Watched.TestCase
TestWatched.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
