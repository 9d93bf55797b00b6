"""The ledger of hours: what is loaded, and whose facts have still to be written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from db.archive import HELD
from db.schema import table

Row = dict[str, Any]


def held_rows(connection: Connection, first: datetime, last: datetime) -> dict[datetime, Row]:
    """The ledger's lines of a span, both ends included, by hour."""
    ledger = table("archive_hours")
    rows = connection.execute(select(ledger).where(ledger.c.hour.between(first, last))).mappings()
    return {row["hour"]: dict(row) for row in rows}


def counted(connection: Connection, first: datetime, last: datetime) -> dict[str, int]:
    """How many hours of a span, both ends included, are in each state."""
    c = table("archive_hours").c
    rows = connection.execute(
        select(c.state, func.count()).where(c.hour.between(first, last)).group_by(c.state).order_by(c.state)
    )
    return {state: int(count) for state, count in rows}


def without_facts(connection: Connection, *, all_hours: bool) -> list[Row]:
    """Lines of hours that are in the lake and whose facts have still to be written; or of all in the lake."""
    ledger = table("archive_hours")
    query = select(ledger).where(ledger.c.state.in_(HELD)).order_by(ledger.c.hour)
    if not all_hours:
        query = query.where(ledger.c.facts_at.is_(None))
    return [dict(row) for row in connection.execute(query).mappings()]
