"""The notice that was given, held against the notice that was promised."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from monitor.notice.calendar import Calendar, Period, parse_period
from monitor.notice.clock import Dates, Notice, Publication, Told, notice_given
from monitor.notice.standards import Standard

DAY = date(2026, 6, 1)


def noon(day: date) -> datetime:
    """Any moment of a day."""
    return datetime.combine(day, time(12), tzinfo=UTC)


def standard(period: str = "30 days", *channels: str, **more: str | bool) -> Standard:
    """A promise of the older text."""
    given = {"right": "notice", "source": "policy", "cite": "We promise.", **more}
    return Standard(period=parse_period(period), channels=frozenset(channels), **given)  # type: ignore[arg-type]


def published(
    first: date, last_old: date | None, effective: date | None = DAY, *told: Told
) -> Publication:
    """A change whose old text states an earlier date."""
    return Publication(
        noon(first),
        noon(last_old) if last_old else None,
        Dates(date(2026, 5, 1), effective),
        Dates(date(2025, 1, 1), date(2025, 1, 1)),
        told=told,
        every=timedelta(hours=6),
    )


def mail(day: date, effective: date | None = DAY) -> Told:
    """An imported notice."""
    return Told(noon(day), effective, "0a1b2c3d")


@pytest.mark.parametrize(
    ("first", "last_old", "verdict"),
    [
        (date(2026, 5, 1), date(2026, 4, 30), "consistent"),
        (date(2026, 5, 2), date(2026, 5, 2), "consistent"),
        (date(2026, 5, 3), date(2026, 5, 2), "not verifiable"),
        (date(2026, 5, 3), date(2026, 5, 3), "shorter on this page"),
        (date(2026, 5, 20), date(2026, 5, 2), "not verifiable"),
        (date(2026, 5, 20), None, "not verifiable"),
        (date(2026, 6, 20), date(2026, 6, 19), "shorter on this page"),
    ],
)
def test_thirty_days_follow_from_the_interval_of_publication(
    first: date, last_old: date | None, verdict: str
) -> None:
    """Both ends of the interval must agree before anything is said."""
    notice = notice_given([standard()], published(first, last_old))
    assert notice.verdict == verdict
    assert notice.latest == date(2026, 5, 2)


def test_the_arithmetic_is_shown() -> None:
    """Every step that a reader could do again."""
    notice = notice_given([standard()], published(date(2026, 5, 1), date(2026, 4, 30)))
    assert notice.arithmetic == (
        "2026-06-01 less 30 days is 2026-05-02, the last day in time.",
        "The page was last seen without the change on 2026-04-30 12:00 UTC, and first with it on "
        "2026-05-01 12:00 UTC.",
        "From the page to 2026-06-01: 31 to 32 days.",
    )
    assert (notice.given_least_days, notice.given_most_days) == (31, 32)


def test_a_gap_of_ours_is_named_and_blames_nobody() -> None:
    """Between the last good capture and the first with the change lie three weeks."""
    notice = notice_given([standard()], published(date(2026, 5, 20), date(2026, 4, 28)))
    assert notice.verdict == "not verifiable"
    assert notice.reason.startswith("no good capture of this page for 22 days")


def test_without_a_promise_none_applies() -> None:
    """The days given are still counted."""
    notice = notice_given([], published(date(2026, 5, 22), None))
    assert (notice.verdict, notice.given_least_days) == ("no promise applies", 10)


def test_without_an_effective_date_nothing_can_be_verified() -> None:
    """A promise alone proves nothing."""
    notice = notice_given([standard("1 month")], published(DAY, None, None))
    assert (notice.verdict, notice.promised) == ("not verifiable", "1 month")
    assert notice.latest is None


def test_a_date_that_did_not_move_is_not_the_day_of_the_change() -> None:
    """An undated change: the old effective date would make any notice look missing."""
    old = Dates(date(2025, 1, 1), date(2025, 1, 1))
    publication = Publication(noon(DAY), noon(DAY - timedelta(days=1)), old, old)
    notice = notice_given([standard()], publication)
    assert (notice.verdict, notice.dating) == ("not verifiable", "undated")
    assert notice.effective is None
    assert notice.reason == "the page still states 2025-01-01, as before the change"


@pytest.mark.parametrize(
    ("new", "words", "dating"),
    [
        (Dates(DAY, None), True, "dated"),
        (Dates(DAY, None), False, "date only"),
        (Dates(date(2025, 1, 1), None), True, "undated"),
        (Dates(), True, "no date stated"),
    ],
)
def test_dates_and_words_are_told_apart(new: Dates, words: bool, dating: str) -> None:
    """Undated changes and date-only ones are named as such."""
    old = Dates(date(2025, 1, 1), None)
    publication = Publication(noon(DAY), None, new, old, words_changed=words)
    assert notice_given([], publication).dating == dating


# --- what governs ---------------------------------------------------------------------------------


def governing(*standards: Standard, scopes: tuple[str, ...] = ("policy",), **more: str) -> Notice:
    """The notice of a change published on 10 May."""
    publication = published(date(2026, 5, 10), date(2026, 5, 10))
    return notice_given(standards, publication, scopes=frozenset(scopes), **more)  # type: ignore[arg-type]


def test_a_promise_about_prices_does_not_govern_the_policy() -> None:
    """Only promises within whose scope the change falls count."""
    assert governing(standard("60 days", about="price")).verdict == "no promise applies"


def test_the_special_promise_governs_its_own_changes() -> None:
    """14 days for prices, though changes of the policy have 30; both where both changed."""
    both = standard("30 days"), standard("14 days", about="price")
    assert governing(*both, scopes=("price",)).promised == "14 days"
    assert governing(*both, scopes=("price", "policy")).promised == "30 days"
    assert governing(standard("30 days"), scopes=("price",)).promised == "30 days"


def test_the_longest_of_several_promises_governs() -> None:
    """One month reaches further back than 14 days, and the other one is told beside it."""
    notice = governing(standard("14 days"), standard("1 month"))
    assert (notice.promised, notice.verdict) == ("1 month", "shorter on this page")
    assert [(m.promised, m.verdict) for m in notice.also] == [("14 days", "consistent")]


@pytest.mark.parametrize(
    ("precedence", "source", "promised"),
    [
        ("earliest", "policy", "30 days"),
        ("contract", "contract", "14 days"),
        ("policy", "policy", "30 days"),
    ],
)
def test_the_contract_s_precedence_decides(precedence: str, source: str, promised: str) -> None:
    """Where policy and contract differ; the other one stays visible."""
    ours = standard("14 days", source="contract", cite="MSA, section 3")
    notice = governing(standard(), ours, precedence=precedence)
    assert (notice.source, notice.promised) == (source, promised)
    assert len(notice.also) == 1


def test_a_contract_that_is_silent_leaves_the_policy_s_word() -> None:
    """Precedence is no promise."""
    assert governing(standard(), precedence="contract").source == "policy"


def test_a_law_is_told_beside_and_never_governs() -> None:
    """The verdict is about what was promised."""
    law = standard("15 days", source="law", cite="an act")
    notice = governing(law)
    assert notice.verdict == "no promise applies"
    assert [(m.source, m.verdict) for m in notice.also] == [("law", "consistent")]


# --- how it was to be given -----------------------------------------------------------------------

IN_TIME, LATE = date(2026, 4, 20), date(2026, 5, 25)


@pytest.mark.parametrize(
    ("channels", "told", "first", "verdict", "counted"),
    [
        ((), None, IN_TIME, "consistent", "page"),
        ((), IN_TIME, LATE, "consistent", "notice"),
        ((), LATE, IN_TIME, "consistent", "page"),
        (("email",), None, IN_TIME, "not verifiable", "page"),
        (("email",), None, LATE, "not verifiable", "page"),
        (("email",), IN_TIME, LATE, "consistent", "notice"),
        (("email",), LATE, IN_TIME, "shorter on this page", "notice"),
        (("email", "website"), None, IN_TIME, "not verifiable", "page"),
        (("email", "website"), LATE, LATE, "shorter on this page", "notice"),
        (("direct notice",), IN_TIME, LATE, "consistent", "notice"),
        (("website",), IN_TIME, LATE, "shorter on this page", "page"),
        (("website",), None, IN_TIME, "consistent", "page"),
        (("account",), None, IN_TIME, "not verifiable", "page"),
        (("account", "email"), LATE, LATE, "not verifiable", "notice"),
        (("post",), IN_TIME, LATE, "not verifiable", "page"),
    ],
)
def test_the_promised_way_counts(
    channels: tuple[str, ...], told: date | None, first: date, verdict: str, counted: str
) -> None:
    """What was promised by e-mail is proved by an e-mail, what was to be posted by the page."""
    notices = (mail(told),) if told else ()
    notice = notice_given([standard("30 days", *channels)], published(first, first, DAY, *notices))
    assert (notice.verdict, notice.counted_from) == (verdict, counted), notice.reason


@pytest.mark.parametrize(
    ("channels", "told", "first", "verdict", "counted"),
    [
        (("email", "website"), None, IN_TIME, "consistent", "page"),
        (("email", "website"), None, LATE, "not verifiable", "page"),
        (("email", "website"), IN_TIME, LATE, "consistent", "notice"),
        (("email", "website"), LATE, IN_TIME, "consistent", "page"),
        (("email", "website"), LATE, LATE, "shorter on this page", "notice"),
        (("account", "banner"), None, IN_TIME, "consistent", "page"),
        (("account", "email"), None, IN_TIME, "not verifiable", "page"),
        (("account", "email"), IN_TIME, LATE, "consistent", "notice"),
        (("account", "email"), LATE, LATE, "not verifiable", "notice"),
    ],
)
def test_of_a_choice_of_ways_either_suffices(
    channels: tuple[str, ...], told: date | None, first: date, verdict: str, counted: str
) -> None:
    """ "By e-mail or on this page": the page in time is enough, a late one proves nothing."""
    notices = (mail(told),) if told else ()
    promise = standard("30 days", *channels, either=True)
    notice = notice_given([promise], published(first, first, DAY, *notices))
    assert (notice.verdict, notice.counted_from) == (verdict, counted), notice.reason


def test_an_e_mail_that_was_not_imported_is_named() -> None:
    """So that people know what would answer the question."""
    notice = notice_given([standard("30 days", "email")], published(LATE, LATE))
    assert notice.reason == "an e-mail was promised and none was imported"


def test_an_e_mail_states_the_day_that_the_page_does_not() -> None:
    """The page is silent about when the change applies, its announcement is not."""
    publication = published(DAY, DAY, None, mail(date(2026, 5, 20)))
    notice = notice_given([standard("14 days", "email")], publication)
    assert (notice.effective, notice.verdict) == (DAY, "shorter on this page")
    assert notice.given_least_days == notice.given_most_days == 12
    assert "A notice of the vendor (0a1b2c3d) was received" in " ".join(notice.arithmetic)


def test_business_days_are_counted_with_the_holidays_of_the_configuration() -> None:
    """A holiday takes one day more."""
    publication = published(date(2026, 5, 18), date(2026, 5, 18))
    promise = Standard("notice", "policy", Period(10, "business_day"))
    assert notice_given([promise], publication).latest == date(2026, 5, 18)
    holiday = Calendar(holidays=frozenset({date(2026, 5, 25)}))
    assert notice_given([promise], publication, calendar=holiday).latest == date(2026, 5, 15)
