"""The gate: is this capture the policy? And, for two given texts: is one of them a failure?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.capture.evidence import Reason, against, alone, barely_extracted
from monitor.capture.landing import landing, languages_of_path
from monitor.capture.profile import Profile, overlap
from monitor.model import Document, Part

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
    if baseline is not None:
        old = Profile(baseline)
        reasons = [*_unless_usual(reasons, old, new), *against(old, new)]
    else:
        reasons += _undeclared_language(new, declared_language, url)
    return Judgement(not reasons, tuple(reasons))


def _unless_usual(reasons: list[Reason], old: Profile, new: Profile) -> list[Reason]:
    usual = {reason.code for reason in (*alone(old), *barely_extracted(old.document))}
    if not usual or overlap(old, new).shared < 0.3:
        return reasons
    return [reason for reason in reasons if reason.code not in usual]


def _undeclared_language(new: Profile, declared: str, url: str) -> list[Reason]:
    expected = {declared[:2].lower()} if declared else languages_of_path(url)
    got = new.document.language
    if not expected or not got or got in expected or len(new.words) < _SURE_OF_LANGUAGE:
        return []
    wanted = " or ".join(sorted(expected))
    return [Reason("language", f"the text is in {got}, not in {wanted} as declared")]


def capture_verdict(old: Document, new: Document) -> Reason | None:
    """Why two texts differ by a failure of a capture (of either), or None if they do not."""
    if old.text == new.text:
        return None
    before, after = Profile(old), Profile(new)
    for reason in _unless_usual(list(alone(after)), before, after) or against(before, after):
        return replace(reason, detail=f"The newer capture failed: {reason.detail}.")
    for reason in _unless_usual(list(alone(before)), after, before) or against(after, before):
        return replace(reason, detail=f"The older capture failed: {reason.detail}.")
    return None
