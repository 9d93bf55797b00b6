"""Who did something in a scope for the first time in a period, and what: people to thank."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from db.people.works import Work, bounds, first_days, works
from db.schema.sums import COUNTS

_SUMS = ", ".join(
    f"CAST(SUM(CASE WHEN c.kind = '{kind}' THEN c.quantity ELSE 0 END) AS BIGINT) AS {name}"
    for name, kind in COUNTS.items()
)
#: Whose work landed first, then whoever did most.
_NEWCOMERS = (
    "SELECT n.*, COUNT(*) OVER () AS everybody FROM ("
    f"SELECT p.person_id, p.display_name, p.login, {_SUMS} "
    "FROM person_totals t JOIN people p ON p.person_id = t.person_id "
    "JOIN contributions c ON c.person_id = t.person_id AND c.day BETWEEN :first AND :last "
    "AND c.repository_id IN (SELECT s.repository_id FROM scope_repositories s WHERE s.scope_id = :scope) "
    "WHERE t.scope_id = :scope AND t.person_kind = 'human' AND t.first_day BETWEEN :first AND :last "
    "GROUP BY p.person_id, p.display_name, p.login) n "
    "ORDER BY n.merged + n.commits DESC, n.change_requests + n.reviews DESC, n.issues DESC, "
    "n.answers DESC, n.person_id LIMIT :limit"
)


@dataclass(frozen=True)
class Newcomer:
    """A person with what they did in the period, by the names of `COUNTS`, and one thing of it."""

    person_id: int
    name: str
    login: str | None
    counts: dict[str, int]
    work: Work | None


def newcomers(
    connection: Connection, scope_id: int, first: date, last: date, limit: int
) -> tuple[list[Newcomer], int]:
    """The newcomers of the days, and how many there are of them all."""
    values = {"scope": scope_id, "limit": limit, **bounds(connection, first, last)}
    rows = connection.execute(text(_NEWCOMERS), values).all()
    if not rows:
        return [], 0
    days = first_days(connection, [row.person_id for row in rows], scope_id, first, last)
    # Of several things on that day the first.
    done = {work.person_id: work for work in works(connection, days)}
    return [
        Newcomer(
            row.person_id,
            row.display_name,
            row.login,
            {name: getattr(row, name) for name in COUNTS},
            done.get(row.person_id),
        )
        for row in rows
    ], rows[0].everybody
