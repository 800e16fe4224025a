"""Lists of policies and of open alerts: what is kept for them is what follows from the rest."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from monitor import review
from monitor.alerts import alert_id
from monitor.config import Policy
from monitor.model import Assessment, Health, SourceMemory, Stand, Standing
from monitor.naming import TYPE_LABELS
from monitor.review import Review
from store import Filed, NewAction, SourceRecord, Store, Wanted
from store.records import CONDITIONS, ORDERS, Condition, Order
from tests.store.recorded import NOW, OWNER, alert, comparison, first, unchanged

HOUR = timedelta(hours=1)
NAMES = ("acme", "borealis", "Çelik")
HEALTH: tuple[Health, ...] = ("ok", "suspect", "unreachable", "gone", "moved", "unstable")
STANDING: tuple[Standing, ...] = ("met", "contrary", "not found", "silent", "not applicable")

deed = st.tuples(
    st.sampled_from(("declare", "change", "look", "pause", "resume", "stand", "decide", "history")),
    st.sampled_from(NAMES),
    st.integers(0, 1_000_000),
)


class World:
    """A store, what is declared, and a clock that goes on with each deed."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOW
        self.policies: dict[str, Policy] = {}
        self.filed: dict[str, Filed] = {}
        self.short: dict[str, int] = {}
        for name in NAMES:
            self.declare(name, 0)

    def do(self, what: str, name: str, dice: int) -> None:
        """Let something happen to a policy."""
        self.now += HOUR
        getattr(self, what)(name, dice)

    def declare(self, name: str, dice: int) -> None:
        """Watch it under some name, or no more."""
        before = self.filed.get(name, Filed()).asked
        service = ("", "Straße AG", "acme", " Zeta\u200b  Two")[dice % 4]
        kind = ("privacy", "terms", "dpa")[dice % 3]
        self.policies[name] = Policy(
            id=name, service=service, type=kind, url="https://x.example/", enabled=dice % 5 != 1
        )
        self.filed[name] = Filed(
            ("", "Ines", "ana")[dice % 3], ("", "Straße")[dice % 2],
            (("a", "B"), ("a",), ())[dice % 3], dice % 2 == 1,
        )  # fmt: skip
        if dice % 7 == 6:
            self.policies.pop(name), self.filed.pop(name)
        if self.filed.get(name, Filed()).asked and not before:
            self.short[name] = -1
        self.short.setdefault(name, 0)
        declared = list(self.policies.values())
        self.store.sync_policies(declared, self.now, lambda policy: self.filed[policy.id])

    def change(self, name: str, dice: int) -> None:
        """A check finds another text."""
        self.unsettle(name)
        number = self.store.source(name).latest_number + 1
        verdict = ("material", "minor", "cosmetic")[dice % 3]
        told = comparison(1, 2) if verdict == "material" else replace(
            comparison(1, 2), verdict=verdict
        )  # fmt: skip
        outcome = first(name, number=number, at=self.now)
        change = outcome.change and replace(outcome.change, comparison=told)
        about = change.id if change else None
        raised = replace(
            alert(alert_id("change", about) if about else f"{name}-{number}", about, name),
            kind="change" if change else "expectation",
            severity=("high", "medium", "low")[dice % 3],
        )
        assert outcome.version
        version = replace(outcome.version, title=f"Title {dice % 9}")
        self.record(replace(outcome, change=change, version=version, alerts=((raised, ()),)))

    def look(self, name: str, dice: int) -> None:
        """A check finds nothing new, or trouble."""
        memory = SourceMemory(health=HEALTH[dice % 6])
        result: Any = "unchanged" if memory.health == "ok" else "failed"
        self.record(unchanged(name, at=self.now, memory=memory, result=result))

    def history(self, name: str, dice: int) -> None:
        """An archive brings an older text."""
        self.unsettle(name)
        outcome = first(name, number=self.store.source(name).latest_number + 1, at=self.now)
        assert outcome.version
        older = replace(
            outcome.version, snapshot=None, first_seen=NOW - timedelta(days=dice % 900), title="Old"
        )
        assert self.store.lease(name, OWNER, self.now, HOUR)
        assert self.store.record_history(name, OWNER, [older], [], self.now)
        self.store.release(name, OWNER)

    def pause(self, name: str, dice: int) -> None:
        """For some hours."""
        until = self.now + (dice % 9) * HOUR
        self.store.pause(name, until, NewAction(self.now, "Ines", "pause", "", "busy"))

    def resume(self, name: str, dice: int) -> None:
        """At once."""
        self.store.resume(name, NewAction(self.now, "Ines", "resume", "", f"{dice}"))

    def stand(self, name: str, dice: int) -> None:
        """Hold it against what is expected."""
        stands = tuple(
            Stand(
                Assessment(
                    name=f"e{n}", standing=STANDING[(dice + n) % 5], category="notice",
                    severity="high", expected="x", summary="y", digest="d",
                ),
                1, self.now, False,
            )
            for n in range(dice % 4)
        )  # fmt: skip
        assert self.store.lease(name, OWNER, self.now, HOUR)
        assert self.store.record_stands(name, OWNER, stands, (), self.now)
        self.short[name] = sum(stand.assessment.short for stand in stands)

    def unsettle(self, name: str) -> None:
        """A new text was held against nothing yet."""
        if self.filed.get(name, Filed()).asked:
            self.short[name] = -1

    def decide(self, name: str, dice: int) -> None:
        """Take some step on an alert."""
        found = review.listing(self.store, severity="low")
        if not found:
            return
        subject = found[dice % len(found)].review
        steps: tuple[review.Step, ...] = ("acknowledge", "dismiss", "escalate", "reopen", "snooze")
        step = steps[dice % 5]
        if step == "snooze" and not subject.open:
            return
        review.decide(
            self.store, subject.subject, step, who=name, at=self.now, grounds="duplicate",
            until=self.now + (dice % 5 + 1) * HOUR,
        )  # fmt: skip

    def record(self, outcome: Any) -> None:
        """Let a check have been made."""
        assert self.store.lease(outcome.policy, OWNER, self.now, HOUR)
        assert self.store.record(outcome)


@pytest.fixture
def folder(tmp_path: Path, migrated: Path) -> Path:
    """Where a store is copied to for each example."""
    shutil.copy(migrated, tmp_path / "new.db")
    return tmp_path


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.generate),  # a smaller example is not worth minutes
)  # fmt: skip
@given(st.lists(deed, max_size=14), st.sampled_from(("", "STRASSE", "a", "title 3", "z")))
def test_lists_are_what_follows_from_the_records(
    folder: Path, deeds: list[tuple[str, str, int]], words: str
) -> None:
    """Whatever happened: every filter, every order, and the alerts that wait."""
    shutil.copy(folder / "new.db", folder / "store.db")
    with Store.open("sqlite:///store.db", base_dir=folder, now=NOW) as store:
        world = World(store)
        for each in deeds:
            world.do(*each)
        facts = {source.policy: Facts(world, source) for source in store.sources()}
        for wanted in asked(world, words):
            fitting = [facts[p] for p in facts if facts[p].fit(wanted)]
            assert store.lists.count(wanted, world.now) == len(fitting), wanted
            for order in ORDERS:
                names = [f.policy for f in sorted(fitting, key=lambda f: f.place(order))]
                assert store.lists.names(wanted, order, world.now) == names, (wanted, order)
            by_id = [source.policy for source in store.lists.after(wanted, "", world.now, limit=9)]
            assert by_id == sorted(fact.policy for fact in fitting)
        standing = [facts[name].condition for name in facts]
        assert store.lists.standing(world.now) == {
            each: standing.count(each) for each in CONDITIONS if each in standing
        }
        check_reviews(world)


def check_reviews(world: World) -> None:
    """The alerts that wait are those whose actions leave them open."""
    store = world.store
    every = review.listing(store, severity="low", limit=1000)
    derived = {
        each.record.alert.id: review.review_of(each.review.subject, store.actions())
        for each in every
    }
    assert {each.record.alert.id: each.review for each in every} == derived
    for now in (None, world.now):
        waiting = store.waiting(1000, severities=("high", "medium", "low"), now=now)
        assert [record.alert.id for record in waiting] == [
            record.record.alert.id
            for record in sorted(
                every, key=lambda r: (-r.record.created_at.timestamp(), r.record.alert.id)
            )
            if waits(derived[record.record.alert.id], now)
        ]
    counted = store.waiting_count(severities=("high", "medium"), now=world.now)
    gravest = store.waiting(1000, severities=("high", "medium"), now=world.now, gravest=True)
    assert sum(counted.values()) == len(gravest)
    ranks = [record.severity for record in gravest]
    assert ranks == sorted(ranks)  # "high" comes before "medium"


def waits(found: Review, now: Any) -> bool:
    """As pages and the command line say it."""
    return found.waits(now) if now else found.open


class Facts:
    """What is true of a policy, by its records and the configuration."""

    def __init__(self, world: World, source: SourceRecord) -> None:
        store, self.policy = world.store, source.policy
        self.filed = world.filed.get(self.policy, Filed())
        self.type, self.versions = source.type, store.versions(self.policy)
        stands = store.stands(self.policy)
        self.short = world.short[self.policy]
        assert self.short in (-1, sum(stand.assessment.short for stand in stands))
        self.check = source.last_check_at
        meant = [h for h in store.change_heads(policy=self.policy) if h.verdict != "cosmetic"]
        self.change = max((head.at for head in meant), default=None)
        last = store.lists.last_changes([self.policy])
        assert (last[self.policy].at if last else None) == self.change
        service = source.service.replace("\u200b", "")
        self.name = (" ".join(service.split()) or source.policy).casefold()
        title = source.baseline.title if source.baseline else ""
        told = (self.policy, service, title, TYPE_LABELS[self.type], self.filed.owner)
        self.words = " ".join((*told, self.filed.vendor, *self.filed.tags)).casefold()
        self.condition: Condition = source.memory.health
        if not source.enabled:
            self.condition = "disabled"
        elif source.paused(world.now):
            self.condition = "paused"

    def fit(self, wanted: Wanted) -> bool:
        """Whether all that is wanted holds."""
        first_at = min((version.first_seen for version in self.versions), default=None)
        return (
            all(word in self.words for word in wanted.words.casefold().split())
            and (not wanted.states or self.condition in wanted.states)
            and (not wanted.types or self.type in wanted.types)
            and wanted.tag in ("", *self.filed.tags)
            and wanted.owner in ("", self.filed.owner)
            and wanted.vendor.casefold() in ("", self.filed.vendor.casefold())
            and (not wanted.versioned or first_at is not None)
            and (wanted.at is None or (first_at is not None and first_at <= wanted.at))
            and (not wanted.asked or self.filed.asked)
            and (not wanted.missed or self.short != 0)
        )

    def place(self, order: Order) -> tuple[Any, ...]:
        """Where it stands in a list."""
        owner = self.filed.owner.casefold()
        by: dict[str, tuple[Any, ...]] = {
            "name": (),
            "change": (-self.change.timestamp() if self.change else 0,),
            "check": (-self.check.timestamp() if self.check else 0,),
            "state": (CONDITIONS.index(self.condition),),
            "owner": (not owner, owner),
        }
        return (*by[order], self.name, self.policy)


def asked(world: World, words: str) -> list[Wanted]:
    """One filter of each kind, and some together."""
    alone = [
        Wanted(), Wanted(words=words), Wanted(types=("terms",)), Wanted(types=("terms", "dpa")),
        Wanted(tag="a"), Wanted(tag="b"), Wanted(owner="Ines"), Wanted(vendor="strasse"),
        Wanted(versioned=True), Wanted(at=NOW), Wanted(at=world.now - 2 * HOUR),
        Wanted(asked=True), Wanted(missed=True),
        Wanted(words=words, types=("privacy",), tag="a"),
        Wanted(states=("ok",), owner="ana"),
        Wanted(states=("ok", "paused", "suspect"), words=words),
    ]  # fmt: skip
    return alone + [Wanted(states=(condition,)) for condition in CONDITIONS]


def test_a_list_is_read_in_pages(store: Store, now: Any) -> None:
    """On both databases: some from a place on, in the order asked for; and those after an id."""
    store.sync_policies(
        [Policy(id=f"p{n:02}", service=f"S{9 - n}", url="https://x.example/") for n in range(10)],
        now,
    )
    page = store.lists.page(Wanted(states=("new",)), "name", now, offset=8, limit=5)
    assert [source.policy for source in page] == ["p01", "p00"]
    for asked_for, shown, names in ((1, 1, 4), (3, 3, 2), (9, 3, 2)):
        found, page_number, count = store.lists.numbered(
            Wanted(words="p0"), "name", now, page=asked_for, size=4
        )
        assert (page_number, count, len(found)) == (shown, 10, names)
    assert store.lists.numbered(Wanted(words="z"), "name", now, page=7, size=4) == ([], 1, 0)
    assert store.lists.numbered(Wanted(), "name", now, page=2, size=5)[2] == 12
    after = store.lists.after(Wanted(), "p07", now, limit=5)
    assert [source.policy for source in after] == ["p08", "p09"]
    assert store.lists.page(Wanted(states=("no such",)), "name", now, limit=5) == []  # type: ignore[arg-type]


def test_what_there_is_to_choose_from(store: Store, now: Any) -> None:
    """On both databases: each value once, in order, and no more than are wanted."""
    filed = {"acme": Filed("Ines", tags=("b", "a")), "borealis": Filed("Ana", tags=("b",))}
    policies = [Policy(id=name, url="https://x.example/", type="dpa") for name in filed]
    store.sync_policies(policies, now, lambda policy: filed[policy.id])
    assert store.lists.choices(9) == {"tag": ["a", "b"], "owner": ["Ana", "Ines"], "type": ["dpa"]}
    assert store.lists.choices(1) == {"tag": ["a"], "owner": ["Ana"], "type": ["dpa"]}
    store.sync_policies(policies, now)
    assert store.lists.choices(9) == {"tag": [], "owner": [], "type": ["dpa"]}
