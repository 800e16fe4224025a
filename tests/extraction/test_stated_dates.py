"""The dates a policy states about itself, in five languages."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.extraction import stated_dates

UPDATED = [
    ("en", "Last updated: March 3, 2024", date(2024, 3, 3)),
    ("en", "Last Updated March 3rd, 2024", date(2024, 3, 3)),
    ("en", "**Last modified:** 3 Mar 2024", date(2024, 3, 3)),
    ("en", "This policy was last revised on 2021-09-30.", date(2021, 9, 30)),
    ("en", "Updated: Sept. 5, 2023", date(2023, 9, 5)),
    ("en", "Version dated 05.09.2023", date(2023, 9, 5)),
    ("en", "(Terms of Use revised on 02/02/2026)", date(2026, 2, 2)),
    ("en-GB", "Last updated: 03/04/2024", date(2024, 4, 3)),
    ("en-US", "Last updated: 03/04/2024", date(2024, 3, 4)),
    ("en", "Last updated: 25/04/2024", date(2024, 4, 25)),
    ("en", "Last update: 4/25/24", date(2024, 4, 25)),
    ("en", "Last Updated\n\nMay 2024", date(2024, 5, 1)),
    ("en", "Date of last revision: 2024/5/7", date(2024, 5, 7)),
    ("it", "Ultimo aggiornamento: 3 marzo 2024", date(2024, 3, 3)),
    ("it", "Informativa aggiornata al 1° gennaio 2023", date(2023, 1, 1)),
    ("it", "Ultima modifica 03/04/2024", date(2024, 4, 3)),
    ("fr", "Dernière mise à jour le 1er mars 2024", date(2024, 3, 1)),
    ("fr", "Date de mise à jour : 12 août 2022", date(2022, 8, 12)),
    ("fr", "Version du 02/11/2023", date(2023, 11, 2)),
    ("de", "Stand: März 2024", date(2024, 3, 1)),
    ("de", "Zuletzt aktualisiert am 7. Jänner 2024", date(2024, 1, 7)),
    ("de", "Letzte Änderung: 07.01.2024", date(2024, 1, 7)),
    ("es", "Última actualización: 5 de julio de 2023", date(2023, 7, 5)),
    ("es", "Fecha de la última modificación: 05/07/2023", date(2023, 7, 5)),
]  # fmt: skip
EFFECTIVE = [
    ("en", "These terms are effective as of May 25, 2018.", date(2018, 5, 25)),
    ("en", "Effective Date: 1 January 2025", date(2025, 1, 1)),
    ("en", "The changes take effect on 2025-02-01 for existing users.", date(2025, 2, 1)),
    ("en", "The new notice will come into force on June 30, 2024", date(2024, 6, 30)),
    ("it", "La presente informativa è in vigore dal 25 maggio 2018", date(2018, 5, 25)),
    ("it", "Entrerà in vigore il 1º luglio 2024", date(2024, 7, 1)),
    ("fr", "Ces conditions entrent en vigueur le 15 septembre 2024", date(2024, 9, 15)),
    ("fr", "Applicable à compter du 1er octobre 2024", date(2024, 10, 1)),
    ("de", "Diese Bedingungen sind gültig ab 01.03.2024", date(2024, 3, 1)),
    ("de", "Die Änderung tritt am 1. Dezember 2024 in Kraft", date(2024, 12, 1)),
    ("es", "Esta política entra en vigor el 3 de marzo de 2024", date(2024, 3, 3)),
    ("es", "Vigente a partir del 3 de marzo del 2024", date(2024, 3, 3)),
]  # fmt: skip
NO_DATES = [
    "We may update this policy. The Act of 12 March 1998 applies to us.",
    "Regulation (EU) 2016/679 of 27 April 2016 gives you these rights.",
    "We last updated our servers; in 2024 there were 31 of them.",
    "Last updated: 45 March 2024",
    "The limit is effective after 30 days.",
    "",
]


@pytest.mark.parametrize(("language", "text", "expected"), UPDATED)
def test_a_stated_update_is_read(language, text, expected):
    """The date claimed as the last update is found, and its range covers claim and date."""
    dates = stated_dates(f"# Policy\n\n{text}\n\nWe care about data.", language)
    assert dates.last_updated == expected
    assert dates.last_updated_span is not None
    assert dates.effective is None


@pytest.mark.parametrize(("language", "text", "expected"), EFFECTIVE)
def test_a_stated_effective_date_is_read(language, text, expected):
    """The date from which a text applies is found and is not taken for its last update."""
    dates = stated_dates(f"# Policy\n\n{text}\n\nWe care about data.", language)
    assert dates.effective == expected
    assert dates.last_updated is None


@pytest.mark.parametrize("text", NO_DATES)
def test_other_dates_are_not_claims(text):
    """Dates of laws, impossible dates and numbers are not dates of the policy."""
    dates = stated_dates(text, "en")
    assert dates.last_updated is None
    assert dates.effective is None


def test_both_dates_in_one_line():
    """A line that states both dates gives both."""
    dates = stated_dates("Last updated: 1 May 2024. Effective: 1 June 2024.", "en")
    assert (dates.last_updated, dates.effective) == (date(2024, 5, 1), date(2024, 6, 1))


def test_the_top_of_a_policy_outranks_its_history():
    """Of several claims, the one at the top of the text is the policy's."""
    history = "\n".join(f"Last updated: 1 January {year}" for year in range(2010, 2020))
    text = "Last updated: 2 May 2024\n\n" + "We process data.\n\n" * 900 + history
    assert stated_dates(text, "en").last_updated == date(2024, 5, 2)


def test_a_date_at_the_end_of_a_long_policy():
    """A policy that states its date at its foot is dated too."""
    text = "We process data.\n\n" * 900 + "Last updated: 2 May 2024"
    assert stated_dates(text, "en").last_updated == date(2024, 5, 2)


def test_another_date_tells_which_part_is_the_day():
    """In an ambiguous text, one date that can only be read one way decides for the others."""
    text = "Last updated: 03/04/2024. Requests of 25/12/2023 are answered."
    assert stated_dates(text, "en").last_updated == date(2024, 4, 3)
