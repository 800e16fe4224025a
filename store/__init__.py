"""Where policywatch keeps what it saw: SQLite by default, one transaction for each check."""

from store.records import (
    AlertRecord,
    ChangeRecord,
    CheckOutcome,
    CheckRecord,
    DeliveryRecord,
    EvidenceRecord,
    Fault,
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
    "AlertRecord",
    "ChangeRecord",
    "CheckOutcome",
    "CheckRecord",
    "DeliveryRecord",
    "EvidenceRecord",
    "Fault",
    "NewChange",
    "NewDelivery",
    "NewSnapshot",
    "NewVersion",
    "PartRecord",
    "SnapshotRecord",
    "SourceRecord",
    "Store",
    "VersionRecord",
    "new_id",
    "text_digest",
]
