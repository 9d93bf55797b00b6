"""The ledger of hours: what is loaded, what has still to be read, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from collector.archive import hours
from db.schema import table

Row = dict[str, Any]
#: States of hours whose events, or some of them, are in the lake.
HELD = ("loaded", "damaged")


def held_rows(connection: Connection, first: datetime, last: datetime) -> dict[datetime, Row]:
    """The ledger's lines of a span, both ends included, by hour."""
    ledger = table("archive_hours")
    rows = connection.execute(select(ledger).where(ledger.c.hour.between(first, last))).mappings()
    return {row["hour"]: dict(row) for row in rows}


def without_facts(connection: Connection, *, all_hours: bool) -> list[Row]:
    """Lines of hours that are in the lake and whose facts have still to be written; or of all in the lake."""
    ledger = table("archive_hours")
    query = select(ledger).where(ledger.c.state.in_(HELD)).order_by(ledger.c.hour)
    if not all_hours:
        query = query.where(ledger.c.facts_at.is_(None))
    return [dict(row) for row in connection.execute(query).mappings()]


@dataclass(frozen=True)
class Gap:
    """A run of hours of which nothing, or not everything, is loaded."""

    first: datetime
    last: datetime
    hours: int
    state: str
    why: str | None = None


@dataclass(frozen=True)
class Standing:
    """How far the archive is loaded; `first` and `last` are None when no hour was ever asked for."""

    first: datetime | None
    last: datetime | None
    by_state: dict[str, int]
    kept_events: int
    bad_lines: int
    late_events: int
    waiting_for_facts: int
    gaps: Sequence[Gap] = field(default_factory=tuple)


def standing(connection: Connection) -> Standing:
    """How far the archive is loaded: from the first hour that was asked for to the last one."""
    ledger = table("archive_hours")
    first, last, kept, bad, late = connection.execute(
        select(
            func.min(ledger.c.hour),
            func.max(ledger.c.hour),
            func.sum(ledger.c.kept_events),
            func.sum(ledger.c.bad_lines),
            func.sum(ledger.c.late_events),
        )
    ).one()
    if first is None:
        return Standing(None, None, {}, 0, 0, 0, 0)
    by_state = {
        state: int(count)
        for state, count in connection.execute(
            select(ledger.c.state, func.count()).group_by(ledger.c.state).order_by(ledger.c.state)
        )
    }
    waiting = connection.execute(
        select(func.count()).where(ledger.c.state.in_(HELD), ledger.c.facts_at.is_(None))
    ).scalar_one()
    return Standing(
        first,
        last,
        by_state,
        int(kept),
        int(bad),
        int(late),
        int(waiting),
        tuple(_gaps(connection, first, last)),
    )


def _gaps(connection: Connection, first: datetime, last: datetime) -> list[Gap]:
    ledger = table("archive_hours")
    asked = {
        row.hour: (row.state, row.problem)
        for row in connection.execute(select(ledger.c.hour, ledger.c.state, ledger.c.problem))
    }
    apart: dict[str, list[datetime]] = {}
    found = []
    hour = first
    while hour <= last:
        state, problem = asked.get(hour, ("never asked for", None))
        if state in ("damaged", "unreadable"):
            found.append(Gap(hour, hour, 1, state, problem))
        elif state != "loaded":
            apart.setdefault(state, []).append(hour)
        hour += hours.HOUR
    for state, missing in apart.items():
        found += [Gap(begin, end, count, state) for begin, end, count in hours.runs(missing)]
    return sorted(found, key=lambda gap: gap.first)
