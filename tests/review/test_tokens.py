"""Links to decide on an alert: signed, expiring, and for nothing else."""

from __future__ import annotations

import base64
import os
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts import trial_alert
from monitor.config import Settings
from monitor.config_web import WebSettings
from monitor.errors import ConfigError, StoreError
from monitor.review.keys import linker_of
from monitor.review.links import Linker
from monitor.review.tokens import Grant, TokenError, sign, verify
from store import Store
from tests.store.recorded import NOW, alert

KEY = b"k" * 32
GRANT = Grant("acme@1-2", "privacy-team", NOW + timedelta(days=30))
CHANGE = alert("alert-1", "acme@1-2")


def test_a_token_gives_back_what_it_permits() -> None:
    """And the same grant always has the same token: an attempt repeated says the same."""
    assert verify(KEY, sign(KEY, GRANT), NOW) == GRANT
    assert sign(KEY, GRANT) == sign(KEY, GRANT)
    odd = Grant("ä\ud800@1-2", "канал", GRANT.until)
    assert verify(KEY, sign(KEY, odd), NOW) == odd


def test_a_token_ends() -> None:
    """At its instant, not one second later."""
    token = sign(KEY, GRANT)
    assert verify(KEY, token, GRANT.until - timedelta(seconds=1)) == GRANT
    with pytest.raises(TokenError, match="ended on 2026-03-31"):
        verify(KEY, token, GRANT.until)


@given(st.data())
def test_an_altered_token_permits_nothing(data: st.DataObject) -> None:
    """Any byte of payload or signature changed, cut off or added."""
    token = sign(KEY, GRANT)
    place = data.draw(st.integers(0, len(token) - 1))
    put = data.draw(st.sampled_from(["", *"aZ09-_.=é "]))
    forged = token[:place] + put + token[place + 1 :]
    if _bytes(forged) == _bytes(token):
        return  # the last characters of Base64 have spare bits
    with pytest.raises(TokenError):
        verify(KEY, forged, NOW)


def _bytes(token: str) -> object:
    try:
        return [base64.urlsafe_b64decode(part + "==") for part in token.split(".")]
    except ValueError:
        return token


@pytest.mark.parametrize("token", ["", ".", "a", "a.b", "." * 5000, "e30.e30", "\ud800.x"])
def test_what_is_no_token_is_refused(token: str) -> None:
    """With words for the person who followed it, never a traceback."""
    with pytest.raises(TokenError):
        verify(KEY, token, NOW)


def test_a_token_of_another_key_is_refused() -> None:
    """Two installations do not take each other's; a short key signs nothing."""
    with pytest.raises(TokenError, match="not made here"):
        verify(b"x" * 32, sign(KEY, GRANT), NOW)
    with pytest.raises(ValueError, match="16 bytes"):
        sign(b"short", GRANT)


def test_only_what_is_reviewed_gets_a_link_and_only_with_a_public_address() -> None:
    """A link names the channel that it was sent to."""
    linker = Linker("https://watch.example/pw/", KEY, timedelta(days=30))
    url = linker(CHANGE, "mail", NOW).links["review"]
    token = url.removeprefix("https://watch.example/pw/review/")
    assert verify(KEY, token, NOW) == replace(GRANT, channel="mail")
    assert "review" not in linker(trial_alert("mail", NOW), "mail", NOW).links
    nowhere = replace(linker, public_url="")
    assert nowhere(CHANGE, "mail", NOW) is CHANGE


def test_the_key_is_beside_the_store_for_its_owner_alone(desk: Store, tmp_path: Path) -> None:
    """Made once; a second process reads the same one; it is no part of the database."""
    key = desk.signing_key()
    path = tmp_path / "store.db.key"
    assert path.read_bytes() == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with Store.open("sqlite:///store.db", base_dir=tmp_path, now=NOW) as second:
        assert second.signing_key() == key
    assert [p.name for p in tmp_path.iterdir() if ".key" in p.name] == ["store.db.key"]
    os.truncate(path, 5)
    with pytest.raises(StoreError, match="5 bytes"):
        desk.signing_key()


def test_a_secret_of_ones_own_takes_the_place_of_the_file(desk: Store, tmp_path: Path) -> None:
    """For several machines behind one address; too short a one is refused."""
    web = WebSettings(public_url="https://watch.example", link_secret_env="LINKS")
    made = linker_of(Settings(web=web), desk, {"LINKS": "s" * 20})
    assert made is not None
    assert made.key == b"s" * 20
    assert not (tmp_path / "store.db.key").exists()
    with pytest.raises(ConfigError, match="LINKS"):
        linker_of(Settings(web=web), desk, {"LINKS": "short"})
    assert linker_of(Settings(), desk, {}) is None
