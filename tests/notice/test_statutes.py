"""The periods of laws: a data file that says its sources, and what is wrong with a bad one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from monitor.errors import ConfigError
from monitor.model import Finding
from monitor.notice.clock import Dates, Publication, Told, notice_given
from monitor.notice.deadlines import deadlines_of
from monitor.notice.statutes import legal, read_statutes, statutes

DAY = date(2026, 3, 15)


@pytest.mark.parametrize(
    ("law", "periods"),
    [
        ("eu-p2b", [("notice", "15 days", "notice"), ("termination", "15 days", "notice")]),
        (
            "eu-psd2",
            [
                ("notice", "2 months", "notice"),
                ("objection", "0 days", "until effect"),
                ("termination", "0 days", "until effect"),
            ],
        ),
        ("eu-eecc", [("notice", "1 month", "notice"), ("termination", "1 month", "notice")]),
        ("eu-digital-content", [("termination", "30 days", "later")]),
        ("gdpr-13-3", []),
        ("gdpr-28-2", []),
        ("eu-dsa-14-2", []),
        ("colorado-6-04", []),
    ],
)
def test_laws_give_what_their_articles_say(law: str, periods: list[tuple[str, str, str]]) -> None:
    """Those that name no number never make a day, and say so in a sentence."""
    standards = legal([law], DAY)
    assert [(s.right, str(s.period), s.starts) for s in standards] == periods
    assert all(s.source == "law" and s.cite.startswith(statutes()[law].title) for s in standards)
    assert bool(statutes()[law].number) is not bool(periods)


def test_a_page_is_no_durable_medium() -> None:
    """What a law asks to be told to each of us, no page can prove; an imported notice can."""
    seen = datetime(2026, 3, 15, 9, tzinfo=UTC)
    effect = Dates(None, date(2026, 4, 14))
    page = Publication(seen, seen, effect)
    (notice,) = notice_given(legal(["eu-p2b"], DAY), page).also
    assert notice.verdict == "not verifiable"
    assert notice.reason == "each of us must be told, and no notice of the vendor was imported"
    told = Publication(seen, seen, effect, told=(Told(seen, None, "0a1b"),))
    (notice,) = notice_given(legal(["eu-p2b"], DAY), told).also
    assert notice.verdict == "consistent"
    finding = Finding("payment", "weaker", "high", "s", None, None, None, None, "r", 1.0)
    for publication, words in ((page, "showed it; no notice of the vendor was imported"),
                               (told, "when the vendor's notice was received")):  # fmt: skip
        days = deadlines_of(
            legal(["eu-p2b"], DAY), publication, [finding], scopes=frozenset({"policy"})
        )
        assert words in days[1].counted


def test_a_law_counts_from_the_day_on_which_it_is_in_force() -> None:
    """A notice given the day before is none of its business."""
    assert legal(["eu-p2b"], date(2020, 7, 11)) == ()
    assert len(legal(["eu-p2b", "eu-p2b"], date(2020, 7, 12))) == 2


GOOD = """
[[statute]]
id = "an-act"
title = "An act"
applies_if = "Always."
exceptions = "None."
about = "policy"
types = ["terms"]
gives = [{ right = "notice", starts = "notice", period = "15 days", says = "15 days before" }]
valid_from = 2020-01-01
valid_to = 2021-12-31
source = "https://law.example/act"
"""


def test_a_law_may_end(tmp_path: Path) -> None:
    """Its last day counts, the next one does not."""
    act = read_statutes(written(tmp_path, GOOD))["an-act"]
    assert act.is_in_force(date(2021, 12, 31))
    assert not act.is_in_force(date(2022, 1, 1))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('id = "an-act"', 'id = "An Act"', "id: must be words in small letters"),
        ('applies_if = "Always."', "", '"an-act" applies_if: must be a text'),
        ("valid_from = 2020-01-01", 'valid_from = "2020"', "valid_from: must be a date"),
        ("valid_to = 2021-12-31", "valid_to = 2019-12-31", "valid_to: is before valid_from"),
        ('period = "15 days"', 'period = "soon"', 'gives no. 1 period: "soon" is not a period'),
        ('period = "15 days", ', "", "gives no. 1 period: is needed"),
        ('right = "notice"', 'right = "refund"', "right: must be one of notice, objection"),
        ('starts = "notice"', 'starts = "effect "', "starts: must be one of notice, effect"),
        ('about = "policy"', 'about = "policy"\nnumber = "none"', "give either gives or number"),
        ('types = ["terms"]', 'types = ["letters"]', "types: must be a list of privacy"),
        ("https://law", "http://law", "source: must be an https address"),
        ("exceptions", "exeptions", "exeptions: unknown key"),
        ('about = "policy"', 'about = "policy"\neach = "yes"', "each: must be true or false"),
        ("[[statute]]", "[statute]", "write at least one [[statute]]"),
        ("[[statute]]", "[[statute", "cannot be read as TOML"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    """Law, key and remedy, before anything is counted with it."""
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        read_statutes(written(tmp_path, GOOD.replace(old, new)))
    assert told in str(caught.value)


def test_two_laws_of_one_id_are_a_fault(tmp_path: Path) -> None:
    """Which of them would apply?"""
    with pytest.raises(ConfigError, match="id: is given twice"):
        read_statutes(written(tmp_path, GOOD + GOOD))


def written(folder: Path, text: str) -> Path:
    path = folder / "laws.toml"
    path.write_text(text, encoding="utf-8")
    return path
