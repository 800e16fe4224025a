"""How often somebody may guess. In memory: it begins anew with the process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

_SPAN = timedelta(minutes=15)
#: Names and addresses that are remembered; beyond that the longest known is forgotten.
_MOST = 20_000


class Throttle:
    """Counts failures by whatever names them; those of the last quarter of an hour count."""

    def __init__(self) -> None:
        self._failed: dict[str, list[datetime]] = {}

    def admit(self, limits: Mapping[str, int], now: datetime) -> timedelta:
        """Count an attempt under each name, as failed until ``forgive`` says otherwise.

        Gives how long to wait where one of them had its fill; then nothing is counted.
        """
        waits = [
            tried[-most] + _SPAN - now
            for name, most in limits.items()
            if len(tried := self._recent(name, now)) >= most
        ]
        if waits:
            return max(waits)
        for name in limits:
            self._failed[name] = [*self._failed.pop(name, []), now]
        while len(self._failed) > _MOST:
            del self._failed[next(iter(self._failed))]
        return timedelta(0)

    def forgive(self, names: Iterable[str]) -> None:
        """The newest attempt under each name did not fail."""
        for name in names:
            if self._failed.get(name):
                self._failed[name].pop()

    def _recent(self, name: str, now: datetime) -> list[datetime]:
        recent = [at for at in self._failed.get(name, ()) if at > now - _SPAN]
        if recent:
            self._failed[name] = recent
        else:
            self._failed.pop(name, None)
        return recent
