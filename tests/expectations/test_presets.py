"""Presets: sound data, and what policies in five languages say to them."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from monitor.comparison import as_document
from monitor.config_file import from_tables
from monitor.errors import ConfigError
from monitor.expectations import Expectation, assess, presets
from monitor.extraction import read_document
from monitor.lexicon import languages
from monitor.model import Assessment

FOLDER = Path(__file__).parent / "policies"
SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"
DOCS = Path(__file__).parents[2] / "docs" / "expectations.md"
BOTH = [
    pytest.param(name, language, id=f"{name} {language}")
    for name in presets.names()
    for language in languages()
]


@cache
def policy(preset: str) -> dict[str, Any]:
    """The passages of a sample policy, by element, then by language."""
    return tomllib.loads((FOLDER / f"{preset}.toml").read_text(encoding="utf-8"))


def assessed(preset: str, language: str, without: str = "") -> dict[str, Assessment]:
    """What the sample policy says to its preset, without the passages on one element."""
    passages = dict(policy(preset))
    title = passages.pop("title")[language]
    left_out = {without, *passages.get(without, {}).get("also", ())}
    kept = [texts[language] for name, texts in passages.items() if name not in left_out]
    document = as_document(f"# {title}\n\n" + "\n\n".join(kept) + "\n")
    found = assess(document, [Expectation(e) for e in presets.load(preset).elements])
    return {a.name.partition("/")[2]: a for a in found}


@pytest.mark.parametrize(("preset", "language"), BOTH)
def test_a_policy_that_mentions_everything_meets_its_preset(preset: str, language: str) -> None:
    """In every language, each element is found in a passage of its own making."""
    found = assessed(preset, language)
    assert found.keys() == policy(preset).keys() - {"title"}
    assert {n: a.summary for n, a in found.items() if a.standing != "met"} == {}
    assert all(a.quotes and a.source for a in found.values())


@pytest.mark.parametrize(("preset", "language"), BOTH)
def test_without_its_passage_an_element_is_not_found(preset: str, language: str) -> None:
    """Nothing else in the policy is mistaken for it."""
    for name in presets.load(preset).elements:
        found = assessed(preset, language, without=name.name)[name.name]
        assert found.standing in ("not found", "silent"), (name.name, found.quotes)
        assert "not found in this text" in found.summary


def said(preset: str, element: str, text: str) -> Assessment:
    """What a text says to one element."""
    document = as_document(text)
    chosen = [e for e in presets.load(preset).elements if e.name == element]
    [assessment] = assess(document, [Expectation(e) for e in chosen])
    return assessment


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ("audits", "# DPA\n\nThe customer may not carry out any audit.\n"),
        ("audits", "# DPA\n\nIl cliente non può svolgere audit.\n"),
        ("audits", "# DPA\n\nLe client ne peut pas réaliser d'audit.\n"),
        ("audits", "# DPA\n\nDer Kunde darf keine Überprüfungen vornehmen.\n"),
        ("audits", "# DPA\n\nEl cliente no puede realizar auditorías.\n"),
        ("confidentiality", "# DPA\n\nPersonnel are not bound by confidentiality.\n"),
        ("breach-notice", "# DPA\n\nWe do not notify the customer of breaches.\n"),
    ],
)
def test_what_is_denied_is_contrary(element: str, text: str) -> None:
    """A text that speaks of audits to rule them out is not one that mentions the right to them."""
    found = said("gdpr-art28", element, text)
    assert (found.standing, found.severity) == ("contrary", "high")
    assert found.quotes


@pytest.mark.parametrize(
    ("element", "words"),
    [
        ("sub-processor-authorisation", "Quenby engages no sub-processor without authorisation."),
        (
            "sub-processor-authorisation",
            "Quenby shall not engage another processor without the customer's prior authorisation.",
        ),
        (
            "sub-processor-authorisation",
            "Quenby non ricorre a un altro responsabile senza l'autorizzazione del cliente.",
        ),
        (
            "sub-processor-authorisation",
            "Quenby ne recrute pas de sous-traitant sans l'autorisation écrite du client.",
        ),
        (
            "sub-processor-authorisation",
            "Quenby setzt ohne Genehmigung des Kunden keine Unterauftragsverarbeiter ein.",
        ),
        (
            "sub-processor-authorisation",
            "Quenby no recurrirá a otro encargado sin la autorización previa del cliente.",
        ),
        ("documented-instructions", "Quenby processes nothing except on documented instructions."),
        (
            "documented-instructions",
            "Quenby verarbeitet nicht anders als auf dokumentierte Weisung.",
        ),
    ],
)
def test_two_negations_and_exceptions_deny_nothing(element: str, words: str) -> None:
    """ "Not without authorisation" is how contracts say that there must be one."""
    assert said("gdpr-art28", element, f"# DPA\n\n{words}\n").standing == "met"


@pytest.mark.parametrize(
    "words",
    [
        "We do not knowingly collect personal information from children without parental consent.",
        "We collect no data of children under 13 without the consent of a parent or guardian.",
    ],
)
def test_no_data_without_parental_consent_mentions_it(words: str) -> None:
    """The commonest way to say it is no denial, and a parent company is no parent."""
    assert said("coppa", "parental-consent", f"# Privacy\n\n{words}\n").standing == "met"
    company = "# Privacy\n\nLumora, its parent, its affiliates and partners may delete uploads.\n"
    assert said("coppa", "parental-deletion", company).short


def test_an_element_for_a_case_that_does_not_arise_is_not_applicable() -> None:
    """Nobody who sells nothing needs to say how to opt out."""
    never = "# Privacy\n\nWe do not sell your personal information.\n"
    sells = "# Privacy\n\nWe may sell your personal information to advertisers.\n"
    assert said("ccpa", "opt-out", never).standing == "not applicable"
    assert said("ccpa", "opt-out", sells).short


def test_what_no_text_shows_is_asked_for_softly() -> None:
    """Whether an officer must be designated stands in no text: low, and it says so."""
    found = said("gdpr-art13", "dpo", "# Privacy\n\nWe collect your name.\n")
    assert found.short
    assert found.severity == "low"
    assert "needed only where an officer is designated" in found.summary


def test_a_signal_that_is_not_honoured_is_contrary() -> None:
    """Said is not the same as met."""
    text = (
        "# Privacy\n\nWe may sell your personal information.\n\n"
        "We do not respond to Do Not Track signals.\n"
    )
    assert said("ccpa", "opt-out-signals", text).standing == "contrary"


def test_every_preset_and_element_is_documented_with_its_source() -> None:
    """docs/expectations.md lists what each preset asks for."""
    text = DOCS.read_text(encoding="utf-8")
    for name in presets.names():
        assert f"`{name}`" in text
        for element in presets.load(name).elements:
            assert f"| `{element.name}` | {element.says} | {element.source} |" in text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('source = "Art. 1"', ""), ["bad.toml: [one] source: must be a text"]),
        (('category = "entity"', 'category = "entities"'), ["[one] category: must be one of"]),
        (('it = ["uno"]', ""), ["[one] phrases.it: must be a list of phrases"]),
        (('it = ["uno"]', 'it = ["(uno"]'), ["phrases.it: '(uno' has unbalanced parentheses"]),
        (('it = ["uno"]', 'it = ["uno"]\nxx = ["one"]'), ["phrases.xx: there is no language pack"]),
        (('says = "one"', 'says = "one"\nwhen = ["right:access"]'), ["[one] when:", '"rights"']),
        (('says = "one"', 'says = "one"\nsay = "one"'), ["[one] say: unknown key"]),
        (('name = "one"', 'name = "One!"'), ["name: must be words"]),
        (('title = "T"', ""), ["bad.toml: title: must be a text"]),
        (('types = ["privacy"]', ""), ["bad.toml: types: must be a list"]),
        (("[[element]]", "[[elements]]"), ["element: write at least one", "elements: unknown key"]),
    ],
)
def test_a_faulty_preset_is_refused_by_file_and_key(
    tmp_path: Path, change: tuple[str, str], told: list[str]
) -> None:
    """One line a fault, when it is loaded."""
    sound = (
        'title = "T"\nsource = "S"\nnote = "N"\ntypes = ["privacy"]\n\n[[element]]\n'
        'name = "one"\nsays = "one"\nsource = "Art. 1"\ncategory = "entity"\n[element.phrases]\n'
        'en = ["one"]\nit = ["uno"]\nfr = ["un"]\nde = ["eins"]\nes = ["uno"]\n'
    )
    path = tmp_path / "bad.toml"
    path.write_text(sound, encoding="utf-8")
    assert presets.read_preset(path).elements[0].name == "one"
    path.write_text(sound.replace(*change), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        presets.read_preset(path)
    assert all(words in str(caught.value) for words in told), str(caught.value)


def test_types_of_presets_are_types_of_policies() -> None:
    """A preset is for documents that config.toml can declare."""
    for name in presets.names():
        for kind in presets.load(name).types:
            from_tables({"policy": [{"id": "a", "url": "https://a.example/", "type": kind}]})


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed policies (../shared/seeds) are not here")
def test_the_seeds_are_told_apart() -> None:
    """What careful reading found in the five seeds, and what it did not."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(SEEDS.glob("*.txt")):
        document = read_document(path.read_bytes(), media_type="text/plain")
        elements = [Expectation(e) for e in presets.load("gdpr-art13").elements]
        found[path.name[:3]] = {
            a.name.partition("/")[2]: a.standing for a in assess(document, elements)
        }
    assert found["001"]["complaint"] == found["001"]["right-to-portability"] == "met"
    assert found["002"]["controller"] == found["002"]["safeguards"] == "met"
    assert found["004"]["controller"] == found["004"]["legal-basis"] == "met"
    for seed in ("000", "003", "004"):
        assert found[seed]["complaint"] == "not found"
        assert found[seed]["right-of-access"] == "not found"
    assert found["000"]["transfers"] == found["003"]["transfers"] == "silent"
