"""The parts of a source: as answered, as kept, and what tells that they are the same again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.fetch import Captured, NotModified, permanent_target, validator_of
from monitor.model import Part, Validator
from store import SourceRecord, Store


@dataclass(frozen=True, slots=True)
class Answered:
    """One part as answered, and what makes the next request for it conditional."""

    part: Part
    validator: Validator
    fresh_for: timedelta | None


def captured(answer: Captured) -> Answered:
    """A part that was sent; its digest tells equal bytes where the server gives no validator."""
    part = answer.part
    digest = hashlib.sha256(part.content).hexdigest()
    bare = Validator(part.url, "", "", digest, part.media_type, part.final_url)
    return Answered(part, validator_of(part, digest) or bare, answer.fresh_for)


def reused(url: str, answer: NotModified, validator: Validator, content: bytes) -> Answered:
    """A part that was not sent again, as it is what is stored."""
    part = Part(
        url=url,
        final_url=answer.final_url,
        status=answer.status,
        headers=answer.headers,
        media_type=validator.media_type,
        content=content,
        fetched_at=answer.fetched_at,
        redirects=answer.redirects,
        reused=True,
    )
    return Answered(part, validator, answer.fresh_for)


def kept_parts(store: Store, snapshot_id: str) -> tuple[Part, ...]:
    """The parts of a kept snapshot, bytes and all. Raises StoreError."""
    return tuple(
        Part(
            url=part.url,
            final_url=part.final_url,
            status=part.status,
            headers=part.headers,
            media_type=part.media_type,
            content=store.blob(part.body_digest),
            fetched_at=part.fetched_at,
            redirects=part.redirects,
            reused=part.reused,
        )
        for part in store.snapshot(snapshot_id).parts
    )


def baseline_parts(store: Store, source: SourceRecord) -> tuple[Part, ...]:
    """The raw bytes behind the baseline; empty where there are none."""
    if source.baseline is None or source.baseline.snapshot is None:
        return ()
    return kept_parts(store, source.baseline.snapshot)


def known_validators(source: SourceRecord, now: datetime) -> dict[str, Validator]:
    """What to ask with. Once a week nothing: a server that always says 304 would freeze a page."""
    spread = int(hashlib.sha256(source.policy.encode()).hexdigest(), 16)
    new_day = source.last_check_at is None or source.last_check_at.date() != now.date()
    if new_day and (now.date().toordinal() + spread) % 7 == 0:
        return {}
    return {validator.url: validator for validator in source.validators}


def same_bytes(seen: Validator, known: Validator | None) -> bool:
    """Whether a part is what was known of it, byte for byte."""
    return known is not None and seen.body_digest == known.body_digest


def outlined(validators: tuple[Validator, ...], outlines: tuple[str, ...]) -> tuple[Validator, ...]:
    """The validators with the outline of each part."""
    pairs = zip(validators, outlines, strict=True)
    return tuple(replace(validator, outline=outline) for validator, outline in pairs)


def moved_to(part: Part) -> str:
    """Where the page moved for good; https instead of http, "www." or a slash is no move."""
    target = permanent_target(part.redirects)
    return target if target and _place(target) != _place(part.url) else ""


def _place(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/"), parts.query
