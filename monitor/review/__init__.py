"""Review: what became of an alert, who decided it, and what is learned from it.

``states`` and ``rules`` are pure, over the append-only actions of the store; ``desk`` reads and
writes the store; ``labelled`` makes pairs for a benchmark of what was decided.
"""

from monitor.model import subject_of
from monitor.review.desk import (
    Reviewed,
    decide,
    decided,
    find,
    listing,
    made_rules,
    reject,
    take_back,
)
from monitor.review.labelled import LabelledPair, labelled_pairs
from monitor.review.rules import propose, rules_made, written
from monitor.review.states import (
    GROUNDS,
    Grounds,
    Review,
    State,
    Step,
    is_reviewable,
    review_of,
)

__all__ = [
    "GROUNDS",
    "Grounds",
    "LabelledPair",
    "Review",
    "Reviewed",
    "State",
    "Step",
    "decide",
    "decided",
    "find",
    "is_reviewable",
    "labelled_pairs",
    "listing",
    "made_rules",
    "propose",
    "reject",
    "review_of",
    "rules_made",
    "subject_of",
    "take_back",
    "written",
]
