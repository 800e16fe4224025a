"""The published schema is that of what is sent, and can tell what is not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from alert_samples import HOSTILE, change_alert, health_alert, hostile_alert
from test_deadline_alerts import EFFECT, OBJECT, reminder
from test_expectation_alerts import FOUR

from monitor.model import Alert
from notifiers.schema import PUBLISHED, alert_schema, published
from notifiers.webhook import body_of

ROOT = Path(__file__).parents[2]
SCHEMA: dict[str, Any] = json.loads((ROOT / PUBLISHED).read_text(encoding="utf-8"))
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
    "boolean": bool, "null": type(None),
}  # fmt: skip
#: What the validator below knows; a schema that says more must teach it.
_KNOWN = {
    "$schema", "$defs", "$ref", "title", "description", "type", "properties", "required", "items",
    "additionalProperties", "anyOf", "enum", "const", "format", "uniqueItems",
}  # fmt: skip


def faults(value: Any, schema: Any, at: str = "body") -> list[str]:
    """Where a value breaks a schema, by the words of JSON Schema that ours uses."""
    if schema is True:
        return []
    assert set(schema) <= _KNOWN, set(schema) - _KNOWN
    if "$ref" in schema:
        return faults(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], at)
    if "anyOf" in schema:
        fits = any(not faults(value, each, at) for each in schema["anyOf"])
        return [] if fits else [f"{at}: none of the alternatives"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at}: not one of {schema['enum']}"]
    kind = schema.get("type")
    if kind and not _is(kind, value):
        return [f"{at}: is no {kind}"]
    found = [f"{at}: lacks {name}" for name in schema.get("required", ()) if name not in value]
    if kind == "object":
        for name, item in value.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties", True))
            found += faults(item, inner, f"{at}.{name}")
    for item in value if kind == "array" else ():
        found += faults(item, schema.get("items", True), f"{at}[]")
    if kind == "string" and not _in_format(value, schema.get("format", "")):
        found.append(f"{at}: is no {schema['format']}")
    return found


def _is(kind: str, value: Any) -> bool:
    """Of a JSON type; true and false are no numbers."""
    return isinstance(value, _TYPES[kind]) and isinstance(value, bool) <= (kind == "boolean")


def _in_format(value: str, name: str) -> bool:
    match name:
        case "date":
            return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value) and date.fromisoformat(value))
        case "date-time":
            return bool(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)", value))
    return True


def sent(alert: Alert) -> Any:
    return json.loads(body_of(alert))


def test_the_published_file_is_derived_from_the_code() -> None:
    """Where it is not: python -c "import notifiers.schema as s; print(s.published(), end='')"."""
    assert (ROOT / PUBLISHED).read_text(encoding="utf-8") == published()


@pytest.mark.parametrize(
    "alert",
    [
        change_alert(),
        change_alert(deadlines=(OBJECT,)),
        change_alert(effective=None, first_seen=None, notice={}),
        health_alert(),
        FOUR,
        reminder(OBJECT, EFFECT),
        *map(hostile_alert, HOSTILE),
    ],
)
def test_what_is_sent_follows_it(alert: Alert) -> None:
    """Every kind of alert, whatever a page said; and no field is unknown to the schema."""
    body = sent(alert)
    assert faults(body, SCHEMA) == []
    assert set(body) == set(SCHEMA["properties"]) == set(SCHEMA["required"])


@pytest.mark.parametrize(
    ("name", "value"),
    [("severity", "grave"), ("effective", "soon"), ("findings", [{}]), ("kind", None), ("id", 7),
     ("first_seen", "yesterday"), ("links", ["https://a.example"])],
)  # fmt: skip
def test_what_is_not_an_alert_breaks_it(name: str, value: object) -> None:
    """A schema that takes anything would be no promise."""
    body = {**sent(change_alert()), name: value}
    [fault, *_] = faults(body, SCHEMA)
    assert fault.startswith(f"body.{name}")


def test_the_schema_names_its_draft() -> None:
    """Validators ask for it."""
    assert alert_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
