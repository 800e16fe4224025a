"""Open Terms Archive declarations (one JSON file a service) as ``[[policy]]`` tables. Pure.

    {"name": S, "terms": {"Privacy Policy": {"fetch": URL, "select": ..., "remove": ...,
                                             "filter": [...], "executeClientScripts": true,
                                             "combine": [{...}, ...]}}}

``select`` and ``remove`` are a selector, a range or a list of either. What a table cannot say is
noted on the policy, or the document is listed as left out: nothing is dropped in silence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.errors import ConfigError
from monitor.history.recorded import Skipped, distinct, policy_id, policy_type
from monitor.watchlist import Declared, check

_BOUNDS = {
    "startBefore": "start_before",
    "startAfter": "start_after",
    "endBefore": "end_before",
    "endAfter": "end_after",
}
_KNOWN = {"fetch", "select", "remove", "filter", "combine", "executeClientScripts"}


@dataclass(frozen=True, slots=True)
class Converted:
    """Declarations as policies, and the documents that could not be declared."""

    policies: tuple[Declared, ...]
    left_out: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """How one source of a document is read."""

    url: str
    select: tuple[str, ...]
    ranges: tuple[tuple[tuple[str, str], ...], ...]
    remove: tuple[str, ...]
    browser: bool


def convert(files: Iterable[tuple[str, bytes]]) -> Converted:
    """Convert declaration files, given as name and content."""
    policies: list[Declared] = []
    left_out: list[Skipped] = []
    taken: set[str] = set()
    for name, content in files:
        if name.endswith(".history.json"):
            left_out.append(
                Skipped(name, "declares the past; only what is declared now is watched")
            )
            continue
        try:
            for service, document, declared in _documents(name, content):
                where = f"{service}: {document}"
                try:
                    policies.append(_policy(service, document, declared, taken))
                except ConfigError as error:
                    left_out += [Skipped(where, problem) for problem in error.problems]
        except ConfigError as error:
            left_out.append(Skipped(name, str(error)))
    return Converted(tuple(policies), tuple(left_out))


def _documents(name: str, content: bytes) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every document of a file, with its service's name. Raises ConfigError."""
    try:
        service = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"is not JSON ({error})") from error
    if not isinstance(service, dict):
        raise ConfigError("is not a declaration: it must be a JSON object")
    terms = service.get("terms", service.get("documents"))
    if not isinstance(terms, dict):
        raise ConfigError("is not a declaration: it has no terms")
    for document, declared in terms.items():
        if not isinstance(declared, dict):
            raise ConfigError(f'"{document}" is not an object')
        title = str(service.get("name") or name.removesuffix(".json"))
        yield title, str(document), declared


def _policy(service: str, document: str, declared: Mapping[str, Any], taken: set[str]) -> Declared:
    notes: list[str] = []
    combined = declared.get("combine")
    sources = combined if isinstance(combined, list) and combined else [declared]
    readings = [_reading({**declared, **source}, notes) for source in sources if _is_table(source)]
    if len({(r.select, r.ranges, r.remove) for r in readings}) > 1:
        raise ConfigError(
            "combines pages that are selected differently; declare each page as a policy of its own"
        )
    first = readings[0]
    urls = [reading.url for reading in readings]
    wanted = policy_id(service, document)
    table: dict[str, Any] = {
        "id": wanted,
        "service": service,
        "type": policy_type(document),
        **({"url": urls[0]} if len(urls) == 1 else {"urls": urls}),
        "select": list(first.select),
        "remove": list(first.remove),
        "range": [dict(span) for span in first.ranges],
        "fetch": "browser" if any(reading.browser for reading in readings) else "",
    }
    table = {key: value for key, value in table.items() if value}
    check(table)
    table["id"] = distinct(wanted, taken, f"{service}/{document}")
    return Declared(table, tuple(dict.fromkeys(notes)))


def _is_table(source: Any) -> bool:
    if not isinstance(source, Mapping):
        raise ConfigError("combine: every source must be an object")
    return True


def _reading(source: Mapping[str, Any], notes: list[str]) -> _Reading:
    """How one source is read; what cannot be said goes to ``notes``. Raises ConfigError."""
    url = source.get("fetch")
    if not isinstance(url, str) or not url:
        raise ConfigError("fetch: names no address")
    if filters := _filters(source.get("filter")):
        notes.append(f"not taken over, needs JavaScript: filter {', '.join(filters)}")
    if unknown := sorted(set(source) - _KNOWN):
        notes.append(f"not taken over, unknown: {', '.join(map(str, unknown))}")
    select, ranges = _selected(source.get("select"), "select")
    remove, removed_ranges = _selected(source.get("remove"), "remove")
    for span in removed_ranges:
        said = " ".join(f"{key} {value}" for key, value in span)
        notes.append(f"not taken over: remove of a range ({said})")
    browser = source.get("executeClientScripts") is True
    return _Reading(url, select, ranges, remove, browser)


def _selected(
    value: Any, key: str
) -> tuple[tuple[str, ...], tuple[tuple[tuple[str, str], ...], ...]]:
    """Selectors and ranges of a declaration's value. Raises ConfigError."""
    selectors: list[str] = []
    ranges: list[tuple[tuple[str, str], ...]] = []
    for item in value if isinstance(value, list) else [] if value is None else [value]:
        if isinstance(item, str):
            selectors.append(item)
        elif isinstance(item, Mapping) and item and set(item) <= set(_BOUNDS):
            ranges.append(tuple((_BOUNDS[bound], str(place)) for bound, place in item.items()))
        else:
            raise ConfigError(f"{key}: {str(item)[:80]!r} is neither a selector nor a range")
    return tuple(selectors), tuple(ranges)


def _filters(value: Any) -> list[str]:
    """The names of the functions that a declaration calls, with or without arguments."""
    named = value if isinstance(value, list) else [] if value is None else [value]
    return [", ".join(item) if isinstance(item, Mapping) else str(item) for item in named]
