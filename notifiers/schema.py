"""The JSON Schema of what a webhook sends, derived from the alert, so that it cannot differ."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from monitor.model import Alert

#: Where the published schema lies, from the root of the repository.
PUBLISHED = "docs/alert.schema.json"


class _Draft(GenerateJsonSchema):
    """Every field is always sent, also one that has a default here; titles say nothing."""

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: ARG002
        """See above."""
        return True

    def default_schema(self, schema: Any) -> Any:
        """Nothing is left out, so there is nothing to fill in."""
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        """See above."""
        return False


def alert_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of a webhook's body. Fields may be added within a version."""
    made = TypeAdapter(Alert).json_schema(schema_generator=_Draft, mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "An alert of policywatch",
    }


def published() -> str:
    """The file ``PUBLISHED`` as it should be."""
    return json.dumps(alert_schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
