"""Totals for metrics and dashboards, each from an index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import sqlalchemy as sa
from sqlmodel import Session, col, select

from monitor.model import SHORTFALLS, Health
from store.records import DeliveryState
from store.tables import (
    AlertRow,
    BlobRow,
    ChangeRow,
    DeliveryRow,
    ExpectationRow,
    PolicyRow,
    TextRow,
)


def counts(session: Session) -> Mapping[str, int]:
    """Every total by name: enabled policies by health, deliveries by state, rows and bytes."""
    found = {"policies": 0, "policies_disabled": 0, "versions": 0}
    found |= {f"policies_{health}": 0 for health in get_args(Health)}
    found |= {f"deliveries_{state}": 0 for state in get_args(DeliveryState)}
    _count_policies(session, found)
    by_state = select(DeliveryRow.state, sa.func.count()).group_by(col(DeliveryRow.state))
    for state, number in session.exec(by_state):
        found[f"deliveries_{state}"] = number
    for name, table in (("changes", ChangeRow), ("alerts", AlertRow)):
        found[name] = session.exec(select(sa.func.count()).select_from(table)).one()
    whole: tuple[tuple[str, type[BlobRow | TextRow], sa.ColumnElement[int]], ...] = (
        ("blobs", BlobRow, sa.func.count()),
        ("texts", TextRow, sa.func.coalesce(sa.func.sum(TextRow.number), 0)),
    )
    for name, sized, number_of in whole:
        size = select(
            number_of,
            sa.func.coalesce(sa.func.sum(sized.size), 0),
            sa.func.coalesce(sa.func.sum(sized.stored), 0),
        )
        found[name], found[f"{name}_bytes"], found[f"{name}_stored_bytes"] = session.exec(
            size
        ).one()
    short = col(ExpectationRow.standing).in_(SHORTFALLS)
    found["shortfalls"] = session.exec(
        select(sa.func.count()).select_from(ExpectationRow).where(short)
    ).one()
    found["bytes"] = found["blobs_stored_bytes"] + found["texts_stored_bytes"]
    return found


def _count_policies(session: Session, found: dict[str, int]) -> None:
    by_health = select(
        PolicyRow.enabled, PolicyRow.health, sa.func.count(), sa.func.sum(PolicyRow.latest_number)
    ).group_by(col(PolicyRow.enabled), col(PolicyRow.health))
    for enabled, health, number, versions in session.exec(by_health):
        found["policies"] += number
        found["versions"] += versions
        found[f"policies_{health}" if enabled else "policies_disabled"] += number
