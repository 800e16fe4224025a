"""What sort of document a text is, and what follows from it."""

from __future__ import annotations

from monitor.comparison import as_document, compare
from monitor.findings.nature import is_code_of_conduct, is_privacy_notice
from monitor.lexicon import load
from monitor.model import Comparison

TERMS = """# Terms of Quarrymill

Please read our Privacy Policy as well.

""" + "\n\n".join(
    f"{n}. {sentence}"
    for n, sentence in enumerate(
        [
            "These terms apply to the workshop places that Quarrymill lets to makers by the day.",
            "You book a place in our calendar and pay for it when you arrive at the workshop.",
            "You leave the bench as you found it, and you return borrowed tools before you go.",
            "We open at eight in the morning and close at ten at night, on Sundays at six.",
            "Makers may bring one guest, who stays under their supervision at all times.",
            "Loud machines run in the hall only, and ear protection is worn there.",
            "Materials that you leave behind for more than a week belong to the workshop.",
            "A place that is not taken within an hour may be given to somebody else.",
            "The kiln is fired on Wednesdays; pieces that are not dry are not accepted.",
            "We lend aprons and goggles, and we repair what wears out in ordinary use.",
            "Whoever breaks a rule of safety is asked to leave for the rest of the day.",
            "Bicycles stand in the yard, cars in the street, and nothing in the doorway.",
            "Children who are accompanied by a maker may watch from behind the yellow line.",
            "A bell rings ten minutes before closing time, and the lights go out at the hour.",
            "The compressor is switched on by the warden, who also empties its tank every night.",
            "Paint dries in the cabinet by the window, where nothing is stacked on anything else.",
            "Wood is cut to size on Mondays and Thursdays by whoever has passed the saw course.",
            "Found property lies in the basket under the stairs until the end of the month.",
            "The board by the door says which benches are free and which are being mended.",
        ],
        1,
    )
)
NOTICE = """# How Quarrymill works

""" + "\n\n".join(
    f"We keep your personal data about the {what} that you book, and delete the data when {when}."
    for what, when in [
        ("bench", "the season ends"),
        ("kiln", "the firing is paid"),
        ("locker", "you hand in the key"),
        ("course", "you have your certificate"),
        ("guest place", "the guest has left"),
        ("tool", "you bring the tool back"),
        ("delivery", "the parcel has arrived"),
        ("storage", "the shelf is empty"),
        ("tour", "the tour is over"),
        ("meal", "the bill is settled"),
    ]
)
RULES = TERMS.replace("# Terms of Quarrymill", "# Community guidelines of Quarrymill")


def changed(text: str, addition: str) -> Comparison:
    return compare(text, f"{text}\n\n{addition}")


def test_the_nature_of_a_text_follows_from_what_it_speaks_of() -> None:
    """Neither a pointer in the head of terms nor a notice's plain title decides."""
    english = load("en")
    assert not is_privacy_notice(as_document(TERMS), english)
    assert is_privacy_notice(as_document(NOTICE), english)
    assert is_code_of_conduct(as_document(RULES), english)
    assert not is_code_of_conduct(as_document(TERMS), english)


def test_what_is_new_in_rules_of_conduct_is_a_rule() -> None:
    """A new prohibited class names no category; in terms the same words are no alert."""
    words = "Pieces that show real people in a cruel way without their knowledge, even as a joke."
    found = changed(RULES, words)
    assert [(f.category, f.severity) for f in found.findings] == [("conduct", "medium")]
    assert changed(TERMS, words).verdict != "material"


def test_a_word_in_a_list_of_what_is_forbidden_is_a_rule_too() -> None:
    """An entry replaced, one added, one gone: each says what is allowed now."""
    listed = RULES + "\n\nDo not bring:\n\n* lacquers;\n* fireworks;\n* dogs."
    swapped = compare(listed, listed.replace("* fireworks;", "* drones;"))
    assert {f.category for f in swapped.findings} == {"conduct"}
    assert swapped.verdict == "material"
    gone = compare(listed, listed.replace("* fireworks;\n", ""))
    assert [f.direction for f in gone.findings] == ["stronger"]
    reordered = listed.replace("* lacquers;\n* fireworks;", "* fireworks;\n* lacquers;")
    assert compare(listed, reordered).verdict == "cosmetic"
    hidden = listed + "\n\nWrite to the warden at [email protected] if you see a fire."
    assert compare(
        hidden, hidden.replace("[email protected]", "warden@quarrymill.example")
    ).verdict in ("cosmetic", "minor")


def test_a_way_to_opt_out_that_is_no_longer_named() -> None:
    """The right stays, one of its ways is gone; other words for the same way are no loss."""
    choice = (
        "You can opt out of targeted advertising on our preference page or in the settings "
        "of your telephone."
    )
    before = NOTICE.replace("# How Quarrymill works", f"# How Quarrymill works\n\n{choice}")
    after = before.replace(" or in the settings of your telephone", "")
    found = [f for f in compare(before, after).findings if f.rule == "choice-narrowed"]
    assert [(f.category, f.direction) for f in found] == [("rights", "weaker")]
    assert "in the settings of your telephone" in found[0].summary
    reworded = before.replace("in the settings of your telephone", "with the switch of your phone")
    assert "choice-narrowed" not in {f.rule for f in compare(before, reworded).findings}


def test_an_age_limit_that_reaches_further() -> None:
    """The same age, in one more country."""
    before = TERMS + "\n\nUsers in the United Kingdom must be at least 18 years old to sign up."
    after = before.replace("the United Kingdom must", "the United Kingdom and Australia must")
    found = compare(before, after)
    assert [(f.rule, f.category, f.severity) for f in found.findings] == [
        ("age-reaches", "age", "medium")
    ]


def test_contract_formalities_are_no_alert() -> None:
    """Severability, waiver, languages: every contract has them and none changes a duty."""
    for words in (
        "If a provision is held to be invalid by a court, the others shall stay in force.",
        "Our failure to enforce a provision shall not be deemed a waiver of the right to do so.",
        "The English version of these terms shall prevail over every translation of them.",
    ):
        assert changed(TERMS, words).verdict in ("cosmetic", "minor"), words


def test_a_new_duty_is_worth_an_alert_and_a_description_is_not() -> None:
    """Someone must, may not or may do something; "the hall has windows" binds nobody."""
    assert changed(TERMS, "You must clear the bench by nine, whatever you are making.").findings
    described = changed(TERMS, "The hall will look brighter, as its new windows face the morning.")
    assert described.verdict != "material"


def test_a_cookie_banner_that_was_captured_with_the_page_is_no_alert() -> None:
    """Its buttons and sentences are not the policy."""
    banner = "You can accept all cookies, or select only the strictly necessary ones here."
    assert changed(NOTICE, banner).verdict != "material"


def test_a_table_of_contents_is_not_read() -> None:
    """Links to places on the page say nothing, spaces in their targets or not."""
    contents = (
        "* [3\\. Who receives your personal data?](#3. Who receives your personal data?)\n"
        "* [4\\. How long do we keep your data?](#keep)"
    )
    assert changed(NOTICE, contents).verdict == "cosmetic"


def test_a_rename_throughout_is_one_low_finding() -> None:
    """Not one finding a sentence, and only where the old name is gone."""
    after = TERMS.replace("Quarrymill", "Bramblegate")
    before = TERMS + "\n\nQuarrymill lends keys.\n\nQuarrymill rings a bell at closing time."
    renamed = compare(before, before.replace("Quarrymill", "Bramblegate"))
    assert [(f.rule, f.category, f.severity) for f in renamed.findings] == [
        ("renamed", "entity", "low")
    ]
    assert renamed.findings[0].summary == "Renamed throughout: Quarrymill → Bramblegate"
    assert compare(TERMS, after).verdict in ("cosmetic", "minor")


def test_a_new_contracting_party_is_named() -> None:
    """A party beside the others, by its legal name."""
    found = changed(TERMS, "If you live in Ireland, you are contracting with Quarrymill West Ltd.")
    party = next(f for f in found.findings if f.rule == "party-named")
    assert (party.category, party.severity) == ("entity", "medium")
    assert party.after_value == "Quarrymill West Ltd"


def test_a_weight_is_no_age() -> None:
    """ "Over 10 kg" names no age."""
    found = changed(TERMS, "Makers pay a surcharge for each crate over 10 kg that they store.")
    assert "age" not in {f.category for f in found.findings}


OLD_NOTICE = "# Privacy notice of Quarrymill\n\n" + "\n\n".join(
    f"When you book a {what}, our clerk writes your {data} into the ledger and shows it to {who}."
    for what, data, who in [
        ("bench", "name", "the warden"),
        ("kiln", "telephone number", "the stoker"),
        ("locker", "address", "the porter"),
        ("course", "age", "the teacher"),
        ("tour", "language", "the guide"),
        ("meal", "allergies", "the cook"),
        ("tool", "deposit", "the smith"),
        ("shelf", "initials", "the carter"),
        ("guest place", "guest's name", "the night watch"),
        ("delivery", "gate code", "the driver"),
        ("firing", "glaze list", "the chemist"),
        ("repair", "invoice", "the bookkeeper"),
    ]
)
NEW_NOTICE = "# Privacy notice of Quarrymill\n\n" + "\n\n".join(
    f"## {part}\n\nWe may share your {data} with {who} so that they can reach you about {why}."
    for part, data, who, why in [
        ("Wood", "e-mail address", "advertisers", "offers of timber and boards"),
        ("Clay", "location", "our business partners", "deliveries of clay from the pit"),
        ("Glass", "browsing history", "data brokers", "panes, beads and coloured rods"),
        ("Iron", "purchase history", "social networks", "bars, sheets and old rails"),
        ("Paper", "device data", "analytics providers", "pulp, moulds and felts"),
        ("Leather", "ip address", "affiliates", "hides, thread and awls"),
        ("Stone", "payment data", "banks", "slabs, chisels and mallets"),
        ("Wool", "photos", "the public", "fleeces, cards and spindles"),
        ("Silver", "contacts", "insurers", "wire, solder and borax"),
        ("Straw", "cookies", "contractors", "bundles, moulds and needles"),
        ("Horn", "biometric data", "employers", "combs, spoons and buttons"),
        ("Bone", "health data", "credit agencies", "needles, folders and toggles"),
    ]
)


def test_an_overhauled_document_is_told_of_once_for_each_category_and_sense() -> None:
    """Twelve new sections say one thing: data now go to others, of whom each is named."""
    result = compare(OLD_NOTICE, NEW_NOTICE)
    told = [(f.category, f.direction) for f in result.findings if f.rule == "clause-added"]
    assert ("sharing", "weaker") in told
    assert len(told) == len(set(told))
    finding = next(
        f for f in result.findings if (f.category, f.rule) == ("sharing", "clause-added")
    )
    assert isinstance(finding.after_value, frozenset)
    assert {"advertisers", "data brokers", "insurers", "credit agencies"} <= finding.after_value
    section = NEW_NOTICE.split("\n\n## Clay")[0].replace("# Privacy notice of Quarrymill", "")
    grown = compare(OLD_NOTICE, OLD_NOTICE + section)
    assert [f.severity for f in grown.findings if f.category == "sharing"] == ["high"]
