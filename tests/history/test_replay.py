"""What becomes of recorded texts, replayed as if live."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from monitor.history import Capture, Position, Rules, Step, advance
from monitor.reading import Selection
from tests.history.archives import DAY, START, WALL, policy_text

A, B, C = policy_text(30), policy_text(14), policy_text(7)


def captures(*texts: str, every: timedelta = DAY, technical: Sequence[int] = ()) -> list[Capture]:
    """Texts recorded one after another, each standing until the next one."""
    return [
        Capture(
            START + place * every,
            START + (place + 1) * every,
            text.encode(),
            technical=place in technical,
        )
        for place, text in enumerate(texts)
    ]


def replayed(*given: Capture, rules: Rules | None = None) -> tuple[Step, ...]:
    """The steps of a whole history."""
    return advance(Position(), given, rules or Rules())[1]


def outcomes(steps: Sequence[Step]) -> list[str]:
    """What became of each."""
    return [step.outcome for step in steps]


def test_a_change_is_compared_with_the_version_before() -> None:
    """A shorter notice is a material change, as in `compare`."""
    first, second = replayed(*captures(A, B))
    assert (first.outcome, first.comparison) == ("first", None)
    assert second.outcome == "changed"
    assert second.comparison is not None
    assert second.comparison.verdict == "material"
    assert (second.before, second.version, second.seen_before) == (1, 2, START)


def test_a_wall_is_held_back_and_changes_nothing() -> None:
    """What is not the policy makes no version; the next text is compared with the one before."""
    steps = replayed(*captures(A, WALL, A, B))
    assert outcomes(steps) == ["first", "suspect", "unchanged", "changed"]
    assert steps[1].reasons
    assert steps[1].comparison is None
    assert steps[3].before == 1


def test_a_text_that_comes_back_for_an_hour_is_a_flap() -> None:
    """Back and forth within the hold is no change, and nobody is alerted of it twice."""
    hourly = captures(A, B, A, B, A, B, every=timedelta(hours=1))
    steps = replayed(*hourly)
    assert outcomes(steps) == ["first", "changed", "held", "unchanged", "held", "unchanged"]
    assert sum(step.comparison is not None for step in steps) == 1
    assert [event for step in steps for event in step.events] == ["unstable"]


def test_a_text_that_comes_back_to_stay_is_a_revert() -> None:
    """Stable for the hold, it is a version again, compared with what it replaces."""
    steps = replayed(*captures(A, B, A, every=3 * DAY))
    assert outcomes(steps) == ["first", "changed", "reverted"]
    assert steps[2].comparison is not None
    assert (steps[2].before, steps[2].version) == (2, 3)


def test_a_technical_upgrade_changes_no_policy() -> None:
    """Another reading becomes the baseline in silence; the next change is compared with it."""
    steps = replayed(*captures(A, B, C, technical=[1]))
    assert outcomes(steps) == ["first", "upgraded", "changed"]
    assert steps[1].comparison is None
    assert steps[2].before == 2


def test_an_upgrade_to_a_wall_waits_for_the_policy() -> None:
    """A suspect upgrade does not become the baseline; the next good capture does, in silence."""
    steps = replayed(*captures(A, WALL, B, C, technical=[1]))
    assert outcomes(steps) == ["first", "suspect", "upgraded", "changed"]
    assert steps[2].comparison is None


def test_pieces_give_what_the_whole_gives() -> None:
    """Where a history is cut for the workers makes no difference."""
    every = captures(A, B, A, WALL, B, C, A, C, every=timedelta(hours=9))
    whole = replayed(*every)
    for cut in range(1, len(every)):
        position, head = advance(Position(), every[:cut], Rules())
        _, tail = advance(position, every[cut:], Rules())
        assert (*head, *tail) == whole


def test_what_cannot_be_read_is_reported() -> None:
    """A missing content or broken bytes are a step of their own, and the history goes on."""
    first, last = captures(A, B)
    lost = Capture(START, START, b"", problem="missing")
    broken = Capture(START, START, b"%PDF-1.7 nothing", media_type="application/pdf")
    steps = replayed(first, lost, broken, last)
    assert outcomes(steps) == ["first", "unreadable", "unreadable", "changed"]
    assert all(step.reasons for step in steps[1:3])


def test_what_is_known_is_not_compared_again() -> None:
    """A resumed import pays for new versions only; it keeps texts and commitments of those."""
    steps = replayed(*captures(A, B, C), rules=Rules(keep=True, known=2))
    assert [step.version for step in steps] == [1, 2, 3]
    assert [step.text is None for step in steps] == [True, True, False]
    assert [step.comparison is None for step in steps] == [True, True, False]
    assert steps[2].text is not None
    assert any(c.kind == "notice_period" and c.value == 7 for c in steps[2].text.commitments)


def test_selectors_are_for_pages_and_not_for_texts() -> None:
    """A declared policy's selectors do not make the recorded Markdown of an archive unreadable."""
    markup = (
        f"<html><body><main>{''.join(f'<p>{line}</p>' for line in A.split(chr(10) * 2))}</main>"
    )
    page = Capture(START + DAY, START + DAY, f"{markup}<div>Basket</div>".encode(), "text/html")
    rules = Rules(selection=Selection(select=("main",)), keep=True)
    text, selected = replayed(*captures(A), page, rules=rules)
    assert (text.outcome, selected.outcome) == ("first", "changed")
    assert selected.text is not None
    assert "Basket" not in selected.text.text
    nowhere = replayed(*captures(A), page, rules=Rules(selection=Selection(select=("article",))))
    assert outcomes(nowhere) == ["first", "unreadable"]
