"""Archives into a real store, by real workers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from monitor.history import Archive, DatedFiles, OpenTermsArchive, Rules
from monitor.history.importing import Imported, Importer, declared_or_new
from monitor.history.recorded import History
from monitor.model import text_digest
from monitor.workers import Workers
from store import Store
from tests.check.world import World, page
from tests.history.archives import (
    DAY,
    START,
    WALL,
    extend,
    git,
    policy_text,
    recorded,
    repository,
)

ID = "harbour-loom-privacy-policy"
NOW = START + 900 * DAY
A, B, C = policy_text(30), policy_text(14), policy_text(7)


async def imported(
    store: Store, workers: Workers, archive: Archive, *, policy: str = "", pieces: int = 0
) -> Imported:
    """Import the only history of an archive (or its first pieces); gives the last account."""
    (history,) = archive.histories
    if policy:
        history = History(policy, "", "", "privacy", history.records, history.until)
    importer = Importer(store, workers, "test:1")
    accounts = []
    run = importer.run(archive, history, declared_or_new(history, None), Rules(), NOW)
    async for account in run:
        accounts.append(account)
        if len(accounts) == pieces:
            await run.aclose()
            break
    return accounts[-1]


async def test_an_archive_becomes_versions_and_changes(
    tmp_path: Path, store: Store, workers: Workers
) -> None:
    """Dates are those of the commits, upgrades are marked, and the chain vouches for all of it."""
    folder = repository(tmp_path / "a", recorded(A, B, C, technical=[1]))
    account = await imported(store, workers, OpenTermsArchive(folder))
    versions = store.versions(ID)
    assert [(v.origin, v.first_seen, v.snapshot) for v in versions] == [
        ("import", START, None), ("upgrade", START + DAY, None), ("import", START + 2 * DAY, None),
    ]  # fmt: skip
    head = git(folder, "rev-parse", "main").decode().strip()
    assert versions[-1].stamp == f"ota {head}"
    assert versions[-1].previous_seen_at == START + DAY
    (change,) = store.changes(ID)
    assert (change.id, change.verdict, change.at) == (f"{ID}@2-3", "material", START + 2 * DAY)
    assert store.version_text(ID, 3) == C
    assert [c.value for c in store.commitments(ID, 3) if c.kind == "notice_period"] == [7]
    assert store.verify() == []
    assert (account.added, account.records, account.note) == (3, 3, "")


async def test_an_import_alerts_nobody(tmp_path: Path, store: Store, workers: Workers) -> None:
    """Neither the changes of the past nor walls and flaps of the past reach anyone."""
    archive = OpenTermsArchive(repository(tmp_path / "a", recorded(A, B, WALL, C, WALL, A, C, A)))
    await imported(store, workers, archive)
    assert store.changes(ID)
    assert store.alerts() == []
    assert store.deliveries() == []
    assert store.checks(ID) == []
    assert store.due(NOW + DAY, 10) == []


async def test_walls_and_flaps_do_not_become_versions(
    tmp_path: Path, store: Store, workers: Workers
) -> None:
    """The gate and the memory hold back in the past what they hold back today."""
    commits = recorded(A, WALL, B, A, B)
    soon = [*commits[:3], *(
        type(c)(c.message, c.text, commits[2].at + timedelta(hours=n))
        for n, c in enumerate(commits[3:], 1)
    )]  # fmt: skip
    account = await imported(store, workers, OpenTermsArchive(repository(tmp_path / "a", soon)))
    assert [v.text_digest for v in store.versions(ID)] == [text_digest(A), text_digest(B)]
    assert account.outcomes["suspect"] == 1
    assert account.outcomes["held"] == 1


async def test_importing_twice_changes_nothing(
    tmp_path: Path, store: Store, workers: Workers
) -> None:
    """The same archive gives the same versions, which are recognized."""
    archive = OpenTermsArchive(repository(tmp_path / "a", recorded(A, B, WALL)))
    await imported(store, workers, archive)
    before = (store.versions(ID), store.changes(ID), store.head(ID))
    again = await imported(store, workers, archive)
    assert (store.versions(ID), store.changes(ID), store.head(ID)) == before
    assert (again.added, again.present) == (0, 2)


async def test_an_archive_that_grew_is_continued(
    tmp_path: Path, store: Store, workers: Workers
) -> None:
    """After a pull only the new versions are added, compared with the right ones."""
    folder = repository(tmp_path / "a", recorded(A, B))
    await imported(store, workers, OpenTermsArchive(folder))
    extend(folder, recorded("", "", C)[2:])
    account = await imported(store, workers, OpenTermsArchive(folder))
    assert (account.added, account.present) == (1, 2)
    assert [change.id for change in store.changes(ID)] == [f"{ID}@2-3", f"{ID}@1-2"]
    assert store.verify() == []


async def test_an_interrupted_import_goes_on(
    tmp_path: Path, store: Store, workers: Workers
) -> None:
    """What was written stays, what was not follows, and the result is that of one run."""
    many = [policy_text(30, f"Our office has {number} windows.") for number in range(60)]
    archive = OpenTermsArchive(repository(tmp_path / "a", recorded(*many)))
    first = await imported(store, workers, archive, pieces=1)
    assert 0 < first.added < 60
    second = await imported(store, workers, archive)
    assert first.added + second.added == 60
    whole = [v.text_digest for v in store.versions(ID)]
    assert whole == [text_digest(text) for text in many]
    assert len(store.changes(ID)) == 59
    assert store.verify() == []


async def test_history_is_not_put_behind_versions_of_our_own(
    tmp_path: Path, store: Store, workers: Workers
) -> None:
    """A policy that was watched already keeps its versions, and the reason is given."""
    other = OpenTermsArchive(repository(tmp_path / "a", recorded(B, C)))
    await imported(store, workers, other)
    before = store.versions(ID)
    archive = OpenTermsArchive(repository(tmp_path / "b", recorded(A, B)))
    account = await imported(store, workers, archive)
    assert "before the first check" in account.note
    assert store.versions(ID) == before


async def test_a_policy_that_is_being_checked_is_left_alone(
    tmp_path: Path, store: Store, workers: Workers
) -> None:
    """An import never works on a policy beside a check."""
    archive = OpenTermsArchive(repository(tmp_path / "a", recorded(A)))
    (history,) = archive.histories
    store.add_policy(declared_or_new(history, None), NOW)
    assert store.lease(ID, "daemon:1", NOW, timedelta(minutes=5))
    account = await imported(store, workers, archive)
    assert "is being checked" in account.note
    assert store.versions(ID) == []


async def test_a_lost_lease_writes_nothing(store: Store) -> None:
    """Two importers of one policy cannot interleave."""
    (history,) = _one_file_history()
    store.add_policy(declared_or_new(history, None), NOW)
    assert store.lease("loom", "other:1", NOW, timedelta(minutes=5))
    assert store.record_history("loom", "test:1", [], [], NOW) is False


def _one_file_history() -> tuple[History, ...]:
    return (History("loom", "Harbour Loom", "Privacy Policy", "privacy", (), NOW),)


async def test_dated_files_become_the_versions_of_one_policy(
    tmp_path: Path, store: Store, workers: Workers
) -> None:
    """Saved pages are read as pages are, each at the date in its name."""
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "privacy-2024-03-01.html").write_text(page(days=30))
    (folder / "20240401.html").write_text(page(days=14))
    archive = DatedFiles(folder, policy="loom", media_type_of=lambda _: "text/html")
    await imported(store, workers, archive)
    assert [f"{v.first_seen:%Y-%m-%d}" for v in store.versions("loom")] == [
        "2024-03-01", "2024-04-01",
    ]  # fmt: skip
    assert "Shop" not in store.version_text("loom", 2)
    (change,) = store.changes("loom")
    assert change.verdict == "material"


async def test_the_first_check_after_an_import_is_an_upgrade(world: World, tmp_path: Path) -> None:
    """Our own reading of the page replaces the archive's without an alert; real changes follow."""
    folder = repository(tmp_path / "a", recorded(policy_text(30), policy_text(21)))
    archive = OpenTermsArchive(folder)
    policy = world.declare("/privacy")
    await imported(world.store, world.checker.workers, archive, policy=policy.id)
    assert len(world.store.versions(policy.id)) == 2
    world.now = NOW
    world.pages["/privacy"] = (200, page(days=21))
    first = await world.check(policy)
    assert (first.result, first.alerts, first.change) == ("upgraded", (), None)
    assert (await world.check(policy)).result == "unchanged"
    world.pages["/privacy"] = (200, page(days=7))
    second = await world.check(policy)
    assert second.result == "changed"
    assert second.change is not None
    assert second.change.comparison.verdict == "material"
    assert [alert.kind for alert, _ in second.alerts] == ["change"]
    assert world.store.verify() == []


async def test_a_wall_after_an_import_does_not_replace_the_archive(
    world: World, tmp_path: Path
) -> None:
    """The silent upgrade passes the gate like any first capture."""
    archive = OpenTermsArchive(repository(tmp_path / "a", recorded(policy_text(30))))
    policy = world.declare("/privacy")
    await imported(world.store, world.checker.workers, archive, policy=policy.id)
    world.now = NOW
    world.pages["/privacy"] = (200, "<h1>Just a moment...</h1><p>Checking your browser.</p>")
    assert (await world.check(policy)).result == "suspect"
    assert len(world.store.versions(policy.id)) == 1
    world.pages["/privacy"] = (200, page())
    assert (await world.check(policy)).result == "upgraded"
