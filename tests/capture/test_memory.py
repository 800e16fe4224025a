"""What a source's memory makes of what its checks observe, one situation at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from monitor.capture import (
    Decision,
    Failed,
    Good,
    NotModified,
    Observation,
    Suspect,
    accept,
    decide,
)
from monitor.model import SourceMemory

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CONFIRM = 15 * MINUTE
HOLD = DAY
UNREACHABLE = 2 * DAY

WALL = Suspect("wall", ("it looks like a page that keeps robots out",))
TIMEOUT = Failed("timeout", transient=True, message="no answer within 20 s")
GONE = Failed("status", transient=False, status=404, message="404 Not Found")


@dataclass
class Source:
    """A source as the daemon keeps it: memory, versions, baseline and what people were told."""

    now: datetime = START
    memory: SourceMemory = field(default_factory=SourceMemory)
    known: dict[str, int] = field(default_factory=dict)
    baseline: str | None = None
    told: list[str] = field(default_factory=list)

    def sees(self, observation: Observation | str, after: timedelta = 6 * HOUR) -> Decision:
        """One check, ``after`` the one before; a text stands for a good capture of it."""
        self.now += after
        seen = Good(observation) if isinstance(observation, str) else observation
        decision = decide(
            self.memory,
            seen,
            baseline_digest=self.baseline,
            known=self.known,
            now=self.now,
            confirm_after=CONFIRM,
            flap_hold=HOLD,
            unreachable_after=UNREACHABLE,
        )
        self.memory = decision.memory
        self.told += [event.kind for event in decision.events]
        if decision.action in ("first", "new_version", "revert") and isinstance(seen, Good):
            self.baseline = seen.digest
            self.known.setdefault(seen.digest, len(self.known) + 1)
        return decision

    def actions(self, *observations: Observation | str, every: timedelta = 6 * HOUR) -> list[str]:
        return [self.sees(observation, every).action for observation in observations]


@pytest.fixture
def source() -> Source:
    """A source whose versions are A and then B, the baseline."""
    made = Source()
    assert made.actions("A", "B") == ["first", "new_version"]
    return made


# --- texts -------------------------------------------------------------------------------------


def test_the_first_good_text_is_the_first_version() -> None:
    """A source is new until its first good capture, and healthy from then on."""
    source = Source()
    assert source.memory.health == "new"
    assert source.sees("A").action == "first"
    assert source.memory.health == "ok"
    assert source.told == []


def test_an_unseen_text_is_a_version_at_once(source: Source) -> None:
    """A real change waits for nothing."""
    assert source.sees("C").action == "new_version"


def test_the_same_text_or_a_304_changes_nothing(source: Source) -> None:
    """The baseline's text, however it is confirmed, is no news."""
    assert source.actions("B", NotModified(), "B") == ["unchanged"] * 3


def test_a_304_without_a_baseline_is_a_fault_of_the_caller() -> None:
    """Nothing was fetched that a server could vouch for."""
    with pytest.raises(ValueError, match="304"):
        Source().sees(NotModified())


def test_an_earlier_text_is_held_and_becomes_a_revert_once_stable(source: Source) -> None:
    """A -> B -> A for a whole day is a revert to A's version."""
    held = [source.sees("A") for _ in range(4)]
    assert [decision.action for decision in held] == ["hold"] * 4
    assert all(decision.version == 1 and not decision.keep_validators for decision in held)
    reverted = source.sees("A")
    assert (reverted.action, reverted.version) == ("revert", 1)
    assert source.sees("A").action == "unchanged"
    assert source.told == []


def test_a_held_text_is_looked_at_while_it_is_held(source: Source) -> None:
    """Stability is seen, not presumed, even where a policy is checked weekly."""
    first = source.sees("A", 7 * DAY)
    assert first.look_again_at is not None
    assert timedelta(0) < first.look_again_at - source.now <= HOLD / 2


def test_a_flap_back_to_the_baseline_raises_nothing(source: Source) -> None:
    """An earlier text that shows itself once and goes is forgotten."""
    assert source.actions("A", "B", "B") == ["hold", "unchanged", "unchanged"]
    assert source.told == []


def test_two_returns_make_the_source_unstable_and_are_told_once(source: Source) -> None:
    """A page that goes back and forth raises one health alert and no change."""
    actions = source.actions(*("A", "B") * 40)
    assert set(actions) == {"hold", "unchanged"}
    assert source.told == ["unstable"]
    assert source.memory.health == "unstable"


def test_three_texts_in_turn_are_flaps_too(source: Source) -> None:
    """Going round among known texts is as unstable as going back and forth."""
    source.sees("C")
    actions = source.actions(*("A", "B", "C") * 20)
    assert "revert" not in actions
    assert "new_version" not in actions
    assert source.told == ["unstable"]


def test_an_unstable_source_still_shows_real_changes_at_once(source: Source) -> None:
    """Flapping never hides an unseen text."""
    source.actions("A", "B", "A")
    assert source.sees("C").action == "new_version"
    assert source.baseline == "C"


def test_an_unstable_source_must_stand_still_longer_for_a_revert(source: Source) -> None:
    """Once unstable, a day is not enough; a week is, and the source is trusted again."""
    source.actions("A", "B", "A")
    week = source.actions(*("A",) * 27)
    assert set(week) == {"hold"}
    assert source.sees("A").action == "revert"
    assert source.memory.health == "ok"


def test_an_unstable_source_that_settles_on_its_baseline_is_healthy_again(source: Source) -> None:
    """A week of the baseline's text ends the instability without a word."""
    source.actions("A", "B", "A", "B")
    source.actions(*("B",) * 30)
    assert source.memory.health == "ok"
    assert source.told == ["unstable"]


def test_an_unseen_text_ends_a_hold(source: Source) -> None:
    """What was held is gone; when it comes back it is held anew."""
    assert source.actions("A", "C", "A") == ["hold", "new_version", "hold"]
    assert source.memory.held_since == source.now


def test_a_source_that_settled_starts_with_a_clean_slate(source: Source) -> None:
    """Once trusted again, one return is a return, not an instability."""
    source.actions("A", "B", "A", "B")
    source.actions(*("B",) * 30)
    assert source.actions("A", "A", "A", "A", "A")[-1] == "revert"
    assert source.told == ["unstable"]


def test_two_returns_far_apart_are_two_reverts(source: Source) -> None:
    """What comes back after months is no flap."""
    for text in ("A", "B"):
        actions = source.actions(*(text,) * 5)
        assert actions[-1] == "revert"
        source.sees(text, 40 * DAY)
    assert source.told == []


def test_slow_flaps_alert_ever_less(source: Source) -> None:
    """A page that changes its face every three days raises at most one revert and one alert."""
    actions = source.actions(*(("A",) * 12 + ("B",) * 12) * 10)
    assert actions.count("revert") <= 1
    assert source.told == ["unstable"]


# --- suspects ----------------------------------------------------------------------------------


def test_a_suspect_is_fetched_again_soon_and_forgotten_if_it_goes(source: Source) -> None:
    """A bot wall for one check costs one more fetch and no alert."""
    suspected = source.sees(WALL)
    assert suspected.action == "suspect"
    assert suspected.look_again_at == source.now + CONFIRM
    assert not suspected.keep_validators
    assert source.sees("B", CONFIRM).action == "unchanged"
    assert source.memory.suspect_since is None
    assert source.told == []


def test_a_suspect_that_persists_is_put_to_people_once(source: Source) -> None:
    """People are asked when the second look shows the same, and never again for it."""
    source.sees(WALL)
    asked = source.sees(WALL, CONFIRM)
    assert asked.action == "ask_people"
    assert "keeps robots out" in asked.events[0].detail
    assert source.actions(*[WALL] * 20) == ["suspect"] * 20
    assert source.told == ["suspect"]
    assert source.memory.health == "suspect"


def test_a_wall_with_a_new_number_on_each_page_is_one_suspect(source: Source) -> None:
    """Digests that differ each time do not postpone the question for ever."""
    source.sees(Suspect("wall-1", ("x",)))
    assert source.sees(Suspect("wall-2", ("x",)), CONFIRM).action == "ask_people"


def test_a_look_by_hand_does_not_confirm_a_suspect_early(source: Source) -> None:
    """Confirmation takes its time even if somebody checks right away."""
    source.sees(WALL)
    early = source.sees(WALL, MINUTE)
    assert early.action == "suspect"
    assert early.look_again_at == source.now + CONFIRM - MINUTE


def test_the_policy_coming_back_is_told_to_those_who_were_asked(source: Source) -> None:
    """Who was told that a policy cannot be read learns when it can."""
    source.actions(WALL, WALL)
    source.sees("B")
    assert source.told == ["suspect", "recovered"]
    assert source.memory.health == "ok"


def test_a_wall_that_comes_and_goes_is_told_once_a_week(source: Source) -> None:
    """Health alerts do not flap with the page."""
    for _ in range(6):
        source.actions(WALL, WALL, "B")
    assert source.told == ["suspect", "recovered"]
    source.actions(*("B",) * 28)
    source.actions(WALL, WALL)
    assert source.told == ["suspect", "recovered", "suspect"]


def test_a_suspect_does_not_disturb_a_hold(source: Source) -> None:
    """A bot wall says nothing about the text behind it."""
    assert source.actions("A", WALL, "A", WALL) == ["hold", "suspect", "hold", "suspect"]
    assert source.sees("A").action == "revert"


def test_an_unseen_text_after_a_suspect_is_a_version(source: Source) -> None:
    """What stood in between does not hold back a change."""
    source.sees(WALL)
    assert source.sees("C", CONFIRM).action == "new_version"


def test_a_suspect_is_the_first_thing_seen() -> None:
    """The first capture is gated too, and people are asked before there is any version."""
    source = Source()
    assert source.actions(WALL, WALL) == ["suspect", "ask_people"]
    assert source.sees("A").action == "first"


def test_an_accepted_suspect_is_good_from_then_on(source: Source) -> None:
    """After people said that a policy really shrank, the same text is no suspect any more."""
    source.actions(WALL, WALL)
    source.baseline, source.known["wall"] = "wall", 3
    source.memory = accept(source.memory, now=source.now)
    assert source.memory.health == "ok"
    assert source.sees(WALL).action == "unchanged"
    assert source.told == ["suspect"]


def test_a_suspect_that_was_accepted_long_ago_is_asked_about_again(source: Source) -> None:
    """Only the baseline's own text needs no judgement; what it replaced may be a wall again."""
    source.known["wall"] = 3
    assert source.actions(WALL, WALL) == ["suspect", "ask_people"]


def test_accepting_while_a_text_is_held_ends_the_hold(source: Source) -> None:
    """People decided; what waited waits no more."""
    source.sees("A")
    source.memory = accept(source.memory, now=source.now)
    assert source.memory.held_digest == ""


# --- failures ----------------------------------------------------------------------------------


def test_a_blip_is_no_news(source: Source) -> None:
    """Failures for a day are counted, shown and not told."""
    source.actions(*[TIMEOUT] * 4)
    assert source.memory.failures == 4
    assert source.memory.last_error == "no answer within 20 s"
    source.sees("B")
    assert (source.memory.failures, source.memory.last_error) == (0, "")
    assert source.told == []


def test_long_unreachability_is_told_once_and_so_is_recovery(source: Source) -> None:
    """Two days without an answer raise one alert; the first answer raises one more."""
    source.actions(*[TIMEOUT] * 60)
    assert source.told == ["unreachable"]
    assert source.memory.health == "unreachable"
    source.sees("B")
    assert source.told == ["unreachable", "recovered"]


def test_one_failure_after_a_long_sleep_is_not_long_unreachability(source: Source) -> None:
    """A laptop that slept three days had no chance to reach anything."""
    source.sees(TIMEOUT)
    source.sees(TIMEOUT, 3 * DAY)
    assert source.told == []


def test_an_outage_of_ours_is_no_evidence_about_the_source(source: Source) -> None:
    """While our own network is down, no source becomes unreachable."""
    down = Failed("dns", transient=True, message="no network", ours=True)
    source.actions(*[down] * 60)
    assert source.told == []
    assert source.memory.failures == 0
    assert source.memory.last_error == "no network"


def test_a_404_is_gone_only_when_confirmed(source: Source) -> None:
    """One 404 is a blip; a second one after a while is told once."""
    blip = source.sees(GONE)
    assert blip.look_again_at == source.now + CONFIRM
    source.sees("B", CONFIRM)
    assert source.told == []
    source.sees(GONE)
    source.sees(GONE, CONFIRM)
    source.actions(*[GONE] * 30)
    assert source.told == ["gone"]
    assert source.memory.health == "gone"
    source.sees("B")
    assert source.told == ["gone", "recovered"]


def test_a_404_looked_at_again_at_once_is_not_confirmed(source: Source) -> None:
    """Confirmation takes its time for a missing page as well."""
    source.sees(GONE)
    early = source.sees(GONE, MINUTE)
    assert early.look_again_at == source.now + CONFIRM - MINUTE
    assert source.told == []


def test_timeouts_between_404s_do_not_save_the_page(source: Source) -> None:
    """A page that is gone stays so while its server is slow."""
    source.sees(GONE)
    source.sees(TIMEOUT, MINUTE)
    source.sees(GONE, CONFIRM)
    assert source.told == ["gone"]


def test_a_wall_after_an_outage_is_told_as_what_it_is(source: Source) -> None:
    """People learn of each sort of trouble, and of one recovery."""
    source.actions(*[TIMEOUT] * 12)
    source.actions(WALL, WALL)
    assert source.memory.health == "suspect"
    source.sees("B")
    assert source.told == ["unreachable", "suspect", "recovered"]


# --- moves -------------------------------------------------------------------------------------


def test_a_permanent_redirect_is_told_once_when_confirmed(source: Source) -> None:
    """The policy is still watched at its new place, and the address to change is named."""
    moved = Good("B", moved_to="https://acme.example/legal/privacy")
    assert source.sees(moved).look_again_at == source.now + CONFIRM
    assert source.told == []
    confirmed = source.sees(moved, CONFIRM)
    assert confirmed.action == "unchanged"
    assert "https://acme.example/legal/privacy" in confirmed.events[0].detail
    source.actions(*[moved] * 10)
    assert source.told == ["moved"]
    assert source.memory.health == "moved"


def test_a_redirect_that_goes_away_is_forgotten(source: Source) -> None:
    """A redirect seen once, or taken back, leaves no trace."""
    moved = Good("B", moved_to="https://acme.example/elsewhere")
    source.actions(moved, "B")
    assert source.told == []
    assert source.memory.moved_to == ""
    source.actions(moved, moved, "B")
    assert source.memory.health == "ok"


def test_a_text_at_its_new_place_may_change_too(source: Source) -> None:
    """Moving hides no change."""
    assert source.sees(Good("C", moved_to="https://acme.example/new")).action == "new_version"


# --- time --------------------------------------------------------------------------------------


def test_a_clock_that_was_ahead_does_not_freeze_a_hold(source: Source) -> None:
    """After the clock went back a year, a hold lasts a day from then, not a year."""
    source.sees("A", timedelta(days=365))
    source.sees("A", -timedelta(days=365))
    source.actions(*("A",) * 3)
    assert source.sees("A").action == "revert"
