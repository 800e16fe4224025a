"""Passwords: a digest fits its password alone, and gives nobody access by itself."""

from __future__ import annotations

import pytest

from monitor.passwords import check_digest, digest_of, fits, weakness

#: Of "drei Körbe voll Pilze".
MADE = "$scrypt$ln=15,r=8,p=3$12KN1v3lWsuho5Y1ZMfBuw$tTEs2OzI8TJHLg4XwwwfQk+//gPbvC/6tzWTW1s5ZC4"


def test_a_digest_fits_its_password_alone() -> None:
    """However an accent was typed; two digests of one password differ."""
    assert fits("drei Körbe voll Pilze", MADE)
    assert fits("drei Ko\u0308rbe voll Pilze", MADE)
    for other in ("", "drei Korbe voll Pilze", "drei Körbe voll Pilze ", "\ud800"):
        assert not fits(other, MADE)
    fresh = digest_of("drei Körbe voll Pilze")
    assert fresh != digest_of("drei Körbe voll Pilze")
    assert fits("drei Körbe voll Pilze", fresh)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("correct horse battery", "no digest"),
        (MADE.replace("ln=15", "ln=10"), "too low"),
        (MADE.replace("ln=15", "ln=30"), "too much memory"),
        (MADE.replace("p=3", "p=99"), "too low, or ask"),
        (MADE + "\n", "no digest"),
        (MADE[:-5], "no digest"),
        ("$2b$12$abcdefghijklmnopqrstuv", "no digest"),
    ],
)
def test_what_is_no_digest_is_refused_with_a_remedy(text: str, told: str) -> None:
    """And is never repeated: it may be a password."""
    with pytest.raises(ValueError, match=told) as refused:
        check_digest(text)
    assert "password new" in str(refused.value)
    assert text not in str(refused.value)


def test_a_short_password_is_not_taken() -> None:
    assert "12 characters" in weakness("short")
    assert weakness("a" * 12) == ""
    assert "more than" in weakness("a" * 1001)
