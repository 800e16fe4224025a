from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.model import Alert, Category, Finding, Severity, Verdict
from monitor.routing import Rule, routes_for


def finding(severity: Severity, category: Category = "notice") -> Finding:
    return Finding(category, "weaker", severity, "It changed", None, None, None, None, "rule", 1.0)


def change(
    *findings: Finding, verdict: Verdict | None = "material", severity: Severity = "high"
) -> Alert:
    return Alert(
        id="1",
        policy="lumora-privacy",
        change="lumora-privacy@1-2",
        verdict=verdict,
        summary="It changed",
        findings=findings,
        severity=severity,
        service="Lumora",
    )


def health() -> Alert:
    return Alert(
        id="2",
        policy="lumora-privacy",
        change=None,
        verdict=None,
        summary="The page has not answered for two days",
        first_seen=datetime(2027, 1, 1, tzinfo=UTC),
        kind="health",
        severity="medium",
        service="Lumora",
    )


@pytest.mark.parametrize(
    ("lowest", "gravest", "passes"),
    [
        ("low", "low", True),
        ("low", "high", True),
        ("medium", "low", False),
        ("medium", "medium", True),
        ("medium", "high", True),
        ("high", "medium", False),
        ("high", "high", True),
    ],
)
def test_a_severity_threshold_lets_the_named_one_and_graver_ones_pass(
    lowest: Severity, gravest: Severity, passes: bool
) -> None:
    """A route's severity is the lowest that passes."""
    verdict: Verdict = "minor" if gravest == "low" else "material"
    alert = change(finding(gravest), verdict=verdict, severity=gravest)
    assert routes_for(alert, [Rule("mail", severity=lowest)]) == (("mail",) if passes else ())


@pytest.mark.parametrize("verdict", ["cosmetic", "capture"])
def test_what_is_not_a_change_of_meaning_goes_nowhere(verdict: Verdict) -> None:
    """Even a route for everything gets neither cosmetic changes nor failed captures."""
    alert = change(finding("high"), verdict=verdict)
    assert routes_for(alert, [Rule("mail", severity="low")]) == ()


def test_a_minor_change_goes_only_where_low_is_asked_for() -> None:
    """Minor changes are opt-in, whatever severity the alert carries."""
    alert = change(verdict="minor", severity="high")
    rules = [Rule("mail"), Rule("archive", severity="low")]
    assert routes_for(alert, rules) == ("archive",)


def test_category_and_severity_must_meet_in_one_finding() -> None:
    """A low finding of the wanted category does not pass on the strength of a high other one."""
    alert = change(finding("high", "age"), finding("low", "sale"))
    rules = [
        Rule("sales-team", severity="high", categories=("sale",)),
        Rule("children-team", severity="high", categories=("age",)),
    ]
    assert routes_for(alert, rules) == ("children-team",)


@pytest.mark.parametrize(
    ("rule", "passes"),
    [
        (Rule("c", policies=("lumora-privacy",)), True),
        (Rule("c", policies=("other",)), False),
        (Rule("c", tags=("critical", "hr")), True),
        (Rule("c", tags=("hr",)), False),
        (Rule("c", services=("lumora",)), True),
        (Rule("c", services=("Lumora Labs",)), False),
        (Rule("c", policies=("lumora-privacy",), tags=("hr",)), False),
    ],
)
def test_every_filter_that_is_given_must_hold(rule: Rule, passes: bool) -> None:
    """Filters on policy, tag and service narrow a route together, for changes and health alike."""
    expected = ("c",) if passes else ()
    assert routes_for(change(finding("high")), [rule], tags=("critical",)) == expected
    assert routes_for(health(), [rule], tags=("critical",)) == expected


def test_health_goes_where_health_is_wanted_whatever_the_threshold() -> None:
    """Severity and categories are about changes and hold back no alert about a source."""
    rules = [
        Rule("people", severity="high", categories=("sale",), health=False),
        Rule("operators", severity="high", categories=("sale",)),
    ]
    assert routes_for(health(), rules) == ("operators",)


def test_a_channel_named_by_several_routes_gets_an_alert_once() -> None:
    """Routes that overlap do not double an alert, and the order of the rules is kept."""
    rules = [Rule("mail"), Rule("slack"), Rule("mail", severity="low")]
    assert routes_for(change(finding("high")), rules) == ("mail", "slack")


def test_an_alert_without_findings_is_weighed_by_its_own_severity() -> None:
    """What carries no findings has no category either."""
    alert = change(verdict=None, severity="medium")
    rules = [Rule("mail"), Rule("urgent", severity="high"), Rule("sale", categories=("sale",))]
    assert routes_for(alert, rules) == ("mail",)


def test_a_test_alert_is_never_routed() -> None:
    """It goes to the channel it was made for, and to no other."""
    alert = Alert("3", "test", None, None, "A test", kind="test", severity="high")
    assert routes_for(alert, [Rule("mail", severity="low")]) == ()


def test_a_route_may_ask_for_vendors() -> None:
    """Letter case does not matter; an alert without a vendor does not pass."""
    rules = [Rule("risk", vendors=("lumora gmbh",))]
    assert routes_for(replace(change(finding("high")), vendor="Lumora GmbH"), rules) == ("risk",)
    assert routes_for(change(finding("high")), rules) == ()


def test_expectations_pass_by_their_severity_unless_a_route_leaves_them_out() -> None:
    """What is met again is low; a route can be for changes only."""
    short = replace(change(finding("medium"), verdict=None), kind="expectation", change=None)
    again = replace(change(finding("low"), verdict=None, severity="low"), kind="expectation")
    rules = [Rule("all"), Rule("low", severity="low"), Rule("changes", expectations=False)]
    assert routes_for(short, rules) == ("all", "low")
    assert routes_for(again, rules) == ("low",)
    assert routes_for(short, [Rule("age", categories=("age",))]) == ()
