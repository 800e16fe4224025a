"""Whether what is due is checked, where others are to check it (`policywatch worker`)."""

from __future__ import annotations

from datetime import datetime, timedelta

from store import Store

#: How long something may be due, and nothing at all be checked, before that is a fault.
PATIENCE = timedelta(minutes=10)


def standstill(store: Store, now: datetime) -> str:
    """What to tell people if nothing is checked though something is due; "" if all is well.

    Raises StoreError.
    """
    due = store.next_due()
    if due is None or due > now - PATIENCE:
        return ""
    last = store.last_check()
    if last is not None and last > now - PATIENCE:
        return ""
    return (
        f"policies are due since {due:%Y-%m-%d %H:%M} UTC and nothing was checked for "
        f"{PATIENCE.total_seconds() / 60:.0f} minutes: does `policywatch worker` run?"
    )
