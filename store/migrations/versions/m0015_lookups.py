"""What lists are found by: the directory of policies with their tags, and the open reviews.

Owner, vendor and tags stand in the configuration: they are entered when a daemon starts next.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0015"
down_revision = "0014"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOBODY = "\U0010ffff"
_SHORT = ("contrary", "not found", "silent")
_GRAVITY = {"high": 0, "medium": 1, "low": 2}
_LABELS = {
    "privacy": "privacy policy", "terms": "terms", "dpa": "data processing agreement",
    "subprocessors": "sub-processors", "cookies": "cookie policy", "other": "other document",
}  # fmt: skip


def upgrade() -> None:
    """Add ``directory``, ``tag`` and ``review``, and fill them from what is there."""
    _create_directory()
    _create_review()
    connection = op.get_bind()
    for name, rows in (("directory", _policies(connection)), ("review", _reviews(connection))):
        if found := list(rows):
            table = sa.table(name, *(sa.column(c, _TYPES.get(c)) for c in found[0]))
            connection.execute(sa.insert(table), found)


_TYPES: dict[str, Any] = {"paused_until": Instant(), "first_at": Instant(), "until": Instant()}


def _create_directory() -> None:
    op.create_table(
        "directory",
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("by_owner", sa.Text(), nullable=False),
        sa.Column("by_change", sa.BigInteger(), nullable=False),
        sa.Column("by_check", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("short", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policy.id"], name=op.f("fk_directory_policy_policy")),
        sa.PrimaryKeyConstraint("policy", name=op.f("pk_directory")),
        sqlite_with_rowid=False,
    )
    for columns in (
        ("by_name", "policy", "first_at", "asked", "short"),
        ("by_change", "by_name", "policy"),
        ("by_check", "by_name", "policy"),
        ("by_owner", "by_name", "policy"),
        ("type", "by_name", "policy"),
        ("owner", "by_name", "policy"),
        ("state", "by_name", "policy", "paused_until"),
        ("paused_until", "state"),
    ):
        op.create_index(op.f(f"ix_directory_{'_'.join(columns)}"), "directory", list(columns))
    op.create_table(
        "tag",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policy.id"], name=op.f("fk_tag_policy_policy")),
        sa.PrimaryKeyConstraint("tag", "policy", name=op.f("pk_tag")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_tag_policy"), "tag", ["policy"])


def _create_review() -> None:
    op.create_table(
        "review",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("alert", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("gravity", sa.Integer(), nullable=False),
        sa.Column("by_age", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["alert"], ["alert.id"], name=op.f("fk_review_alert_alert")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_review")),
    )
    columns = ["open", "gravity", "by_age", "alert", "until"]
    op.create_index(op.f(f"ix_review_{'_'.join(columns)}"), "review", columns)
    op.create_index(op.f("ix_review_alert"), "review", ["alert"])


def _table(name: str, *columns: str, instants: tuple[str, ...] = ()) -> sa.TableClause:
    typed = (sa.column(column, Instant()) for column in instants)
    return sa.table(name, *(sa.column(column) for column in columns), *typed)


def _policies(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    policy = _table(
        "policy", "id", "service", "type", "enabled", "health", "baseline",
        instants=("paused_until", "last_check_at"),
    )  # fmt: skip
    version = _table("version", "policy", "number", "title", instants=("first_seen",))
    change = _table("change", "policy", "verdict", instants=("at",))
    stand = _table("expectation", "policy", "standing")
    current = (version.c.policy == policy.c.id) & (version.c.number == policy.c.baseline)
    first = _by_policy(connection, version, sa.func.min(version.c.first_seen))
    meant = change.c.verdict.in_(("material", "minor"))
    last = _by_policy(connection, change, sa.func.max(change.c.at), meant)
    of_those = _by_policy(connection, stand, sa.func.count())
    missed = _by_policy(connection, stand, sa.func.count(), stand.c.standing.in_(_SHORT))
    listing = sa.select(policy, version.c.title).select_from(policy.outerjoin(version, current))
    for row in connection.execute(listing).mappings():
        name = row["id"]
        label = _LABELS.get(row["type"], row["type"])
        yield {
            "policy": name,
            "by_name": _folded(row["service"]) or _folded(name),
            "by_owner": _NOBODY,
            "by_change": _newest_first(last.get(name)),
            "by_check": _newest_first(row["last_check_at"]),
            "type": row["type"],
            "owner": "",
            "vendor": "",
            "state": row["health"] if row["enabled"] else "disabled",
            "paused_until": row["paused_until"],
            "first_at": first.get(name),
            "asked": name in of_those,
            "short": missed.get(name, 0),
            "words": _folded(f"{name} {row['service']} {label}"),
            "title": _folded(row["title"] or ""),
        }


def _by_policy(
    connection: sa.Connection, table: sa.TableClause, value: Any, *where: Any
) -> dict[str, Any]:
    grouped = sa.select(table.c.policy, value).where(*where).group_by(table.c.policy)
    return {row[0]: row[1] for row in connection.execute(grouped)}


def _reviews(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """Every change and shortfall that was told, and what the newest steps came to."""
    action = _table("action", "policy", "number", "what", "subject", "detail")
    taken: dict[str, list[Any]] = {}
    kinds = ("acknowledge", "dismiss", "escalate", "reopen", "snooze")
    steps = sa.select(action).where(action.c.what.in_(kinds)).order_by(action.c.number)
    for row in connection.execute(steps).mappings():
        taken.setdefault(row["subject"], []).append(row)
    alert = _table("alert", "id", "policy", "kind", "severity", "payload", instants=("created_at",))
    reviewed = sa.select(alert).where(alert.c.kind.in_(("change", "expectation")))
    seen = set()
    for row in connection.execute(reviewed.order_by(alert.c.created_at)).mappings():
        change = _change_of(row["payload"]) if row["kind"] == "change" else ""
        subject = change or row["id"]
        if subject in seen:
            continue
        seen.add(subject)
        waits, until = True, None
        for step in taken.get(subject, ()):
            if step["what"] == "snooze":
                until = _until(step["detail"])
            else:
                waits, until = step["what"] in ("escalate", "reopen"), None
        yield {
            "subject": subject, "alert": row["id"], "policy": row["policy"],
            "gravity": _GRAVITY[row["severity"]], "by_age": _newest_first(row["created_at"]),
            "open": waits, "until": until,
        }  # fmt: skip


def _change_of(payload: str) -> str:
    try:
        return str(json.loads(payload)["change"] or "")
    except (ValueError, LookupError, TypeError):
        return ""  # damaged: `policywatch verify` names the row


def _until(detail: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(json.loads(detail or "")["until"]["$instant"])
    except (ValueError, LookupError, TypeError):
        return None


def _newest_first(at: datetime | None) -> int:
    return -((at - _EPOCH) // timedelta(microseconds=1)) if at else 0


def _folded(words: str) -> str:
    return " ".join(words.split()).casefold()
