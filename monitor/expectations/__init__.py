"""What a team expects of a policy, and what its text says to that.

    config.toml -> Expectation      demands on commitments, mentions, elements of presets
    Document    -> Assessment       met, contrary, not found, silent, not applicable

Pure: the store keeps how a policy stood, ``settling`` says what has changed since.
"""

from monitor.expectations.asked import asked
from monitor.expectations.assessing import Expectation, Mention, assess
from monitor.expectations.demands import Demand, read
from monitor.expectations.kinds import KEYS, KINDS, Key
from monitor.expectations.mentions import read_mention
from monitor.expectations.presets import Preset, Required
from monitor.expectations.settling import Settled, is_stale, settle

__all__ = [
    "KEYS", "KINDS", "Demand", "Expectation", "Key", "Mention", "Preset", "Required", "Settled",
    "asked", "assess", "is_stale", "read", "read_mention", "settle",
]  # fmt: skip
