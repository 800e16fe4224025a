"""From changed passages to findings: what a careful privacy counsel would note, once each.

``find`` runs every rule of the registry over every change, keeps the best finding where several
rules saw the same change, and says for each alignment step which rule fired or was held back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from monitor.findings import clauses, conduct, parties, polarity, promised, sets, values
from monitor.findings.changes import Change, Passage, Stream
from monitor.findings.evidence import Reading, Sides
from monitor.findings.merging import Found, merged
from monitor.findings.nature import is_code_of_conduct, is_overhauled, is_privacy_notice
from monitor.findings.promises import Promises, shifts_of
from monitor.findings.renaming import without_renamings
from monitor.findings.rules import RULES, Rule, run_rules
from monitor.findings.subprocessors import told_of_lists
from monitor.findings.team import TeamRules, ruled
from monitor.findings.unspoken import unspoken
from monitor.lexicon import Lexicon, load
from monitor.model import Category, Document, Edit, Finding, HeldBack

__all__ = ["RULES", "Findings", "Rule", "find"]

_CONTRACT = 1500
_REGISTERED = (promised, values, polarity, sets, clauses, conduct, parties)


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings, most severe first, and a note for each alignment step that was judged.

    ``held`` are those that a team's own rules ignore.
    """

    findings: tuple[Finding, ...] = ()
    notes: dict[int, str] = field(default_factory=dict)
    held: tuple[HeldBack, ...] = ()


def find(
    old: Document,
    new: Document,
    edits: Sequence[Edit],
    changes: Sequence[Change],
    streams: tuple[Stream, Stream],
    rules: TeamRules,
) -> Findings:
    """Judge the changes between two versions in the language of the newer one.

    ``rules`` are the team's own and have the last word.
    """
    lexicon = load(new.language or old.language or "en")
    found = [Found(finding, -1, edit) for finding, edit in unspoken(old, new, edits, lexicon)]
    lists = told_of_lists(old, new, edits, changes, lexicon)
    telling, renamings = without_renamings(lists.changes, streams)
    found += [Found(renaming.finding(), -1, renaming.shown.edit) for renaming in renamings]
    notes = {item.edit: [item.finding.rule] for item in found} | lists.notes
    privacy = is_privacy_notice(new, lexicon)
    contract = not privacy and len(new.text) > _CONTRACT
    code = contract and is_code_of_conduct(new, lexicon)
    renamed = {word for renaming in renamings for word in (*renaming.old, *renaming.new)}
    rewritten = {change.edit for change in telling if change.after is not None}
    overhauled = is_overhauled(telling, streams)
    shifts = shifts_of(telling, Promises(old, lexicon), Promises(new, lexicon))
    for number, change in enumerate(telling):
        sides = Sides(
            change, lexicon, *streams, rewritten=change.edit in rewritten, overhauled=overhauled,
            privacy=privacy, contract=contract, code=code,
            shifts=shifts.of[number], told=shifts.told[number], renamed=renamed,
        )  # fmt: skip
        made = list(run_rules(sides))
        found += [Found(finding, number, change.edit) for finding in made]
        notes.setdefault(change.edit, []).extend(finding.rule for finding in made)
    told = *lists.findings, *merged(found, overhauled=overhauled)
    team = ruled(told, changes, rules, lambda passage: _topic(passage, lexicon))
    for edit, note in team.notes.items():
        notes.setdefault(edit, []).append(note)
    return Findings(
        team.findings,
        {
            edit: ", ".join(dict.fromkeys(names)) or "reworded: no rule sees a change of meaning"
            for edit, names in notes.items()
        },
        team.held,
    )


def _topic(passage: Passage, lexicon: Lexicon) -> Category | None:
    """What a passage speaks of most, None if no category's words stand in it."""
    scores = Reading(passage, lexicon).scores
    return max(scores, key=lambda name: (scores[name], name), default=None)
