"""The sample policies as data: a page, its revisions as edits of it, and their expected outcomes.

documents/<name>.html    the page as first published, with placeholders (web/samples/rendering)
documents/<name>.toml    the revisions: edits old -> new, each of which must apply exactly once
failures/<kind>.html     what stands in a policy's place when something goes wrong
"""

from __future__ import annotations

import tomllib
from functools import cache, cached_property
from importlib import resources
from typing import Literal

from pydantic import model_validator

from monitor.config import PolicyType
from monitor.config_values import Table
from monitor.model import Category, Direction, Severity

#: What a check of the revision should come to, after a check of the one before it.
Outcome = Literal[
    "first", "material", "minor", "cosmetic", "capture", "failed", "held", "unchanged"
]
Failure = Literal["bot_wall", "cookie_wall", "login", "soft_404", "truncated", "error_503"]

_DATA = resources.files(__package__)
#: Where a truncated answer ends: a little into the text, well before the middle.
_TRUNCATED_AFTER = 0.35


class Edit(Table):
    """``old`` stands exactly once in the page before, and becomes ``new``."""

    old: str
    new: str


class ExpectedFinding(Table):
    """One change of meaning, in the words of docs/semantics.md; numbers where they are promised."""

    category: Category
    direction: Direction
    severity: Severity
    before_value: int | None = None
    after_value: int | None = None


class Revision(Table):
    """One publication: edits, the return of an earlier revision (``same_as``), or a failure.

    ``finding`` must be found; ``also`` names categories that a careful reader may add to it.
    """

    name: str
    outcome: Outcome
    note: str
    theme: str = ""
    edit: tuple[Edit, ...] = ()
    same_as: str = ""
    failure: Failure | None = None
    finding: tuple[ExpectedFinding, ...] = ()
    also: tuple[Category, ...] = ()

    @model_validator(mode="after")
    def _one_kind_of_change(self) -> Revision:
        if sum(map(bool, (self.edit, self.same_as, self.failure))) > 1:
            raise ValueError(f'revision "{self.name}": give one of edit, same_as, failure')
        return self


class Sample(Table):
    """A policy of an invented company. ``validators``: does its server send ETag and the like?"""

    id: str
    service: str
    type: PolicyType
    path: str
    language: str
    layout: str
    validators: Literal["none", "weak", "strong"] = "none"
    revision: tuple[Revision, ...]
    page: str

    @cached_property
    def templates(self) -> tuple[str, ...]:
        """The page of every revision, placeholders not yet filled. Raises ValueError."""
        pages: dict[str, str] = {}
        shown: list[str] = []
        current = self.page
        for revision in self.revision:
            current = pages[revision.same_as] if revision.same_as else _edited(current, revision)
            pages[revision.name] = current
            shown.append(_failed(current, revision.failure) if revision.failure else current)
        return tuple(shown)


@cache
def catalogue() -> tuple[Sample, ...]:
    """All samples, by id. Raises ValueError (pydantic's) where a manifest is wrong."""
    documents = _DATA / "documents"
    manifests = sorted(
        (entry for entry in documents.iterdir() if entry.name.endswith(".toml")),
        key=lambda entry: entry.name,
    )
    return tuple(
        Sample(
            **tomllib.loads(manifest.read_text("utf-8")),
            page=(documents / manifest.name.replace(".toml", ".html")).read_text("utf-8"),
        )
        for manifest in manifests
    )


def _edited(page: str, revision: Revision) -> str:
    for edit in revision.edit:
        if (count := page.count(edit.old)) != 1:
            raise ValueError(
                f'revision "{revision.name}": the text to replace stands {count} times in the '
                f"page, not once: {edit.old[:80]!r}"
            )
        page = page.replace(edit.old, edit.new)
    return page


def _failed(page: str, failure: Failure) -> str:
    if failure == "truncated":
        return page[: int(len(page) * _TRUNCATED_AFTER)]
    return (_DATA / "failures" / f"{failure}.html").read_text("utf-8")
