"""The feed by the letter of RFC 5545: folding, escaping, names that stay."""

from datetime import UTC, date, datetime

from monitor.icalendar import Event, feed

AT = datetime(2026, 3, 15, 9, 30, 5, tzinfo=UTC)


def lines_of(event: Event) -> list[str]:
    return feed([event], "Deadlines").split("\r\n")


def test_special_characters_are_escaped_and_controls_are_gone() -> None:
    """Nothing a page says can begin a line or a property of its own."""
    hostile = "a,b;c\\d\r\nEND:VCALENDAR\nx\x07\u2028y"
    lines = lines_of(Event("k", date(2026, 4, 14), AT, hostile))
    assert "SUMMARY:a\\,b\\;c\\\\d\\nEND:VCALENDAR\\nxy" in lines
    assert lines.count("END:VCALENDAR") == 1
    assert lines[-2:] == ["END:VCALENDAR", ""]


def test_long_lines_are_folded_between_characters() -> None:
    """75 octets, not characters; what is unfolded is what was written."""
    words = "Überprüfung der Frist 期限 " * 12
    text = feed([Event("k", date(2026, 4, 14), AT, words)], "x")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert f"SUMMARY:{words}\r\n" in text.replace("\r\n ", "")


def test_a_day_is_an_all_day_event() -> None:
    """It ends where the next day begins, also over a month's end; it blocks nobody's time."""
    lines = lines_of(Event("k", date(2028, 2, 29), AT, "s", "d", "https://a.example/x y\n"))
    assert "DTSTART;VALUE=DATE:20280229" in lines
    assert "DTEND;VALUE=DATE:20280301" in lines
    assert "DTSTAMP:20260315T093005Z" in lines
    assert "TRANSP:TRANSPARENT" in lines
    assert "URL:https://a.example/xy" in lines


def test_the_name_follows_from_the_key_alone() -> None:
    """A moved day is the same event at another place, so calendars move it."""
    names = {
        line
        for day in (date(2026, 4, 14), date(2026, 5, 1))
        for line in lines_of(Event("list@1-2\nobjection", day, AT, "s"))
        if line.startswith("UID:")
    }
    assert len(names) == 1
