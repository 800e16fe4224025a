"""Outlines: a page whose bytes differ only in what nobody reads is known again without reading."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add ``validator.outline``; the next reading of each page fills it in."""
    with op.batch_alter_table("validator") as table:
        table.add_column(sa.Column("outline", sa.String(), nullable=False, server_default=""))
