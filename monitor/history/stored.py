"""The history of policies that are in the store already: their versions, and what was held back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import cast

from monitor.check import kept_parts
from monitor.config import Policy, PolicyType
from monitor.errors import ExtractionError, StoreError
from monitor.history.recorded import MISSING, Content, History, Record, Skipped
from monitor.reading import read_parts, selection_of
from store import SourceRecord, Store


class StoredPolicies:
    """Policies of a store as an archive. ``declared`` tells how kept raw bytes are to be read."""

    label = "store"

    def __init__(
        self, store: Store, policies: Sequence[str], declared: dict[str, Policy], now: datetime
    ) -> None:
        self._store, self._declared = store, declared
        self.skipped: tuple[Skipped, ...] = ()
        found = [self._history(store.source(policy), now) for policy in policies]
        self.histories = tuple(history for history in found if history.records)

    def read(self, records: Iterable[Record]) -> Iterator[Content]:
        """The texts of versions; kept captures are read as declared."""
        for record in records:
            kind, policy, name = record.key.split("\n")
            try:
                if kind == "version":
                    text = self._store.version_text(policy, int(name))
                else:
                    parts = kept_parts(self._store, name)
                    text = read_parts(parts, selection_of(self._declared.get(policy))).text
                yield Content(text.encode("utf-8", "replace"))
            except (StoreError, ExtractionError):
                yield Content(b"", problem=MISSING)

    def _history(self, source: SourceRecord, now: datetime) -> History:
        policy = source.policy
        records = [
            Record(v.first_seen, f"version\n{policy}\n{v.number}", f"version {v.number}",
                   technical=v.origin == "upgrade")
            for v in self._store.versions(policy)
        ]  # fmt: skip
        records += [
            Record(s.taken_at, f"snapshot\n{policy}\n{s.id}", f"snapshot {s.id}")
            for s in self._store.snapshots(policy)
            if s.state in ("suspect", "held")
        ]
        records.sort(key=lambda record: record.at)
        until = max([now, *(record.at for record in records)]) if source.enabled else None
        kind = cast(PolicyType, source.type)
        last = until or (records[-1].at if records else now)
        return History(policy, source.service, policy, kind, tuple(records), last)
