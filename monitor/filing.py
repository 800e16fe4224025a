"""By what lists find a policy, as a configuration has it: whose it is, what is expected. Pure."""

from __future__ import annotations

from monitor.config import Policy, Settings
from monitor.expected import expectations_of
from monitor.vendors import owner_of, vendor_of
from store.records import Filed


def filed(settings: Settings, policy: Policy) -> Filed:
    """What the store files a declared policy under."""
    vendor = vendor_of(settings, policy)
    return Filed(
        owner=owner_of(settings, policy),
        vendor=vendor.name if vendor else "",
        tags=policy.tags,
        asked=bool(expectations_of(settings, policy)),
    )
