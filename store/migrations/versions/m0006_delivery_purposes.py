"""Why a delivery is made, and the digest it goes with: an alert may be told a channel again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add ``delivery.batch`` and ``delivery.purpose``; what is there was a first telling."""
    with op.batch_alter_table("delivery") as table:
        for name in ("batch", "purpose"):
            table.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        table.drop_constraint(op.f("uq_delivery_alert_channel"), type_="unique")
        table.create_unique_constraint(
            op.f("uq_delivery_alert_channel_purpose"), ["alert", "channel", "purpose"]
        )
        table.create_index(op.f("ix_delivery_channel_batch"), ["channel", "batch"])
