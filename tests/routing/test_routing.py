from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.findings.team import Override, Words
from monitor.hours import Digest, Quiet
from monitor.model import Alert, Category, Finding, Severity, Verdict
from monitor.routing import Mute, Plan, Rule, Told, plan

NOW = datetime(2027, 3, 1, 21, 30, tzinfo=UTC)  # a Monday


def planned(
    alert: Alert, rules: Iterable[Rule], mutes: Iterable[Mute] = (), *, tags: tuple[str, ...] = ()
) -> Plan:
    return plan(Told(alert, tags, "privacy"), list(rules), mutes, NOW)


def routes_for(
    alert: Alert, rules: Iterable[Rule], *, tags: tuple[str, ...] = ()
) -> tuple[str, ...]:
    return tuple(made.channel for made in planned(alert, rules, tags=tags).deliveries)


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


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Rule("c", types=("terms",)), "types: terms, and this has privacy"),
        (Rule("c", owners=("Ines",)), "owners: Ines, and this is of Jo"),
        (Rule("c", verdicts=("minor",)), "verdicts: minor, and this is material"),
        (Rule("c", directions=("stronger",)), "no finding is medium or graver and stronger"),
        (Rule("c", severity="high"), "no finding is high or graver: medium notice weaker"),
        (Rule("c", tags=("vendor",)), "tags: vendor, and this has none"),
        (Rule("c", health="only"), 'health = "only"'),
    ],
)
def test_a_route_says_why_it_does_not_match(rule: Rule, reason: str) -> None:
    """Each filter that stands against it is named, with what was asked and what is."""
    alert = replace(change(finding("medium"), severity="medium"), owner="Jo")
    (decision,) = planned(alert, [rule]).decisions
    assert decision.planned is None
    assert any(reason in each for each in decision.reasons), decision.reasons


def test_direction_and_category_must_be_of_one_finding() -> None:
    """A weaker sale clause beside a stronger notice is no stronger sale clause."""
    stronger = replace(finding("high", "notice"), direction="stronger")
    alert = change(finding("high", "sale"), stronger)
    rule = Rule("c", categories=("sale",), directions=("stronger",))
    assert routes_for(alert, [rule]) == ()
    assert routes_for(alert, [replace(rule, categories=("notice",))]) == ("c",)


def test_a_route_that_does_not_continue_is_the_last_that_matches() -> None:
    """One that did not match ends nothing; the reason names the one that did."""
    rules = [
        Rule("never", severity="high", go_on=False),
        Rule("first", go_on=False),
        Rule("second"),
    ]
    result = planned(change(finding("medium"), severity="medium"), rules)
    assert [made.channel for made in result.deliveries] == ["first"]
    assert result.decisions[2].reasons == ("route no. 2 matched, and does not continue",)


def test_health_alerts_go_their_own_way_and_are_throttled() -> None:
    """A route for them alone passes no change; only they carry a throttle."""
    rules = [
        Rule("ops", health="only", throttle=timedelta(hours=1)),
        Rule("people", health=False, throttle=timedelta(hours=1)),
    ]
    (made,) = planned(health(), rules).deliveries
    assert (made.channel, made.throttle) == ("ops", timedelta(hours=1))
    (made,) = planned(change(finding("high")), rules).deliveries
    assert (made.channel, made.throttle) == ("people", None)


def test_the_earliest_of_several_ways_to_a_channel_is_taken() -> None:
    """High ones at once, the rest in the morning: a high one does not wait for the digest."""
    daily = Digest("daily", time(8), zone=ZoneInfo("Europe/Rome"))
    rules = [Rule("mail", digest=daily), Rule("mail", severity="high")]
    (made,) = planned(change(finding("high")), rules).deliveries
    assert (made.at, made.batch) == (NOW, "")
    (made,) = planned(change(finding("medium"), severity="medium"), rules).deliveries
    assert made.at == datetime(2027, 3, 2, 7, 0, tzinfo=UTC)
    assert made.batch == "digest 2027-03-02T07:00+00:00"


def test_a_reminder_waits_for_no_digest_that_comes_too_late() -> None:
    """The digest is on the morning of 2 March: a day after it can wait, that day itself not."""
    rules = [Rule("mail", digest=Digest("daily", time(8), zone=ZoneInfo("Europe/Rome")))]
    for until, waits in (("2027-03-03", True), ("2027-03-02", False), ("2027-03-01", False)):
        alert = replace(change(finding("high")), kind="deadline", deadlines=({"until": until},))
        (made,) = planned(alert, rules).deliveries
        assert bool(made.batch) is waits, until
        assert (made.at == NOW) is not waits


def test_reminders_pass_by_the_findings_of_their_change_unless_left_out() -> None:
    """So they go where the alert of the change went."""
    reminder = replace(change(finding("high")), kind="deadline", verdict=None)
    assert routes_for(reminder, [Rule("a"), Rule("b", deadlines=False)]) == ("a",)
    low = replace(change(finding("low")), kind="deadline", verdict=None)
    assert routes_for(low, [Rule("a"), Rule("b", severity="low")]) == ("b",)


def test_quiet_hours_put_off_and_escalation_counts_from_the_telling() -> None:
    """Nobody can acknowledge what they were not told of yet."""
    rule = Rule(
        "mail",
        quiet=Quiet((time(20), time(7)), zone=ZoneInfo("UTC")),
        escalate_after=timedelta(hours=4),
        escalate_to="boss",
    )
    first, then = planned(change(finding("high")), [rule]).deliveries
    assert (first.channel, first.at) == ("mail", datetime(2027, 3, 2, 7, 0, tzinfo=UTC))
    assert (then.channel, then.at) == ("boss", datetime(2027, 3, 2, 11, 0, tzinfo=UTC))
    assert then.purpose == "escalation"
    assert [made.purpose for made in planned(health(), [rule]).deliveries] == [""]


def mute(*categories: str, until: datetime | None = None) -> Mute:
    what = Override("m", None, categories=categories) if categories else None  # type: ignore[arg-type]
    return Mute("m", "we know", until, what)


def test_a_mute_of_the_policy_silences_it_until_it_runs_out() -> None:
    """Health included; the very instant at which it ends is loud again."""
    for alert in (change(finding("high")), health()):
        muted = planned(alert, [Rule("mail")], [mute(until=NOW + timedelta(seconds=1))])
        assert muted.deliveries == ()
        assert "muted" in muted.decisions[0].reasons[0]
        assert "we know" in muted.decisions[0].reasons[0]
        assert planned(alert, [Rule("mail")], [mute(until=NOW)]).deliveries


def test_a_muted_finding_does_not_carry_the_others() -> None:
    """The route is held against what is left: a low rest goes nowhere, a grave one goes."""
    alert = change(finding("high", "sale"), finding("low", "age"))
    assert planned(alert, [Rule("mail")], [mute("sale")]).deliveries == ()
    assert planned(alert, [Rule("mail")], [mute("age")]).deliveries
    both = planned(alert, [Rule("mail", severity="low")], [mute("sale", "age")])
    assert both.deliveries == ()
    assert [held.name for held in both.muted_by] == ["m"]


def test_a_phrase_is_muted_in_quotes_and_summaries() -> None:
    """As team rules look for words."""
    words = Mute("m", "", None, Override("m", None, words=Words(("it changed",))))
    assert planned(change(finding("high")), [Rule("mail")], [words]).deliveries == ()


def test_every_route_that_leads_there_calls_its_people_once() -> None:
    """The one delivery of a channel calls all whom the matching routes name; others call nobody."""
    rules = [
        Rule("slack", mention=("here", "U024BE7LH"), escalate_after=timedelta(hours=4),
             escalate_to="legal"),
        Rule("slack", severity="high", mention=("U024BE7LH", "S012AB34C")),
        Rule("slack", severity="high", tags=("vendor",), mention=("W0000001",)),
        Rule("mail"),
    ]  # fmt: skip
    made = {
        (d.channel, d.purpose): d.mention
        for d in planned(change(finding("high")), rules).deliveries
    }
    assert made == {
        ("slack", ""): ("here", "U024BE7LH", "S012AB34C"),
        ("legal", "escalation"): ("here", "U024BE7LH"),
        ("mail", ""): (),
    }
