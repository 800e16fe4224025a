"""The dates a document states about itself."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.commitments.statements import Statement
from monitor.lexicon import Hit
from monitor.model import Commitment

_BESIDE = 30
_LINE = 240


def stated_dates(s: Statement) -> Iterator[Commitment]:
    """When the document was last updated, and from when it applies."""
    updated, effective = s.cue("last_updated"), s.cue("effective")
    if not updated and not effective:
        return
    for day in s.lexicon.dates(s.text):
        near = [h for h in (*updated, *effective) if _beside(h, day.start)]
        if not near or s.has("past_version"):
            continue
        cue = max(near, key=lambda h: h.start)
        if cue in effective:
            yield s.commitment("effective", day.value)
        elif len(s.text) <= _LINE:
            yield s.commitment("last_updated", day.value)


def _beside(hit: Hit, start: int) -> bool:
    return 0 <= start - hit.end < _BESIDE
