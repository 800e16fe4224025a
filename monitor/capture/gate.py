"""The gate: is this capture the policy? And, for two given texts: is one of them a failure?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.capture.evidence import (
    STAND_INS,
    Reason,
    against,
    alone,
    barely_extracted,
    left_out,
    outgrown,
)
from monitor.capture.landing import landing, languages_of_path
from monitor.capture.profile import Profile, overlap
from monitor.model import Document, Part

#: Reasons that lie in the words alone: a text that is mostly the former one cannot have them.
_OF_TEXT = frozenset({*STAND_INS, "empty", "no_policy"})
#: The language of fewer words is a guess.
_SURE_OF_LANGUAGE = 50


@dataclass(frozen=True, slots=True)
class Judgement:
    """``ok`` if the capture is held to be the policy, else ``reasons`` says why not."""

    ok: bool
    reasons: tuple[Reason, ...] = ()


def judge(
    document: Document,
    baseline: Document | None,
    *,
    parts: Sequence[Part] = (),
    declared_language: str = "",
    url: str = "",
) -> Judgement:
    """Judge a capture, in the light of the last good version where there is one.

    ``declared_language`` is what the configuration says (ISO 639-1, may be ""); ``url`` is the
    declared address, whose path may name a language. A trait that the baseline shares is no
    evidence: people or an earlier judgement held it to be the policy.
    """
    if baseline is not None and document.text == baseline.text:
        return Judgement(True)
    new = Profile(document)
    reasons = [*alone(new), *barely_extracted(document), *landing(parts, declared_language)]
    if baseline is None:
        reasons += _undeclared_language(new, declared_language, url)
    else:
        reasons = _in_the_light_of(Profile(baseline), new, reasons)
    return Judgement(not reasons, tuple(reasons))


def _in_the_light_of(old: Profile, new: Profile, reasons: list[Reason]) -> list[Reason]:
    """A sound capture after a baseline that was none is the policy coming back."""
    doubts = (*alone(old), *barely_extracted(old.document))
    if doubts and not reasons:
        return []
    if reasons and _mostly_equal(old, new):
        reasons = [reason for reason in reasons if reason.code not in _OF_TEXT]
    return [*_unless_usual(reasons, doubts, old, new), *against(old, new), *left_out(old, new)]


def _unless_usual(
    reasons: list[Reason], doubts: Sequence[Reason], old: Profile, new: Profile
) -> list[Reason]:
    if not doubts or overlap(old, new).shared < 0.3:
        return reasons
    usual = {reason.code for reason in doubts}
    return [reason for reason in reasons if reason.code not in usual]


def _mostly_equal(one: Profile, other: Profile) -> bool:
    """Two texts that share half of either are both the policy, or neither is."""
    both = overlap(one, other)
    return both.kept > 0.5 and both.shared > 0.5


def _undeclared_language(new: Profile, declared: str, url: str) -> list[Reason]:
    expected = {declared[:2].lower()} if declared else languages_of_path(url)
    got = new.document.language
    if not expected or not got or got in expected or new.size < _SURE_OF_LANGUAGE:
        return []
    wanted = " or ".join(sorted(expected))
    return [Reason("language", f"it is in {got}, not in {wanted} as declared")]


def capture_verdict(old: Document, new: Document) -> Reason | None:
    """Why two texts differ by a failure of a capture (of either), or None if they do not."""
    if old.text == new.text:
        return None
    before, after = Profile(old), Profile(new)
    was, now = alone(before), alone(after)
    if (was or now) and _mostly_equal(before, after):
        was = now = ()
    newer = _unless_usual(list(now), was, before, after)
    older = _unless_usual(list(was), now, after, before)
    if not newer and not older:
        newer = list(against(before, after))
        older = list(outgrown(before, after))
    if newer:
        return replace(newer[0], detail=f"The newer capture is not the policy: {newer[0].detail}.")
    if older:
        return replace(older[0], detail=f"The older capture was not the policy: {older[0].detail}.")
    return None
