"""A team's own rules: words to watch, severities to override, findings to ignore."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import config_file
from monitor.comparison import as_document, compare_documents
from monitor.config_file import from_tables
from monitor.errors import ConfigError
from monitor.findings.team import Override, TeamRules, Watch, Words
from monitor.model import Comparison
from monitor.team_rules import team_rules

BEFORE = """# Privacy notice of Fernhill

We keep your orders for ten years, as tax law asks.

We write to you at least 30 days before we change this notice.

Our support team reads the messages that you send to it.
"""
ASSISTANT = BEFORE.replace(
    "Our support team reads the messages that you send to it.",
    "Our support team and Wilma, our chat assistant, read the messages that you send to it.",
)
SHORTER = BEFORE.replace("30 days", "14 days")


def under(rules: TeamRules, before: str = BEFORE, after: str = SHORTER) -> Comparison:
    return compare_documents(as_document(before), as_document(after), rules)


def watching(*phrases: str, **more: object) -> TeamRules:
    return TeamRules(watches=(Watch("wilma", Words(phrases), **more),))  # type: ignore[arg-type]


def test_a_watched_phrase_that_appears_is_a_finding_of_its_own() -> None:
    """No built-in rule knows the name; the team asked for it."""
    assert under(TeamRules(), after=ASSISTANT).verdict != "material"
    result = under(watching("chat assistant", category="purpose"), after=ASSISTANT)
    assert result.verdict == "material"
    finding = next(f for f in result.findings if f.rule == "watch:wilma")
    assert (finding.category, finding.severity) == ("purpose", "high")
    assert "wilma" in finding.summary
    assert "appears" in finding.summary
    assert finding.after is not None
    assert ASSISTANT[finding.after.start : finding.after.end] == finding.after.text


def test_a_watched_phrase_that_goes_and_one_that_only_stands_there() -> None:
    """Going counts by default, a changed sentence around it only where asked."""
    gone = under(watching("chat assistant"), ASSISTANT, BEFORE)
    assert any(f.rule == "watch:wilma" and "is gone" in f.summary for f in gone.findings)
    reworded = BEFORE.replace("reads the messages", "answers the messages")
    assert under(watching("support team"), after=reworded).verdict != "material"
    changes = under(watching("support team", on=("changes",)), after=reworded)
    assert any("sentence changed" in f.summary for f in changes.findings)


def test_phrases_stand_between_word_borders_in_any_case_and_spacing() -> None:
    """ "age" is not in "agent"; "CHAT\\nassistant" is the phrase."""
    assert Words(("age",)).count("an agent, pages") == 0
    assert Words(("chat assistant",)).count("CHAT\n  Assistant") == 1
    assert Words(("naïve",)).count("Naïve, naïveté") == 1
    assert Words(("C++",)).count("written in C++, not in C") == 1
    assert Words(pattern=r"\b\d{2}-day").count("a 14-day and a 30-DAY period") == 2


def test_a_watch_lifts_the_finding_that_tells_of_the_same_change() -> None:
    """One real change stays one finding."""
    plain = under(TeamRules())
    lifted = under(watching("14 days", severity="high"))
    assert len(lifted.findings) == len(plain.findings)
    assert [f.rule for f in lifted.findings] == [f.rule for f in plain.findings]
    assert {f.severity for f in lifted.findings} == {"high"}


def test_an_override_lowers_what_it_fits_and_the_verdict_follows() -> None:
    """Only findings that meet every condition given."""
    rated = under(TeamRules(overrides=(Override("calm", "low", categories=("notice",)),)))
    assert rated.verdict == "minor"
    assert {f.severity for f in rated.findings} == {"low"}
    other = Override("calm", "low", categories=("notice",), directions=("stronger",))
    assert under(TeamRules(overrides=(other,))).verdict == "material"


def test_an_ignored_finding_is_held_back_in_sight() -> None:
    """It counts for nothing, and the comparison says by which rule and why."""
    rule = Override("known", None, rules=("promise-changed",), reason="agreed with them in May")
    result = under(TeamRules(overrides=(rule,)))
    assert (result.verdict, result.findings) == ("cosmetic", ())
    (held,) = result.held
    assert (held.rule, held.reason) == ("known", "agreed with them in May")
    assert held.finding.category == "notice"
    assert '"known"' in result.reason


def test_an_override_can_ask_for_words_and_the_first_one_decides() -> None:
    """Order in the file is order of precedence."""
    words = Override("fortnight", "medium", words=Words(("14 days",)))
    every = Override("rest", None)
    assert {f.severity for f in under(TeamRules(overrides=(words, every))).findings} == {"medium"}
    assert under(TeamRules(overrides=(every, words))).findings == ()


def test_config_tables_reach_only_the_policies_they_name() -> None:
    """By id, tag, service and type, all of which must hold."""
    policy = {"id": "a", "url": "https://a.example/", "tags": ["eu"], "service": "Fernhill"}
    settings = from_tables(
        {
            "policy": [policy, {"id": "b", "url": "https://b.example/"}],
            "watch": [
                {"name": "w", "phrases": ["robot"], "tags": ["eu"], "services": ["fernhill"]}
            ],
            "override": [{"name": "o", "ignore": True, "policies": ["b"]}],
        }
    )
    first, second = settings.policy
    assert [w.name for w in team_rules(settings, first).watches] == ["w"]
    assert team_rules(settings, first).overrides == ()
    assert team_rules(settings, second).watches == ()
    assert [o.severity for o in team_rules(settings, second).overrides] == [None]
    assert not team_rules(settings, None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[watch]]\nname='w'\n", ['[[watch]] "w" phrases', "a pattern to watch"]),
        ("[[watch]]\nname='w'\npattern='a(?=b)'\n", ['[[watch]] "w" pattern', "RE2"]),
        ("[[watch]]\nname='w'\nphrases=['']\n", ["empty phrase"]),
        ("[[watch]]\nname='w'\nphrases=['x']\non=[]\n", ['[[watch]] "w" on']),
        ("[[watch]]\nname='w x'\nphrases=['x']\n", ["a name has no spaces"]),
        ("[[watch]]\nname='w'\nphrases=['x']\npolicies=['no']\n", ['no policy "no"']),
        ("[[override]]\nname='o'\n", ['[[override]] "o" severity', "ignore = true"]),
        ("[[override]]\nname='o'\nignore=true\nseverity='low'\n", ["give either severity"]),
        ("[[override]]\nname='o'\nignore=true\ncategories=['sle']\n", ['[[override]] "o"', "sale"]),
    ],
)
def test_faults_name_the_table_and_the_remedy(tmp_path: Path, text: str, told: list[str]) -> None:
    """A rule that cannot work is refused when the file is read."""
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        config_file.load(path)
    for words in told:
        assert words in str(caught.value)


def test_a_hostile_pattern_ends_in_time_linear_in_the_text() -> None:
    """What makes a backtracking engine hang is an ordinary pattern to RE2."""
    assert Words(pattern="(a+)+$").count("a" * 50_000 + "b") == 0
