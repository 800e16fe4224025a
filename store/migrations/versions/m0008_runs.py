"""Texts in runs that are compressed together; versions without an index beside them.

What the hash chains vouch for stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
import zstandard
from alembic import op

revision = "0008"
down_revision = "0007"

_MOST, _LARGEST, _SPAN = 128, 4_000_000, 16
_HEX = re.compile("[0-9a-f]{64}")
_KEPT = (
    "policy, number, snapshot, media_type, stamp, origin, first_seen, last_seen, "
    "previous_seen_at, title, language, last_updated, effective"
)


def upgrade() -> None:
    """Rewrite ``text`` and ``version``; versions are counted from an index of ``policy``."""
    connection = op.get_bind()
    op.drop_index(op.f("ix_policy_enabled_health"), "policy")
    op.create_index(
        op.f("ix_policy_enabled_health_latest_number"),
        "policy",
        ["enabled", "health", "latest_number"],
        unique=False,
    )
    numbers = _rewrite_texts(connection)
    op.create_table(
        "version_0008",
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.String(), nullable=True),
        sa.Column("text", sa.Integer(), nullable=False),
        sa.Column("text_digest", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("stamp", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("last_updated", sa.Date(), nullable=True),
        sa.Column("effective", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["policy"], ["policy.id"], name=op.f("fk_version_policy_policy")),
        sa.ForeignKeyConstraint(
            ["snapshot"], ["snapshot.id"], name=op.f("fk_version_snapshot_snapshot")
        ),
        sa.PrimaryKeyConstraint("policy", "number", name=op.f("pk_version")),
        sqlite_with_rowid=False,
    )
    insert = sa.text(
        f"INSERT INTO version_0008 ({_KEPT}, text, text_digest) "
        f"SELECT {_KEPT}, :text, :digest FROM version WHERE policy = :policy AND number = :number"
    )
    rows = connection.exec_driver_sql("SELECT policy, number, text_digest FROM version").all()
    for policy, number, digest in rows:
        # A text that is not there gets a number that none has: `verify` names the version.
        text = numbers.get((policy, digest), 1_000_000_000)
        raw = bytes.fromhex(digest) if _HEX.fullmatch(digest) else digest.encode()
        values = {"text": text, "digest": raw, "policy": policy, "number": number}
        connection.execute(insert, values)
    op.drop_table("version")
    op.rename_table("version_0008", "version")
    op.create_index(
        op.f("ix_version_snapshot"),
        "version",
        ["snapshot"],
        unique=False,
        sqlite_where=sa.text("snapshot IS NOT NULL"),
    )


def _rewrite_texts(connection: sa.Connection) -> dict[tuple[str, str], int]:
    """Texts become runs, in the same order; returns each text's number by policy and digest."""
    op.create_table(
        "text_0008",
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policy.id"], name=op.f("fk_text_policy_policy")),
        sa.PrimaryKeyConstraint("policy", "first", name=op.f("pk_text")),
    )
    numbers: dict[tuple[str, str], int] = {}
    for (policy,) in connection.exec_driver_sql("SELECT DISTINCT policy FROM text").all():
        query = sa.text("SELECT ordinal, digest, data FROM text WHERE policy = :p ORDER BY ordinal")
        rows = connection.execute(query, {"p": policy}).all()
        for number, (_, digest, _) in enumerate(rows):
            numbers[policy, digest] = number
        _write_runs(connection, policy, _plain([(ordinal, data) for ordinal, _, data in rows]))
    op.drop_table("text")
    op.rename_table("text_0008", "text")
    return numbers


def _plain(rows: Sequence[tuple[int, bytes]]) -> Iterator[bytes]:
    """The texts as version 0003 wrote them: each on the one before, every 16th on the 16th before.

    One that cannot be read becomes an empty one, which `verify` then names.
    """
    decoded: dict[int, bytes] = {}
    for ordinal, data in rows:
        base = None
        if ordinal % (_SPAN * _SPAN):
            base = ordinal - _SPAN if ordinal % _SPAN == 0 else ordinal - 1
        try:
            content = _unpack(data, b"" if base is None else decoded[base])
        except (zstandard.ZstdError, LookupError):
            yield b""
            continue
        key = ordinal // _SPAN * _SPAN
        decoded = {place: text for place, text in decoded.items() if place == key}
        decoded[ordinal] = content
        yield content


def _unpack(data: bytes, base: bytes) -> bytes:
    raw = zstandard.DICT_TYPE_RAWCONTENT
    known = zstandard.ZstdCompressionDict(base, dict_type=raw) if base else None
    return zstandard.ZstdDecompressor(dict_data=known, max_window_size=1 << 27).decompress(data)


def _write_runs(connection: sa.Connection, policy: str, contents: Iterator[bytes]) -> None:
    """Every run against the first text of the run before, but for every 16th."""
    runs: list[list[bytes]] = []
    for content in contents:
        if not runs or len(runs[-1]) >= _MOST or sum(map(len, runs[-1])) >= _LARGEST:
            runs.append([])
        runs[-1].append(content)
    first, before = 0, None
    for place, run in enumerate(runs):
        base = before if place % _SPAN else None
        data = _packed(run, runs[place - 1][0] if place % _SPAN else b"")
        connection.execute(
            sa.text(
                "INSERT INTO text_0008 "
                "VALUES (:policy, :first, :base, :number, :size, :stored, :data)"
            ),
            {"policy": policy, "first": first, "base": base, "number": len(run),
             "size": sum(map(len, run)), "stored": len(data), "data": data},
        )  # fmt: skip
        first, before = first + len(run), first


def _packed(run: Sequence[bytes], base: bytes) -> bytes:
    plain = b" ".join(b"%d" % len(content) for content in run) + b"\n" + b"".join(run)
    window = min(27, max(10, (len(plain) + len(base)).bit_length()))
    parameters = zstandard.ZstdCompressionParameters.from_level(
        12, source_size=len(plain), dict_size=len(base), window_log=window
    )
    raw = zstandard.DICT_TYPE_RAWCONTENT
    known = zstandard.ZstdCompressionDict(base, dict_type=raw) if base else None
    return zstandard.ZstdCompressor(compression_params=parameters, dict_data=known).compress(plain)
