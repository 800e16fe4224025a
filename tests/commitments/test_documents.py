"""Whole documents: lists and their lead-ins, tables, denials, contradictions, the seeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.commitments import commitments_of, contradictions, find_commitments, refusals_of
from monitor.extraction import read_document
from monitor.lexicon import guess_language
from monitor.model import Commitment, Document
from monitor.segmentation import segment

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"


def document_of(text: str, media_type: str = "text/markdown") -> Document:
    language = guess_language(text)
    return Document(text, segment(text, media_type), media_type, language=language)


def values(found: list[Commitment] | tuple[Commitment, ...], kind: str) -> list[object]:
    return [c.value for c in found if c.kind == kind]


def union(found: list[Commitment] | tuple[Commitment, ...], kind: str) -> set[str]:
    return {
        term for c in found if c.kind == kind and isinstance(c.value, frozenset) for term in c.value
    }


def test_a_list_item_inherits_the_verb_of_its_lead_in() -> None:
    """ "We share your data with:" makes recipients of its items; the lead-in is the context."""
    text = "We share your data with:\n\n* payment processors;\n* analytics providers.\n"
    found = [c for c in find_commitments(text) if c.kind == "recipients"]
    assert [c.value for c in found] == [
        frozenset({"payment processors"}),
        frozenset({"analytics providers"}),
    ]
    assert {c.quote.context for c in found} == {"We share your data with:"}


def test_a_denied_lead_in_denies_its_list() -> None:
    """ "We do not share your data with:" makes no recipients, but refusals."""
    text = "We do not share your data with:\n\n* advertisers;\n* data brokers.\n"
    assert values(find_commitments(text), "recipients") == []
    assert union(refusals_of(document_of(text)), "recipients") == {"advertisers", "data brokers"}


def test_a_lead_in_with_an_exception_affirms_its_list() -> None:
    """ "We do not share your data except with:" affirms what follows."""
    text = (
        "We do not share your data with anyone other than:\n\n"
        "* payment processors;\n* our auditors.\n"
    )
    found = union(find_commitments(text), "recipients")
    assert {"payment processors", "professional advisers"} <= found


def test_a_table_of_retention_periods_is_read_row_by_row() -> None:
    """The first cell says what is kept; a table of cookies is no promise about data."""
    text = (
        "# Retention periods\n\n| Data | Kept for |\n|---|---|\n| Invoices | 10 years |\n"
        "| Server logs | 90 days |\n\n# Cookies\n\n| Cookie | Expires |\n|---|---|\n"
        "| _zz | 2 years |\n"
    )
    found = [c for c in find_commitments(text) if c.kind == "retention"]
    assert [(c.value, c.unit, c.scope) for c in found] == [
        (10, "year", "transaction data"),
        (90, "day", "log data"),
    ]


def test_a_repeated_promise_counts_once_at_its_first_place() -> None:
    """The same kind, value and scope twice is one commitment."""
    text = "We do not sell your data.\n\nAgain: we do not sell your data.\n"
    found = [c for c in find_commitments(text) if c.kind == "sale"]
    assert len(found) == 1
    assert found[0].quote.start == 0


def test_a_statutory_opt_out_does_not_contradict_a_refusal_to_sell() -> None:
    """Who never sells may still describe the right to opt out of sale."""
    text = "We do not sell your personal data. You may opt out of the sale of your personal data.\n"
    assert values(find_commitments(text), "sale") == ["never"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            "We do not sell your personal data.\n\nWe may sell your data to data brokers.\n",
            "sale-denied-and-allowed",
        ),
        (
            "We process data only on the legal basis of your consent or a contract.\n\n"
            "We also process data on the legal basis of our legitimate interests.\n",
            "legal-bases-not-the-only-ones",
        ),
        (
            "We use only first-party cookies.\n\nSocial buttons may set third-party cookies; we "
            "use third-party cookies for videos.\n",
            "first-party-cookies-not-the-only-ones",
        ),
        (
            "We give 30 days' notice of changes to this policy.\n\n"
            "We may change this policy at any time without notice.\n",
            "two-values",
        ),
        (
            "We do not share your data with advertisers.\n\n"
            "We share your data with advertisers and resellers.\n",
            "denied-and-stated",
        ),
    ],
)
def test_promises_that_exclude_each_other_are_named(text: str, rule: str) -> None:
    """A contradiction names its rule and holds both commitments."""
    document = document_of(text)
    found = contradictions(commitments_of(document), refusals_of(document))
    assert [one.rule for one in found] == [rule]
    assert found[0].first.quote.start != found[0].second.quote.start


def test_a_consistent_policy_has_no_contradictions() -> None:
    """Different scopes are not two values for one thing."""
    document = document_of(
        "We give 30 days' notice of changes to this policy.\n\nWe announce price changes two "
        "months in advance.\n\nYou must be 13, or 16 years old in Germany, to use the app.\n"
    )
    assert contradictions(commitments_of(document), refusals_of(document)) == []


@pytest.mark.parametrize(
    "text",
    [
        "We do not share your mobile number with advertisers.\n\n"
        "We share your purchase history with advertisers.\n",
        "You may not use the service for profiling.\n\nWe use your data for profiling.\n",
        "We read your contacts only with your consent or as the contract demands.\n\n"
        "Statistics rest on our legitimate interests as a legal basis.\n",
        "the method of storage is 100% secure.\n\nWe cannot guarantee the security of data.\n",
        "We do not share your data with advertisers.\n\n"
        "With your consent we share your data with advertisers.\n",
    ],
)
def test_what_is_denied_for_one_thing_only_is_no_contradiction(text: str) -> None:
    """A narrow denial, another's duty, a single purpose, a broken line, a condition: none."""
    document = document_of(text)
    assert contradictions(commitments_of(document), refusals_of(document)) == []


def test_a_contradiction_that_shows_often_is_told_once() -> None:
    """Three sentences that share with advertisers contradict one denial once."""
    document = document_of(
        "We do not share your data with advertisers.\n\nWe share your data with advertisers and "
        "banks.\n\nWe disclose data to advertisers and insurers.\n\nWe pass data to advertisers.\n"
    )
    found = contradictions(commitments_of(document), refusals_of(document))
    assert [one.rule for one in found] == ["denied-and-stated"]


def test_html_is_read_like_the_text_it_shows() -> None:
    """For HTML the offsets index the text that read_document gives."""
    page = (
        "<html lang='en'><body><main><h1>Privacy policy</h1><p>We do not sell your personal data. "
        "We keep server logs for 90 days.</p></main></body></html>"
    )
    found = find_commitments(page, media_type="text/html")
    text = read_document(page.encode()).text
    assert {c.kind for c in found} >= {"sale", "retention"}
    assert all(text[c.quote.start : c.quote.end] == c.quote.text for c in found)


# --- the five seeds ----------------------------------------------------------------------------


def seed(number: str) -> tuple[Commitment, ...]:
    paths = sorted(SEEDS.glob(f"{number}_*.txt"))
    if not paths:
        pytest.skip("the seed policies are not on this machine")
    return commitments_of(document_of(paths[0].read_text(encoding="utf-8"), "text/plain"))


def test_the_first_seed_promises_what_a_reader_finds() -> None:
    """Age 13, consent to sale, publication on the website, partners, dealers, agents, courts."""
    found = seed("000")
    assert values(found, "minimum_age") == [13]
    assert values(found, "sale") == ["consent"]
    assert values(found, "notice_channel") == [frozenset({"website"})]
    assert values(found, "notice_period") == []
    assert values(found, "acceptance_by_use") == [True, False]
    wanted = {"business partners", "resellers", "agents", "contractors", "authorities",
              "buyers of the business"}  # fmt: skip
    assert wanted <= union(found, "recipients")
    assert {"opt out of marketing", "opt out of sharing"} <= union(found, "rights")
    assert {"ip address", "cookies", "tracking technologies"} <= union(found, "data_categories")


def test_the_second_seed_promises_what_a_reader_finds() -> None:
    """Thirty days by e-mail, 16 years, six and three months, six rights, five legal bases."""
    found = seed("001")
    notice = [c for c in found if c.kind == "notice_period"]
    assert [(c.value, c.unit, c.scope) for c in notice] == [(30, "day", "policy")]
    assert values(found, "termination_window") == [30]
    assert values(found, "minimum_age") == [16]
    assert values(found, "sale") == ["never"]
    assert {(c.value, c.unit) for c in found if c.kind == "retention"} >= {
        (6, "month"),
        (3, "month"),
    }
    assert {"access", "rectification", "erasure", "restriction", "portability", "objection",
            "complaint", "browser signals not honoured"} <= union(found, "rights")  # fmt: skip
    assert union(found, "legal_bases") == {
        "contract", "legitimate interests", "consent", "legal obligation", "vital interests",
    }  # fmt: skip
    assert {"affiliates", "employees", "contractors", "subprocessors", "advertisers",
            "event organizers", "analytics providers", "payment processors", "domain registrars",
            "resellers", "app developers", "authorities"} <= union(found, "recipients")  # fmt: skip


def test_the_third_seed_promises_what_a_reader_finds() -> None:
    """A controller with an address, four legal bases; no age, no period, no notice of changes."""
    found = seed("002")
    assert len(values(found, "controller")) == len(values(found, "address")) == 1
    assert union(found, "legal_bases") == {
        "consent", "contract", "legitimate interests", "legal obligation",
    }  # fmt: skip
    assert {"affiliates", "analytics providers", "search engines", "credit agencies",
            "buyers of the business"} <= union(found, "recipients")  # fmt: skip
    assert {"adequacy decision", "standard contractual clauses", "consent"} <= union(
        found, "transfer_mechanisms"
    )
    for absent in ("minimum_age", "retention", "notice_period", "notice_channel"):
        assert values(found, absent) == []


def test_the_fourth_seed_promises_what_a_reader_finds() -> None:
    """Age 13, no sale, notice without a period, data kept for future reference, recordings."""
    found = seed("003")
    assert values(found, "minimum_age") == [13]
    assert values(found, "sale") == ["never"]
    assert values(found, "notice_period") == []
    assert "as soon as possible" in {c.condition for c in found if c.kind == "notice_channel"}
    assert "indefinite" in values(found, "retention")
    assert {"affiliates", "agents", "authorities"} <= union(found, "recipients")
    assert {"recordings", "cookies", "financial data"} <= union(found, "data_categories")
    assert {"absolute security", "security not guaranteed"} <= union(found, "security_measures")


def test_the_fifth_seed_promises_what_a_reader_finds() -> None:
    """Italian: controller, address and e-mail, age 18, no sale, three named services."""
    found = seed("004")
    assert values(found, "minimum_age") == [18]
    assert values(found, "sale") == ["never"]
    for kind in ("controller", "address", "contact"):
        assert len(values(found, kind)) == 1
    assert {"consent", "contract", "legal obligation"} <= union(found, "legal_bases")
    assert "while the account exists" in {c.condition for c in found if c.kind == "retention"}
    assert {"email", "website"} <= union(found, "notice_channel")
    assert sum(1 for term in union(found, "recipients") if term[0].isupper()) == 3
    assert union(found, "transfer_mechanisms") == {"unspecified safeguards"}
