"""What a team expects of one policy: its own ``[policy.expect]``, then the ``[[expect]]`` tables.

What a policy's own table says goes before what a table for many says of the same thing, and an
earlier table before a later one.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from monitor.config import Expect, Policy, Settings
from monitor.expectations import Demand, Expectation, Required, presets
from monitor.vendors import vendor_of


def expectations_of(settings: Settings, policy: Policy | None) -> tuple[Expectation, ...]:
    """Everything expected of a policy; of one that is not declared any more, nothing."""
    if policy is None:
        return ()
    tables = [policy.expect] if policy.expect else []
    vendor = vendor_of(settings, policy)
    named = vendor.name.casefold() if vendor else ""
    tables += [e for e in settings.expect if e.concerns(policy) and _is_theirs(e, named)]
    found: dict[str, Expectation] = {}
    spoken_of: set[str] = set()
    for table in tables:
        mine = [e for e in table.expectations() if _kind(e) not in spoken_of and _fits(e, policy)]
        for expectation in mine:
            found.setdefault(expectation.name, expectation)
        spoken_of |= {_kind(e) for e in mine} - {""}
    return tuple(found.values())


def expectation_faults(settings: Settings) -> Iterator[str]:
    """What is wrong across the tables of expectations, as lines for a ConfigError."""
    for policy in settings.policy:
        for problem in policy.expect.faults() if policy.expect else ():
            yield f'[[policy]] "{policy.id}" expect: {problem}'
        for name in policy.expect.preset if policy.expect else ():
            types = presets.load(name).types
            if policy.type not in types:
                yield (
                    f'[[policy]] "{policy.id}" expect.preset: "{name}" is for documents of type '
                    f'{" or ".join(types)}, and this one is of type "{policy.type}"'
                )
    vendors = {vendor.name.casefold(): vendor.name for vendor in settings.vendor}
    for table in settings.expect:
        place = f'[[expect]] "{table.name}"'
        for problem in table.faults():
            yield f"{place}: {problem}"
        for vendor in table.vendors:
            if vendor.casefold() not in vendors:
                near = get_close_matches(vendor, vendors.values(), n=1)
                hint = f'did you mean "{near[0]}"?' if near else "declare it as a [[vendor]]"
                yield f'{place} vendors: there is no vendor "{vendor}"; {hint}'


def _is_theirs(table: Expect, vendor: str) -> bool:
    return not table.vendors or vendor in {name.casefold() for name in table.vendors}


def _fits(expectation: Expectation, policy: Policy) -> bool:
    """A preset is for documents of its types: a table for many may hold several."""
    what = expectation.what
    return not isinstance(what, Required) or policy.type in presets.load(what.preset).types


def _kind(expectation: Expectation) -> str:
    """Demands on one kind of commitment belong together: a table with scopes replaces another."""
    return expectation.what.kind if isinstance(expectation.what, Demand) else ""
