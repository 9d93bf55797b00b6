"""The rows behind a number, as the metric's own file tells them: a page at a time, by index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import partial

from sqlalchemy import Connection

from db.listing import ALL, Listed, Part, Source, read_list
from db.metrics.calendar import period_before, period_end
from db.metrics.contributions import ACTED_ALONE, ACTED_FOR
from db.metrics.kinds_of_rows import KINDS

#: What a rows SELECT may use: the scope's id, the grain, the first and last day, the first of the one before.
PARAMETERS = ("scope", "grain", "first", "last", "before")

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
_ONCE = re.compile(r"\b(commits|issues|pull_requests|reviews)_in_scope\b")
_IN_SCOPE = re.compile(r"\b(commits|issues|pull_requests|reviews|contributions)_in_scope\b")


def rows_behind(
    connection: Connection,
    kind: str,
    sql: str,
    *,
    scope_id: int,
    grain: str,
    period: date,
    segments: Sequence[str] = (),
    part: Part = ALL,
) -> Listed:
    """A part of the rows that a metric's rows SELECT gives for a scope and period.

    Without `segments` they are those of all segments, each once. `ValueError` for an order or a
    condition that rows of the kind do not have.
    """
    source = source_of(
        connection.dialect.name,
        kind,
        sql,
        scope_id=scope_id,
        grain=grain,
        period=period,
        segments=segments,
    )
    return read_list(connection, KINDS[kind], source, part)


def source_of(
    dialect: str, kind: str, sql: str, *, scope_id: int, grain: str, period: date, segments: Sequence[str]
) -> Source:
    """Where the rows behind a metric's number come from, as `db.listing` reads them."""
    key = ", ".join(f"b.{name}" for name in (*KINDS[kind].key, *KINDS[kind].carried))
    where = " WHERE segment IN :segments" if segments else ""
    # Who did something for whom is looked up only where it is asked for.
    plain = not segments and sql.count("segment") == 1 and "organization" not in sql
    values = {
        "scope": scope_id,
        "grain": grain,
        "first": period,
        "last": period_end(period, grain),
        "before": period_before(period, grain),
        **({"segments": list(segments)} if segments else {}),
    }
    scoped = partial(_scoped, dialect, plain)
    # Facts of the scope by themselves are there once each.
    each = "" if plain and _ONCE.search(sql) and not re.search(r"\b(JOIN|UNION)\b", sql) else "DISTINCT "
    return Source(f"SELECT {each}{key} FROM ({sql}) b{where}", values, partial(_IN_SCOPE.sub, scoped))


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
