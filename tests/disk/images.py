"""What a disk may hold after the power went: made from the journal that shim.c wrote.

A file that was synced holds what was written before that. Of what was written since, each write may
be there, not be there, or be there in part, in sectors of 512 bytes and in any order. Names (files
made, removed, renamed) are on the disk when their folder was synced; of later ones the first few
may be, in their order. What is mapped into memory (SQLite's "-shm") is gone.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_HEAD = struct.Struct("=IIIQQ")
_SECTOR = 512
_KINDS = {ord("w"): "write", ord("t"): "truncate", ord("s"): "sync", ord("c"): "create"}
_KINDS |= {ord("u"): "unlink", ord("r"): "rename", ord("l"): "link"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call that changed what is on the disk, or made it last."""

    kind: str
    path: str
    other: str
    offset: int
    data: bytes


def read_journal(journal: Path) -> list[Call]:
    """All calls, in their order."""
    content, place, calls = journal.read_bytes(), 0, []
    while place < len(content):
        kind, path, other, offset, length = _HEAD.unpack_from(content, place)
        place += _HEAD.size
        data = length if _KINDS[kind] == "write" else 0
        parts = []
        for size in (path, other, data):
            parts.append(content[place : place + size])
            place += size
        calls.append(Call(_KINDS[kind], parts[0].decode(), parts[1].decode(), offset, parts[2]))
    return calls


@dataclass(slots=True)
class _File:
    """What of a file is safe, and what was done to it since."""

    safe: bytearray = field(default_factory=bytearray)
    since: list[Call] = field(default_factory=list)

    def sync(self) -> None:
        for call in self.since:
            _apply(self.safe, call.kind, call.offset, call.data)
        self.since.clear()

    def after_power_loss(self, chance: random.Random) -> bytearray:
        content = bytearray(self.safe)
        kept = chance.choice((0.0, 0.5, 0.9, 1.0))
        for call in self.since:
            if chance.random() >= kept:
                continue
            sectors = range(0, len(call.data), _SECTOR)
            if call.kind == "write" and len(sectors) > 1 and chance.random() < 0.3:
                for start in chance.sample(sectors, chance.randrange(1, len(sectors))):
                    torn = call.data[start : start + _SECTOR]
                    _apply(content, "write", call.offset + start, torn)
            else:
                _apply(content, call.kind, call.offset, call.data)
        return content


def _apply(content: bytearray, kind: str, offset: int, data: bytes) -> None:
    if kind == "truncate":
        del content[offset:]
        content.extend(bytes(offset - len(content)))
    else:
        content.extend(bytes(max(0, offset - len(content))))
        content[offset : offset + len(data)] = data


class Disk:
    """The disk as it is filled, call by call; ``lose_power`` asks what would be left of it now."""

    def __init__(self) -> None:
        self._now: dict[str, _File] = {}
        self._safe: dict[str, _File] = {}
        self._since: list[Call] = []
        self._made: dict[int, _File] = {}

    def hold(self, path: Path) -> None:
        """A file that is on the disk from the beginning."""
        self._now[str(path)] = self._safe[str(path)] = _File(bytearray(path.read_bytes()))

    def do(self, call: Call) -> None:
        """One more call was made."""
        match call.kind:
            case "write" | "truncate":
                self._now.setdefault(call.path, _File()).since.append(call)
            case "sync" if call.path in self._now:
                self._now[call.path].sync()
            case "sync":  # of a folder: all of them are in one
                for name in self._since:
                    self._rename(self._safe, name)
                self._since.clear()
            case _:
                if call.kind == "create":
                    self._made[id(call)] = _File()
                self._since.append(call)
                self._rename(self._now, call)

    def _rename(self, names: dict[str, _File], call: Call) -> None:
        match call.kind:
            case "create":
                names[call.path] = self._made[id(call)]
            case "unlink":
                names.pop(call.path, None)
            case "rename" if call.path in names:
                names[call.other] = names.pop(call.path)
            case "link" if call.path in names:
                names[call.other] = names[call.path]

    def lose_power(self, chance: random.Random) -> Iterator[tuple[str, bytes]]:
        """The files that are left, by name."""
        names = dict(self._safe)
        for call in self._since[: chance.randint(0, len(self._since))]:
            self._rename(names, call)
        for path, file in sorted(names.items()):
            if not path.endswith("-shm"):
                yield path, bytes(file.after_power_loss(chance))
