"""Every number anew from the facts: people, contributions, then each metric in a transaction of its own."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Connection, Date, Engine, MetaData, Table, select, text, union

from db.engine import writing
from db.errors import DatabaseError
from db.metrics import dialects
from db.metrics.calendar import fill_calendar
from db.metrics.catalogue import Definition, read_catalogue, write_catalogue
from db.metrics.contributions import refresh_contributions
from db.metrics.freshness import facts_until, scope_days
from db.metrics.labels import write_labels
from db.people.resolve import refresh_people
from db.schema import table
from db.upsert import upsert

#: Called with what was done, how many steps are done and how many there are.
Progress = Callable[[str, int, int], None]
#: PostgreSQL: two refreshes wait for each other under this number (any that nothing else uses).
LOCK = 7_115_220_317
FACTS = ("commits", "issues", "pull_requests", "comments", "reviews", "contributions")
SCOPE_DAYS = Table(
    "fresh_scope_days",
    MetaData(),
    Column("scope_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, nullable=False),
    prefixes=["TEMPORARY"],
)
VALUES = "fresh_values"
COMPUTE = """
CREATE TEMPORARY TABLE fresh_values AS
SELECT v.scope_id AS scope_id, v.grain AS grain, v.period AS period, v.segment AS segment,
       CAST(v.value AS {double}) AS value, CAST(v.sample_size AS BIGINT) AS sample_size,
       COALESCE(c.period_end < s.day, FALSE) AS complete
FROM (
{select}
) v
JOIN calendar c ON c.day = v.period AND c.grain = v.grain
LEFT JOIN fresh_scope_days s ON s.scope_id = v.scope_id
WHERE v.value IS NOT NULL
"""
REPLACE = """
INSERT INTO metric_values (metric, scope_id, grain, period, segment, value, sample_size, complete)
SELECT :metric, scope_id, grain, period, segment, value, sample_size, complete FROM fresh_values
"""


@dataclass(frozen=True)
class RefreshResult:
    """A metric that was computed: how many values it gave and how long it took."""

    metric: str
    rows: int
    seconds: float


def refresh(
    engine: Engine,
    *,
    now: datetime,
    metrics: Collection[str] | None = None,
    progress: Progress | None = None,
    steward: str = "Google",
) -> list[RefreshResult]:
    """Compute people, contributions and metrics (all, or those named) from the facts.

    Each metric's values are replaced in one transaction, so that readers see
    the old ones or the new ones and never a gap. `now` bounds what can be known
    and stands in `metric_refreshes`. Raises `DatabaseError` for a metric that
    does not exist, for a metric file that is wrong and for a steward that
    `organizations.toml` does not name.
    """
    catalogue = read_catalogue()
    names = {definition.metric for definition in catalogue}
    unknown = sorted(set(metrics or ()) - names)
    if unknown:
        raise DatabaseError(
            "there is no such metric", to=unknown[0], next_step=f"Choose of {', '.join(sorted(names))}"
        )
    wanted = [each for each in catalogue if metrics is None or each.metric in metrics]
    tell = progress or _silent
    writer = writing(engine)
    with writer.begin() as connection:
        _alone(connection)
        repositories = _with_facts(connection)
    steps = 2 + len(repositories) + len(wanted)
    with writer.begin() as connection:
        _alone(connection)
        refresh_people(connection, steward=steward)
    tell("people", 1, steps)
    with writer.begin() as connection:
        _alone(connection)
        fill_calendar(connection, now=now)
        write_catalogue(connection, catalogue)
        write_labels(connection)
    tell("calendar", 2, steps)
    for place, repository in enumerate(repositories, 3):
        with writer.begin() as connection:
            _alone(connection)
            refresh_contributions(connection, [repository])
        tell("contributions", place, steps)
    if engine.dialect.name == "postgresql":
        _statistics(engine)
    results = []
    with engine.connect() as connection:
        _prepare(connection, now)
        until = facts_until(connection, now=now)
        connection.commit()
        for place, definition in enumerate(wanted, 3 + len(repositories)):
            results.append(_one(connection, definition, until, now))
            tell(definition.metric, place, steps)
    return results


def _silent(_what: str, _done: int, _of: int) -> None:
    """Nobody is told."""


def _one(connection: Connection, definition: Definition, until: date | None, now: datetime) -> RefreshResult:
    """One metric: computed aside, then put in place of what was held."""
    started = time.perf_counter()
    sqlite = connection.dialect.name == "sqlite"
    statement = COMPUTE.format(
        select=definition.written_for(connection.dialect.name),
        double="REAL" if sqlite else "DOUBLE PRECISION",
    )
    connection.execute(text(f"DROP TABLE IF EXISTS {VALUES}"))
    # The SELECT has no parameters: a colon in it is a colon.
    connection.execute(text(statement.replace(":", "\\:")))
    connection.commit()
    # SQLite has one writer: it is kept waiting for the replacing alone, not for the computing.
    connection.execution_options(sqlite_begin="IMMEDIATE")
    with connection.begin():
        _alone(connection)
        connection.execute(
            text("DELETE FROM metric_values WHERE metric = :metric"), {"metric": definition.metric}
        )
        rows = connection.execute(text(REPLACE), {"metric": definition.metric}).rowcount
        seconds = time.perf_counter() - started
        upsert(
            connection,
            table("metric_refreshes"),
            [
                {
                    "metric": definition.metric,
                    "refreshed_at": now,
                    "facts_until": until,
                    "seconds": seconds,
                    "rows": rows,
                }
            ],
        )
    connection.execution_options(sqlite_begin="DEFERRED")
    return RefreshResult(definition.metric, rows, time.perf_counter() - started)


def _prepare(connection: Connection, now: datetime) -> None:
    """The functions and the small temporary table that the metrics' statements need."""
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            raise TypeError(f"{driver!r} is no SQLite connection")
        dialects.register(driver)
    # A pooled connection may carry the table of the refresh before.
    connection.execute(text(f"DROP TABLE IF EXISTS {SCOPE_DAYS.name}"))
    SCOPE_DAYS.create(connection, checkfirst=False)
    days = scope_days(connection, now=now)
    if days:
        connection.execute(
            SCOPE_DAYS.insert(), [{"scope_id": scope, "day": day} for scope, day in days.items()]
        )


def _with_facts(connection: Connection) -> list[int]:
    """Repositories that have facts, or contributions of facts that are gone."""
    seen = union(*(select(table(name).c.repository_id) for name in FACTS)).subquery()
    return list(connection.execute(select(seen.c.repository_id).order_by(seen.c.repository_id)).scalars())


def _alone(connection: Connection) -> None:
    """One refresh at a time; on SQLite the write lock sees to it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})


def _statistics(engine: Engine) -> None:
    """PostgreSQL plans by statistics, and those of rows written a moment ago are not there by themselves."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in (
            "commits",
            "issues",
            "pull_requests",
            "comments",
            "reviews",
            "popularity",
            "contributions",
            "calendar",
            "scope_repositories",
            "people",
            "identities",
            "affiliations",
        ):
            connection.execute(text(f"ANALYZE {name}"))
