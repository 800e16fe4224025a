"""Since when somebody is listed."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.comparison import as_document
from monitor.subprocessors import Edition, listing_of, tenures


def edition(number: int, *entries: str, anew: bool = False) -> Edition:
    text = "# Sub-processors\n\n" + "\n".join(f"- {entry}" for entry in entries)
    seen = datetime(2026, number, 1, tzinfo=UTC)
    return Edition(number, seen, listing_of(as_document(text)), anew)


def test_who_left_and_came_back_is_listed_since_the_return() -> None:
    """A tenure ends when the name goes."""
    found = tenures(
        [
            edition(1, "Alder GmbH (Germany)", "Cedar Ltd (UK)"),
            edition(2, "Cedar Ltd (UK)"),
            edition(3, "Cedar Ltd (UK)", "Alder GmbH (Germany)"),
        ]
    )
    assert [(one.subprocessor.name, one.version, one.or_earlier) for one in found] == [
        ("Cedar Ltd", 1, True),
        ("Alder GmbH", 3, False),
    ]


def test_what_better_reading_finds_was_there_before() -> None:
    """A technical upgrade shows names that the older reading missed: nobody knows since when."""
    found = tenures(
        [edition(1, "Alder GmbH (Germany)"),
         edition(2, "Alder GmbH (Germany)", "Cedar Ltd (UK)", anew=True)]
    )  # fmt: skip
    assert [(one.version, one.or_earlier) for one in found] == [(1, True), (2, True)]


def test_a_new_name_of_the_same_company_keeps_its_tenure() -> None:
    """The entry says what it was called."""
    (one,) = tenures(
        [edition(1, "Alder GmbH (Germany)"), edition(2, "Fir SE (formerly Alder GmbH), Germany")]
    )
    assert (one.subprocessor.name, one.version) == ("Fir SE (formerly Alder GmbH)", 1)
