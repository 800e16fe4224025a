"""A store as this version writes it, as SQL: what later versions must be able to open.

    python -m tests.store.write_schema > tests/store/schemas/NNNN.sql

Run before a migration is added, under the number of the schema that it leaves behind. The first
line holds the heads of the chains.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from monitor.config import Policy
from monitor.mail.letter import Letter, Match
from store import NewAction, NewJudgement, NewMail, Store
from tests.store.recorded import NOW, OWNER, changed

HOUR = timedelta(hours=1)


def write(store: Store) -> None:
    """Acme says 1, 2, 3 and 2 days; Borealis is watched too; a row in what else there is."""
    policies = [
        Policy(id=name, service=name.title(), url=f"https://{name}.example/privacy")
        for name in ("acme", "borealis")
    ]
    store.sync_policies(policies, NOW)
    for number in (1, 2, 3, 4):
        at = NOW + number * HOUR
        outcome = changed(number, "acme", at=at)
        if number == 4:
            earlier = changed(2).version
            assert outcome.version
            assert earlier
            reverted = replace(
                outcome.version,
                text=earlier.text,
                text_digest=earlier.text_digest,
                origin="revert",
                commitments=earlier.commitments,
            )
            outcome = replace(outcome, result="reverted", version=reverted)
        assert store.lease("acme", OWNER, at, HOUR)
        assert store.record(outcome)
    at = NOW + HOUR
    assert store.lease("borealis", OWNER, at, HOUR)
    assert store.record(changed(1, "borealis", at=at))
    for delivery in store.lease_deliveries(OWNER, at + 9 * HOUR, 2, HOUR):
        store.mark_sent(delivery.id, OWNER, at + 9 * HOUR)
    store.record_action("acme", NewAction(at, "Ines Faria", "note", "acme@2-3", "read it"))
    store.checkpoint(at + 9 * HOUR)
    store.hold_lane("ops", at + 10 * HOUR, at + 9 * HOUR)
    letter = Letter("notice", "it announces", sender="a@acme.example", received=NOW)
    match = Match("matched", ("acme",), (), ("why",))
    store.mail.add(NewMail(NOW, "n.eml", b"one", letter, match), "Ines Faria")
    again = {"verdict": "consistent"}
    judgement = NewJudgement(NOW + 9 * HOUR, "acme@1-2", again, "a mail came")
    store.mail.judge("acme", [judgement])


def main() -> None:
    """Print it."""
    with tempfile.TemporaryDirectory() as folder:
        with Store.open("sqlite:///store.db", base_dir=Path(folder), now=NOW) as store:
            write(store)
            assert store.verify() == []
            heads = {name: store.head(name) for name in ("acme", "borealis")}
        with closing(sqlite3.connect(Path(folder) / "store.db")) as plain:
            sys.stdout.write(f"-- A store as an earlier version wrote it; heads: {heads}\n")
            sys.stdout.writelines(f"{line}\n" for line in plain.iterdump())


if __name__ == "__main__":
    main()
