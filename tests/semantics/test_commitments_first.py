"""Findings from differing commitments: typed values, pairs across passages, one a change."""

from __future__ import annotations

import pytest

from monitor.comparison import compare
from monitor.model import Value

HEAD = """# Privacy notice of Bramblewick

We keep to this notice when we handle your personal data in our shop and on our website.

## Data

We collect your name and your address when you order, and we use them to send what you ordered.

"""
TAIL = (
    "\n\n## Questions\n\nWrite to the office, and someone who knows the answer will reply to you.\n"
)


def notice(*sentences: str) -> str:
    """A short privacy notice around some sentences, each a paragraph of its own."""
    return HEAD + "\n\n".join(sentences) + TAIL


@pytest.mark.parametrize(
    ("before", "after", "category", "direction", "values", "summary"),
    [
        (
            "We will e-mail you at least 30 days before a change of this notice takes effect.",
            "We will e-mail you at least two weeks before a change of this notice takes effect.",
            "notice", "weaker", (30, 14), "Notice of changes: 30 → 14 days",
        ),
        (
            "You must be at least 16 years old to open an account.",
            "You must be at least 13 years old to open an account.",
            "age", "weaker", (16, 13), "Minimum age: 16 → 13 years",
        ),
        (
            "We do not sell your personal data.",
            "We may sell your personal data, such as your name and address, to other shops.",
            "sale", "weaker", ("never", "may"), "Selling of data: never → may",
        ),
        (
            "We keep your personal data for 24 months after your last order.",
            "We keep your personal data for 60 months after your last order.",
            "retention", "weaker", (24, 60), "Time data is kept: 24 → 60 months",
        ),
        (
            "We notify you of a breach of your personal data within 72 hours.",
            "We notify you of a breach of your personal data within 24 hours.",
            "security", "stronger", (72, 24), "Notice of a breach: 72 → 24 hours",
        ),
    ],
)  # fmt: skip
def test_values_are_typed_and_the_unit_stands_in_the_summary(
    before: str,
    after: str,
    category: str,
    direction: str,
    values: tuple[Value | None, Value | None],
    summary: str,
) -> None:
    """One finding a change, with the values that commitments have."""
    (found,) = compare(notice(before), notice(after)).findings
    assert (found.category, found.direction) == (category, direction)
    assert (found.before_value, found.after_value) == values
    assert found.summary == summary


def test_a_period_that_gave_way_to_no_notice_is_one_finding() -> None:
    """What one sentence promised and another takes back is one change, with no value after it."""
    old = notice("We will e-mail you at least 30 days before a change of this notice takes effect.")
    new = notice(
        "We may change this notice at any time without notice.",
        "What we changed applies from the day on which it can be read here.",
    )
    found = [f for f in compare(old, new).findings if f.severity != "low"]
    assert [(f.category, f.direction, f.severity) for f in found] == [("notice", "weaker", "high")]
    assert (found[0].before_value, found[0].after_value) == (30, None)


def test_a_promise_that_stands_elsewhere_is_not_lost() -> None:
    """A period moved into another sentence of another section is the same promise."""
    old = notice("We will e-mail you at least 30 days before a change of this notice takes effect.")
    new = notice("All else is said below.").replace(
        "## Questions",
        "## Changes\n\nChanges of this notice are announced by e-mail 30 days in advance.\n\n"
        "## Questions",
    )
    assert not [f for f in compare(old, new).findings if f.severity != "low"]


def test_days_ago_are_no_period() -> None:
    """How long ago a page was edited is no promise."""
    old, new = (f"Last updated: {days} days ago\n\n{notice('Thank you.')}" for days in (6, 7))
    assert compare(old, new).verdict == "cosmetic"


def test_recipients_added_to_one_list_are_told_together() -> None:
    """New entries under one lead-in make one finding that names them all."""
    entries = "We share your personal data with:\n\n* our couriers;\n* our bank;"
    more = f"{entries}\n* advertising partners;\n* data brokers;"
    (found,) = compare(notice(entries), notice(more)).findings
    assert (found.category, found.severity) == ("sharing", "high")
    assert found.after_value == frozenset({"advertisers", "data brokers"})
    assert found.summary == "New recipients: advertisers, data brokers"
