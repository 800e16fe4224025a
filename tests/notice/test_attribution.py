"""Which change a vendor's e-mail is about."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from monitor.notice.attribution import attributed
from monitor.notice.clock import Dates, Publication, Told


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T09:00:00+00:00").astimezone(UTC)


def change(first_seen: str, effective: str = "") -> Publication:
    """A change that the page showed on a day, with the day of effect that it states."""
    stated = date.fromisoformat(effective) if effective else None
    return Publication(day(first_seen), None, Dates(effective=stated))


def mail(received: str, effective: str = "", key: str = "k") -> Told:
    return Told(day(received), date.fromisoformat(effective) if effective else None, key)


@pytest.mark.parametrize(
    ("notice", "place"),
    [
        (mail("2026-03-02", "2026-06-01"), 1),  # both state the day, though the first is nearer
        (mail("2026-03-02", "2026-03-05"), 0),  # the page of the first states no other day
        (mail("2026-03-02"), 0),  # nothing but the time
        (mail("2026-05-20"), 1),
        (
            mail("2026-05-20", "2026-07-01"),
            None,
        ),  # the second states another day, the first is past
        (mail("2025-01-01"), None),  # long before
        (mail("2026-09-01"), None),  # long after
    ],
)
def test_a_notice_goes_to_one_change_or_none(notice: Told, place: int | None) -> None:
    """The day that both state counts for most, then nearness."""
    found = attributed([notice], [change("2026-03-04"), change("2026-05-25", "2026-06-01")])
    assert found == ({} if place is None else {place: (notice,)})


def test_several_notices_of_one_change_come_in_the_order_of_their_arrival() -> None:
    """A reminder of the vendor is a notice, too."""
    first, second = mail("2026-03-01", key="a"), mail("2026-03-09", key="b")
    assert attributed([second, first], [change("2026-03-04")]) == {0: (first, second)}


def test_what_was_announced_and_not_yet_shown_is_about_no_change() -> None:
    """A change of last year does not take the notice of the next one."""
    announced = mail("2026-03-01", "2026-04-01")
    assert attributed([announced], [change("2025-08-01", "2025-08-15")]) == {}
