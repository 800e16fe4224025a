"""Checkpoints over all chains; entries of a chain without repeated hashes, digests as bytes."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_HEX = re.compile("[0-9a-f]{64}")
_READ = "SELECT policy, seq, at, kind, subject, digests, hash FROM evidence_0001"
_WRITE = (
    "INSERT INTO evidence (policy, seq, at, kind, subject, digests, hash) "
    "VALUES (:policy, :seq, :at, :kind, :subject, :digests, :hash)"
)


def upgrade() -> None:
    """Create ``checkpoint`` and rewrite ``evidence``; what is hashed stays as it was."""
    op.create_table(
        "checkpoint",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_checkpoint")),
    )
    op.rename_table("evidence", "evidence_0001")
    op.create_table(
        "evidence",
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("digests", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policy.id"], name=op.f("fk_evidence_policy_policy")),
        sa.PrimaryKeyConstraint("policy", "seq", name=op.f("pk_evidence")),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    for row in connection.exec_driver_sql(_READ).mappings().all():
        packed = {"digests": _packed(row["digests"]), "hash": _raw(row["hash"])}
        connection.execute(sa.text(_WRITE), {**row, **packed})
    op.drop_table("evidence_0001")


def _raw(digest: str) -> bytes:
    """What is no hash was tampered with: it is kept so that ``verify`` still finds it."""
    return bytes.fromhex(digest) if _HEX.fullmatch(digest) else digest.encode()


def _packed(digests: str) -> bytes:
    """The digests in the order in which they stand, each "#" in the JSON (store.columns)."""
    taken = [bytes.fromhex(found) for found in re.findall('"([0-9a-f]{64})"', digests)]
    return re.sub('"[0-9a-f]{64}"', '"#"', digests).encode() + b"\n" + b"".join(taken)
