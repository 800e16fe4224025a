"""Is this capture the policy?"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.capture import capture_verdict, judge
from monitor.capture.evidence import STAND_INS as KINDS
from monitor.extraction import read_document
from monitor.model import Document, Part
from tests.capture.texts import (
    POLICIES,
    PRIVACY,
    PRIVACY_ANEW,
    STAND_INS,
    TERMS,
    document,
)
from tests.check import world

POLICY = document(PRIVACY)
URL = "https://larkspur.example/en/legal/privacy"


def codes(new: Document, old: Document | None = None, **about: object) -> list[str]:
    """The codes of the reasons why a capture is suspect; empty if it is good."""
    judgement = judge(new, old, **about)  # type: ignore[arg-type]
    assert judgement.ok == (not judgement.reasons)
    return [reason.code for reason in judgement.reasons]


def answer(final_url: str, url: str = URL) -> Part:
    """The answer to one request that ended at ``final_url``."""
    return Part(url, final_url, 200, (), "text/html", b"", datetime(2026, 1, 1, tzinfo=UTC))


def first_words(text: str, count: int) -> str:
    """A text that ends in the middle of a clause, after so many words."""
    ends = [match.end() for match in re.finditer(r"\S+", text)]
    return text[: ends[count - 1]]


# --- pages that stand in for a policy ----------------------------------------------------------


@pytest.mark.parametrize(("code", "language", "page"), STAND_INS)
def test_a_page_that_stands_in_is_known_without_a_baseline(
    code: str, language: str, page: str
) -> None:
    """The first capture is gated too, in five languages, and the reason says what it is."""
    assert codes(document(page, language)) == [code]


@pytest.mark.parametrize(("code", "language", "page"), STAND_INS)
def test_a_page_that_stands_in_after_the_policy_is_suspect(
    code: str, language: str, page: str
) -> None:
    """What follows a good version is judged by itself as well."""
    assert code in codes(document(page, language), document(POLICIES[language], language))


def test_every_kind_of_stand_in_is_tried_in_every_language() -> None:
    """The table of pages above leaves out no kind and no language."""
    tried = {(code, language) for code, language, _ in STAND_INS}
    assert tried == {(code, language) for code in KINDS for language in POLICIES}


@pytest.mark.parametrize("language", sorted(POLICIES))
def test_a_policy_that_speaks_of_cookies_logins_and_errors_passes(language: str) -> None:
    """Words alone condemn no policy."""
    assert codes(document(POLICIES[language], language)) == []


@pytest.mark.parametrize("language", sorted(POLICIES))
def test_a_policy_under_the_menu_of_its_page_passes(language: str) -> None:
    """A link to the login or a cookie button that leaked from the page does no harm."""
    leaked = "Log in\n\nForgot password?\n\nAccept all\n\nReject all\n\n" + POLICIES[language]
    assert codes(document(leaked, language)) == []


def test_a_short_policy_passes() -> None:
    """A policy may be three sentences long."""
    text = (
        "# Privacy\n\nWe do not collect any personal data and set no cookies. Our server keeps no "
        "logs. If that ever changes, we will tell you here before it does."
    )
    assert codes(document(text)) == []


def test_a_short_cookie_policy_with_its_buttons_passes() -> None:
    """A cookie policy is not a cookie wall, even if it ends with the buttons."""
    text = (
        "# Cookie policy\n\nWe use two cookies: one keeps you logged in, one remembers your "
        "language. Neither is shared with third parties. Both expire after thirty days.\n\n"
        "Accept all\n\nReject all"
    )
    assert codes(document(text)) == []


def test_a_list_of_sub_processors_passes() -> None:
    """A table of companies says little, and is what a team watches."""
    rows = "\n".join(f"| Example {n} Inc. | Hosting | Ireland |" for n in range(12))
    text = f"# Sub-processors\n\n| Name | Purpose | Place |\n| --- | --- | --- |\n{rows}\n"
    assert codes(document(text)) == []


@pytest.mark.parametrize("text", ["", "   \n", "# Privacy Policy\n", "![logo](a.png)\n"])
def test_nothing_or_a_bare_title_is_empty(text: str) -> None:
    """A page whose text is filled in by scripts leaves its frame."""
    assert codes(document(text, "")) == ["empty"]


def test_a_start_page_does_not_speak_as_a_policy() -> None:
    """A shop window with links to its policies in the footer is none."""
    text = (
        "# Tools that last\n\nNew this spring: the folding saw. Light, sharp and made to be "
        "mended. Order before noon and cut tomorrow.\n\n## Bestsellers\n\nHand drill, 38 pounds. "
        "Bench hook, 12 pounds. Spokeshave, 64 pounds, in oak or in ash.\n\n"
        "[Privacy](/privacy) [Terms](/terms)"
    )
    assert codes(document(text)) == ["no_policy"]


# --- against the last good version -------------------------------------------------------------


def test_the_same_text_is_always_good() -> None:
    """What people accepted once is not put to them again."""
    wall = document(STAND_INS[0][2])
    assert codes(wall, wall) == []


def test_an_edited_policy_passes() -> None:
    """A changed number, a new clause, a lost clause: that is what we watch for."""
    edited = PRIVACY.replace("thirty days before", "ten days before").replace(
        "## Children", "## Training\n\nWe may train models on your messages.\n\n## Children"
    )
    edited = edited.replace("We do not use it for advertising, and we never sell it.", "")
    assert codes(document(edited), POLICY) == []


def test_a_policy_written_anew_passes() -> None:
    """The same company, the same subject, other words: a change, and a great one."""
    assert codes(document(PRIVACY_ANEW), POLICY) == []
    assert capture_verdict(POLICY, document(PRIVACY_ANEW)) is None


def test_a_policy_that_shrank_by_nine_tenths_is_suspect() -> None:
    """Whatever is left, people should look at it."""
    assert codes(document(PRIVACY[:400]), POLICY) == ["collapsed"]


def test_a_policy_that_breaks_off_is_suspect() -> None:
    """A page that was cut in the middle of a sentence lost its rest."""
    cut = first_words(PRIVACY, len(PRIVACY.split()) * 3 // 4)
    assert codes(document(cut), POLICY) == ["broken_off"]


def test_a_last_sentence_made_shorter_by_a_person_does_not_break_off() -> None:
    """A full stop stands where the older text goes on."""
    ways = ", by calling the office in Harbour Street on any weekday before noon" * 3
    old = document(PRIVACY + f"\n\nYou can opt out of this on our preference page{ways}.")
    new = document(PRIVACY + "\n\nYou can opt out of this on our preference page.")
    assert codes(new, old) == []
    cut = document(PRIVACY + "\n\nYou can opt out of this on our preference page")
    assert codes(cut, old) == ["broken_off"]


def test_a_policy_that_lost_a_stretch_and_nothing_else_is_suspect() -> None:
    """Half the sections gone, no new word and the same date: extraction failed."""
    start, end = PRIVACY.index("## How we use it"), PRIVACY.index("## Where data")
    assert codes(document(PRIVACY[:start] + PRIVACY[end:]), POLICY) == ["piece"]


def test_a_policy_that_lost_a_stretch_and_says_so_passes() -> None:
    """With a new date on it, a shorter policy is a new version."""
    start, end = PRIVACY.index("## How we use it"), PRIVACY.index("## Where data")
    shorter = (PRIVACY[:start] + PRIVACY[end:]).replace("3 March 2025", "9 July 2025")
    assert codes(document(shorter), POLICY) == []


def test_a_page_that_drops_its_outdated_half_passes() -> None:
    """While a new version is announced, old and new stand on one page; then the old one goes."""
    coming = PRIVACY.replace("3 March 2025", "9 July 2025").replace("six years", "seven years")
    both = f"{coming}\n\n{PRIVACY.replace('# Privacy', '# Current Privacy', 1)}"
    assert codes(document(coming), document(both)) == []


def test_a_menu_that_went_away_is_no_loss() -> None:
    """Labels and links are no policy, however many there were."""
    menu = "\n".join(f"* [Tools of sort {n}](/tools/{n})" for n in range(300))
    assert codes(POLICY, document(f"{menu}\n\n{PRIVACY}")) == []


def test_a_policy_that_grew_ten_fold_passes() -> None:
    """The earlier baseline was a piece; this one is better."""
    before = document(PRIVACY[: PRIVACY.index("## What we collect")])
    assert codes(POLICY, before) == []


def test_the_policy_after_an_accepted_wall_passes() -> None:
    """Whatever stood there before, the policy is the policy."""
    assert codes(POLICY, document(STAND_INS[0][2])) == []


@pytest.mark.parametrize("language", ["it", "fr", "de", "es"])
def test_another_language_is_suspect(language: str) -> None:
    """A translation says nothing about the text that is watched."""
    translated = document(POLICIES[language], language)
    assert codes(translated, POLICY) == ["language"]
    assert codes(translated, None, declared_language="en") == ["language"]
    assert codes(translated, None, url=URL) == ["language"]
    assert codes(translated, None, declared_language=language) == []


def test_a_guess_about_a_short_text_is_not_taken_for_a_language() -> None:
    """Lists of names fool every detector."""
    rows = "\n".join(f"| Example {n} Inc. | Hosting | Ireland |" for n in range(12))
    table = f"# Sub-processors\n\n| Name | Purpose | Place |\n| --- | --- | --- |\n{rows}\n"
    more = document(table + "| Beispiel AG | Hosting | Zürich |\n", "de")
    assert codes(more, document(table)) == []


def test_another_document_is_suspect() -> None:
    """Terms of hire in the place of a privacy policy are not its new version."""
    long, other = f"{PRIVACY}\n{PRIVACY_ANEW}", f"{TERMS}\n{TERMS.replace('hirer', 'customer')}"
    assert codes(document(other), document(long)) == ["other_document"]


def test_the_edition_for_another_country_is_suspect() -> None:
    """A sister company in another country, with its own clauses, under the same date."""
    abroad = PRIVACY.replace("Larkspur Tools Limited", "Larkspur Tools B.V.").replace(
        "You may also lodge a complaint with the supervisory authority where you live.\n", ""
    )
    assert codes(document(abroad), POLICY) == ["edition"]


def test_a_page_under_another_title_and_of_another_length_is_suspect() -> None:
    """The notice for applicants and the terms of hire in the place of the policy."""
    texts = ("# A notice for applicants", PRIVACY_ANEW, TERMS, TERMS.upper(), PRIVACY_ANEW.title())
    more = "\n\n".join(texts)
    assert codes(document(more), POLICY) == ["other_document"]
    assert codes(document(f"{PRIVACY[:40]}\n{more}"), POLICY) == []


def test_a_sister_company_that_joins_the_controller_passes() -> None:
    """No sentence is the same but for the company: it is another sentence about another thing."""
    joined = PRIVACY.replace(
        "Larkspur Tools Limited, 14 Quayside, Bristol, is the controller",
        "The workshops company of our group, 14 Quayside, Bristol, is the controller",
    ).replace(
        "You may also lodge a complaint with the supervisory authority where you live.\n",
        "Complaints about deliveries within the Netherlands go to Larkspur Tools B.V. in Delft.\n",
    )
    assert codes(document(joined), POLICY) == []


def test_a_new_controller_under_a_new_date_passes() -> None:
    """A company may move its seat; then it says when."""
    moved = PRIVACY.replace("Larkspur Tools Limited", "Larkspur Tools B.V.")
    assert codes(document(moved.replace("3 March 2025", "9 July 2025")), POLICY) == []


# --- the page and its address ------------------------------------------------------------------


def test_a_page_of_which_almost_nothing_was_taken_is_suspect() -> None:
    """If readers see fifty times what we extracted, we extracted the wrong thing."""
    assert codes(document(PRIVACY, seen=50 * len(PRIVACY))) == ["extraction"]
    assert codes(document(PRIVACY, seen=4 * len(PRIVACY))) == []


def test_a_page_that_is_always_mostly_something_else_passes_later() -> None:
    """A trait that the good baseline shares is no evidence."""
    before = document(PRIVACY, seen=50 * len(PRIVACY))
    after = document(PRIVACY.replace("six", "ten"), seen=50 * len(PRIVACY))
    assert codes(after, before) == []


def test_a_page_cut_by_the_size_limit_is_suspect() -> None:
    """What the reader of the page did not get to see is not known."""
    assert codes(replace(POLICY, warnings=("truncated",))) == ["truncated"]


@pytest.mark.parametrize(
    ("final_url", "expected"),
    [
        (URL, []),
        ("https://www.larkspur.example/en/legal/privacy/", []),
        ("https://larkspur.example/en/legal/privacy-policy-2026", []),
        ("https://larkspur.example/login?next=/en/legal/privacy", ["login"]),
        ("https://accounts.larkspur.example/oauth2/authorize?x=1", ["login"]),
        ("https://larkspur.example/", ["home"]),
        ("https://larkspur.example/en-gb/", ["home"]),
        ("https://larkspur.example/challenge?id=1", ["blocked"]),
        ("https://larkspur.example/it/legal/privacy", ["edition"]),
    ],
)
def test_where_a_request_ends_is_evidence_too(final_url: str, expected: list[str]) -> None:
    """A login, a start page or another edition is known by its address."""
    assert codes(POLICY, None, parts=[answer(final_url)]) == expected


# --- pairs -------------------------------------------------------------------------------------


def test_a_failed_capture_on_either_side_gives_the_verdict() -> None:
    """Going to a wall and coming back from it are both failures of the capture."""
    wall = document(STAND_INS[0][2])
    gone, back = capture_verdict(POLICY, wall), capture_verdict(wall, POLICY)
    assert gone is not None
    assert gone.detail.startswith("The newer capture is not the policy")
    assert back is not None
    assert back.detail.startswith("The older capture was not the policy")


def test_a_piece_that_became_whole_gives_the_verdict() -> None:
    """The older capture broke off; what the newer has besides is no news."""
    piece = document(first_words(PRIVACY, 150))
    reason = capture_verdict(piece, POLICY)
    assert reason is not None
    assert reason.code == "broken_off"


def test_a_policy_that_grew_by_a_chapter_is_a_change() -> None:
    """A new chapter under an old date is what publishers do; it must be told."""
    chapter = "## California\n\n" + "\n\n".join(
        f"Residents may exercise right number {n} by writing to us at any time." for n in range(20)
    )
    assert capture_verdict(POLICY, document(f"{PRIVACY}\n{chapter}\n")) is None


def test_equal_texts_are_no_failure() -> None:
    """Nothing differs, so nothing failed."""
    assert capture_verdict(POLICY, POLICY) is None


def test_labelled_pairs_are_told_apart() -> None:
    """On real pairs: capture F1 of at least 0.95, and no real edit held back."""
    folder = Path(__file__).parents[3] / "shared" / "eval"
    if not folder.is_dir():
        pytest.skip("the labelled pairs (../shared/eval) are not on this machine")
    from benchmarks.replay import judge_pairs

    scores = judge_pairs(folder)
    assert scores.f1 >= 0.95
    assert scores.held_back == 0


# --- what is still on the page, but was left out ------------------------------------------------


@pytest.mark.parametrize(
    "wrapped",
    [
        "</main><nav><ul><li><a href=/x>{}</a></li></ul></nav><main>",
        "<form><input type=email><p>{}</p><button>Subscribe</button></form>",
        "<div class=breadcrumbs><a href=/a>{}</a></div>",
    ],
)
def test_a_promise_that_now_passes_for_furniture_is_doubted(wrapped: str) -> None:
    """The page still says it, so that it is no deletion: people look at what happened."""
    promise = world.CLAUSES[3] + " " + world.CLAUSES[4]
    page = world.page()
    moved = page.replace(f"<p>{world.CLAUSES[3]}</p>", "").replace(
        f"<p>{world.CLAUSES[4]}</p>", wrapped.format(promise)
    )
    before, after = read_document(page.encode()), read_document(moved.encode())
    assert promise not in after.text
    assert codes(after, before) == ["left_out"]
    assert codes(read_document(page.replace(world.CLAUSES[4], "").encode()), before) == []


def test_what_the_declaration_removes_is_not_doubted() -> None:
    """Somebody said that it is no policy."""
    page = world.page(
        extra="<p class=promo>Read more about our loyalty programme and its points.</p>"
    )
    before = read_document(page.encode())
    after = read_document(page.encode(), remove=[".promo"])
    assert after.dropped
    assert codes(after, before) == []


# --- a part that could not be loaded -----------------------------------------------------------

NOTICE = "Wir sind über ein Problem gestolpert. Es ist ein Fehler aufgetreten. Versuch es noch mal."


def without_some(text: str) -> str:
    """A policy without a tenth of its paragraphs, in its middle."""
    blocks = text.split("\n\n")
    middle, some = len(blocks) // 2, max(len(blocks) // 10, 2)
    return "\n\n".join(blocks[: middle - some] + blocks[middle:])


def test_a_notice_in_the_place_of_text_is_no_change() -> None:
    """In another language than the page, and of either side of a comparison."""
    failed = document(f"{NOTICE}\n\n{without_some(PRIVACY)}")
    assert codes(failed, POLICY) == ["error_inside"]
    verdict = capture_verdict(failed, POLICY)
    assert verdict is not None
    assert verdict.code == "error_inside"


def test_text_that_is_taken_out_is_a_change() -> None:
    """Neither the loss alone is an error, nor the words of one beside a whole text."""
    assert codes(document(without_some(PRIVACY)), POLICY) == []
    assert codes(document(f"{NOTICE}\n\n{PRIVACY}"), POLICY) == []


def test_a_text_that_ends_before_a_stray_sign_did_not_break_off() -> None:
    """Nothing was cut where no word follows: what else changed must be told."""
    shorter, longer = without_some(PRIVACY.rstrip()), f"{PRIVACY.rstrip()}<"
    assert capture_verdict(document(shorter), document(longer)) is None
