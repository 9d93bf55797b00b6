"""What became of deliveries: for the command line, and what failed for the Data page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from db.schema import table

COLUMNS = (
    *("name", "scope", "period", "audience", "channel", "label", "state", "attempts"),
    *("sent_at", "next_attempt_at", "message_id", "error"),
)


@dataclass(frozen=True)
class Trouble:
    """A delivery that has not gone out: given up, or to be tried again."""

    name: str
    scope: str
    label: str
    channel: str
    state: str
    attempts: int
    error: str
    next_attempt_at: datetime
    updated_at: datetime


def deliveries(connection: Connection) -> tuple[list[str], Sequence[tuple[Any, ...]]]:
    """Every delivery, the newest first; recipients are told by group and number."""
    held = table("deliveries")
    rows = connection.execute(
        select(*(held.c[name] for name in COLUMNS)).order_by(held.c.due_at.desc(), held.c.delivery_id)
    ).all()
    return [name.replace("_", " ") for name in COLUMNS], [tuple(row) for row in rows]


def troubles(connection: Connection, since: datetime) -> list[Trouble]:
    """Deliveries that failed for good since then, or wait after a failure; the newest first."""
    held = table("deliveries")
    columns = [held.c[name] for name in Trouble.__dataclass_fields__]
    rows = connection.execute(
        select(*columns)
        .where(
            held.c.error.is_not(None),
            or_(
                held.c.state.in_(("pending", "sending")),
                and_(held.c.state == "failed", held.c.updated_at >= since),
            ),
        )
        .order_by(held.c.updated_at.desc(), held.c.delivery_id)
    )
    return [Trouble(**row._mapping) for row in rows]
