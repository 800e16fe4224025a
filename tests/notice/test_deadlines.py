"""Until when one may act on a change: every date here was counted by hand, with a calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import find_commitments
from monitor.model import Finding, Quote
from monitor.notice.calendar import Calendar, Period, parse_period
from monitor.notice.clock import Dates, Publication, Told
from monitor.notice.deadlines import Deadline, announced, deadlines_of
from monitor.notice.standards import Standard, promised
from tests.notice.test_standards import finding as change_of

SEEN = datetime(2026, 3, 15, 9, 0, tzinfo=UTC)
EFFECT = date(2026, 6, 1)


def window(period: str = "30 days", right: str = "objection", **more: object) -> Standard:
    """A time to act that somebody gave."""
    given = {"source": "policy", "cite": "You may object.", **more}
    return Standard(right, period=parse_period(period), **given)  # type: ignore[arg-type]


def published(
    seen: datetime = SEEN,
    last: datetime | None = SEEN,
    *told: Told,
    effective: date | None = None,
) -> Publication:
    """A change that the page shows since ``seen``, looked at every six hours."""
    new, old = Dates(None, effective), Dates(None, date(2025, 1, 1))
    return Publication(seen, last, new, old, told=told, every=timedelta(hours=6))


def listed(rule: str, *names: str, before: tuple[str, ...] = ()) -> Finding:
    """What happened to sub-processors."""
    quote = Quote("row", "", 0, 3)
    gone, new = frozenset(before) or None, frozenset(names) or None
    return Finding("sharing", "weaker", "high", "s", quote, quote, gone, new, rule, 1.0)


TERMS = change_of("liability", "We owe nothing.")
ADDED = listed("subprocessor-added", "Birch Inc.", "Alder GmbH")


def counted(
    *standards: Standard,
    publication: Publication | None = None,
    findings: tuple[Finding, ...] = (TERMS,),
    scopes: tuple[str, ...] = ("policy",),
    **more: object,
) -> dict[str, Deadline]:
    """The deadlines by kind."""
    found = deadlines_of(
        standards,
        publication or published(),
        findings,
        scopes=frozenset(scopes),
        **more,  # type: ignore[arg-type]
    )
    return {deadline.kind: deadline for deadline in found}


@pytest.mark.parametrize(
    ("seen", "period", "until"),
    [
        ("2026-03-15", "30 days", "2026-04-14"),  # 16 days left of March, and 14 of April
        ("2028-02-20", "10 days", "2028-03-01"),  # a leap year: the 29th counts
        ("2026-02-20", "10 days", "2026-03-02"),
        ("2026-01-31", "1 month", "2026-02-28"),  # no 31 February: the last day of it
        ("2028-01-31", "1 month", "2028-02-29"),
        ("2026-11-30", "3 months", "2027-02-28"),
        ("2026-08-31", "1 month", "2026-09-30"),
        ("2028-02-29", "1 year", "2029-02-28"),
        ("2026-03-15", "2 weeks", "2026-03-29"),  # over the change to summer time
        ("2026-03-13", "10 business days", "2026-03-27"),  # a Friday; two weekends
        ("2026-03-15", "1 business day", "2026-03-16"),  # a Sunday; Monday is the first
        ("2026-12-21", "5 business days", "2026-12-28"),  # holidays only as configured
    ],
)
def test_periods_are_counted_as_what_they_are(seen: str, period: str, until: str) -> None:
    """The day of the notice is not counted, the last day is the last to act."""
    at = datetime.fromisoformat(f"{seen}T09:00:00+00:00")
    day = counted(window(period), publication=published(at, at))["objection"]
    assert (str(day.start), str(day.until)) == (seen, until)
    assert day.counted.startswith(f"{period} from {seen} (when the page showed it) end")
    assert day.counted.endswith(f" on {until}.")


def test_configured_holidays_take_days_away() -> None:
    """From Monday 21 December 2026: 22, 23, 24, 29 and 30, for the 25th and the 28th are free."""
    at = datetime(2026, 12, 21, 9, tzinfo=UTC)
    calendar = Calendar(
        holidays=frozenset({date(2026, 12, 28)}), yearly=frozenset({(12, 25), (12, 26)})
    )
    found = counted(window("5 business days"), publication=published(at, at), calendar=calendar)
    assert found["objection"].until == date(2026, 12, 30)


def test_a_day_begins_where_the_team_is() -> None:
    """23:30 UTC is the next day in Rome, in winter as in summer."""
    rome = Calendar(zone=ZoneInfo("Europe/Rome"))
    for seen, until in (
        (datetime(2026, 1, 10, 23, 30, tzinfo=UTC), date(2026, 1, 21)),
        (datetime(2026, 7, 10, 22, 30, tzinfo=UTC), date(2026, 7, 21)),
    ):
        found = counted(window("10 days"), publication=published(seen, seen), calendar=rome)
        assert found["objection"].until == until


# --- from when -----------------------------------------------------------------------------------


def test_the_cautious_day_of_publication_counts() -> None:
    """Published some time between two looks: the earlier day, for the page may be that old."""
    seen = datetime(2026, 3, 16, 1, tzinfo=UTC)
    day = counted(window(), publication=published(seen, SEEN.replace(hour=19)))["objection"]
    assert (day.start, day.until) == (date(2026, 3, 15), date(2026, 4, 14))
    assert "(when the page was last seen without it)" in day.counted


def test_a_gap_is_named_and_the_first_sight_counts() -> None:
    """After twelve days without a look the earlier day would be a guess at the vendor's expense."""
    day = counted(window(), publication=published(SEEN, SEEN - timedelta(days=12)))["objection"]
    assert day.start == date(2026, 3, 15)
    assert "first seen, 12 days after the last look" in day.counted


@pytest.mark.parametrize(
    ("channels", "start"),
    [((), "2026-03-10"), (("email",), "2026-03-10"), (("website",), "2026-03-15")],
)
def test_an_e_mail_starts_the_clock_where_it_may(channels: tuple[str, ...], start: str) -> None:
    """The vendor wrote five days before the page changed; a promise of the page is the page's."""
    told = Told(datetime(2026, 3, 10, 8, tzinfo=UTC), None, "0a1b")
    standard = window(channels=frozenset(channels))
    day = counted(standard, publication=published(SEEN, SEEN, told))["objection"]
    assert str(day.start) == start


@pytest.mark.parametrize(
    ("starts", "effective", "until"),
    [
        ("effect", EFFECT, "2026-07-01"),
        ("effect", None, None),
        ("later", EFFECT, "2026-07-01"),
        ("later", date(2026, 3, 1), "2026-04-14"),
        ("later", None, "2026-04-14"),
        ("until effect", EFFECT, "2026-05-31"),
        ("until effect", None, None),
    ],
)
def test_a_right_runs_from_where_it_says(
    starts: str, effective: date | None, until: str | None
) -> None:
    """From the effect, from the later of both, or until the day before; unknown days give none."""
    found = counted(
        window(starts=starts, right="termination"), publication=published(effective=effective)
    )
    assert (str(found["termination"].until) if "termination" in found else None) == until


def test_the_effect_is_a_date_of_its_own() -> None:
    """The page's word, else that of the vendor's notice; one that did not move is none."""
    page = counted(publication=published(effective=EFFECT), findings=())["effect"]
    assert (page.until, page.source) == (EFFECT, "page")
    assert page.counted == "The page states 2026-06-01."
    told = Told(SEEN, EFFECT, "0a1b")
    mail = counted(publication=published(SEEN, SEEN, told))["effect"]
    assert (mail.until, mail.source) == (EFFECT, "notice")
    assert counted(publication=published(effective=date(2025, 1, 1))) == {}


# --- whose word ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("precedence", "until", "source", "also"),
    [
        ("earliest", "2026-03-30", "law", ["contract", "policy"]),
        ("contract", "2026-04-04", "contract", ["law", "policy"]),
        ("policy", "2026-04-14", "policy", ["law", "contract"]),
    ],
)
def test_the_earliest_counts_unless_the_contract_decides(
    precedence: str, until: str, source: str, also: list[str]
) -> None:
    """15 days by law, 20 by contract, 30 by the policy; the others stay visible."""
    day = counted(
        window("30 days"),
        window("20 days", source="contract", cite="MSA, 4.1"),
        window("15 days", source="law", cite="an act"),
        precedence=precedence,
    )["objection"]
    assert (str(day.until), day.source, [one.source for one in day.also]) == (until, source, also)


def test_precedence_without_a_word_leaves_the_others() -> None:
    """A contract that sets no time to object takes none away."""
    assert counted(window(), precedence="contract")["objection"].source == "policy"


def test_of_equal_days_the_contract_is_named() -> None:
    """Both give 30 days; the one that both sides signed is the better proof."""
    day = counted(window(), window(source="contract"))["objection"]
    assert (day.source, day.also[0].source) == ("contract", "policy")


def test_nothing_to_object_to_without_a_finding() -> None:
    """Layout changed: no window opens, whatever the text promises."""
    assert counted(window(), findings=()) == {}


def test_a_window_for_prices_is_none_for_the_rest() -> None:
    """Only changes of what it is about open it."""
    price = window(about="price", right="termination")
    assert counted(price) == {}
    assert "termination" in counted(price, scopes=("price",))


# --- sub-processors ------------------------------------------------------------------------------

ABOUT_THEM = window("14 days", about="subprocessors")


@pytest.mark.parametrize(
    ("rule", "opens"),
    [
        ("subprocessor-added", True),
        ("subprocessor-replaced", True),
        ("subprocessor-removed", False),
        ("subprocessor-relocated", False),
        ("subprocessor-renamed", False),
    ],
)
def test_who_came_may_be_objected_to_and_who_left_never(rule: str, opens: bool) -> None:
    """By the promise of a policy."""
    found = counted(
        ABOUT_THEM, window(), findings=(listed(rule, "Birch Inc."),), scopes=("subprocessors",)
    )
    assert ("objection" in found) is opens
    if opens:
        assert found["objection"].names == ("Birch Inc.",)
        assert found["objection"].until == date(2026, 3, 29)


def test_a_move_opens_a_window_only_where_the_contract_says_so() -> None:
    """The contract's window for moves; the policy's stays shut."""
    contract = window("10 days", source="contract", about="subprocessors", on=("relocated",))
    moved = (listed("subprocessor-relocated", "Birch Inc. (Chile)"),)
    found = counted(ABOUT_THEM, contract, findings=moved, scopes=("subprocessors",))
    assert (found["objection"].source, found["objection"].also) == ("contract", ())
    assert counted(contract, findings=(ADDED,), scopes=("subprocessors",)) == {}


def test_sentences_about_sub_processors_are_changes_of_the_agreement() -> None:
    """Nobody was added: the agreement's own window is open, not that for new ones."""
    words = change_of("sharing", "Our sub-processors may see the data.")
    found = counted(ABOUT_THEM, window("30 days"), findings=(words,), scopes=("subprocessors",))
    assert (found["objection"].until, found["objection"].names) == (date(2026, 4, 14), ())


def test_a_right_to_leave_because_of_sub_processors_is_about_them() -> None:
    """Read from the sentence: it must not open for other changes of the agreement."""
    text = (
        "If Customer does not accept a new sub-processor, Customer may terminate the agreement "
        "by giving notice within 30 days."
    )
    (standard,) = promised(find_commitments(text), "en")
    assert (standard.right, standard.about) == ("termination", "subprocessors")


# --- whatever is given ---------------------------------------------------------------------------

STANDARDS = st.lists(
    st.builds(
        Standard,
        right=st.just("objection"),
        source=st.sampled_from(["policy", "contract", "law"]),
        period=st.builds(
            Period, st.integers(1, 90), st.sampled_from(["day", "business_day", "week", "month"])
        ),
        starts=st.sampled_from(["notice", "effect", "later", "until effect"]),
    ),
    min_size=1,
    max_size=6,
)


@given(STANDARDS, st.dates(date(2026, 3, 16), date(2029, 3, 1)))
def test_the_earliest_reading_always_counts(standards: list[Standard], effective: date) -> None:
    """Whoever gives what: no other reading is earlier, and one more never makes it later."""
    publication = published(effective=effective)
    day = counted(*standards, publication=publication)["objection"]
    assert all(day.until <= one.until for one in day.also)
    fewer = counted(*standards[1:], publication=publication)
    assert "objection" not in fewer or day.until <= fewer["objection"].until
    assert all(str(one.until) in one.counted for one in (day, *day.also))


# --- what only a notice tells of -----------------------------------------------------------------


def foretold(
    *standards: Standard,
    effective: date | None = EFFECT,
    stated: tuple[Deadline, ...] = (),
    scopes: tuple[str, ...] = ("policy",),
) -> list[Deadline]:
    """The days of a change that a notice of 15 March announces."""
    told = Told(SEEN, effective, "3836d7e8d738")
    publication = Publication(SEEN, None, Dates(), told=(told,))
    return list(announced(standards, publication, stated, scopes=frozenset(scopes)))


def test_a_notice_alone_starts_every_clock_that_it_may_start() -> None:
    """From when it applies, and the contract's time to object, though no page shows anything."""
    effect, objection = foretold(
        window("10 days", source="contract", cite="MSA"), window("30 days", "objection")
    )
    assert (effect.kind, effect.until, effect.source) == ("effect", EFFECT, "notice")
    assert "3836d7e8d738" in effect.counted
    assert (objection.until, objection.source) == (date(2026, 3, 25), "contract")
    assert "when the vendor's notice was received" in objection.counted
    assert [other.until for other in objection.also] == [date(2026, 4, 14)]


def test_what_must_be_told_on_the_page_does_not_run_from_an_e_mail() -> None:
    """The time of a promise to post begins with the page."""
    posted = window("30 days", channels=frozenset({"website"}))
    mailed = window("30 days", channels=frozenset({"email"}))
    assert [deadline.kind for deadline in foretold(posted)] == ["effect"]
    assert [deadline.kind for deadline in foretold(mailed)] == ["effect", "objection"]


def test_the_day_that_the_notice_names_counts_where_it_is_the_earliest() -> None:
    """Beside what was promised; of another subject than was announced nothing runs."""
    last = Deadline(
        "termination", date(2026, 5, 31), "notice", "Until then.", cite="You may leave."
    )
    [termination] = [d for d in foretold(stated=(last,)) if d.kind == "termination"]
    assert (termination.until, termination.cite) == (date(2026, 5, 31), "You may leave.")
    earlier = window("14 days", "termination")
    [termination] = [d for d in foretold(earlier, stated=(last,)) if d.kind == "termination"]
    assert termination.until == date(2026, 3, 29)
    assert [other.source for other in termination.also] == ["notice"]
    listed_only = window("14 days", about="subprocessors")
    assert [d.kind for d in foretold(listed_only, effective=None)] == []
    assert [d.kind for d in foretold(listed_only, scopes=("subprocessors",))] == [
        "effect",
        "objection",
    ]
