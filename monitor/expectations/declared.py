"""The keys of ``[policy.expect]`` and ``[[expect]]``: what is expected of a document.

One field a key; ``monitor.expectations.kinds.KEYS`` says which kind of commitment it is about.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, SkipValidation, ValidationInfo
from pydantic.functional_validators import field_validator

from monitor.expectations import presets
from monitor.expectations.assessing import Expectation, Mention
from monitor.expectations.demands import Demand, read
from monitor.expectations.kinds import KEYS
from monitor.expectations.mentions import read_mention
from monitor.model import Severity


def _preset_names(value: Any) -> Any:
    given = [value] if isinstance(value, str) else value
    for name in given if isinstance(given, list | tuple) else ():
        if name not in presets.names():
            near = difflib.get_close_matches(str(name), presets.names(), n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"known: {', '.join(presets.names())}"
            raise ValueError(f'there is no preset "{name}"; {hint}')
    return given


def _texts(value: Any) -> Any:
    given = [value] if isinstance(value, str) else value
    for text in given if isinstance(given, list | tuple) else ():
        if isinstance(text, str):
            read_mention(text)
    return given


Demands: TypeAlias = Annotated[tuple[Demand, ...], SkipValidation]
Presets: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_preset_names)]
Mentions: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_texts)]


class Expected(BaseModel):
    """What is expected: presets, mentions, and demands by kind of commitment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    preset: Presets = ()
    severity: Severity | None = None
    must_mention: Mentions = ()
    must_not_mention: Mentions = ()

    notice_period: Demands = ()
    notice_days: Demands = ()
    notice_channel: Demands = ()
    objection_window: Demands = ()
    objection_days: Demands = ()
    termination_window: Demands = ()
    termination_days: Demands = ()
    minimum_age: Demands = ()
    retention: Demands = ()
    retention_days: Demands = ()
    sale: Demands = ()
    recipients: Demands = ()
    data_categories: Demands = ()
    purposes: Demands = ()
    legal_bases: Demands = ()
    legal_basis: Demands = ()
    rights: Demands = ()
    transfer_places: Demands = ()
    transfer_place: Demands = ()
    transfer_mechanisms: Demands = ()
    transfer_mechanism: Demands = ()
    security_measures: Demands = ()
    response_time: Demands = ()
    response_days: Demands = ()
    breach_notice: Demands = ()
    breach_hours: Demands = ()
    arbitration: Demands = ()
    class_waiver: Demands = ()
    arbitration_opt_out: Demands = ()
    governing_law: Demands = ()
    controller: Demands = ()
    address: Demands = ()
    contact: Demands = ()
    dpo: Demands = ()
    last_updated: Demands = ()
    effective: Demands = ()
    acceptance_by_use: Demands = ()

    @field_validator(*KEYS, mode="before")
    @classmethod
    def _demands(cls, value: Any, info: ValidationInfo) -> tuple[Demand, ...]:
        assert info.field_name is not None
        return read(KEYS[info.field_name], value)

    def expectations(self) -> Iterator[Expectation]:
        """Each thing that is expected: demands first, then mentions, then elements of presets."""
        for key in KEYS:
            for demand in getattr(self, key):
                yield Expectation(demand, self.severity)
        for texts, wanted in ((self.must_mention, True), (self.must_not_mention, False)):
            for text in texts:
                yield Expectation(Mention(read_mention(text), wanted), self.severity)
        for name in self.preset:
            for element in presets.load(name).elements:
                yield Expectation(element, self.severity)

    def faults(self) -> Iterator[str]:
        """What no single key can say: two demands for one thing, or nothing at all."""
        names = Counter(expectation.name for expectation in self.expectations())
        if not names:
            yield 'is empty; write for example notice_days = ">= 30"'
        for name, count in names.items():
            if count > 1:
                yield f"expects {name} {count} times; say it once"
