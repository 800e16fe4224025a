"""Which places a text names."""

from __future__ import annotations

import pytest

from monitor.subprocessors.places import places_in


@pytest.mark.parametrize("written", ["Istanbul", "ISTANBUL", "\u0130stanbul", "\u0131stanbul"])
def test_a_town_is_known_however_its_i_is_written(written: str) -> None:
    """A pattern without case takes a dotted capital I for an i, and a dictionary does not."""
    assert [place.name for place in places_in(f"Beacon A.S., {written}")] == ["Turkey"]
