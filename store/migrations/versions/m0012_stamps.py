"""Timestamps: tokens of an authority over heads of chains."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add ``stamp``."""
    op.create_table(
        "stamp",
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("certificate", sa.String(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policy.id"], name=op.f("fk_stamp_policy_policy")),
        sa.PrimaryKeyConstraint("policy", "seq", name=op.f("pk_stamp")),
    )
