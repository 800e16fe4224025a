"""`policywatch worker`: where there is nothing for it to do, it says what to write where."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Call


def test_where_the_daemon_checks_by_itself_a_worker_is_refused(call: Call) -> None:
    """Exit code 2: two ways of checking at once were surely not meant."""
    result = call("worker")
    assert result.code == 2
    assert "[workers] enabled is false" in result.err


def test_workers_on_a_file_are_refused(call: Call, tmp_path: Path) -> None:
    """A file is one machine's; the daemon says so too, before it leaves everything to nobody."""
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write("\n[workers]\nenabled = true\n")
    for command in ("worker", "run"):
        result = call(command)
        assert result.code == 2
        assert "[workers] enabled: workers share a store on PostgreSQL" in result.err
