"""What has changed in how a policy stands to what is expected of it: raised once, closed once.

    stored Stands + Assessments of a text -> Settled (what is stored now, raised, closed)

A shortfall is raised when it begins, when what is expected changes, and once more when the text
comes to say the opposite of what it was silent on. It is closed when the expectation is met. What
shows only because texts are read otherwise than before (a technical upgrade, a newer policywatch)
raises nothing. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.expectations.assessing import Expectation
from monitor.model import Assessment, Stand


@dataclass(frozen=True, slots=True)
class Settled:
    """How a policy stands now, and what people are to be told of it."""

    stands: tuple[Stand, ...]
    raised: tuple[Assessment, ...] = ()
    closed: tuple[Assessment, ...] = ()


def is_stale(stands: Iterable[Stand], expected: Sequence[Expectation], version: int) -> bool:
    """Whether what is stored is about another text, or about other expectations."""
    known = {stand.assessment.name: stand.assessment.digest for stand in stands}
    wanted = {expectation.name: expectation.digest for expectation in expected}
    return known != wanted or any(stand.version != version for stand in stands)


def settle(
    before: Iterable[Stand],
    assessments: Iterable[Assessment],
    *,
    version: int,
    at: datetime,
    upgraded: bool = False,
) -> Settled:
    """Bring the stored stands up to the assessments of version ``version``.

    ``upgraded``: the version came from a technical upgrade. An expectation that is no longer
    stated is forgotten.
    """
    known = {stand.assessment.name: stand for stand in before}
    stands: list[Stand] = []
    raised: list[Assessment] = []
    closed: list[Assessment] = []
    for now in assessments:
        old = known.get(now.name)
        same = old is not None and old.assessment.digest == now.digest
        quiet = same and old is not None and (upgraded or old.version == version)
        begins = now.short and (not same or old is None or _graver(old.assessment, now))
        tell = begins and not quiet
        if tell:
            raised.append(now)
        elif old is not None and old.raised and not now.short:
            closed.append(now)
        standing_since = old is not None and same and old.assessment.standing == now.standing
        stands.append(
            Stand(
                assessment=now,
                version=version,
                since=old.since if old is not None and standing_since else at,
                raised=now.short and (tell or (old is not None and old.raised)),
            )
        )
    return Settled(tuple(stands), tuple(raised), tuple(closed))


def _graver(old: Assessment, now: Assessment) -> bool:
    """A shortfall that was none before, or silence that became the opposite."""
    return not old.short or (now.standing == "contrary" and old.standing != "contrary")
