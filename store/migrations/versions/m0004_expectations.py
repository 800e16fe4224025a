"""How policies stand to what is expected of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create ``expectation``."""
    op.create_table(
        "expectation",
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised", sa.Boolean(), nullable=False),
        sa.Column("assessment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["policy"], ["policy.id"], name=op.f("fk_expectation_policy_policy")
        ),
        sa.PrimaryKeyConstraint("policy", "position", name=op.f("pk_expectation")),
    )
    op.create_index(op.f("ix_expectation_standing"), "expectation", ["standing"], unique=False)
