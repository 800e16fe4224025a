"""Whose policies is a mail about? Its sender, the documents named and links say so, or people."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest

from monitor.domains import registrable
from monitor.mail.letter import Claim, Letter, Subject, Watched
from monitor.mail.matching import match, targets_of

PRIVACY = Watched("ledger-privacy", "privacy", ("https://www.quayside.example/privacy",),
                  ("quayside.example", "ledgermail.example"))  # fmt: skip
TERMS = Watched("ledger-terms", "terms", ("https://quayside.example/terms",), ("quayside.example",))
APP = Watched("app-privacy", "privacy", ("https://quayside.example/app/privacy/",),
              ("quayside.example",))  # fmt: skip
OTHER = Watched("loom-dpa", "dpa", ("https://loom.example/dpa",), ("loom.example",))
ALL = (PRIVACY, TERMS, OTHER)


def letter(*about: Subject, sender: str = "legal@mail.quayside.example", **more: object) -> Letter:
    return replace(Letter("notice", "", sender=sender, about=about), **more)  # type: ignore[arg-type]


def test_the_sender_says_whose_and_the_document_which() -> None:
    """A sub-domain of the vendor's, or another of its domains, is the vendor."""
    found = match(letter("privacy"), ALL)
    assert (found.outcome, found.policies) == ("matched", ("ledger-privacy",))
    assert found.reasons == (
        "the sender's domain mail.quayside.example is of ledger-privacy and ledger-terms",
        "it announces a change of the privacy policy: of theirs only ledger-privacy is watched",
    )
    assert match(letter("privacy", sender="x@ledgermail.example"), ALL).policies == (
        "ledger-privacy",
    )


def test_a_mail_about_two_documents_is_about_two_policies() -> None:
    """Prices are looked for in the terms."""
    assert match(letter("privacy", "terms"), ALL).policies == ("ledger-privacy", "ledger-terms")
    assert match(letter("price"), ALL).policies == ("ledger-terms",)


def test_links_decide_between_two_documents_of_a_kind() -> None:
    """Without one, people are asked."""
    open_ = match(letter("privacy"), (*ALL, APP))
    assert (open_.outcome, open_.candidates) == ("ambiguous", ("ledger-privacy", "app-privacy"))
    assert "which may be ledger-privacy or app-privacy" in open_.reasons[-1]
    linked = match(letter("privacy", links=("https://quayside.example/app/privacy",)), (*ALL, APP))
    assert (linked.outcome, linked.policies) == ("matched", ("app-privacy",))


def test_a_document_that_nobody_watches_is_unmatched() -> None:
    """And the mail says which it is about."""
    found = match(letter("dpa"), ALL)
    assert found.outcome == "unmatched"
    assert "no such policy of theirs is watched" in found.reasons[-1]


def test_a_stranger_is_not_believed_for_a_link() -> None:
    """Anybody can link to a policy: such a mail waits for people."""
    found = match(letter("privacy", sender="x@elsewhere.example",
                         links=("https://quayside.example/privacy",)), ALL)  # fmt: skip
    assert (found.outcome, found.candidates) == ("ambiguous", ("ledger-privacy",))
    assert match(letter("privacy", sender="x@elsewhere.example"), ALL).outcome == "unmatched"
    assert match(letter("privacy", sender=""), ALL).outcome == "unmatched"


@pytest.mark.parametrize("sender", ["x@notquayside.example", "x@quayside.example.evil.example"])
def test_a_domain_that_only_looks_like_it_is_a_stranger(sender: str) -> None:
    """Letters at the front or at the back make another domain."""
    assert match(letter("privacy", sender=sender), ALL).outcome == "unmatched"


def test_a_sender_that_a_server_calls_forged_is_not_matched_by_itself() -> None:
    """A claim never proves a mail right; that one is called wrong is reason enough to ask."""
    passed = letter("privacy", claims=(Claim("dmarc", "pass", "quayside.example", "mx.example"),))
    assert match(passed, ALL).outcome == "matched"
    failed = letter("privacy", claims=(Claim("dmarc", "fail", "quayside.example", "mx.example"),))
    found = match(failed, ALL)
    assert (found.outcome, found.candidates) == ("ambiguous", ("ledger-privacy",))
    assert "mx.example states dmarc=fail" in found.reasons[-1]


def test_no_notice_stays_none_whoever_sends_it() -> None:
    """Its reason is kept."""
    found = match(Letter("no notice", "it reads like a receipt", sender="x@quayside.example"), ALL)
    assert (found.outcome, found.policies) == ("no notice", ())
    assert found.reasons == ("it reads like a receipt",)


WATCHED = "https://www.quayside.example/privacy"
CODED = quote(WATCHED, safe="")
TWICE = quote(f"https://b.example/?u={CODED}", safe="")


@pytest.mark.parametrize(
    "link",
    [
        "http://quayside.example/privacy/?utm_source=mail#top",
        f"https://click.mailer.example/r?id=7&u={CODED}",
        f"https://a.example/?q={TWICE}",
        f"https://track.example/CL0/{CODED}/1/0100",
        f"https://urldefense.com/v3/__{WATCHED}__;!!x!y$",
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__www.quayside.example_privacy&d=x",
    ],
)
def test_a_link_is_read_through_redirects_without_following_them(link: str) -> None:
    """The address stands in the query, in the path, or re-encoded by a mail gateway."""
    assert "quayside.example/privacy" in set(targets_of(link))


@pytest.mark.parametrize(
    "link", ["https://quayside.example/privacy-archive", "https://x.example/r?u=javascript:1", "x"]
)
def test_another_page_is_another_page(link: str) -> None:
    """Neither a longer path nor what is no address."""
    assert "quayside.example/privacy" not in set(targets_of(link))


def test_the_registered_domain_follows_the_public_suffix_list() -> None:
    """Two companies under co.uk are two; so are two sites of one host."""
    assert registrable("legal.quayside.co.uk") == "quayside.co.uk"
    assert registrable("quayside.github.io") == "quayside.github.io"
    assert registrable("www.quayside.example") == "quayside.example"
    assert registrable("192.0.2.7") == ""
    assert registrable("") == ""
