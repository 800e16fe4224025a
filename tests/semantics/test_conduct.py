"""Rules of conduct: what is a new rule, and what only looks like one."""

from __future__ import annotations

import pytest

from monitor.comparison import compare

RULES = {
    "en": """\
# Community guidelines of Larkboard

Larkboard is for everyone. You may not use Larkboard's tools to harass people. Do not post hateful
or violent content on Larkboard. Spam is not allowed on Larkboard. Misleading posts are removed.

These guidelines apply to all content on Larkboard's boards:

- Harassment is prohibited, also in private messages on Larkboard.
- Do not threaten anybody on Larkboard, not even in jest.
- Do not sell followers or likes.
- Graphic content is prohibited.
- Do not create accounts in the name of others on Larkboard.
""",
    "de": """\
# Gemeinschaftsregeln von Lerchenbrett

Wenn Sie gegen diese Regeln verstoßen, wird Ihr Konto gesperrt. Hass und Gewalt sind verboten.

- Achten Sie darauf, was Sie sagen, und lassen Sie andere in Ruhe.
- Teilen Sie keine irreführenden Inhalte und halten Sie sich an das Thema.
- Wenn Sie schädliche Inhalte finden, melden Sie uns diese sofort.
- Belästigung ist nicht erlaubt. Bitten Sie niemanden um Geld.

Diese Regeln gelten für alle Beiträge, Bilder und Nachrichten auf unseren Tafeln. Unsere Moderation
prüft Meldungen innerhalb eines Tages und entfernt Beiträge, die gegen die Regeln verstoßen.
Nacktheit und grausame Bilder sind nicht zulässig, auch nicht in privaten Nachrichten. Wer andere
bedroht, verliert sein Konto. Gegen eine Sperre kann innerhalb von zwei Wochen Beschwerde eingelegt
werden. Für Minderjährige gelten dieselben Regeln, und die Nutzungsbedingungen bleiben unberührt.
""",
}
RULES["en"] += "\nSpam is not allowed. Abuse violates these guidelines.\n" * 12
RULES["de"] += "\nSpam ist nicht erlaubt. Missbrauch ist untersagt.\n" * 16

FORMAL_AND_CLOSE = {
    "Wenn Sie gegen diese Regeln verstoßen": "Wenn du gegen diese Regeln verstößt",
    "wird Ihr Konto": "wird dein Konto",
    "Achten Sie darauf, was Sie sagen": "Achte darauf, was du sagst",
    "lassen Sie andere": "lass andere",
    "Teilen Sie keine": "Teile keine",
    "halten Sie sich": "halte dich",
    "Wenn Sie schädliche Inhalte finden": "Wenn du schädliche Inhalte findest",
    "melden Sie uns": "melde uns",
    "Bitten Sie niemanden": "Bitte niemanden",
}


def test_another_way_to_address_people_is_no_new_rule() -> None:
    """Verbs and pronouns turn with it; the rules stay."""
    familiar = RULES["de"]
    for formal, close in FORMAL_AND_CLOSE.items():
        assert formal in familiar
        familiar = familiar.replace(formal, close)
    assert compare(RULES["de"], familiar).verdict == "cosmetic"


def test_a_new_rule_among_them_is_found_all_the_same() -> None:
    """The new word is told, the pronouns are not."""
    after = RULES["de"].replace(
        "Teilen Sie keine irreführenden Inhalte",
        "Teile keine irreführenden oder politischen Inhalte",
    )
    (finding,) = compare(RULES["de"], after).findings
    assert finding.rule == "conduct-rule-changed"
    assert "politischen" in finding.summary
    assert "teile" not in finding.summary.split("(")[0]


def test_a_service_renamed_throughout_is_one_low_finding() -> None:
    """In every rule the name is another, also twice in a sentence and in the genitive."""
    result = compare(RULES["en"], RULES["en"].replace("Larkboard", "Finchwall"))
    assert result.verdict == "minor"
    assert {finding.rule for finding in result.findings} == {"renamed"}


@pytest.mark.parametrize(
    "lead",
    ["The boards cover the following topics and places:", "Use our guided help to settle a case:"],
)
def test_a_sentence_that_leads_to_a_list_is_no_rule(lead: str) -> None:
    """Whatever is ruled stands in the items."""
    assert compare(RULES["en"], f"{RULES['en']}\n{lead}\n").verdict in ("minor", "cosmetic")
