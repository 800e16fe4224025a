"""One look at a source: fetch it, read it, judge it, and compare it with the baseline.

What goes wrong on the way is an observation too, and never raised.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from monitor.capture import Failed, Good, NotModified, Observation, Suspect
from monitor.check.parts import (
    Answered,
    baseline_parts,
    captured,
    known_validators,
    moved_to,
    outlined,
    reused,
    same_bytes,
)
from monitor.config import Policy, Settings
from monitor.errors import ExtractionError, FetchError, StoreError
from monitor.expected import expectations_of
from monitor.fetch import Captured, Fetcher
from monitor.model import Part, Validator
from monitor.network import Network
from monitor.outcomes import Seen
from monitor.reading import Examined, examine, outlines_of, selection_of
from monitor.review import made_rules
from monitor.team_rules import team_rules
from monitor.workers import Workers
from store import SourceRecord, Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Look:
    """What a look needs. With ``rebase`` nothing known of the source counts: it is read anew."""

    policy: Policy
    source: SourceRecord
    settings: Settings
    store: Store
    fetcher: Fetcher
    workers: Workers
    network: Network
    clock: Callable[[], datetime]
    rebase: bool = False

    async def at_source(self) -> Seen:
        """What the source shows now."""
        return await self._guarded(self._fetch_and_read())

    async def at_kept(self) -> Seen:
        """The baseline's kept bytes as we read now; without them, what the source shows."""
        return await self._guarded(self._read_kept())

    async def _guarded(self, looking: Awaitable[Seen]) -> Seen:
        """A fault of ours is a failed check like any other: stored, shown, tried again later."""
        try:
            return await looking
        except Exception as error:
            # One of the two edges that must live on.
            log.exception("check crashed", policy=self.policy.id)
            return _crashed(error)

    async def _fetch_and_read(self) -> Seen:
        known = {} if self.rebase else {v.url: v for v in self.source.validators}
        try:
            answers = await self._answers()
        except FetchError as error:
            return self._not_fetched(error)
        self.network.answered(self.policy.all_urls[0], self.clock())
        parts = tuple(answer.part for answer in answers)
        validators = tuple(answer.validator for answer in answers)
        fresh_for = min((a.fresh_for for a in answers if a.fresh_for is not None), default=None)
        moved = moved_to(parts[0])
        baseline = self.source.baseline
        if baseline and all(same_bytes(v, known.get(v.url)) for v in validators):
            return Seen(NotModified(moved), fresh_for=fresh_for)
        if baseline and (outlines := await self._same_outlines(parts, known)):
            good = Good(baseline.text_digest, moved)
            return Seen(good, parts, None, outlined(validators, outlines), fresh_for)
        observation, examined = await self.examine(parts, moved)
        if examined is not None:
            validators = outlined(validators, examined.outlines)
        return Seen(observation, parts, examined, validators, fresh_for)

    async def _read_kept(self) -> Seen:
        parts = await asyncio.to_thread(baseline_parts, self.store, self.source)
        if parts and tuple(part.url for part in parts) == self.policy.all_urls:
            observation, examined = await self.examine(parts, "", trusted=True)
            if isinstance(observation, Good):
                return Seen(observation, parts, examined)
        return await self._fetch_and_read()

    # --- fetching ------------------------------------------------------------------------------

    async def _answers(self) -> list[Answered]:
        """Every part, one after the other; one that fails fails the look. Raises FetchError."""
        ask = {} if self.rebase else known_validators(self.source, self.clock())
        return [await self._fetch(url, ask.get(url)) for url in self.policy.all_urls]

    async def _fetch(self, url: str, validator: Validator | None) -> Answered:
        """One part; a 304 is answered from the stored bytes (or stands for them, if alone)."""
        content = b""
        if validator and len(self.policy.all_urls) > 1:
            try:
                content = await asyncio.to_thread(self.store.blob, validator.body_digest)
            except StoreError:
                validator = None  # a page whose text did not change is not kept: ask for it whole
        answer = await self.fetcher.fetch(
            url, mode=self.policy.fetch, validator=validator, language=self.policy.language
        )
        if isinstance(answer, Captured):
            return captured(answer)
        if validator is None:
            raise FetchError(
                f"{url}: answered 304 to an unconditional request", kind="protocol", transient=True
            )
        return reused(url, answer, validator, content)

    def _not_fetched(self, error: FetchError) -> Seen:
        was_down = self.network.down
        self.network.failed(error.url or self.policy.all_urls[0], self.clock(), error.kind)
        if self.network.down and not was_down:
            log.warning("no network: nothing is held against the sources until it is back")
        ours = self.network.down
        failed = Failed(error.kind, error.transient, error.status, str(error), ours=ours)
        return Seen(failed, error=error)

    # --- reading -------------------------------------------------------------------------------

    async def _same_outlines(
        self, parts: tuple[Part, ...], known: Mapping[str, Validator]
    ) -> tuple[str, ...]:
        """The outlines of the parts, if they are the known ones; none if the parts must be read."""
        urls = self.policy.all_urls
        outlines = tuple(known[url].outline if url in known else "" for url in urls)
        if not all(outlines):
            return ()
        try:
            seen = await self.workers.run(outlines_of, parts, selection_of(self.policy))
        except ExtractionError:
            return ()
        return outlines if seen == outlines else ()

    async def examine(
        self, parts: tuple[Part, ...], moved: str, *, trusted: bool = False
    ) -> tuple[Observation, Examined | None]:
        """Read, judge and compare parts in a worker; ``trusted`` ones are not doubted."""
        policy, baseline = self.policy, None
        if self.source.baseline and not self.rebase:
            baseline = await asyncio.to_thread(
                self.store.version_text, policy.id, self.source.baseline.number
            )
        made = await asyncio.to_thread(made_rules, self.store, policy.id)
        try:
            examined = await self.workers.run(
                examine, parts, selection_of(policy), baseline, policy.language, trusted,
                team_rules(self.settings, policy, [rule for _, rule in made]),
                expectations_of(self.settings, policy),
            )  # fmt: skip
        except ExtractionError as error:
            digest = hashlib.sha256(b"".join(part.content for part in parts)).hexdigest()
            return Suspect(digest, (str(error),)), None
        if examined.suspect:
            return Suspect(examined.digest, examined.suspect), examined
        return Good(examined.digest, moved), examined


def _crashed(error: Exception) -> Seen:
    message = f"A fault of policywatch: {type(error).__name__}: {error}"
    fault = FetchError(message, kind="fault", transient=True)
    return Seen(Failed("fault", True, None, message, ours=True), error=fault)
