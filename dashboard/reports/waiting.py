"""Who waits for a first answer, as the unanswered queue of the dashboard has it, and has waited for long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, text

from db import open_threads

#: Whoever has waited so many days is listed.
PATIENCE = 14
#: At most so many are named, and at least so many, where not so many are new.
MOST, FEWEST = 10, 5


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

    `lately` of them have waited for long only since the report before.
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
    lately: int


def unanswered(connection: Connection, scope_id: int, now: datetime, days: int) -> Queue:
    """The queue of a scope, of those who have waited for `PATIENCE` days or more.

    Those that came to it in the last `days` are named; older ones only where those are few.
    """
    today = now.date()
    since = today - timedelta(days=PATIENCE + days)
    found = open_threads.longest_unanswered(connection, scope_id, today - timedelta(days=PATIENCE))
    sure = [row for row in found if row["answers_held"] >= row["answers"]]
    lately = sum(_opened(row) > since for row in found)
    return Queue(
        tuple(_waiting(row, today) for row in sure[: max(FEWEST, min(MOST, lately))]),
        len(found),
        len(found) - len(sure),
        _is_held(connection, scope_id),
        lately,
    )


def _opened(row: Mapping[str, object]) -> date:
    opened = row["day"]
    return opened if isinstance(opened, date) else date.fromisoformat(str(opened))


def _waiting(row: Mapping[str, object], today: date) -> Waiting:
    return Waiting(
        str(row["repository"]),
        str(row["kind"]),
        int(str(row["number"])),
        str(row["title"] or ""),
        (today - _opened(row)).days,
        bool(row["simulated"]),
    )


def _is_held(connection: Connection, scope_id: int) -> bool:
    tables = " OR ".join(
        f"EXISTS (SELECT 1 FROM {name} WHERE repository_id = s.repository_id)"
        for name in ("issues", "pull_requests")
    )
    asked = f"SELECT 1 FROM scope_repositories s WHERE s.scope_id = :scope AND ({tables}) LIMIT 1"
    return connection.execute(text(asked), {"scope": scope_id}).first() is not None
