"""Pauses: until when people stopped the checks of a policy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add ``policy.paused_until``; nothing is paused."""
    op.add_column("policy", sa.Column("paused_until", Instant(), nullable=True))
