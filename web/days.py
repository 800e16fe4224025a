"""The days of the store, remembered while the configuration stays."""

from __future__ import annotations

from datetime import datetime

from monitor.deadlines import LOOK_BACK, Ahead, Almanac
from web.backend import Backend, Declared


class Days:
    """What the overview, the calendar and its feed count with."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._known: tuple[Declared, Almanac] | None = None

    def ahead(self) -> list[Ahead]:
        """The days from today on, the next one first."""
        backend = self._backend
        since = backend.clock() - LOOK_BACK
        return self._almanac().days(since=since, earliest=backend.today())

    def all(self, around: datetime, policy: str = "") -> list[Ahead]:
        """All days that follow from changes up to ``LOOK_BACK`` before an instant, in order.

        Of all policies, or of one.
        """
        policies = [policy] if policy else None
        return self._almanac().days(policies, since=around - LOOK_BACK)

    def _almanac(self) -> Almanac:
        declared = self._backend.declared()
        if self._known is None or self._known[0] != declared:
            almanac = Almanac(self._backend.store, declared.settings, declared.policies)
            self._known = (declared, almanac)
        return self._known[1]
