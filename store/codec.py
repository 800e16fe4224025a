"""The one encoding of model values as JSON: typed, tagged and lossless.

JSON's own values stand for themselves, a JSON array is a tuple, and everything else is an object
with one reserved key::

    date             {"$date": "2026-03-01"}
    datetime         {"$instant": "2026-03-01T10:00:00+00:00"}
    frozenset        {"$set": [...]}           sorted, so that equal values are equal bytes
    list             {"$list": [...]}
    dataclass        {"$type": "Quote", "text": ..., ...}
    mapping          {...}, or {"$map": [[key, value], ...]} where a key begins with "$"

A dataclass's fields that hold their default are left out. So a stored object may lack fields that
a newer model has, and may have fields that a newer model dropped (they are ignored).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from monitor.errors import StoreError
from monitor.mail.letter import Claim, LastDay, Letter, Match
from monitor.model import (
    Alert,
    Assessment,
    Commitment,
    Comparison,
    Edit,
    Finding,
    HeldBack,
    Quote,
    SourceMemory,
)

_NOUNS = (
    Alert, Assessment, Claim, Commitment, Comparison, Edit, Finding, HeldBack, LastDay, Letter,
    Match, Quote, SourceMemory,
)  # fmt: skip
_TYPES: dict[str, type] = {noun.__name__: noun for noun in _NOUNS}


def _default(field: dataclasses.Field[Any]) -> Any:
    """What a field holds if nothing is said; MISSING (equal to nothing stored) if it must be."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


_DEFAULTS = {
    name: {field.name: _default(field) for field in dataclasses.fields(cls)}
    for name, cls in _TYPES.items()
}


def encode(value: Any) -> Any:
    """Turn a value into what ``json.dumps`` takes. Raises StoreError for an unknown type."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if isinstance(value, frozenset | set):
        return {"$set": sorted((encode(item) for item in value), key=canonical)}
    if isinstance(value, list):
        return {"$list": [encode(item) for item in value]}
    if isinstance(value, datetime):
        return {"$instant": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, Mapping):
        return _encode_mapping(value)
    return _encode_dataclass(value)


def decode(value: Any) -> Any:
    """The value that ``encode`` was given, from its JSON form."""
    if isinstance(value, list):
        return tuple(decode(item) for item in value)
    if not isinstance(value, dict):
        return value
    tag = next((key for key in value if key.startswith("$")), None)
    if tag is None:
        return {key: decode(item) for key, item in value.items()}
    return _decode_tagged(tag, value)


def dumps(value: Any) -> str:
    """``encode`` as compact ASCII text. Raises StoreError for what JSON cannot hold (NaN)."""
    try:
        return json.dumps(encode(value), separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise StoreError(f"cannot store a value as JSON: {error}") from error


def loads(text: str | bytes) -> Any:
    """Read what ``dumps`` wrote."""
    return decode(json.loads(text))


def canonical(value: Any) -> str:
    """JSON text that is equal for equal values: sorted keys, no white space, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _encode_mapping(value: Mapping[Any, Any]) -> Any:
    for key in value:
        if not isinstance(key, str):
            raise StoreError(f"cannot store a mapping with the key {key!r}: only text keys")
    if any(key.startswith("$") for key in value):
        return {"$map": [[key, encode(item)] for key, item in value.items()]}
    return {key: encode(item) for key, item in value.items()}


def _encode_dataclass(value: Any) -> Any:
    name = type(value).__name__
    if _TYPES.get(name) is not type(value):
        raise StoreError(f"cannot store a value of type {name}: not one of the stored nouns")
    return {"$type": name, **dict(_told_fields(value, _DEFAULTS[name]))}


def _told_fields(value: Any, defaults: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for field, default in defaults.items():
        held = getattr(value, field)
        if held != default or type(held) is not type(default):
            yield field, encode(held)


def _decode_tagged(tag: str, value: dict[str, Any]) -> Any:
    inner = value[tag]
    if tag == "$type":
        return _decode_dataclass(inner, value)
    if tag == "$date":
        return date.fromisoformat(inner)
    if tag == "$instant":
        return datetime.fromisoformat(inner)
    if tag == "$set":
        return frozenset(decode(item) for item in inner)
    if tag == "$list":
        return [decode(item) for item in inner]
    if tag == "$map":
        return {key: decode(item) for key, item in inner}
    raise StoreError(f'stored JSON has the unknown tag "{tag}": it was written by a newer version')


def _decode_dataclass(name: str, value: dict[str, Any]) -> Any:
    cls = _TYPES.get(name)
    if cls is None:
        raise StoreError(f'stored JSON has the unknown type "{name}"; a newer version wrote it')
    fields = {field: decode(value[field]) for field in _DEFAULTS[name] if field in value}
    try:
        return cls(**fields)
    except TypeError as error:
        raise StoreError(f"stored {name} is incomplete: {error}") from error
