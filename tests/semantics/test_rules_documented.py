"""The documentation and the registry of rules say the same."""

from __future__ import annotations

import re
from pathlib import Path

from monitor.findings import RULES
from monitor.findings.sets import KINDS
from monitor.findings.subprocessors import LIST_GONE, RULE_OF

ROOT = Path(__file__).resolve().parents[2]


def test_every_rule_that_can_stand_in_a_finding_is_documented() -> None:
    """Names in the code of the rules and names in docs/semantics.md are the same set."""
    documented = set(
        re.findall(r"`([a-z_]+(?:-[a-z_]+)+)`", (ROOT / "docs/semantics.md").read_text())
    )
    source = "".join(p.read_text() for p in (ROOT / "monitor" / "findings").glob("*.py"))
    registered = {rule.name for rule in RULES} - {"condition-changed", "set-changed"}
    spoken = set(re.findall(r'sides,\s+"([a-z]+(?:-[a-z]+)+)"', source)) | registered
    spoken |= {f"{kind.terms}-added" for kind in KINDS[:7]}
    spoken |= {*RULE_OF.values(), LIST_GONE}
    assert spoken - documented == set()


def test_rule_names_are_unique() -> None:
    """A rule can be named in a configuration without ambiguity."""
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names))
