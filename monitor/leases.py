"""A policy held for one check, and given back whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from monitor.errors import StoreError
from store import SourceRecord, Store, new_id


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of a policy that is ours for one check, and the name it is held under."""

    source: SourceRecord
    owner: str


@dataclass(frozen=True, slots=True)
class Unended:
    """Policies to owners: leases that could not be ended, as the store took nothing."""

    leases: dict[str, str] = field(default_factory=dict)

    async def end(self, store: Store) -> None:
        """End them now: else their policies wait until the leases run out. Raises StoreError."""
        for policy, owner in list(self.leases.items()):
            await asyncio.to_thread(store.release, policy, owner)
            self.leases.pop(policy, None)


@asynccontextmanager
async def held(
    store: Store,
    policy: str,
    owner: str,
    now: datetime,
    length: timedelta,
    unended: Unended,
    *,
    only_due: bool = False,
) -> AsyncIterator[Held | None]:
    """Hold a policy, under a name of its own; None where another holds it, or it is not due.

    A check that outlived its lease must not write under the lease of the next: hence the name. What
    is recorded ends the lease with its transaction; whatever else happens, it is ended here, or
    noted in ``unended``.
    """
    name = f"{owner}#{new_id()}"
    take = partial(store.take, policy, name, now, length, only_due=only_due)
    taking = asyncio.ensure_future(asyncio.to_thread(take))
    try:
        # A thread cannot be cancelled: it takes the lease all the same, and nobody would know.
        source = await asyncio.shield(taking)
        yield None if source is None else Held(source, name)
    except BaseException:
        await asyncio.wait([taking])
        if not taking.cancelled() and not taking.exception() and taking.result() is not None:
            await _give_back(store, policy, name, unended)
        raise


async def _give_back(store: Store, policy: str, name: str, unended: Unended) -> None:
    try:
        await asyncio.to_thread(store.release, policy, name)
    except StoreError:
        unended.leases[policy] = name
