"""What a mail announces, in five languages; and what is no notice at all."""

from __future__ import annotations

from collections import Counter
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from monitor.mail.forwarding import letter_of
from monitor.notice.calendar import Calendar
from tests.mail.samples import SAMPLES, Sample, of, raw


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_mail_announces_what_a_careful_reader_reads(sample: Sample) -> None:
    """Documents, days, and until when one can object or leave; a reason where it is no notice."""
    letter = letter_of(of(sample), Calendar())
    assert letter.kind == ("notice" if sample.about else "no notice"), letter.why
    assert letter.about == sample.about
    assert letter.days == sample.days
    assert letter.effective == min(sample.days, default=None)
    assert tuple((last.right, last.day) for last in letter.deadlines) == sample.until
    assert sample.why in letter.why
    assert sample.remark in " ".join(letter.remarks)
    assert bool(letter.quotes) == bool(sample.about)


def test_every_language_is_sampled() -> None:
    """At least twenty mails, notices and others in each of five languages."""
    kinds = Counter((sample.name[:2], bool(sample.about)) for sample in SAMPLES)
    assert len(SAMPLES) >= 20
    assert set(kinds) == {(code, notice) for code in ("en", "it", "fr", "de", "es")
                          for notice in (True, False)}  # fmt: skip


def test_the_language_is_read_from_the_words() -> None:
    """Nobody says in which language a mail is written."""
    for sample in SAMPLES:
        if sample.about:
            assert letter_of(of(sample), Calendar()).language == sample.name[:2]


def test_a_period_from_the_mail_shows_how_it_was_counted() -> None:
    """A day that nobody wrote is shown with its arithmetic."""
    sample = next(s for s in SAMPLES if s.name == "en thirty days from this e-mail")
    letter = letter_of(of(sample), Calendar())
    assert letter.how == "e-mail received 2026-03-02, 30 days later: 2026-04-01"


def test_the_day_of_arrival_is_that_of_our_calendar() -> None:
    """Late in the evening in UTC is the next day in Rome."""
    body = "We are changing our Privacy Policy. It takes effect in 30 days.\n"
    content = raw("Notice", body, received="Mon, 02 Mar 2026 23:30:00 +0000")
    assert letter_of(content, Calendar()).effective == date(2026, 4, 1)
    assert letter_of(content, Calendar(zone=ZoneInfo("Europe/Rome"))).effective == date(2026, 4, 2)


def test_a_date_without_a_year_is_the_next_one() -> None:
    """In December, 15 January lies in the year after."""
    body = "Our new Terms of Service take effect on January 15.\n"
    content = raw("Terms", body, received="Fri, 11 Dec 2026 08:00:00 +0000")
    assert letter_of(content, Calendar()).effective == date(2027, 1, 15)


def test_a_date_far_away_is_no_day_of_effect() -> None:
    """A year that cannot be meant (of founding, of a law) starts no clock."""
    body = "We are updating our Privacy Policy, effective since 25 May 2018.\n"
    letter = letter_of(raw("Privacy Policy update", body), Calendar())
    assert (letter.kind, letter.days) == ("notice", ())
