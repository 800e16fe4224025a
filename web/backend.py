"""What pages are made from: the store, the configuration as it is at the moment, and a clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from monitor.config import Policy, Settings
from monitor.credentials import environment
from monitor.fetch import Fetcher
from monitor.telling import zone_of
from monitor.vendors import owner_of, vendor_of
from monitor.workers import Workers
from notifiers.base import Post
from store import Store

#: Gives the running ways out and readers, which a reload replaces.
Lookout = Callable[[], tuple[Fetcher, Workers]]


@dataclass(frozen=True, slots=True)
class Declared:
    """The configuration with the policies it watches (those of the sample site among them)."""

    settings: Settings
    policies: Mapping[str, Policy]

    def tags(self, policy: str) -> tuple[str, ...]:
        """The tags of a policy; of one that is not declared any more, none."""
        declared = self.policies.get(policy)
        return declared.tags if declared else ()

    def owner(self, policy: str) -> str:
        """Who looks after a policy here, "" for nobody."""
        return owner_of(self.settings, self.policies.get(policy))

    def vendor(self, policy: str) -> str:
        """Whose document it is, as recorded, "" where no record says."""
        found = vendor_of(self.settings, self.policies.get(policy))
        return found.name if found else ""


@dataclass(frozen=True, slots=True)
class Backend:
    """``declared`` gives the running configuration, which a reload replaces.

    ``user`` is the name of the login under which this runs: what a form proposes as who acts.
    ``file`` is the configuration that pages may add to; ``lookout`` gives what fetches and reads
    pages before they are watched, None where nothing is fetched from here.
    ``environ`` holds secrets; ``post`` is the way out, None where nothing is sent from here.
    """

    store: Store
    declared: Callable[[], Declared]
    clock: Callable[[], datetime]
    user: str = ""
    file: Path | None = None
    lookout: Lookout | None = None
    environ: Mapping[str, str] = field(default_factory=environment)
    post: Post | None = None

    def today(self) -> date:
        """The day it is where days are counted (``[notice] timezone``)."""
        return self.clock().astimezone(zone_of(self.declared().settings)).date()
