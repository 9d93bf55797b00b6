"""What each person did by scope, month and year, summed up from contributions: what lists of people read."""

from __future__ import annotations

from db.metrics.kept import Kept
from db.schema import table
from db.schema.sums import COUNTS

_COUNTED = ", ".join(
    f"CAST(COALESCE(SUM(c.quantity) FILTER (c.kind = '{kind}'), 0) AS BIGINT) AS {name}"
    for name, kind in COUNTS.items()
)
_SUMS = f"{_COUNTED}, CAST(SUM(c.quantity) AS BIGINT) AS contributions"
_ADDED = ", ".join(f"CAST(SUM(o.{name}) AS BIGINT) AS {name}" for name in (*COUNTS, "contributions"))
#: Whether something of `k` is of a person, repository and year in which contributions differ.
IN_YEAR = "m.repository_id = k.repository_id AND m.person_id = k.person_id AND m.year = YEAR({})"
#: By repository first, which are counted once for all scopes. The first two days in a scope are among the
#: first two in each of its repositories.
_TOTALS = f"""
WITH own AS (
    SELECT c.repository_id, c.person_id, MAX(c.person_kind) AS person_kind, MIN(c.day) AS first_day,
           MAX(c.day) AS last_day, {_SUMS}
    FROM {{source}} c
    GROUP BY c.repository_id, c.person_id
),
later AS (
    SELECT c.repository_id, c.person_id, MIN(c.day) AS second_day
    FROM {{source}} c
    JOIN own o ON o.repository_id = c.repository_id AND o.person_id = c.person_id AND c.day > o.first_day
    GROUP BY c.repository_id, c.person_id
),
scoped AS (
    SELECT s.scope_id, o.*, l.second_day,
           MIN(o.first_day) OVER (PARTITION BY s.scope_id, o.person_id) AS begun
    FROM own o
    LEFT JOIN later l ON l.repository_id = o.repository_id AND l.person_id = o.person_id
    JOIN scope_repositories s ON s.repository_id = o.repository_id
)
SELECT o.scope_id, o.person_id, MAX(o.person_kind) AS person_kind, MIN(o.begun) AS first_day,
       MIN(CASE WHEN o.first_day > o.begun THEN o.first_day ELSE o.second_day END) AS second_day,
       MAX(o.last_day) AS last_day, {_ADDED}
FROM scoped o
GROUP BY o.scope_id, o.person_id
"""
#: Table → the DuckDB SELECT that gives its rows from contributions, of all or of some people.
SELECTS = {
    "person_totals": _TOTALS,
    "organization_people": (
        "SELECT s.scope_id, c.organization_id, c.person_id, MAX(c.person_kind) AS person_kind, "
        f"MIN(c.day) AS first_day, MAX(c.day) AS last_day, {_SUMS} FROM {{source}} c "
        "JOIN scope_repositories s ON s.repository_id = c.repository_id "
        "WHERE c.organization_id <> 0 GROUP BY s.scope_id, c.organization_id, c.person_id"
    ),
    "person_periods": "WITH work AS MATERIALIZED (FROM {source}) "
    + " UNION ALL ".join(
        f"SELECT c.repository_id, '{grain}' AS grain, CAST(DATE_TRUNC('{grain}', c.day) AS DATE) AS period, "
        f"c.person_id, MAX(c.person_kind) AS person_kind, {_SUMS} FROM work c "
        "GROUP BY 1, 2, 3, 4"
        for grain in ("month", "year")
    ),
}


def kept(name: str, *, moved: bool) -> Kept:
    """The rows of one of `SELECTS`, of all contributions or of those that differ.

    With `moved` those of the people whose contributions differ, and by period those of the years in which
    they do.
    """
    source, held = "contributions", name
    if moved and "period" in table(name).c:
        source, held = (
            f"(SELECT k.* FROM {rows} k SEMI JOIN moved_years m ON {IN_YEAR.format(day)})"
            for rows, day in (("contributions_after", "k.day"), (name, "k.period"))
        )
    elif moved:
        source, held = "contributions_after", f"(FROM {name} SEMI JOIN moved_people USING (person_id))"
    return Kept(name, SELECTS[name].format(source=source), held)
