"""What is owed, as read from sentences, and which changes it is about."""

import pytest

from monitor import find_commitments
from monitor.model import Finding, Quote
from monitor.notice.standards import promised, scopes_of


def owed(text: str) -> list[tuple[str, str, str, str, list[str]]]:
    """Right, period, scope, start and channels of what a text promises."""
    return [
        (s.right, str(s.period), s.about, s.starts, sorted(s.channels))
        for s in promised(find_commitments(text), "en")
    ]


@pytest.mark.parametrize(
    ("text", "standards"),
    [
        (
            "We will notify you by e-mail at least 30 days before changes to this policy apply.",
            [("notice", "30 days", "policy", "notice", ["email"])],
        ),
        (
            "We will inform the customer at least two months before adding a new sub-processor. "
            "Customer may object to a new sub-processor within ten business days of the notice.",
            [
                ("notice", "2 months", "subprocessors", "notice", ["direct notice"]),
                ("objection", "10 business days", "subprocessors", "notice", []),
            ],
        ),
        ("We may change these terms at any time without notice.", []),
        ("Either party may terminate this agreement with 30 days' written notice.", []),
    ],
)
def test_promises_become_standards(text: str, standards: list[tuple[str, ...]]) -> None:
    """A change without notice is no promise, a general right to terminate no deadline."""
    found = owed(text)
    if standards and standards[-1][0] == "objection":
        found = [(*row[:4], row[4] if row[0] == "notice" else []) for row in found]
    assert found == standards


def finding(category: str, words: str, rule: str = "any") -> Finding:
    quote = Quote(words, "", 0, len(words))
    return Finding(category, "weaker", "high", "s", None, quote, None, None, rule, 1.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "findings", "scopes"),
    [
        ("terms", [finding("payment", "The monthly fee is now 12 euros.")], {"price"}),
        ("terms", [finding("payment", "You get no refund.")], {"policy"}),
        ("dpa", [finding("sharing", "Our sub-processors may see the data.")], {"subprocessors"}),
        ("dpa", [finding("sharing", "Acme, Ireland", "subprocessor-added")], {"subprocessors"}),
        ("subprocessors", [], {"subprocessors"}),
        ("privacy", [], {"policy"}),
        (
            "terms",
            [finding("payment", "Prices rise."), finding("sale", "We sell.")],
            {"price", "policy"},
        ),
    ],
)
def test_a_change_is_about_something(kind: str, findings: list[Finding], scopes: set[str]) -> None:
    """Promises govern only what they are about."""
    assert scopes_of(kind, findings, "en") == scopes
