"""Commitments that are numbers of days, months, years or hours: notice, windows, retention, age."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.commitments.statements import Statement
from monitor.lexicon import Age, Duration, Hit
from monitor.model import Commitment

_BESIDE = 45
_FAR = 140
_REGION_REACH = 60
_CELL = 60
_SLOWEST = 6
_NOTICE = 18


def notice_period(s: Statement) -> Iterator[Commitment]:
    """How long ahead changes are announced; 0 days where it says "without notice"."""
    if not of_changes(s):
        return
    scope = notice_scope(s)
    for d in s.durations():
        if _announces(s, d) and not _ends_between(s, d):
            yield s.commitment("notice_period", d.value, unit=d.unit, scope=scope)
            return
    without = [h for h in s.hits.of("conditions") if h.term == "without notice"]
    changes = s.cue("change")
    stated = s.has("document", "price") and _changes_document(s)
    if without and changes and stated and not _denied(s, changes[0], without):
        yield s.commitment("notice_period", 0, unit="day", scope=scope, condition="without notice")


def _denied(s: Statement, change: Hit, without: list[Hit]) -> bool:
    """Whether the change itself is denied ("we will not change ... without notice")."""
    return any(
        h.start < change.start and not any(w.start <= h.start < w.end for w in without)
        for h in s.hits.of("negation.words")
    )


def of_changes(s: Statement) -> bool:
    """Whether a sentence speaks of changes to the document, its prices or sub-processors."""
    if s.has("subprocessor_change", "business_change") or s.headed("subprocessor_change"):
        return True
    following = s.follows("change") and (s.follows("document") or s.has("document"))
    if not s.has("change") and not (s.headed("change") and s.headed("document")) and not following:
        return False
    return s.near("document", "price", "subprocessor_change") or s.has("effective")


def _changes_document(s: Statement) -> bool:
    """Whether the change named is one of the document or its prices, not of something else."""
    reach = _FAR if s.lexicon.noun_capitals else _BESIDE  # German puts the verb last
    objects = s.cue("document") + s.cue("price")
    return any(
        max(o.start - h.end, h.start - o.end) < reach for h in s.cue("change") for o in objects
    )


def _ends_between(s: Statement, d: Duration) -> bool:
    """Whether what is announced is the end of the contract, not the change named before it."""
    changes = [h.end for h in s.cue("change") + s.cue("subprocessor_change") if h.end < d.start]
    return any(changes and max(changes) + _BESIDE // 2 < h.start < d.start for h in _endings(s))


def notice_scope(s: Statement) -> str:
    """What changes: subprocessors, price, the policy (minor changes apart), or the ownership."""
    if s.has("subprocessor_change") or (s.near("subprocessor_change") and not s.has("document")):
        return "subprocessors"
    if s.has("price") and not s.has("document"):
        return "price"
    if s.has("minor"):
        return "minor changes"
    if s.has("business_change") and not s.has("document"):
        return "business transfer"
    return "policy"


def _announces(s: Statement, d: Duration) -> bool:
    """Whether a period is one of notice: "30 days before", "30 days' notice", "30 days after"."""
    if d.unit == "year" or d.bound == "within":
        return False
    if _cue_just_before(s, d, "object", "past") or _just_before(d, _endings(s)):
        return False
    if _cue_just_before(s, d, "lasting") or (s.cue("object") and _runs_from(s, d)):
        return False
    ahead = any(
        0 <= h.start - d.end < _BESIDE or 0 <= d.start - h.end < _BESIDE // 2
        for h in s.cue("advance")
    )
    later = any(0 <= h.start - d.end < _BESIDE // 2 for h in s.cue("after_publishing"))
    told = s.near("inform") or s.has("effective")
    if _endings(s) and not s.has("change", "subprocessor_change"):
        return False
    return told and (ahead or later)


def _runs_from(s: Statement, d: Duration) -> bool:
    """Whether a period is counted from something ("14 days from the notice", not "of notice")."""
    return any(
        0 <= h.start - d.end <= 2 and not any(0 <= a.start - h.end <= 1 for a in s.cue("advance"))
        for h in s.cue("since")
    )


def _endings(s: Statement) -> list[Hit]:
    """Verbs of ending; German says "kündigen ... an" for announcing too."""
    return [h for h in s.cue("terminate") if not _within(h, s.cue("inform"))]


def windows(s: Statement) -> Iterator[Commitment]:
    """Within how long one may object to a change, or end the contract because of it."""
    durations = s.durations()
    if not durations or s.has("refund", "retain"):
        return
    changing = s.near("change", "subprocessor_change")
    for d in durations:
        objects = s.cue("object") and not _is_to_end(s, d)
        if objects and changing and not _announces(s, d) and d.unit != "year":
            scope = "subprocessors" if s.near("subprocessor_change") else notice_scope(s)
            yield s.commitment("objection_window", d.value, unit=d.unit, scope=scope)
            return
        noticed = d.bound == "within" or any(
            0 <= h.start - d.end < _BESIDE or 0 <= d.start - h.end < _BESIDE // 2
            for h in s.cue("advance")
        )
        counted = any(0 <= h.start - d.end <= 2 for h in s.cue("since")) and not changing
        if of_changes(s) and _announces(s, d):
            continue
        ends = [h for h in _endings(s) if abs(h.start - d.start) < _FAR and not counted]
        if ends and noticed and not s.has("delete") and d.unit != "year":
            yield s.commitment("termination_window", d.value, unit=d.unit, scope=_ended_by(s, ends))
            return


def _is_to_end(s: Statement, d: Duration) -> bool:
    """Whether a period is for ending the contract, and objecting only what comes before that."""
    ends, objects = (
        max((h.start for h in hits if h.start < d.start), default=-1)
        for hits in (_endings(s), s.cue("object"))
    )
    return ends > objects >= 0


def _ended_by(s: Statement, ends: list[Hit]) -> str:
    """ "provider" where it is the company that may end the contract, else ""."""
    others = s.cue("subprocessor_change")  # a "sub-processor" is not the processor
    customer, provider = (
        max(
            (h.start for h in s.cue(cue) if h.start <= ends[0].start and not _within(h, others)),
            default=-1,
        )
        for cue in ("customer", "provider")
    )
    return "provider" if provider > customer else ""


def response_time(s: Statement) -> Iterator[Commitment]:
    """How soon requests are answered; extensions, refunds and arbitration do not count."""
    if not s.has("respond") or s.has("arbitration", "breach") or s.kind == "row":
        return
    if all(s.negated(h) for h in s.cue("respond")):
        return
    if s.has("refund") and not s.headed("right_heading"):
        return
    if not s.near("request", "right"):
        return
    for d in s.durations():
        if _cue_just_before(s, d, "extend", "past") or _prolongs(s, d):
            continue
        if d.unit != "year" and not (d.unit == "month" and d.value > _SLOWEST):
            yield s.commitment("response_time", d.value, unit=d.unit)
            return


def _prolongs(s: Statement, d: Duration) -> bool:
    return any(d.start <= h.start < d.end for h in s.cue("extend"))


def breach_notice(s: Statement) -> Iterator[Commitment]:
    """How soon people are told of a breach."""
    if not (s.has("breach") or s.headed("breach")) or not s.has("notify"):
        return
    if s.has("arbitration", "terminate"):
        return
    for d in s.durations():
        if d.unit in ("hour", "day", "business_day"):
            yield s.commitment("breach_notice", d.value, unit=d.unit)
            return


def retention(s: Statement) -> Iterator[Commitment]:
    """How long data are kept: a period, "as_needed" or "indefinite"; of what, and from when."""
    yield from _deleted_when_found(s)
    others = s.cue("retain_other")
    keeps = [h for h in s.cue("retain") + s.cue("delete") if not _within(h, others)]
    titled = s.kind in ("row", "item") and (
        s.headed("retention_heading") or s.led("retention_heading")
    )
    if not keeps and not titled:
        return
    if s.kind == "row" and (s.has("cookie_words") or s.headed("cookie_words")):
        return
    if not titled and not _about_data(s):
        return
    found = [d for d in s.durations() if _keeps(s, d, keeps, titled)]
    for d in found:
        condition = "at least" if d.bound == "at least" else ""
        yield s.commitment(
            "retention", d.value, unit=d.unit, scope=_kept_scope(s, d), condition=condition
        )
    if found or not any(h.group == "cues.retain" for h in keeps):
        return
    unlimited = s.cue("indefinite")
    if unlimited and not s.has("as_needed") and not s.negated(unlimited[0]):
        yield s.commitment("retention", "indefinite", scope=_kept_scope(s, None))
        return
    account = s.condition("while the account exists")
    if s.has("as_needed") or account:
        needs = account or s.condition("where required by law", "where permitted by law")
        yield s.commitment("retention", "as_needed", scope=_kept_scope(s, None), condition=needs)
    elif s.condition("where required by law") and s.near("retention_heading"):
        yield s.commitment(
            "retention", "as_needed", scope=_kept_scope(s, None), condition="where required by law"
        )


def _about_data(s: Statement) -> bool:
    """Whether what is kept are data, and not goods or money."""
    named = "data_categories" in s.hits or "data_categories" in s.lead_hits
    return named or s.headed("retention_heading") or s.near("personal_data", "backups", "child")


def _deleted_when_found(s: Statement) -> Iterator[Commitment]:
    """A child's data are deleted once found: kept for no days from their discovery."""
    if not (s.has("child") or (s.near("child") and s.lexicon.ages(s.text))):
        return
    found = s.condition("when found")
    deletes = [h for h in s.cue("delete") if not s.negated(h)]
    if found and deletes:
        yield s.commitment(
            "retention", 0, unit="day", scope="children's data from discovery", condition=found
        )


def _keeps(s: Statement, d: Duration, keeps: list[Hit], titled: bool) -> bool:
    """Whether a period says how long something is kept, by the verb that stands nearest."""
    if _cue_just_before(s, d, "past") or s.has("breach"):
        return False
    if any(0 <= h.start - d.end < _NOTICE for h in s.cue("advance")):
        return False
    rivals = s.cue("respond") + s.cue("terminate") + s.cue("object") + s.cue("notify")
    rivals += s.cue("arbitration")
    if not s.lexicon.noun_capitals:  # verbs come before what they say; German puts them last
        rivals = [h for h in rivals if h.start < d.start]
    own = min((abs(h.start - d.start) for h in keeps), default=_FAR if titled else 10**6)
    other = min((abs(h.start - d.start) for h in rivals), default=10**6)
    return own <= 2 * _FAR and (own <= other or titled)


def _kept_scope(s: Statement, d: Duration | None) -> str:
    """ "backups from deletion": what is kept, in words of the vocabulary, and from when."""
    what = sorted({h.term for h in s.hits.of("data_categories") if h.end - h.start > 2})
    if s.has("backups"):
        what = ["backups"]
    elif s.has("child"):
        what = ["children's data"]
    elif s.kind == "row" and not what:
        cells = [cell.strip() for cell in s.text.strip("| ").split("|")]
        label = cells[0][:_CELL] if cells else ""
        titled = "cues.retention_heading" in s.lexicon.scan(label)
        what = [label] if label and not titled else []
    elif len(what) > 3:
        what = what[:3]
    starts = s.hits.of("starts")
    near = min(starts, key=lambda h: abs(h.start - (d.end if d else 0)), default=None)
    begin = f"from {near.term}" if near else ""
    return " ".join(part for part in (", ".join(what), begin) if part)


def minimum_age(s: Statement) -> Iterator[Commitment]:
    """Below which age people are kept out; scope names a region, or what the age is for."""
    if not s.has("age_limit", "child") or s.kind == "row":
        return
    ages = s.lexicon.ages(s.text)
    for place, age in enumerate(ages):
        if place and _is_range(ages[place - 1], age):
            continue
        yield s.commitment("minimum_age", age.value, unit="year", scope=_age_scope(s, age, ages))


def _is_range(low: Age, high: Age) -> bool:
    """Whether two ages are the ends of a range ("between 13 and 17")."""
    return high.start - low.end < 12 and high.value > low.value and not low.side and not high.side


def _age_scope(s: Statement, age: Age, ages: list[Age]) -> str:
    if s.has("sale_data") and not s.has("sale_other"):
        return "sale"
    places = s.hits.of("transfer_places")
    following = [h for h in places if 0 <= h.start - age.end < _REGION_REACH]
    limit = min((a.start for a in ages if a.start > age.start), default=len(s.text))
    following = [h for h in following if h.start < limit]
    if following:
        return following[0].term
    if places and len(ages) == 1 and abs(places[0].end - age.start) < _REGION_REACH:
        return places[0].term
    denied = s.lexicon.negated(s.text, age.start, age.end)
    return "parental consent" if s.has("parental") and not denied and not s.has("collect") else ""


def _within(hit: Hit, others: list[Hit]) -> bool:
    return any(o.start <= hit.start < o.end for o in others)


def _cue_just_before(s: Statement, d: Duration, *cues: str) -> bool:
    return any(_just_before(d, s.cue(cue)) for cue in cues)


def _just_before(d: Duration, hits: list[Hit]) -> bool:
    return any(0 <= d.start - h.end < _BESIDE // 2 for h in hits)
