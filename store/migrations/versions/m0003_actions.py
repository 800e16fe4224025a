"""What people did to a policy, as rows that the hash chain vouches for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create ``action``."""
    op.create_table(
        "action",
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policy.id"], name=op.f("fk_action_policy_policy")),
        sa.PrimaryKeyConstraint("policy", "number", name=op.f("pk_action")),
        sqlite_with_rowid=False,
    )
