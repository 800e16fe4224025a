"""What is owed, as read from sentences, and which changes it is about."""

import pytest

from monitor import find_commitments
from monitor.model import Finding, Quote
from monitor.notice.standards import Standard, governing, promised, scopes_of


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


def notice(text: str, language: str = "en") -> Standard:
    """The one promise of notice that a text makes."""
    (found,) = (s for s in promised(find_commitments(text), language) if s.right == "notice")
    return found


@pytest.mark.parametrize(
    ("language", "text", "either"),
    [
        (
            "en",
            "We will notify you by e-mail or on this page {} before we change this policy.",
            True,
        ),
        (
            "en",
            "We will notify you by e-mail and on this page {} before we change this policy.",
            False,
        ),
        ("en", "We will notify you by e-mail {} before we change this policy.", False),
        (
            "en",
            "We will notify you by e-mail, through a banner or on this page {} before we change "
            "this policy.",
            True,
        ),
        (
            "en",
            "We will notify you by e-mail or SMS, and on this page, {} before we change this "
            "policy.",
            False,
        ),
        (
            "en",
            "We notify you {} before we change this policy. Notices come by e-mail or post.",
            False,
        ),
        (
            "it",
            "Ti informeremo via e-mail o su questa pagina {} prima di modificare questa "
            "informativa.",
            True,
        ),
        (
            "it",
            "Ti informeremo via e-mail e su questa pagina {} prima di modificare questa "
            "informativa.",
            False,
        ),
        (
            "de",
            "Wir informieren Sie per E-Mail oder auf unserer Website {} vor einer Änderung dieser "
            "Datenschutzerklärung.",
            True,
        ),
        (
            "fr",
            "Nous vous informerons par e-mail ou sur notre site {} avant de modifier la présente "
            "politique.",
            True,
        ),
        (
            "es",
            "Le informaremos por correo electrónico o en nuestro sitio web {} antes de modificar "
            "esta política.",
            True,
        ),
    ],
)
def test_or_between_ways_of_telling_is_a_choice(language: str, text: str, either: bool) -> None:
    """Read from the sentence that promises them."""
    days = {"en": "30 days", "it": "30 giorni", "de": "30 Tage", "fr": "30 jours", "es": "30 días"}
    promise = notice(text.format(days[language]), language)
    assert promise.either is either, promise
    if either:
        assert len(promise.channels) > 1


@pytest.mark.parametrize(
    ("language", "text", "limited"),
    [
        ("en", "We will give you 30 days' notice of material changes to this policy.", True),
        ("en", "We will give you 30 days' notice of changes to this policy.", False),
        (
            "en",
            "If a change to this policy is significant, we will notify you 30 days before it takes "
            "effect.",
            True,
        ),
        (
            "it",
            "Ti informeremo 30 giorni prima di modifiche sostanziali alla presente informativa.",
            True,
        ),
        (
            "de",
            "Wir informieren Sie 30 Tage vor wesentlichen Änderungen dieser Datenschutzerklärung.",
            True,
        ),
        (
            "fr",
            "Nous vous informerons 30 jours avant toute modification substantielle de la présente "
            "politique.",
            True,
        ),
        ("es", "Le informaremos 30 días antes de cambios sustanciales de esta política.", True),
    ],
)
def test_a_promise_of_material_changes_governs_only_those(
    language: str, text: str, limited: bool
) -> None:
    """A change with low findings alone falls under none that is limited so."""
    promise = notice(text, language)
    assert promise.material_only is limited
    high, low = finding("sale", "We sell."), finding("sale", "We sell.", severity="low")
    assert governing([promise], [low, high]) == (promise,)
    assert governing([promise], [low]) == (() if limited else (promise,))


def finding(category: str, words: str, rule: str = "any", severity: str = "high") -> Finding:
    quote = Quote(words, "", 0, len(words))
    return Finding(category, "weaker", severity, "s", None, quote, None, None, rule, 1.0)  # type: ignore[arg-type]


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
