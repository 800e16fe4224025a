"""Deciding over a real store: what is open, what became a rule, what was taken back."""

from __future__ import annotations

import tomllib
from datetime import timedelta

import pytest

from monitor.alerts import health_alert
from monitor.config import Override as Table
from monitor.config import Settings
from monitor.errors import StoreError
from monitor.findings.team import Override, Words
from monitor.review import decide, find, listing, made_rules, propose, reject, take_back, written
from monitor.team_rules import team_rules
from store import Store
from tests.review.conftest import POLICY
from tests.store.recorded import NOW

LATER = NOW + timedelta(days=9)


def rule_for(desk: Store, change: str, **what: object) -> Override:
    """A proposed rule about a change of the desk."""
    alert = find(desk, change).record.alert
    made = desk.actions("acme", what=["ignore"])
    return propose("acme", change, alert.findings, made, **what)  # type: ignore[arg-type]


def test_what_is_open_until_somebody_decides(desk: Store) -> None:
    """Newest first; a closed one is left out, an escalated one stays."""
    assert [r.review.subject for r in listing(desk, open_only=True)] == ["acme@2-3", "acme@1-2"]
    _, new = decide(desk, "acme@1-2", "acknowledge", who="Ines", at=LATER, why="fine with us")
    assert new
    decide(desk, "acme@2-3", "escalate", who="Jo", at=LATER)
    assert [r.review.subject for r in listing(desk, open_only=True)] == ["acme@2-3"]
    states = {r.review.subject: (r.review.state, r.review.who) for r in listing(desk)}
    assert states == {"acme@1-2": ("acknowledged", "Ines"), "acme@2-3": ("escalated", "Jo")}
    assert desk.verify() == []


def test_a_change_and_its_alert_are_one_subject(desk: Store) -> None:
    """By whichever name it is decided, it is decided once."""
    alert = find(desk, "acme@1-2").record.alert
    decide(desk, alert.id, "acknowledge", who="Ines", at=LATER)
    again, new = decide(desk, "acme@1-2", "acknowledge", who="Jo", at=LATER)
    assert (again.review.who, new) == ("Ines", False)
    assert len(desk.actions("acme")) == 1


def test_only_what_people_were_alerted_of_is_reviewed(desk: Store) -> None:
    """An unknown name, and trouble with a source, which ends by itself."""
    trouble = health_alert(POLICY, "gone", "404", at=NOW, severity="high", links={})
    desk.add_alert(trouble, [], NOW)
    assert trouble.id not in {r.review.subject for r in listing(desk)}
    for subject in ("acme@8-9", trouble.id):
        with pytest.raises(StoreError, match="nothing to review"):
            decide(desk, subject, "acknowledge", who="Ines", at=LATER)
    assert desk.actions() == []


def test_a_rule_of_a_review_holds_findings_back_before_those_of_the_file(desk: Store) -> None:
    """It is the newest decision and about this policy alone, so it decides first."""
    reject(desk, "acme@2-3", rule_for(desk, "acme@2-3", category="sale"), who="Ines", at=LATER)
    made = [rule for _, rule in made_rules(desk, "acme")]
    settings = Settings(override=(Table(name="file", categories=("sale",), severity="high"),))
    rules = team_rules(settings, POLICY, made)
    assert [rule.name for rule in rules.overrides] == ["review-acme-2-3", "file"]
    sale = next(f for f in find(desk, "acme@2-3").record.alert.findings if f.category == "sale")
    assert next(r for r in rules.overrides if r.fits(sale)).severity is None
    assert made_rules(desk, "borealis") == []


def test_a_change_is_dismissed_once_rules_leave_nothing_of_it(desk: Store) -> None:
    """The first rule leaves the notice, so it stays open; the second closes it."""
    half = reject(
        desk, "acme@2-3", rule_for(desk, "acme@2-3", category="sale"), who="Ines", at=LATER
    )
    assert half.review.open
    whole = reject(
        desk, "acme@2-3", rule_for(desk, "acme@2-3", phrase="before we change"), who="Ines",
        at=LATER,
    )  # fmt: skip
    assert (whole.review.state, whole.review.grounds) == ("dismissed", "not relevant")
    undone = take_back(desk, "acme@2-3", who="Jo", at=LATER, why="we were wrong")
    assert {rule.name for rule in undone} == {"review-acme-2-3", "review-acme-2-3-2"}
    assert made_rules(desk, "acme") == []
    assert find(desk, "acme@2-3").review.open
    assert desk.verify() == []


def test_taking_a_rule_back_leaves_a_persons_own_dismissal(desk: Store) -> None:
    """Only what the rule closed is opened again."""
    reject(desk, "acme@2-3", rule_for(desk, "acme@2-3", category="sale"), who="Ines", at=LATER)
    decide(desk, "acme@2-3", "dismiss", who="Jo", at=LATER, grounds="duplicate")
    take_back(desk, "acme@2-3", who="Ines", at=LATER)
    assert find(desk, "acme@2-3").review.grounds == "duplicate"
    with pytest.raises(StoreError, match="no rule was made"):
        take_back(desk, "acme@2-3", who="Ines", at=LATER)


def test_a_name_is_not_given_twice_even_after_it_was_taken_back(desk: Store) -> None:
    """What a stored change says held a finding back stays unambiguous."""
    for _ in range(2):
        rule = rule_for(desk, "acme@1-2", number=1)
        reject(desk, "acme@1-2", rule, who="Ines", at=LATER)
        take_back(desk, "acme@1-2", who="Ines", at=LATER)
    assert rule.name == "review-acme-1-2-2"


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({}, "say what was wrong"),
        ({"number": 9}, "no number 9"),
        ({"number": 0}, "no number 0"),
        ({"phrase": "zebra"}, "ignore no finding"),
        ({"category": "sale"}, "ignore no finding"),
    ],
)
def test_a_rule_that_says_or_does_nothing_is_refused(
    desk: Store, what: dict[str, object], said: str
) -> None:
    """A person who mistyped learns of it before anything is written."""
    with pytest.raises(StoreError, match=said):
        rule_for(desk, "acme@1-2", **what)


def test_a_rule_is_shown_as_config_toml_would_have_it(desk: Store) -> None:
    """Pasted into config.toml it means the same: hostile words in a phrase stay words."""
    phrase = 'a "quoted"\nline \\ and \x7f'
    rule = Override("x", None, ("sale",), words=Words((phrase,)), reason="why")
    (table,) = tomllib.loads(written(rule, "acme"))["override"]
    parsed = Table(**table)
    assert (parsed.phrases, parsed.categories, parsed.ignore) == ((phrase,), ("sale",), True)
    assert parsed.policies == ("acme",)
