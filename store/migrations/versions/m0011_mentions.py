"""Mentions: whom a delivery calls by name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add ``delivery.mention``; what is on its way calls nobody."""
    with op.batch_alter_table("delivery") as table:
        table.add_column(sa.Column("mention", sa.String(), nullable=False, server_default=""))
