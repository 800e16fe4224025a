"""A history from dated files: 2024-03-01.html, privacy-2024-03-01.md, 20240301_terms.pdf."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from monitor.config import PolicyType
from monitor.errors import StoreError
from monitor.history.recorded import MISSING, TOO_LARGE, Content, History, Record, Skipped

_DATE = re.compile(
    r"(?<!\d)(\d{4})[-_.]?(\d{2})[-_.]?(\d{2})"
    r"(?:[T_ -]?(\d{2})[-_:.]?(\d{2})(?:[-_:.]?(\d{2}))?Z?)?(?!\d)"
)


class DatedFiles:
    """A folder of one policy's saved pages. ``media_type_of`` tells a file's type by its name."""

    label = "file"

    def __init__(
        self,
        folder: Path,
        *,
        policy: str,
        media_type_of: Callable[[Path], str],
        service: str = "",
        kind: PolicyType = "other",
        max_bytes: int = 10_000_000,
    ) -> None:
        self._folder, self._max_bytes, self._media_type_of = folder, max_bytes, media_type_of
        self.skipped: tuple[Skipped, ...] = ()
        records = tuple(sorted(self._records(), key=lambda record: (record.at, record.key)))
        until = records[-1].at if records else datetime.now(UTC)
        history = History(policy, service, folder.name, kind, records, until)
        self.histories: tuple[History, ...] = (history,) if records else ()

    def read(self, records: Iterable[Record]) -> Iterator[Content]:
        """The contents of the files, in order."""
        for record in records:
            path = self._folder / record.key
            try:
                if path.stat().st_size > self._max_bytes:
                    yield Content(b"", problem=TOO_LARGE)
                    continue
                yield Content(path.read_bytes(), self._media_type_of(path))
            except OSError:
                yield Content(b"", problem=MISSING)

    def _records(self) -> Iterator[Record]:
        try:
            paths = sorted(self._folder.iterdir())
        except OSError as error:
            raise StoreError(
                f"{self._folder}: cannot be read ({error.strerror}); name a folder of dated files"
            ) from error
        for path in paths:
            at, why = dated(path.name), ""
            if path.is_symlink() or not path.is_file():
                why = "is not a plain file"
            elif at is None:
                why = "has no date like 2024-03-01 in its name"
            if at is None or why:
                self.skipped = (*self.skipped, Skipped(path.name, why))
            else:
                yield Record(at, path.name, path.name)


def dated(name: str) -> datetime | None:
    """The instant that a file's name states, in UTC; a date alone is its beginning."""
    for found in _DATE.finditer(name):
        year, month, day, *rest = found.groups(default="0")
        hour, minute, second = (int(part) for part in rest)
        try:
            return datetime(int(year), int(month), int(day), hour, minute, second, tzinfo=UTC)
        except ValueError:
            continue
    return None
