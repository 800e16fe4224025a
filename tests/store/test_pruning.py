"""Raw pages that are let go: what goes, what stays, and that the chain says so."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest

from monitor.errors import StoreError
from monitor.services import keeping_limits
from store import NewSnapshot, Store, bundle
from tests.evidence.conftest import HOUR, POLICIES, add_version, history, recorded_folder  # noqa: F401
from tests.store.behind import tamper
from tests.store.recorded import NOW, OWNER, changed, part

DAY = timedelta(days=1)
LATE = NOW + 400 * DAY


def suspect(store: Store, name: str, content: bytes) -> None:
    """A capture that the gate doubted."""
    snapshot = NewSnapshot(name, NOW, "suspect", (part(content),), ("a wall",))
    assert store.lease("acme", OWNER, NOW, HOUR)
    plain = changed(3, "acme", at=NOW + 9 * HOUR)
    outcome = type(plain)(
        **{name: getattr(plain, name) for name in plain.__slots__}
        | {"snapshot": snapshot, "version": None, "change": None, "alerts": (), "result": "suspect",
           "baseline": None, "validators": None}
    )  # fmt: skip
    assert store.record(outcome)


def bodies(store: Store, snapshot: str) -> list[bool]:
    """Whether each page of a snapshot is there."""
    found = []
    for each in store.snapshot(snapshot).parts:
        try:
            store.blob(each.body_digest)
            found.append(True)
        except StoreError:
            found.append(False)
    return found


def test_pages_of_earlier_versions_go_and_the_current_one_stays(history: Store) -> None:  # noqa: F811
    """Texts, headers and the chain stay; the records still verify."""
    versions = history.versions("acme")
    limits = keeping_limits(None, 300 * DAY, LATE)
    (would,) = history.prunable(limits)
    (gone,) = history.prune(limits, at=LATE, who="Ines", why="two years")
    assert would == gone
    assert (gone.policy, gone.pages) == ("acme", 1)
    # The first one's bytes are what a 304 stands for.
    assert [all(bodies(history, v.snapshot or "")) for v in versions] == [True, False, True]
    assert history.snapshot(versions[1].snapshot or "").parts[0].headers
    assert history.version_text("acme", 2)
    assert history.verify() == []
    assert history.prune(limits, at=LATE, who="Ines", why="again") == []
    (action,) = history.actions("acme", what=("prune",))
    assert (action.who, action.why, len(action.detail["bodies"])) == ("Ines", "two years", 1)


def test_doubted_captures_go_by_their_own_limit(history: Store) -> None:  # noqa: F811
    """What a version shows too stays, whoever else saw it."""
    suspect(history, "wall", b"<p>Just a moment</p>")
    shown = history.snapshot(history.versions("acme")[-1].snapshot or "").parts[0]
    suspect(history, "same", history.blob(shown.body_digest))
    assert history.prunable(keeping_limits(500 * DAY, None, LATE)) == []
    (gone,) = history.prune(keeping_limits(90 * DAY, None, LATE), at=LATE, who="x", why="")
    assert gone.pages == 1
    assert (bodies(history, "wall"), bodies(history, "same")) == ([False], [True])
    assert history.verify() == []


def test_a_page_that_went_without_an_entry_is_a_fault(history: Store) -> None:  # noqa: F811
    """Pruning by hand is tampering."""
    first = history.snapshot(history.versions("acme")[0].snapshot or "").parts[0].body_digest
    history.prune(keeping_limits(None, 300 * DAY, LATE), at=LATE, who="x", why="")
    kept = history.snapshot(history.versions("acme")[2].snapshot or "").parts[0].body_digest
    emptied = "UPDATE blob SET encoding = 'gone', stored = 0, data = x''"
    tamper(history, f"{emptied} WHERE digest = '{kept}'")
    faults = history.verify()
    assert [fault.row for fault in faults] == [kept]
    assert first != kept


def test_an_archive_says_that_raw_pages_were_let_go(history: Store) -> None:  # noqa: F811
    """It holds text, commitments and comparison, which the chain still vouches for."""
    history.prune(keeping_limits(None, 300 * DAY, LATE), at=LATE, who="x", why="")
    content = bundle(history.dossier("acme", "acme@2-3"))
    assert b"its raw pages were let go, so its text is all there is" in content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
    assert not [name for name in names if name.startswith("before/") and name.endswith(".raw")]
    assert [name for name in names if name.startswith("before/") and name.endswith("text.md")]


def test_nothing_goes_unless_it_is_asked_for(history: Store) -> None:  # noqa: F811
    """No limit, nothing to prune."""
    assert keeping_limits(None, None, LATE) == {}
    assert history.prunable({}) == []


@pytest.mark.parametrize("name", ["suspect", "held", "superseded"])
def test_what_made_no_version_goes_together(name: str) -> None:
    """One setting for all of it."""
    assert keeping_limits(DAY, None, NOW)[name] == NOW - DAY  # type: ignore[index]


def test_a_page_that_comes_again_is_kept_again(history: Store) -> None:  # noqa: F811
    """The same bytes captured later fill the gap."""
    first = history.snapshot(history.versions("acme")[1].snapshot or "").parts[0]
    content = history.blob(first.body_digest)
    history.prune(keeping_limits(None, 300 * DAY, LATE), at=LATE, who="x", why="")
    suspect(history, "again", content)
    assert history.blob(first.body_digest) == content
    assert history.verify() == []
