"""Where policywatch keeps what it saw: SQLite by default, one transaction for each check."""

from store.archive import Dossier, bundle
from store.backup import Backup, restore_file
from store.records import (
    ActionRecord,
    AlertRecord,
    ChangeGlance,
    ChangeHead,
    ChangeRecord,
    CheckOutcome,
    CheckpointRecord,
    CheckRecord,
    DeliveryRecord,
    EvidenceRecord,
    Fault,
    NewAction,
    NewChange,
    NewDelivery,
    NewSnapshot,
    NewVersion,
    PartRecord,
    SnapshotRecord,
    SourceRecord,
    VersionRecord,
)
from store.repository import Store, new_id
from store.texts import text_digest

__all__ = [
    "ActionRecord",
    "AlertRecord",
    "Backup",
    "ChangeGlance",
    "ChangeHead",
    "ChangeRecord",
    "CheckOutcome",
    "CheckRecord",
    "CheckpointRecord",
    "DeliveryRecord",
    "Dossier",
    "EvidenceRecord",
    "Fault",
    "NewAction",
    "NewChange",
    "NewDelivery",
    "NewSnapshot",
    "NewVersion",
    "PartRecord",
    "SnapshotRecord",
    "SourceRecord",
    "Store",
    "VersionRecord",
    "bundle",
    "new_id",
    "restore_file",
    "text_digest",
]
