"""The encoding of model values as JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import model
from monitor.errors import StoreError
from store import codec

words = st.text(max_size=20)
dates = st.dates()
instants = st.datetimes(timezones=st.just(UTC))
values = st.one_of(
    st.none(), st.integers(), st.booleans(), words, dates, st.frozensets(words, max_size=4)
)
quotes = st.builds(model.Quote, words, words, st.integers(), st.integers(), words)
findings = st.builds(
    model.Finding,
    category=st.sampled_from(model.CATEGORIES),
    direction=st.just("weaker"),
    severity=st.sampled_from(model.SEVERITIES),
    summary=words,
    before=st.none() | quotes,
    after=st.none() | quotes,
    before_value=values,
    after_value=values,
    rule=words,
    confidence=st.floats(0, 1),
)
edits = st.builds(
    model.Edit,
    st.just("edited"),
    st.lists(st.integers(), max_size=3).map(tuple),
    st.lists(st.integers(), max_size=3).map(tuple),
    words,
)
comparisons = st.builds(
    model.Comparison,
    verdict=st.just("minor"),
    language=words,
    findings=st.lists(findings, max_size=3).map(tuple),
    edits=st.lists(edits, max_size=3).map(tuple),
    reason=words,
)
commitments = st.builds(
    model.Commitment,
    st.sampled_from(model.COMMITMENT_KINDS),
    values.filter(lambda value: value is not None),
    words,
    words,
    quotes,
    words,
)
keys = st.one_of(words, st.sampled_from(["$date", "$type", "$set", "$list", "$map", "$"]))
notices = st.dictionaries(
    keys,
    st.recursive(
        values | instants | quotes | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.lists(inner, max_size=3).map(tuple),
            st.dictionaries(keys, inner, max_size=3),
        ),
        max_leaves=6,
    ),
    max_size=4,
)
alerts = st.builds(
    model.Alert,
    id=words,
    policy=words,
    change=st.none() | words,
    verdict=st.just("material"),
    summary=words,
    findings=st.lists(findings, max_size=2).map(tuple),
    effective=st.none() | dates,
    first_seen=st.none() | instants,
    notice=notices,
    links=st.dictionaries(words, words, max_size=3),
)
memories = st.builds(
    model.SourceMemory,
    health=st.just("suspect"),
    health_since=st.none() | instants,
    suspect_reasons=st.lists(words, max_size=3).map(tuple),
    returns=st.lists(instants, max_size=3).map(tuple),
    failures=st.integers(0),
    alerted_at=st.dictionaries(words, instants, max_size=2),
)


def same(one: object, other: object) -> bool:
    """Equal, of the same type all the way down (1 == True and () == [] elsewhere)."""
    if type(one) is not type(other) or one != other:
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return all(same(a, b) for a, b in zip(one, other, strict=True))
    if hasattr(one, "__slots__") and not isinstance(one, frozenset):
        return all(same(getattr(one, name), getattr(other, name)) for name in one.__slots__)
    return True


@given(st.one_of(comparisons, commitments, alerts, memories, notices))
def test_a_model_value_comes_back_as_it_was(value: object) -> None:
    """Every noun that is stored survives the way to JSON text and back, types included."""
    assert same(codec.loads(codec.dumps(value)), value)


@given(alerts)
def test_the_text_is_plain_ascii_json(value: object) -> None:
    """Whatever a stranger wrote, the stored text has no byte that a database could refuse."""
    text = codec.dumps(value)
    assert text.isascii()
    json.loads(text)


@given(st.frozensets(words, max_size=8))
def test_equal_sets_are_equal_text(terms: frozenset[str]) -> None:
    """The order in which a set was built does not show, so that its hash can be recomputed."""
    assert codec.dumps(terms) == codec.dumps(frozenset(sorted(terms, reverse=True)))


def test_fields_added_or_dropped_since_do_not_matter() -> None:
    """A noun stored by another version is read as far as both versions know it."""
    stored = '{"$type":"SourceMemory","failures":3,"field_of_the_future":"x"}'
    assert codec.loads(stored) == model.SourceMemory(failures=3)


@pytest.mark.parametrize("value", [object(), {1: "one"}, b"bytes", 1 + 2j, float("nan")])
def test_a_value_that_json_cannot_hold_is_refused(value: object) -> None:
    """What would not come back as it was is a StoreError, not a lossy row."""
    with pytest.raises(StoreError):
        codec.dumps(value)


@pytest.mark.parametrize(
    "text", ['{"$type":"Nonsense"}', '{"$wat":1}', '{"$type":"Quote","text":"x"}']
)
def test_json_of_an_unknown_shape_is_named(text: str) -> None:
    """A tag or type that this version does not know is a StoreError that names it."""
    with pytest.raises(StoreError, match=r"Nonsense|\$wat|Quote"):
        codec.loads(text)


def test_an_instant_and_a_date_stay_apart() -> None:
    """A datetime is not read back as a date, although Python calls it one."""
    value = (date(2026, 3, 1), datetime(2026, 3, 1, tzinfo=UTC))
    assert [type(item) for item in codec.loads(codec.dumps(value))] == [date, datetime]
