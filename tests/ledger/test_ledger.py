"""Since when a promise stands, and what it was before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.expectations import asked
from monitor.ledger import Matter, Stated, in_words, matters, standing
from monitor.model import Commitment, CommitmentKind, Quote, Value

START = datetime(2026, 3, 1, tzinfo=UTC)


def promise(
    value: Value, unit: str = "day", *, kind: CommitmentKind = "notice_period", scope: str = "",
    words: str = "",
) -> Commitment:  # fmt: skip
    return Commitment(kind, value, unit, scope, Quote(words or f"{value}", "", -1, -1))


def over(*versions: list[Commitment]) -> tuple[Matter, ...]:
    """What so many versions, a week apart, come to."""
    return matters(
        Stated(number, START + timedelta(weeks=number - 1), commitments)
        for number, commitments in enumerate(versions, start=1)
    )


def test_the_same_in_other_words_stands_since_it_was_first_said() -> None:
    [(matter, term)] = standing(over([promise(30)], [promise(30, words="thirty days")]))
    assert (term.since, term.version, term.or_earlier) == (START, 1, True)
    assert term.commitment.quote.text == "thirty days"
    assert matter.before == ()


def test_another_value_begins_anew_and_names_the_one_before() -> None:
    [(matter, term)] = standing(over([promise(30)], [promise(14)], [promise(14)]))
    assert (term.since, term.version, term.or_earlier) == (START + timedelta(weeks=1), 2, False)
    assert [(t.commitment.value, t.until) for t in matter.replaced_by(term)] == [(30, term.since)]


def test_a_unit_is_part_of_the_value() -> None:
    [(matter, term)] = standing(over([promise(1, "month")], [promise(1, "day")]))
    assert [t.commitment.unit for t in matter.replaced_by(term)] == ["month"]
    assert term.commitment.unit == "day"


def test_what_was_taken_back_and_came_again_has_a_gap() -> None:
    """It replaced nothing when it came again, and its former time is told."""
    [(matter, term)] = standing(over([promise(30)], [], [promise(30)]))
    assert (term.version, matter.replaced_by(term)) == (3, ())
    assert [(t.since, t.until) for t in matter.before] == [(START, START + timedelta(weeks=1))]


def test_scopes_are_matters_of_their_own() -> None:
    found = over(
        [promise(30), promise(60, scope="price")], [promise(30), promise(10, scope="price")]
    )
    assert [(m.scope, [t.commitment.value for t in m.now]) for m in found] == [
        ("", [30]), ("price", [10]),
    ]  # fmt: skip
    assert [len(m.before) for m in found] == [0, 1]


def test_what_is_gone_is_remembered_the_newest_first() -> None:
    [matter] = over([promise(30)], [promise(20)], [])
    assert matter.now == ()
    assert [t.commitment.value for t in matter.before] == [20, 30]


@pytest.mark.parametrize(
    ("kind", "says", "kept", "not_kept"),
    [
        ("notice_period", ">= 30", promise(30), promise(14)),
        ("notice_period", ">= 30", promise(5, "week"), promise(1, "month")),  # a month may have 28
        ("notice_days", "< 1 month", promise(14), promise(60)),
        ("notice_p", "30", promise(30), promise(31)),
        ("sale", "never", promise("never", "", kind="sale"), promise("may", "", kind="sale")),
        (
            "transfer_mechanisms", "SCC, adequacy",
            promise(frozenset({"standard contractual clauses"}), "", kind="transfer_mechanisms"),
            promise(frozenset({"consent"}), "", kind="transfer_mechanisms"),
        ),
        (
            "arbitration", "yes",
            promise(True, "", kind="arbitration"), promise(False, "", kind="arbitration"),
        ),
    ],
)  # fmt: skip
def test_the_ledger_is_asked(kind: str, says: str, kept: Commitment, not_kept: Commitment) -> None:
    wanted = asked(kind, says)
    assert (wanted(kept), wanted(not_kept)) == (True, False)


def test_kinds_are_asked_by_how_they_begin() -> None:
    wanted = asked("notice")
    assert wanted(promise(30))
    assert wanted(promise(frozenset({"email"}), "", kind="notice_channel"))
    assert not wanted(promise(16, "year", kind="minimum_age"))
    assert asked("")(promise(16, "year", kind="minimum_age"))


@pytest.mark.parametrize(
    ("kind", "says", "said"),
    [
        ("notis_period", "", 'did you mean "notice_period"?'),
        ("", ">= 30", "name it, for example notice_period"),
        ("notice", ">= 30", "name it, for example notice_period"),
        ("notice_period", "soon", 'write for example ">= 30"'),
        ("arbitration", "perhaps", "neither true nor false"),
    ],
)
def test_a_question_that_means_nothing_is_refused(kind: str, says: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        asked(kind, says)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1, "business_day", "1 business day"), (30, "day", "30 days"), (True, "", "yes"),
        (frozenset({"b_c", "a"}), "", "a, b c"), ("never", "", "never"),
    ],
)  # fmt: skip
def test_values_in_words(value: Value, unit: str, words: str) -> None:
    assert in_words(value, unit) == words
