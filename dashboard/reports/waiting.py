"""Who waits for a first answer, as the unanswered queue of the dashboard has it, and has waited for long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, text

from db import open_threads

#: Whoever has waited so many days is listed.
PATIENCE = 14


@dataclass(frozen=True)
class Waiting:
    """An open issue or pull request of a human that no other human has answered."""

    repository: str
    kind: str
    number: int
    title: str
    days: int
    simulated: bool


@dataclass(frozen=True)
class Queue:
    """What has waited for long: `total` as the queue counts it, and which of it is named.

    Named are those who have waited shortest: an answer may still find their authors, and
    the same ones are not told week after week.

    `unsure` of them may have been answered: not all of their answers are collected, so
    that they are counted and not named. `held` says whether anything at all is known of
    what is open.
    """

    named: tuple[Waiting, ...]
    total: int
    unsure: int
    held: bool


def unanswered(connection: Connection, scope_id: int, now: datetime, most: int) -> Queue:
    """The queue of a scope, of those who have waited for `PATIENCE` days or more; `most` are named."""
    today = now.date()
    found = open_threads.longest_unanswered(connection, scope_id, today - timedelta(days=PATIENCE))
    sure = [row for row in found if row["answers_held"] >= row["answers"]]
    return Queue(
        tuple(_waiting(row, today) for row in sure[:most]),
        len(found),
        len(found) - len(sure),
        _is_held(connection, scope_id),
    )


def _waiting(row: Mapping[str, object], today: date) -> Waiting:
    opened = row["day"]
    day = opened if isinstance(opened, date) else date.fromisoformat(str(opened))
    return Waiting(
        str(row["repository"]),
        str(row["kind"]),
        int(str(row["number"])),
        str(row["title"] or ""),
        (today - day).days,
        bool(row["simulated"]),
    )


def _is_held(connection: Connection, scope_id: int) -> bool:
    tables = " OR ".join(
        f"EXISTS (SELECT 1 FROM {name} WHERE repository_id = s.repository_id)"
        for name in ("issues", "pull_requests")
    )
    asked = f"SELECT 1 FROM scope_repositories s WHERE s.scope_id = :scope AND ({tables}) LIMIT 1"
    return connection.execute(text(asked), {"scope": scope_id}).first() is not None
