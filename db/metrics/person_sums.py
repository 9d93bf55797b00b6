"""What each person did by scope, month and year, summed up from contributions: what lists of people read."""

from __future__ import annotations

import duckdb

from db.schema import table
from db.schema.sums import COUNTS

_COUNTED = ", ".join(
    f"CAST(COALESCE(SUM(c.quantity) FILTER (c.kind = '{kind}'), 0) AS BIGINT) AS {name}"
    for name, kind in COUNTS.items()
)
_SUMS = f"{_COUNTED}, CAST(SUM(c.quantity) AS BIGINT) AS contributions"
#: Table → the DuckDB SELECT that gives its rows from contributions, of all or of some people.
SELECTS = {
    "person_totals": (
        "SELECT s.scope_id, c.person_id, MAX(c.person_kind) AS person_kind, MIN(c.day) AS first_day, "
        f"MAX(c.day) AS last_day, {_SUMS} FROM {{source}} c "
        "JOIN scope_repositories s ON s.repository_id = c.repository_id "
        "GROUP BY s.scope_id, c.person_id"
    ),
    "organization_people": (
        "SELECT s.scope_id, c.organization_id, c.person_id, MAX(c.person_kind) AS person_kind, "
        f"MIN(c.day) AS first_day, MAX(c.day) AS last_day, {_SUMS} FROM {{source}} c "
        "JOIN scope_repositories s ON s.repository_id = c.repository_id "
        "WHERE c.organization_id <> 0 GROUP BY s.scope_id, c.organization_id, c.person_id"
    ),
    "person_periods": " UNION ALL ".join(
        f"SELECT c.repository_id, '{grain}' AS grain, CAST(DATE_TRUNC('{grain}', c.day) AS DATE) AS period, "
        f"c.person_id, MAX(c.person_kind) AS person_kind, {_SUMS} FROM {{source}} c "
        "GROUP BY 1, 2, 3, 4"
        for grain in ("month", "year")
    ),
}


def compare(duck: duckdb.DuckDBPyConnection, name: str, *, moved: bool) -> None:
    """Sum up one of `SELECTS` and lay aside how it differs from what is held of it.

    With `moved` only of the people in the temporary table `moved_people`, whose contributions differ
    (`contributions_after` holds them).
    Fills the temporary tables `sums_gone` (keys) and `sums_fresh` (rows).
    """
    keys = ", ".join(column.name for column in table(name).primary_key)
    source = "contributions_after" if moved else "contributions"
    held = f"(FROM {name} SEMI JOIN moved_people USING (person_id))" if moved else name
    duck.execute(f"CREATE OR REPLACE TEMPORARY TABLE summed AS {SELECTS[name].format(source=source)}")
    duck.execute(
        "CREATE OR REPLACE TEMPORARY TABLE sums_gone AS "
        f"SELECT {keys} FROM {held} h ANTI JOIN summed n USING ({keys})"
    )
    duck.execute(
        f"CREATE OR REPLACE TEMPORARY TABLE sums_fresh AS (FROM summed) EXCEPT (SELECT * FROM {held} h)"
    )
    duck.execute("DROP TABLE summed")


def take_over(duck: duckdb.DuckDBPyConnection, name: str) -> None:
    """Take what differs into the copy's own rows."""
    keys = ", ".join(column.name for column in table(name).primary_key)
    differing = f"SELECT ({keys}) FROM sums_gone UNION ALL SELECT ({keys}) FROM sums_fresh"
    duck.execute(f"DELETE FROM {name} WHERE ({keys}) IN ({differing})")
    duck.execute(f"INSERT INTO {name} FROM sums_fresh")
