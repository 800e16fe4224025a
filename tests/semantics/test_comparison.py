"""Verdicts: determinism, quotes, and what must never count as a change."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.comparison import as_document, compare, compare_documents
from monitor.model import Comparison, to_json

POLICY = """# Privacy notice of Amberwood

Last updated: 1 March 2024

## What we collect

When you open an account we collect:

* your name and e-mail address;
* the address that orders are sent to;
* your payment data, which our bank processes.

We do not collect health data.

## How long we keep it

We keep invoices for 10 years (Art. 6(1)(c) GDPR), and server logs for 30 days.

## Who receives it

We share your data with couriers and payment processors. We never sell your data.

## Changes

We will tell you by e-mail at least 30 days before a change takes effect.
"""
LAW = "## Law\n\nThese terms are governed by the law of Ireland, and its courts decide."
SECTIONS = ["# " + part for part in POLICY.split("\n## ")[1:]]
ITEMS = ["couriers;", "payment processors;", "auditors;", "banks;", "our hosting provider;"]


def rules(result: Comparison) -> set[str]:
    return {finding.rule for finding in result.findings}


def test_the_same_text_is_cosmetic() -> None:
    """Identical versions have no finding and say so."""
    result = compare(POLICY, POLICY)
    assert (result.verdict, result.findings) == ("cosmetic", ())
    assert result.reason


def test_comparing_twice_gives_the_same_answer() -> None:
    """The verdict depends on the texts alone."""
    changed = POLICY.replace("30 days before", "7 days before")
    assert to_json(compare(POLICY, changed)) == to_json(compare(POLICY, changed))


def test_a_shorter_notice_is_one_finding_with_both_values() -> None:
    """One real change gives one finding, with values, quotes and a readable sentence."""
    result = compare(POLICY, POLICY.replace("30 days before", "14 days before"))
    (finding,) = result.findings
    assert (finding.category, finding.direction, finding.severity) == ("notice", "weaker", "high")
    assert finding.summary == "Notice of changes: 30 → 14 days"
    assert (finding.before_value, finding.after_value) == (30, 14)
    assert finding.rule == "promise-changed"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("server logs for 30 days", "server logs for 2 years", "retention"),
        ("We never sell your data.", "We may sell your data.", "sale"),
        ("couriers and payment processors", "couriers, advertisers and banks", "sharing"),
        ("We do not collect health data.", "We also collect health data.", "collection"),
        ("* the address that orders are sent to;\n", "* your precise location;\n", "collection"),
    ],
)
def test_a_change_within_a_whole_policy_is_found(old: str, new: str, expected: str) -> None:
    """A change of one sentence is material and of the right category."""
    assert old in POLICY
    result = compare(POLICY, POLICY.replace(old, new))
    assert result.verdict == "material"
    assert expected in {finding.category for finding in result.findings}


def test_what_a_rewritten_policy_says_in_three_places_is_told_once() -> None:
    """Uses that others of the same sense name are not told again; the fuller finding stays."""
    added = "We also use your data for advertising and for research."
    again = "We use your e-mail address for research."
    result = compare(POLICY, f"{POLICY}\n## Uses\n\n{added}\n\n## Your account\n\n{again}\n")
    uses = [finding for finding in result.findings if finding.category == "purpose"]
    assert [finding.summary for finding in uses] == ["New uses of data: advertising, research"]
    assert uses[0].after_value == frozenset({"advertising", "research"})


def test_what_the_policy_names_elsewhere_is_not_called_new_or_gone() -> None:
    """A recipient that the old version knows already did not come; one that stays did not go."""
    more = "## Orders\n\nWe share your address with couriers and with insurers.\n"
    without = POLICY.replace("with couriers and payment processors", "with payment processors")
    come, gone = compare(without + more, POLICY + more), compare(POLICY + more, without + more)
    assert all("New recipients" not in finding.summary for finding in come.findings)
    assert all("Recipients gone" not in finding.summary for finding in gone.findings)
    assert {"New recipients: delivery companies"} == {
        finding.summary for finding in compare(without, POLICY).findings
    }


def test_quotes_stand_where_they_say() -> None:
    """Offsets index the texts as given; an item's lead-in stands in the context only."""
    changed = POLICY.replace("* the address that orders are sent to;\n", "* your fingerprints;\n")
    changed = changed.replace("30 days before", "3 days before")
    result = compare(POLICY, changed)
    assert result.findings
    for finding in result.findings:
        for quote, text in ((finding.before, POLICY), (finding.after, changed)):
            if quote is not None:
                assert text[quote.start : quote.end] == quote.text
    item = next(f.after for f in result.findings if f.after and "finger" in f.after.text)
    assert item.context == "When you open an account we collect:"
    assert item.section == "Privacy notice of Amberwood > What we collect"


def test_every_clause_is_explained_once() -> None:
    """The alignment covers both sides, and what differs carries a note."""
    changed = POLICY.replace("30 days before", "3 days before").replace("March", "April")
    old, new = as_document(POLICY), as_document(changed)
    edits = compare_documents(old, new).edits
    assert sorted(i for e in edits for i in e.before) == list(range(len(old.clauses)))
    assert sorted(j for e in edits for j in e.after) == list(range(len(new.clauses)))
    assert "promise-changed" in {edit.note for edit in edits}


@settings(max_examples=25, deadline=None)
@given(st.permutations(SECTIONS))
def test_sections_in_another_order_are_cosmetic(order: list[str]) -> None:
    """Text that moved is not lost."""
    result = compare("\n\n".join(SECTIONS), "\n\n".join(order))
    assert result.verdict == "cosmetic", result.findings


@settings(max_examples=25, deadline=None)
@given(st.permutations(ITEMS))
def test_list_items_in_another_order_are_cosmetic(order: list[str]) -> None:
    """A list is a set."""
    before, after = ("We share data with:\n\n* " + "\n* ".join(items) for items in (ITEMS, order))
    assert compare(before, after).verdict == "cosmetic"


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_lines_wrapped_elsewhere_are_cosmetic(chance: random.Random) -> None:
    """Line ends within a paragraph say nothing."""
    paragraph = POLICY.split("\n\n")[-1].strip()
    wrapped = "".join("\n" if c == " " and chance.random() < 0.3 else c for c in paragraph)
    assert compare(paragraph, wrapped).verdict == "cosmetic"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("## ", "## 1. "),
        ("1 March 2024", "2 May 2025"),
        ("e-mail", "email"),
        ("data", "DATA"),
        ("* ", "- "),
        (" GDPR", "\u00a0GDPR"),
        ("couriers", "**couriers**"),
        ("payment data", "[payment data](https://amberwood.example/pay)"),
    ],
)
def test_what_says_nothing_new_is_cosmetic(old: str, new: str) -> None:
    """Numbering, dates of update, spelling variants, case, bullets, emphasis and links."""
    assert old in POLICY
    result = compare(POLICY, POLICY.replace(old, new))
    assert result.verdict == "cosmetic", result.findings


def test_menus_around_a_policy_are_cosmetic() -> None:
    """Navigation that came or went is not the policy."""
    menu = "Home\n\nShop\n\nGift cards\n\nTrack your order\n\nStores\n\nContact\n\nCareers\n\n"
    assert compare(POLICY, menu + POLICY).verdict == "cosmetic"
    assert compare(menu + POLICY, POLICY).verdict == "cosmetic"
    assert compare(f"{POLICY}\n\n{LAW}", f"{menu}{POLICY}\n\n{LAW}").verdict == "cosmetic"


@pytest.mark.parametrize(
    "page",
    [
        "Loading",
        "Access denied. You don't have permission to view this page. Reference id 18.2f3e.",
        "# Page not found\n\nThe page you are looking for does not exist or has been moved.",
        "Sign in to continue\n\nE-mail\n\nPassword\n\nForgot your password? Create an account.",
    ],
)
def test_a_page_that_is_no_policy_is_a_failed_capture(page: str) -> None:
    """Error pages and the like are the capture's failure, in either direction."""
    assert compare(POLICY * 3, page).verdict == "capture"
    assert compare(page, POLICY * 3).verdict == "capture"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_breaks_the_comparison(old: str, new: str) -> None:
    """Whatever the strings, there is a verdict and the quotes are exact."""
    result = compare(old, new)
    for finding in result.findings:
        for quote, text in ((finding.before, old), (finding.after, new)):
            assert quote is None or text[quote.start : quote.end] == quote.text


@pytest.mark.parametrize("odd", ["", "\ud800", "\x00\x01", "a" * 100_000, "* " * 5_000, "?" * 999])
def test_odd_texts_are_compared_with_a_policy(odd: str) -> None:
    """Empty, binary and degenerate captures are failures of the capture, not crashes."""
    assert compare(POLICY, odd).verdict == "capture"
    assert compare(odd, odd).verdict == "cosmetic"


def test_a_language_without_a_pack_is_read_as_english() -> None:
    """An unknown language does not stop a comparison."""
    old = replace(as_document("Vi gemmer data i 30 dage."), language="da")
    new = replace(as_document("Vi gemmer data i 90 dage."), language="da")
    assert compare_documents(old, new).verdict in ("cosmetic", "minor", "material")


def test_a_moved_effective_date_is_minor() -> None:
    """When a text takes effect is not layout; the same date written otherwise is."""
    first, other = "Effective 24 February 2025.", "Effective as of March 1, 2025."
    result = compare(f"{first}\n\n{POLICY}", f"{other}\n\n{POLICY}")
    assert result.verdict == "minor"
    assert rules(result) == {"effective-date-moved"}
    same = compare(f"{first}\n\n{POLICY}", f"Effective February 24, 2025.\n\n{POLICY}")
    assert same.verdict == "cosmetic"


def test_an_optout_link_that_leads_elsewhere_is_minor() -> None:
    """Link targets are layout, but for those by which people opt out."""
    text = "You can [opt out](https://amberwood.example/choices) of advertising at any time."
    result = compare(text, text.replace("/choices", "/account/login"))
    assert rules(result) == {"opt-out-link-changed"}
    assert compare(text, text.replace("https://", "http://www.")).verdict == "cosmetic"


TABLE = """# Sub-processors

| Name | Service | Location |
| --- | --- | --- |
| Kestrel Cloud GmbH | Hosting | Germany |
| Tidewater Inc. | E-mail delivery | United States |
"""


@pytest.mark.parametrize(
    ("change", "rule", "category", "severity"),
    [
        (TABLE + "| Nimbus Ltd | Search | India |\n", "added", "sharing", "high"),
        (TABLE.replace("Tidewater Inc.", "Brightwater LLC"), "replaced", "sharing", "high"),
        (TABLE.replace("Germany", "India"), "relocated", "transfer", "medium"),
        (
            TABLE.replace("| Tidewater Inc. | E-mail delivery | United States |\n", ""),
            "removed",
            "sharing",
            "low",
        ),
    ],
    ids=["added", "replaced", "moved", "removed"],
)
def test_a_list_of_subprocessors_is_read_entry_by_entry(
    change: str, rule: str, category: str, severity: str
) -> None:
    """Who processes data, and where, is told whatever the words of the entry are."""
    findings = compare(TABLE, change).findings
    assert [(f.rule, f.category, f.severity) for f in findings] == [
        (f"subprocessor-{rule}", category, severity)
    ]
