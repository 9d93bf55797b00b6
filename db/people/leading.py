"""Who heads a list of people: found among few of them, without adding up what everybody did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from db.listing import Part, read_list
from db.metrics.calendar import period_end
from db.people.contributors import CONTRIBUTORS, contributors, first_month, months

#: By what a list may be headed: the column of `person_totals` that nobody's value in a period exceeds.
ORDERS = {"-contributions": "contributions", "-first": "first_day"}
#: Whoever did most in a period is looked for among so many who did most at all.
LOOKED_AT = 100


def leading(
    connection: Connection, scope_id: int, first: date | None, last: date | None, order: str, limit: int
) -> tuple[Mapping[str, Any], ...]:
    """The first rows of `contributors` in an order of `ORDERS`, humans alone, as `read_list` gives them.

    Where the few who are looked at may not be those, everybody is added up.
    """
    found = _among_few(connection, scope_id, first, last, order, limit)
    if found is None:
        source = contributors(connection, scope_id, first, last)
        return read_list(connection, CONTRIBUTORS, source, Part(order, limit=limit)).rows
    return found


def _among_few(
    connection: Connection, scope_id: int, first: date | None, last: date | None, order: str, limit: int
) -> tuple[Mapping[str, Any], ...] | None:
    """The same, None where it cannot be told from few people alone."""
    period = first is not None or last is not None
    begin, end = date.min, date.max
    if period:
        begin, end, _held = months(connection, scope_id, first, last)
        begin, end = first_month(begin), period_end(end.replace(day=1), "month")
    by = ORDERS[order]
    wanted = LOOKED_AT if period and by == "contributions" else limit
    few = connection.execute(
        text(
            f"SELECT person_id, contributions, first_day FROM person_totals WHERE scope_id = :scope "
            f"AND person_kind = 'human' AND first_day <= :end AND last_day >= :begin "
            f"ORDER BY {by} DESC, person_id LIMIT :wanted"
        ),
        {"scope": scope_id, "begin": begin.isoformat(), "end": end.isoformat(), "wanted": wanted}
        if connection.dialect.name == "sqlite"
        else {"scope": scope_id, "begin": begin, "end": end, "wanted": wanted},
    ).all()
    if not few:
        return ()
    rows = _read(connection, scope_id, first, last, order, limit, [row.person_id for row in few])
    if not period:
        return rows
    if by == "first_day":
        # Whoever began within the period did something in it; of those who began before it
        # nothing is known from their first and last days.
        return rows if all(str(row.first_day) >= begin.isoformat() for row in few) else None
    if len(few) < wanted:
        return rows
    # Nobody who was not looked at did more at all than the last of these, and so not in the period either.
    least = few[-1].contributions
    return rows if len(rows) == limit and rows[-1]["contributions"] > least else None


def _read(
    connection: Connection,
    scope_id: int,
    first: date | None,
    last: date | None,
    order: str,
    limit: int,
    among: Sequence[int],
) -> tuple[Mapping[str, Any], ...]:
    source = contributors(connection, scope_id, first, last, among)
    return read_list(connection, CONTRIBUTORS, source, Part(order, limit=limit)).rows
