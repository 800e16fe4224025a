"""Lists of sub-processors: who is listed, where, and what for; and what happened to a list.

    words.toml, places.toml   headers, labels, legal forms and places, in all languages
    vocabulary, places, names what these words mean; when two names are the same company's
    entries, tables           one entry taken apart; the rows of a table
    announcing                sentences that enumerate companies or announce a new one
    regions, reading          a document -> the entities it lists
    events                    two listings -> added, removed, replaced, relocated, renamed, ...
    tenure                    all versions -> since when each is listed

Pure. Findings are made of the events in monitor.findings.subprocessors.
"""

from monitor.subprocessors.events import (
    GRAVE,
    Event,
    EventKind,
    Events,
    events_between,
    matched,
)
from monitor.subprocessors.places import in_eea
from monitor.subprocessors.reading import Listed, Listing, listing_of, subprocessors_of
from monitor.subprocessors.tenure import Edition, Tenure, tenures

__all__ = [
    "GRAVE", "Edition", "Event", "EventKind", "Events", "Listed", "Listing", "Tenure",
    "events_between", "in_eea", "listing_of", "matched", "subprocessors_of", "tenures",
]  # fmt: skip
