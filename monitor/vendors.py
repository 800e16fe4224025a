"""Whose policy is it? The ``[[vendor]]`` records of config.toml, found for a policy or a host.

A policy belongs to the vendor that its ``vendor`` names; else to the one whose name is its
``service``; else to the one under whose domains its first address lies. Pure.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from monitor.config import ContractPeriod, Policy, Settings, Vendor

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def vendor_of(settings: Settings, policy: Policy | None) -> Vendor | None:
    """The vendor whose document a policy is, or None (also for one not declared any more)."""
    if policy is None or not settings.vendor:
        return None
    named = policy.vendor or policy.service
    for vendor in settings.vendor:
        if named and vendor.name.casefold() == named.casefold():
            return vendor
    return None if policy.vendor else vendor_at(settings, host_of(policy.all_urls[0]))


def vendor_at(settings: Settings, host: str) -> Vendor | None:
    """The vendor to whom a host belongs; of nested domains the narrower one wins."""
    fitting = [
        (len(domain), vendor)
        for vendor in settings.vendor
        for domain in vendor.domains
        if is_within(host, domain)
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def owner_of(settings: Settings, policy: Policy | None) -> str:
    """Who looks after a policy here: its own owner, else its vendor's."""
    vendor = vendor_of(settings, policy)
    return (policy.owner if policy else "") or (vendor.owner if vendor else "")


def policies_of(policies: Iterable[Policy], settings: Settings, vendor: Vendor) -> list[Policy]:
    """The policies that belong to a vendor, in the order of the declarations."""
    return [policy for policy in policies if vendor_of(settings, policy) is vendor]


def is_within(host: str, domain: str) -> bool:
    """Whether a host is a domain or one below it; letter case does not matter."""
    host, domain = host.casefold().rstrip("."), domain.casefold()
    return host == domain or host.endswith("." + domain)


def host_of(url: str) -> str:
    """The host of a web address, "" where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _period_faults(term: ContractPeriod) -> Iterator[str]:
    if (term.starts == "until effect") == (term.length is not None):
        yield 'length: is missing; add it (only starts = "until effect" has none)'
    if term.right == "notice" and term.starts != "notice":
        yield f'starts: notice is counted back from the effect; remove starts = "{term.starts}"'


def vendor_faults(settings: Settings) -> Iterator[str]:
    """What is wrong with the vendor records, as lines for a ConfigError."""
    names = Counter(vendor.name.casefold() for vendor in settings.vendor)
    for vendor in settings.vendor:
        place = f'[[vendor]] "{vendor.name}"'
        if not vendor.name.strip():
            yield f"{place} name: is empty; write the company's name"
        if names[vendor.name.casefold()] > 1:
            yield f"{place}: this name is given {names[vendor.name.casefold()]} times"
        for domain in vendor.domains:
            labels = domain.casefold().split(".")
            if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
                yield f'{place} domains: "{domain}" is no domain; write for example "acme.example"'
        for number, term in enumerate(vendor.period, start=1):
            for fault in _period_faults(term):
                yield f"{place} period no. {number} {fault}"
        if vendor.precedence == "contract" and not vendor.period:
            yield (
                f'{place} precedence: is "contract", but no [[vendor.period]] says what the '
                "contract sets"
            )
    known = [vendor.name for vendor in settings.vendor]
    for policy in settings.policy:
        if policy.vendor and policy.vendor.casefold() not in names:
            near = difflib.get_close_matches(policy.vendor, known, n=1)
            hint = f'did you mean "{near[0]}"?' if near else "declare it as a [[vendor]]"
            yield (f'[[policy]] "{policy.id}" vendor: there is no vendor "{policy.vendor}"; {hint}')
