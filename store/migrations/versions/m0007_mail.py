"""Vendors' e-mails, which policies they are notices about, and judgements made anew by them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create ``mail``, ``notice`` and ``judgement``."""
    op.create_table(
        "mail",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("match", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["blob.digest"], name=op.f("fk_mail_digest_blob")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_mail")),
        sa.UniqueConstraint("digest", name=op.f("uq_mail_digest")),
    )
    op.create_index(op.f("ix_mail_message_id"), "mail", ["message_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("mail", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["mail"], ["mail.seq"], name=op.f("fk_notice_mail_mail")),
        sa.ForeignKeyConstraint(["policy"], ["policy.id"], name=op.f("fk_notice_policy_policy")),
        sa.PrimaryKeyConstraint("policy", "number", name=op.f("pk_notice")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_notice_mail"), "notice", ["mail"], unique=False)
    op.create_table(
        "judgement",
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["change"], ["change.id"], name=op.f("fk_judgement_change_change")),
        sa.ForeignKeyConstraint(["policy"], ["policy.id"], name=op.f("fk_judgement_policy_policy")),
        sa.PrimaryKeyConstraint("policy", "number", name=op.f("pk_judgement")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_judgement_change"), "judgement", ["change"], unique=False)
