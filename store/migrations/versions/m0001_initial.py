"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "alert",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_created_at"), "alert", ["created_at"], unique=False)
    op.create_index(op.f("ix_alert_policy"), "alert", ["policy"], unique=False)
    op.create_table(
        "blob",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("encoding", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_blob")),
    )
    op.create_index(op.f("ix_blob_size_stored"), "blob", ["size", "stored"], unique=False)
    op.create_table(
        "policy",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("urls", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("health", sa.String(), nullable=False),
        sa.Column("memory", sa.Text(), nullable=False),
        sa.Column("last_check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_good_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("baseline", sa.Integer(), nullable=True),
        sa.Column("latest_number", sa.Integer(), nullable=False),
        sa.Column("chain_seq", sa.Integer(), nullable=False),
        sa.Column("chain_head", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy")),
    )
    op.create_index(op.f("ix_policy_enabled_health"), "policy", ["enabled", "health"], unique=False)
    op.create_index(
        op.f("ix_policy_enabled_lease_until"), "policy", ["enabled", "lease_until"], unique=False
    )
    op.create_index(
        op.f("ix_policy_enabled_next_check_at_id_lease_until"),
        "policy",
        ["enabled", "next_check_at", "id", "lease_until"],
        unique=False,
    )
    op.create_table(
        "check_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("error_kind", sa.String(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("transient", sa.Boolean(), nullable=False),
        sa.Column("snapshot", sa.String(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policy.id"], name=op.f("fk_check_log_policy_policy")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_log")),
    )
    op.create_index(
        op.f("ix_check_log_policy_started_at"), "check_log", ["policy", "started_at"], unique=False
    )
    op.create_index(op.f("ix_check_log_started_at"), "check_log", ["started_at"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alert.id"], name=op.f("fk_delivery_alert_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("alert", "channel", name=op.f("uq_delivery_alert_channel")),
    )
    op.create_index(op.f("ix_delivery_ready_at_id"), "delivery", ["ready_at", "id"], unique=False)
    op.create_index(op.f("ix_delivery_state_id"), "delivery", ["state", "id"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("digests", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policy.id"], name=op.f("fk_evidence_policy_policy")),
        sa.PrimaryKeyConstraint("policy", "seq", name=op.f("pk_evidence")),
    )
    op.create_table(
        "snapshot",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policy.id"], name=op.f("fk_snapshot_policy_policy")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
    )
    op.create_index(
        op.f("ix_snapshot_policy_taken_at"), "snapshot", ["policy", "taken_at"], unique=False
    )
    op.create_table(
        "text",
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policy.id"], name=op.f("fk_text_policy_policy")),
        sa.PrimaryKeyConstraint("policy", "ordinal", name=op.f("pk_text")),
        sa.UniqueConstraint("policy", "digest", name=op.f("uq_text_policy_digest")),
    )
    op.create_table(
        "validator",
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("body_digest", sa.String(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("final_url", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policy.id"], name=op.f("fk_validator_policy_policy")),
        sa.PrimaryKeyConstraint("policy", "position", name=op.f("pk_validator")),
    )
    op.create_index(op.f("ix_validator_body_digest"), "validator", ["body_digest"], unique=False)
    op.create_table(
        "snapshot_part",
        sa.Column("snapshot", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("final_url", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("body_digest", sa.String(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redirects", sa.Text(), nullable=False),
        sa.Column("reused", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["body_digest"], ["blob.digest"], name=op.f("fk_snapshot_part_body_digest_blob")
        ),
        sa.ForeignKeyConstraint(
            ["snapshot"], ["snapshot.id"], name=op.f("fk_snapshot_part_snapshot_snapshot")
        ),
        sa.PrimaryKeyConstraint("snapshot", "position", name=op.f("pk_snapshot_part")),
    )
    op.create_index(
        op.f("ix_snapshot_part_body_digest"), "snapshot_part", ["body_digest"], unique=False
    )
    op.create_table(
        "version",
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.String(), nullable=True),
        sa.Column("text_digest", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("stamp", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("last_updated", sa.Date(), nullable=True),
        sa.Column("effective", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["policy", "text_digest"],
            ["text.policy", "text.digest"],
            name=op.f("fk_version_policy_text_digest_text"),
        ),
        sa.ForeignKeyConstraint(["policy"], ["policy.id"], name=op.f("fk_version_policy_policy")),
        sa.ForeignKeyConstraint(
            ["snapshot"], ["snapshot.id"], name=op.f("fk_version_snapshot_snapshot")
        ),
        sa.PrimaryKeyConstraint("policy", "number", name=op.f("pk_version")),
    )
    op.create_index(
        op.f("ix_version_policy_first_seen"), "version", ["policy", "first_seen"], unique=False
    )
    op.create_index(op.f("ix_version_snapshot"), "version", ["snapshot"], unique=False)
    op.create_table(
        "change",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("from_version", sa.Integer(), nullable=False),
        sa.Column("to_version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("comparison", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["policy", "from_version"],
            ["version.policy", "version.number"],
            name=op.f("fk_change_policy_from_version_version"),
        ),
        sa.ForeignKeyConstraint(
            ["policy", "to_version"],
            ["version.policy", "version.number"],
            name=op.f("fk_change_policy_to_version_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    op.create_index(op.f("ix_change_at"), "change", ["at"], unique=False)
    op.create_index(op.f("ix_change_policy_at"), "change", ["policy", "at"], unique=False)
    op.create_table(
        "version_commitments",
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["policy", "number"],
            ["version.policy", "version.number"],
            name=op.f("fk_version_commitments_policy_number_version"),
        ),
        sa.PrimaryKeyConstraint("policy", "number", name=op.f("pk_version_commitments")),
    )
