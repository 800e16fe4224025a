"""What machines need of an action, and the way to the actions about one subject."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add ``action.detail`` and an index on ``action.subject``."""
    op.add_column("action", sa.Column("detail", sa.Text(), nullable=True))
    op.create_index(op.f("ix_action_subject"), "action", ["subject"], unique=False)
