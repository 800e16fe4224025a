"""Writes docs/vocabulary.md from the data: ``python -m monitor.lexicon.handbook``."""

from __future__ import annotations

import sys

from monitor.lexicon.pack import CUES, TERM_KINDS, languages, vocabulary

_KINDS = (
    (
        "notice_period",
        "number",
        "day, business_day, month, year, hour",
        "policy, price, subprocessors, minor changes, business transfer",
        "how long ahead changes are announced; 0 days: it says that they are not",
    ),
    (
        "notice_channel",
        "set",
        "",
        "as notice_period",
        "how changes are announced; {none}: people are not told one by one",
    ),
    (
        "objection_window",
        "number",
        "as notice_period",
        "as notice_period",
        "within how long one may object to a change or a new sub-processor",
    ),
    (
        "termination_window",
        "number",
        "as notice_period",
        "provider, or empty",
        "within how long, or on how much notice, the contract may be ended; by whom",
    ),
    (
        "minimum_age",
        "number",
        "year",
        "a place, parental consent, sale, or empty",
        "below which age people are kept out",
    ),
    (
        "retention",
        "number, as_needed, indefinite",
        "day, month, year, hour",
        "what is kept, and from when",
        "how long data are kept; 0 days from discovery: deleted once found",
    ),
    (
        "sale",
        "never, opt_out, consent, may",
        "",
        "cross-context advertising, past, minors, or empty",
        "whether personal data are sold",
    ),
    ("recipients", "set", "", "", "who receives data; companies stand as written"),
    ("data_categories", "set", "", "", "which data are collected"),
    ("purposes", "set", "", "", "what data are used for"),
    ("legal_bases", "set", "", "", "on what grounds; condition only: on no others"),
    ("rights", "set", "", "", "what people may ask for or do"),
    ("transfer_places", "set", "", "", "where data go or are kept; condition only: nowhere else"),
    ("transfer_mechanisms", "set", "", "", "what makes a transfer lawful"),
    ("security_measures", "set", "", "", "how data are protected"),
    ("response_time", "number", "as notice_period", "", "how soon requests are answered"),
    (
        "breach_notice",
        "number",
        "hour, day, business_day",
        "",
        "how soon people are told of a breach",
    ),
    ("arbitration", "true or false", "", "", "whether disputes must go to arbitration"),
    ("class_waiver", "true", "", "", "class actions are waived"),
    (
        "arbitration_opt_out",
        "number",
        "as notice_period",
        "",
        "within how long one may opt out of arbitration",
    ),
    ("governing_law", "text", "", "", "whose law governs"),
    ("controller", "text", "", "", "the legal person responsible, as written"),
    ("address", "text", "", "", "its postal address, as written"),
    ("contact", "text", "", "", "an e-mail address to write to"),
    ("dpo", "text", "", "", "the data protection officer: e-mail address or name"),
    ("last_updated", "date", "", "", "when the document says it was last changed"),
    ("effective", "date", "", "", "from when the document says it applies"),
    (
        "acceptance_by_use",
        "true or false",
        "",
        "changes, or empty",
        "use alone accepts the document or its changes; false: changes need consent",
    ),
)

_INTRO = """# Commitments and their vocabulary

Written by `python -m monitor.lexicon.handbook` from the data; a test fails where the two differ.

`find_commitments` reads typed commitments from a policy, each with the sentence that makes it. A
set holds the words below, in English whatever the language of the policy; there is one commitment
per statement, holding every word that this statement affirms. What is denied ("we do not share your
data with advertisers") is no commitment of that kind: `refusals_of` lists it. A commitment that is
repeated word for word counts once. Weeks count as seven days; months, years and business days are
never converted. Questions and headings commit nothing (headings may state dates).

| kind | value | units | scope | meaning |
|---|---|---|---|---|
"""

_LANGUAGE = """
## Adding a language

A language is one file, `monitor/lexicon/<code>.toml`; English is the model to follow. It is checked
when it is loaded: a missing entry, a word that is not in the vocabulary, or a phrase that cannot be
read is reported with file, table and entry. Phrases are written like this:

| written | finds |
|---|---|
| `share with` | these words in this order, in any case |
| `advertis*` | a word with any ending |
| `(share\\|disclose) with` | one of several; `(...)?` may be missing |
| `not .. sell` | up to three words between |
| `notify ... changes` | up to ten words between |
| `widgets .... cookies` | up to thirty words between |
| `e-mail` | with hyphen, with space, or as one word |
| `=US` | exactly in this case |

A word counts only with a sign (`[cues]`) that the sentence is about that. Every pack defines these:
"""


def page() -> str:
    """The text of docs/vocabulary.md."""
    lines = [_INTRO.rstrip("\n")]
    lines += ["| `" + kind + "` | " + " | ".join(rest) + " |" for kind, *rest in _KINDS]
    for kind, words in vocabulary().words.items():
        title = kind.replace("_", " ")
        role = "" if kind in TERM_KINDS else " (of any commitment)"
        lines += ["", f"## {title.capitalize()}{role}", "", "| word | covers |", "|---|---|"]
        for word, meaning in sorted(words.items(), key=lambda item: item[0].lower()):
            mark = " (sensitive)" if word in vocabulary().sensitive else ""
            lines.append(f"| {word}{mark} | {meaning} |")
    lines += [_LANGUAGE.rstrip("\n"), "", ", ".join(f"`{cue}`" for cue in sorted(CUES)) + "."]
    lines += ["", f"Languages: {', '.join(f'`{code}`' for code in languages())}."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
