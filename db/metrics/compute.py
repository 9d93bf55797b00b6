"""Metrics computed over the copy in columns, and what they give beside the values that are held."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date
from typing import Any, Protocol

import duckdb

from db.metrics.calendar import period_containing, period_end
from db.metrics.catalogue import Definition
from db.metrics.elsewhere import Answer
from db.metrics.touched import ANSWERED, SCOPES, THREADS, TOTALS, Slice

#: Sums of fractions come out in another order every time: differences of their last digits are none.
TOLERANCE = 1e-12
KEY = "metric, scope_id, grain, period, segment"
#: Temporary tables in which that is laid aside in which values differ: keys that are gone, and rows.
DIFFERING = ("values_gone", "values_fresh")
#: Tables whose rows lie on a day, and of which a slice of some years holds those days alone.
DATED = ("contributions", "commits")
COMPUTE = """
INSERT INTO computed_values
SELECT '{metric}', v.scope_id, v.grain, v.period, v.segment,
       CAST(v.value AS DOUBLE), CAST(v.sample_size AS BIGINT), COALESCE(c.period_end < s.day, FALSE)
FROM (
{select}
) v
JOIN calendar c ON c.day = v.period AND c.grain = v.grain
LEFT JOIN known_days s ON s.scope_id = v.scope_id
WHERE v.value IS NOT NULL
"""
#: Keys that are held or computed alone, and rows that are both but differ.
DIFFERENCES = """
CREATE OR REPLACE TEMPORARY TABLE differences AS
SELECT {key}, n.value, n.sample_size, n.complete
FROM computed_values n
FULL JOIN held_values h USING ({key})
WHERE n.value IS NULL OR h.value IS NULL OR ABS(n.value - h.value) > {tolerance} * GREATEST(1, ABS(h.value))
    OR n.sample_size <> h.sample_size OR n.complete <> h.complete
"""
#: What is held with the difference between two parts of it, where there is one.
EXCHANGED = """
CREATE OR REPLACE TEMPORARY TABLE exchanged AS
WITH changes AS (
    SELECT {key}, SUM(value) AS value, SUM(sample_size) AS sample_size, BOOL_OR(complete) AS complete
    FROM (
        SELECT * FROM part_after
        UNION ALL
        SELECT {key}, -value AS value, -sample_size AS sample_size, complete FROM part_before
    ) parts
    GROUP BY {key}
)
SELECT d.metric, d.scope_id, d.grain, d.period, d.segment, COALESCE(h.value, 0) + d.value AS value,
       CAST(COALESCE(h.sample_size, 0) + d.sample_size AS BIGINT) AS sample_size, d.complete
FROM changes d
LEFT JOIN (SELECT * FROM metric_values WHERE metric = '{metric}') h USING ({key})
WHERE d.value <> 0 OR d.sample_size <> 0
"""
#: Values that stay as they are, of periods that were not over and are by now, or the other way round (which
#: those can be alone that began in the year up to the day that is known; the others need no look).
OVER = """
INSERT INTO values_fresh
SELECT v.metric, v.scope_id, v.grain, v.period, v.segment, v.value, v.sample_size,
       COALESCE(c.period_end < n.day, FALSE)
FROM metric_values v
JOIN calendar c ON c.day = v.period AND c.grain = v.grain
LEFT JOIN known_days n ON n.scope_id = v.scope_id
ANTI JOIN values_fresh f ON f.metric = v.metric AND f.scope_id = v.scope_id AND f.grain = v.grain
    AND f.period = v.period AND f.segment = v.segment
ANTI JOIN values_gone g ON g.metric = v.metric AND g.scope_id = v.scope_id AND g.grain = v.grain
    AND g.period = v.period AND g.segment = v.segment
WHERE v.scope_id IN (SELECT scope_id FROM moved_days)
    AND (NOT v.complete OR n.day IS NULL OR v.period >= n.day - 366)
    AND v.complete <> COALESCE(c.period_end < n.day, FALSE)
"""


class Columns(Protocol):
    """The copy in columns, as whoever computes sees it."""

    @property
    def duck(self) -> duckdb.DuckDBPyConnection:
        """Where it is asked, and holds its temporary tables."""

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        """The rows of a SELECT."""

    def days(self, name: str) -> list[str]:
        """The columns of a table that hold days."""


def begin(copy: Columns, days: dict[int, date]) -> None:
    """Make ready to compute: nothing differs yet, and scopes are known as far as `days` says."""
    duck = copy.duck
    values = ", ".join(f"({scope}, DATE '{day}')" for scope, day in days.items()) or "(NULL, NULL)"
    duck.execute(
        "CREATE OR REPLACE TEMPORARY TABLE days_now AS "
        "SELECT CAST(scope_id AS BIGINT) AS scope_id, CAST(day AS DATE) AS day "
        f"FROM (VALUES {values}) d (scope_id, day) "
        "WHERE scope_id IS NOT NULL"
    )
    duck.execute(
        "CREATE OR REPLACE TEMPORARY TABLE moved_days AS SELECT COALESCE(o.scope_id, n.scope_id) AS scope_id "
        "FROM known_days o FULL JOIN days_now n ON n.scope_id = o.scope_id WHERE o.day IS DISTINCT FROM n.day"
    )
    duck.execute("DELETE FROM known_days")
    duck.execute("INSERT INTO known_days SELECT * FROM days_now")
    prepare(copy)
    # Scopes that are gone have taken their values with them, and so have metrics.
    duck.execute("DELETE FROM metric_values WHERE scope_id NOT IN (SELECT scope_id FROM scopes)")


def prepare(copy: Columns) -> None:
    """Lay out the temporary tables of whoever computes."""
    for name in ("computed_values", "values_fresh"):
        copy.duck.execute(f"CREATE OR REPLACE TEMPORARY TABLE {name} AS FROM metric_values LIMIT 0")
    copy.duck.execute(
        f"CREATE OR REPLACE TEMPORARY TABLE values_gone AS SELECT {KEY} FROM metric_values LIMIT 0"
    )


def compute(copy: Columns, definition: Definition) -> float:
    """Compute a metric over what the copy shows at present; returns how many seconds that took."""
    began = time.perf_counter()
    copy.duck.execute(COMPUTE.format(metric=definition.metric, select=definition.written_for("duckdb")))
    return time.perf_counter() - began


def take(copy: Columns, answer: Answer) -> None:
    """Take the rows that another engine gave for a metric, as if they had been computed here."""
    copy.duck.register("answered", answer.rows)
    copy.duck.execute(COMPUTE.format(metric=answer.metric, select="SELECT * FROM answered"))
    copy.duck.unregister("answered")


def compare(copy: Columns, metrics: Iterable[str], part: Slice) -> None:
    """Lay aside what the computed values of metrics in a slice are beside the held ones, and begin afresh.

    To be called while the slice is shown. Adds to the temporary tables
    `values_gone` (keys) and `values_fresh` (rows).
    """
    duck = copy.duck
    named = ", ".join(f"'{metric}'" for metric in metrics)
    where = [f"v.metric IN ({named})"]
    if part.scopes is not None:
        where.append(f"v.scope_id IN ({_listed(part.scopes)})")
    periods = (
        "SEMI JOIN calendar c ON c.grain = v.grain AND c.day = v.period" if part.years is not None else ""
    )
    duck.execute(
        "CREATE OR REPLACE TEMPORARY TABLE held_values AS "
        f"SELECT v.* FROM metric_values v {periods} WHERE {' AND '.join(where)}"
    )
    duck.execute(DIFFERENCES.format(key=KEY, tolerance=TOLERANCE))
    duck.execute(f"INSERT INTO values_gone SELECT {KEY} FROM differences WHERE value IS NULL")
    duck.execute("INSERT INTO values_fresh FROM differences WHERE value IS NOT NULL")
    duck.execute("DELETE FROM computed_values")


def exchange(copy: Columns, definition: Definition) -> float:
    """Bring a metric that adds up over people to date: the moved people's part taken out, and put back anew.

    Lays aside what differs like `compare`; returns how many seconds that took.
    """
    duck, began = copy.duck, time.perf_counter()
    for when in ("before", "after"):
        duck.execute(f"CREATE TEMPORARY VIEW contributions AS FROM contributions_{when}")
        compute(copy, definition)
        duck.execute("DROP VIEW temp.contributions")
        duck.execute(f"CREATE OR REPLACE TEMPORARY TABLE part_{when} AS FROM computed_values")
        duck.execute("DELETE FROM computed_values")
    duck.execute(EXCHANGED.format(key=KEY, metric=definition.metric))
    duck.execute(f"INSERT INTO values_gone SELECT {KEY} FROM exchanged WHERE sample_size = 0")
    duck.execute("INSERT INTO values_fresh SELECT * FROM exchanged WHERE sample_size <> 0")
    return time.perf_counter() - began


def finish(copy: Columns) -> None:
    """Add the values whose periods are over by now, and take all that differs into the copy."""
    duck = copy.duck
    if not copy.rows("SELECT EXISTS (FROM metric_values)")[0][0]:
        # What is compared later are the values of some metrics, for some scopes: they lie together.
        duck.execute(f"INSERT INTO metric_values FROM values_fresh ORDER BY {KEY}")
        return
    duck.execute(OVER)
    differing = f"SELECT ({KEY}) FROM values_gone UNION ALL SELECT ({KEY}) FROM values_fresh"
    duck.execute(f"DELETE FROM metric_values WHERE ({KEY}) IN ({differing})")
    duck.execute("INSERT INTO metric_values FROM values_fresh")


def show(copy: Columns, part: Slice, reads: Iterable[str]) -> list[str]:
    """Let the copy show a slice alone, of the tables that are read; returns what `hide` has to be given.

    Temporary tables stand before those of the copy under the same names. Of some
    years a slice holds every period that touches them, whole, with the threads
    that have anything in them.
    """
    duck = copy.duck
    here = copy.rows("SELECT current_database()")[0][0]
    read = set(reads)
    shown = []

    def stand(name: str, select: str) -> None:
        duck.execute(f"CREATE TEMPORARY TABLE {name} AS {select}")
        shown.append(name)

    if part.scopes is None:
        return []
    scopes = _listed(part.scopes)
    for name in (*SCOPES, *(read & {TOTALS})):
        stand(name, f'SELECT * FROM "{here}".main.{name} WHERE scope_id IN ({scopes})')
    if part.years is None:
        return shown
    years = " OR ".join(
        f"(period <= DATE '{year}-12-31' AND period_end >= DATE '{year}-01-01')"
        for year in sorted(part.years)
    )
    stand("calendar", f'SELECT * FROM "{here}".main.calendar WHERE {years}')
    members = copy.rows("SELECT DISTINCT repository_id FROM scope_repositories")
    inside = f"repository_id IN ({_listed(number for (number,) in members)})"
    for name in DATED:
        if name in read:
            where = f"{inside} AND ({_within('day', part.years)})"
            stand(name, f'SELECT * FROM "{here}".main.{name} WHERE {where}')
    if read & set(THREADS):
        dates = " UNION ".join(
            f'SELECT repository_id, number FROM "{here}".main.{name} '
            f"WHERE {inside} AND ({' OR '.join(_within(day, part.years) for day in copy.days(name))})"
            for name in THREADS
        )
        stand("slice_threads", dates)
        for name in (*THREADS, ANSWERED):
            if name in read:
                stand(
                    name,
                    f'SELECT * FROM "{here}".main.{name} '
                    "SEMI JOIN slice_threads USING (repository_id, number)",
                )
    return shown


def hide(copy: Columns, shown: Iterable[str]) -> None:
    """Let the copy show everything again."""
    for name in shown:
        copy.duck.execute(f"DROP TABLE temp.{name}")


def _within(day: str, years: Iterable[int]) -> str:
    """Whether a day lies in a period that touches one of these years: in one of its days, or weeks."""
    spans = [
        (
            period_containing(date(year, 1, 1), "week"),
            period_end(period_containing(date(year, 12, 31), "week"), "week"),
        )
        for year in sorted(years)
    ]
    return " OR ".join(f"{day} BETWEEN DATE '{first}' AND DATE '{last}'" for first, last in spans)


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in sorted(numbers)) or "NULL"
