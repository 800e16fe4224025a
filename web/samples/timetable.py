"""Which revision of a sample is live at an instant: arithmetic on the start and the step.

    start    + head start + 1 step      + 1 step               + 1 step
      | revision 0      | revision 1        | revision 2   ...     | the last, for good

The first revision stays longer, so that a daemon that is still starting up sees it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

HEAD_START = timedelta(seconds=12)


@dataclass(frozen=True, slots=True)
class Timetable:
    """When the revisions of all samples appear. ``step`` is longer than zero."""

    started_at: datetime
    step: timedelta

    def live(self, now: datetime, revisions: int) -> int:
        """The index of the live revision of a sample that has ``revisions`` of them."""
        steps = (now - self.started_at - HEAD_START) // self.step
        return max(0, min(steps, revisions - 1))

    def published_at(self, revision: int) -> datetime:
        """When the revision with that index appears."""
        return self.started_at + (HEAD_START + self.step * revision if revision else timedelta(0))

    def until_next(self, now: datetime, revisions: int) -> timedelta | None:
        """How long the live revision stays; None when it is the last."""
        following = self.live(now, revisions) + 1
        return self.published_at(following) - now if following < revisions else None
