"""The rows behind a number, as the metric's own file tells them: a page at a time, by index."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Connection, bindparam, text

from db.metrics.calendar import period_before, period_end
from db.metrics.contributions import ACTED_ALONE, ACTED_FOR
from db.metrics.kinds_of_rows import KINDS, Field

#: What a rows SELECT may use: the scope's id, the period's first and last day, the first of the one before.
PARAMETERS = ("scope", "first", "last", "before")
#: Rows at once; whoever wants more narrows the view.
MOST = 100_000


#: By whom a fact `f` is, and for whom they acted on the day `{acted}`: as contributions have it. What has
#: an author nobody knows counts nowhere; what has none is unknown.
_WORK = f"""
    SELECT f.*, p.person_id, p.kind AS person_kind,
           CASE WHEN p.kind = 'bot' THEN 'bot'
                WHEN p.kind = 'proxy' OR o.steward THEN 'steward'
                WHEN o.organization_id IS NOT NULL THEN 'organization'
                WHEN {ACTED_ALONE} THEN 'independent'
                ELSE 'unknown' END AS segment,
           CASE WHEN p.kind = 'bot' THEN 0
                WHEN p.kind = 'proxy'
                    THEN COALESCE((SELECT MAX(organization_id) FROM organizations WHERE steward), 0)
                ELSE COALESCE(o.organization_id, 0) END AS organization_id
    FROM scope_repositories s
    JOIN {{table}} f ON f.repository_id = s.repository_id
    LEFT JOIN identities i ON i.identity_id = f.author_id
    LEFT JOIN people p ON p.person_id = i.person_id
    LEFT JOIN affiliations a ON a.person_id = p.person_id AND {{acted}} BETWEEN a.from_day AND a.to_day
    LEFT JOIN organization_domains d ON d.domain = i.domain AND {{acted}} BETWEEN d.from_day AND d.to_day
    LEFT JOIN organizations o ON o.organization_id = {ACTED_FOR}
    WHERE s.scope_id = :scope AND (f.author_id IS NULL OR p.person_id IS NOT NULL)"""
_AUTHORED = {
    "sqlite": "CASE WHEN f.date_repaired THEN f.day ELSE SUBSTR(f.authored_at, 1, 10) END",
    "postgresql": "CASE WHEN f.date_repaired THEN f.day ELSE CAST(f.authored_at AS DATE) END",
}
#: The same where nobody asks for whom: without the look-ups that it takes.
_PLAIN = """
    SELECT f.*, p.person_id, p.kind AS person_kind, 'all' AS segment
    FROM scope_repositories s
    JOIN {table} f ON f.repository_id = s.repository_id
    LEFT JOIN identities i ON i.identity_id = f.author_id
    LEFT JOIN people p ON p.person_id = i.person_id
    WHERE s.scope_id = :scope AND (f.author_id IS NULL OR p.person_id IS NOT NULL)"""
#: What a rows SELECT may read beside the tables: facts of the scope, with who did them for whom.
_IN_SCOPE = re.compile(r"\b(commits|issues|pull_requests|reviews|contributions)_in_scope\b")
#: Under this name each row of a page says how many rows there are.
_COUNT = "rows in all"


@dataclass(frozen=True)
class Behind:
    """A page of the rows behind a number, in the order of `fields`, and how many there are of them all."""

    fields: tuple[Field, ...]
    rows: tuple[Mapping[str, Any], ...]
    count: int


def default_order(kind: str) -> str:
    """What rows of the kind are sorted by when nothing is asked."""
    return KINDS[kind].order


def sortable(kind: str) -> tuple[str, ...]:
    """The names of the columns by which rows of the kind can be sorted."""
    return tuple(field.name for field in KINDS[kind].fields if field.sortable)


def rows_behind(
    connection: Connection,
    kind: str,
    sql: str,
    *,
    scope_id: int,
    grain: str,
    period: date,
    segments: Sequence[str] = (),
    order: str = "",
    limit: int = MOST,
    offset: int = 0,
) -> Behind:
    """One page of the rows that a metric's rows SELECT gives for a scope and period.

    Without `segments` they are those of all segments, each once. `order` is a name of `sortable`,
    a minus sign before it for backwards; `ValueError` for any other.
    """
    found = KINDS[kind]
    order = order or found.order
    field = next((f for f in found.fields if f.sortable and f.name == order.removeprefix("-")), None)
    if field is None:
        raise ValueError(
            f"rows of {kind} are not sorted by {order!r}: choose from {', '.join(sortable(kind))}"
        )
    values = {
        "scope": scope_id,
        "first": period,
        "last": period_end(period, grain),
        "before": period_before(period, grain),
        "segments": list(segments),
        "limit": limit,
        "offset": offset,
    }
    statement, counting = _statements(kind, sql, connection.dialect.name, bool(segments), order)
    held = _execute(connection, statement, values).mappings().all()
    # Behind the last page there is no row that could tell how many there are.
    count = held[0][_COUNT] if held else _execute(connection, counting, values).scalar_one()
    rows = tuple({each.name: _plain(each, row[each.name]) for each in found.fields} for row in held)
    return Behind(found.fields, rows, int(count))


def _plain(field: Field, value: Any) -> Any:
    """A value of the field; a day as SQLite holds it becomes one, as PostgreSQL gives it."""
    return date.fromisoformat(value) if field.kind == "day" and isinstance(value, str) else value


def _execute(connection: Connection, statement: str, values: dict[str, Any]) -> Any:
    prepared = text(statement)
    names = [name for name in values if name in prepared._bindparams]
    if "segments" in names:
        prepared = prepared.bindparams(bindparam("segments", expanding=True))
    days = [name for name in ("first", "last", "before") if name in names]
    given = {name: values[name] for name in names}
    if connection.dialect.name == "sqlite":
        # Days are held as text there, which no driver would know of a statement of its own.
        given |= {name: values[name].isoformat() for name in days}
    return connection.execute(prepared, given)


@lru_cache(maxsize=1024)
def _statements(kind: str, sql: str, dialect: str, chosen: bool, order: str) -> tuple[str, str]:
    """The SELECT of a page with the count of all in each row, and the one of the count alone."""
    found = KINDS[kind]
    field = next(field for field in found.fields if field.name == order.removeprefix("-"))
    key = ", ".join(f"b.{name}" for name in found.key)
    where = " WHERE segment IN :segments" if chosen else ""
    # Who did something for whom is looked up only where it is asked for.
    plain = not chosen and sql.count("segment") == 1 and "organization" not in sql
    keys = f"WITH chosen AS MATERIALIZED (SELECT DISTINCT {key} FROM ({sql}) b{where})"
    direction = "DESC" if order.startswith("-") else "ASC"
    # What nobody knows stands last, whichever way the rows are sorted.
    places = f"CASE WHEN b.sorted IS NULL THEN 1 ELSE 0 END, b.sorted {direction}, {key}"
    shown = ", ".join(f'{each.sql} AS "{each.name}"' for each in found.fields)
    statement = (
        f"{keys}, page AS (SELECT {key}, b.sorted FROM (SELECT {key}, {field.sql} AS sorted FROM chosen b "
        f"{found.base}) b ORDER BY {places} LIMIT :limit OFFSET :offset) "
        f'SELECT {shown}, (SELECT COUNT(*) FROM chosen) AS "{_COUNT}" '
        f"FROM page b {found.base} {found.more} ORDER BY {places}"
    )
    # Not as common table expressions: those that are read twice would be computed in full first.
    scoped = partial(_scoped, dialect, plain)
    counting = f"{keys} SELECT COUNT(*) FROM chosen"
    return _IN_SCOPE.sub(scoped, statement), _IN_SCOPE.sub(scoped, counting)


def _scoped(dialect: str, plain: bool, named: re.Match[str]) -> str:
    """The subquery that stands for a name such as `commits_in_scope`."""
    name = named[1]
    if name == "contributions":
        return (
            "(SELECT k.* FROM contributions k JOIN scope_repositories s ON s.repository_id = k.repository_id "
            "WHERE s.scope_id = :scope)"
        )
    acted = _AUTHORED[dialect] if name == "commits" else "f.day"
    return f"({(_PLAIN if plain else _WORK).format(table=name, acted=acted)})"
