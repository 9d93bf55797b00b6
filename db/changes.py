"""What was written since the last refresh: the days of facts, noted in the transaction that wrote them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection, delete, select, text

from db.schema import table

#: Tables of which a refresh reads again only the days that were written. Rows that are taken out need no
#: note: the table, and some of its days, then count fewer rows than before. All other tables are small, and
#: read whole.
NOTED = ("commits", "issues", "pull_requests", "comments", "reviews")
#: The one row of `refresh_marks`.
COLUMNS = "columns"


def note(connection: Connection, table_name: str, days: Iterable[tuple[int, date]]) -> None:
    """Note that rows of these repositories and days were written, within the transaction of the writing.

    A note is a row of its own: writers never wait for each other or for a refresh.
    """
    by_repository: dict[int, set[date]] = {}
    for repository, day in days:
        by_repository.setdefault(repository, set()).add(day)
    rows = [
        {
            "table_name": table_name,
            "repository_id": repository,
            "days": " ".join(day.isoformat() for day in sorted(found)),
        }
        for repository, found in by_repository.items()
    ]
    if rows:
        connection.execute(table("fact_changes").insert(), rows)


def held_mark(connection: Connection) -> str | None:
    """The mark that the last refresh left; None when there was none or its answers were touched since."""
    marks = table("refresh_marks")
    return connection.execute(select(marks.c.mark).where(marks.c.name == COLUMNS)).scalar_one_or_none()


def hold_mark(connection: Connection) -> str | None:
    """The mark; on PostgreSQL nobody takes it away before the transaction ends (SQLite has one writer)."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE refresh_marks IN SHARE ROW EXCLUSIVE MODE"))
    return held_mark(connection)


def begin_refresh(connection: Connection, seen: Iterable[int]) -> str:
    """Leave a new mark, which makes every copy but the one at work out of date, and strike the notes seen."""
    marks, notes = table("refresh_marks"), table("fact_changes")
    mark = secrets.token_hex(8)
    connection.execute(delete(marks))
    connection.execute(marks.insert(), [{"name": COLUMNS, "mark": mark}])
    numbers = list(seen)
    for start in range(0, len(numbers), 500):
        part = numbers[start : start + 500]
        connection.execute(delete(notes).where(notes.c.change_id.in_(part)))
    return mark


def distrust(connection: Connection) -> None:
    """Have the next refresh read and compute everything: facts or answers were changed by other means."""
    connection.execute(delete(table("refresh_marks")))
