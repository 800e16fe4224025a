"""The nouns of recorded history: what an archive holds before anyone judged it.

An *archive* has *histories* (one a document), a history has *records*: a text that was found at an
instant. ``Archive.read`` gives the texts, many at a time, in the order asked for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.config import PolicyType

#: Why a record has no content, as it is shown to people.
TOO_LARGE = "larger than the limit for one document"
MISSING = "its content is missing from the archive"

_TYPES: tuple[tuple[PolicyType, str], ...] = (
    ("subprocessors", r"sub-?processor"),
    ("dpa", r"data process(ing|or)|\bdpa\b"),
    ("cookies", r"cookie|tracker"),
    ("privacy", r"privacy|data protection"),
    ("terms", r"terms|conditions|agreement"),
)


@dataclass(frozen=True, slots=True)
class Record:
    """One recorded text: when it was found, and where its content is (``key``, for the archive).

    ``technical``: made anew by another reading of an older page; the policy did not change.
    ``reference`` names the record for people: a commit, a file, a version.
    """

    at: datetime
    key: str
    reference: str
    technical: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """One document's records, oldest first. ``until``: how long it was watched."""

    policy: str
    service: str
    name: str
    type: PolicyType
    records: tuple[Record, ...]
    until: datetime


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something in an archive that is no record, and why: never left out silently."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a record holds; ``problem`` says why there is nothing."""

    content: bytes
    media_type: str = "text/markdown"
    problem: str = ""


class Archive(Protocol):
    """Where recorded texts come from. ``label`` prefixes the stamps of imported versions."""

    @property
    def label(self) -> str: ...
    @property
    def histories(self) -> tuple[History, ...]: ...
    @property
    def skipped(self) -> tuple[Skipped, ...]: ...
    def read(self, records: Iterable[Record]) -> Iterator[Content]: ...


def policy_type(name: str) -> PolicyType:
    """The type of policy that a document's name stands for."""
    for kind, pattern in _TYPES:
        if re.search(pattern, name, re.IGNORECASE):
            return kind
    return "other"


def policy_id(service: str, name: str) -> str:
    """The id of a document: "Harbour Loom", "Privacy Policy" -> harbour-loom-privacy-policy."""
    words = re.sub(r"[^\w]+", "-", f"{service} {name}".casefold()).strip("-_")
    return words[:80] or "policy"


def distinct(wanted: str, taken: set[str], what: str) -> str:
    """``wanted``, or where another document has that id already, with a digest of ``what``."""
    chosen = wanted
    if wanted in taken:
        chosen = f"{wanted}-{hashlib.sha256(what.encode()).hexdigest()[:8]}"
    taken.add(chosen)
    return chosen
