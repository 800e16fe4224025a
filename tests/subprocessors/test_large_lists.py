"""Lists as large as nobody keeps them: read and compared to the end."""

from __future__ import annotations

from collections import Counter

from monitor.comparison import as_document
from monitor.lexicon import load
from monitor.subprocessors import events_between, listing_of, subprocessors_of

HEAD = "# Sub-processors\n\n| Name | Purpose | Place |\n|---|---|---|\n"


def rows(first: int, last: int) -> str:
    lines = (f"| Alder {n} Ltd | Archive {n} | Ireland |\n" for n in range(first, last))
    return HEAD + "".join(lines)


def test_in_a_list_that_is_another_one_altogether_nobody_replaced_anybody() -> None:
    """Hundreds came and hundreds went; those that stayed are known again."""
    old, new = (listing_of(as_document(rows(*span))) for span in ((0, 500), (100, 600)))
    events = events_between(old, new, load("en"))
    assert Counter(event.kind for event in events.events) == {"replaced": 100}
    new = listing_of(as_document(rows(400, 900)))
    events = events_between(old, new, load("en"))
    assert Counter(event.kind for event in events.events) == {"added": 400, "removed": 400}
    assert len(events.pairs) == 100


def test_an_item_without_end_is_no_entry() -> None:
    """Words without end are nobody's name."""
    assert subprocessors_of(as_document("# Sub-processors\n\n- " + "Alder, " * 5000)) == ()
