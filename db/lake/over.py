"""Metrics computed over a lake, for the refresh: by DuckDB on this machine, or by Spark on many."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
from sqlalchemy import Engine

from db.errors import DatabaseError
from db.lake.contents import kept_tables
from db.lake.export import export, require_current
from db.lake.snapshot import Snapshot, current
from db.lake.spark import is_spark, over_spark
from db.literals import quoted
from db.metrics.catalogue import Definition
from db.metrics.columns import tables_read
from db.metrics.elsewhere import Answer, Elsewhere

LOCAL = "local"
#: Metrics that an engine computes side by side: one alone would leave machines idle between its steps.
AT_ONCE = 4
#: Given a metric's SELECT in the engine's own dialect, its rows.
Ask = Callable[[Definition], pa.Table]


def chosen(by: str, lake: Path | None, *, refreshed_at: datetime | None = None) -> Elsewhere | None:
    """What `--engine` and `--lake` name; None for the database's own refresh. Raises `DatabaseError`."""
    if by != LOCAL and not is_spark(by):
        raise DatabaseError(
            "is no engine", to=by, next_step="Write local, local[2] or spark://HOST:PORT (7077 is usual)"
        )
    if lake is not None:
        return elsewhere(by, lake, refreshed_at=refreshed_at)
    if by == LOCAL and refreshed_at is None:
        return None
    raise DatabaseError(
        "needs a lake",
        to="--export" if by == LOCAL else f"--engine {by}",
        next_step="Write `flowmeter db export --lake DIR`, and name it here by --lake DIR",
    )


def elsewhere(by: str, lake: Path, *, refreshed_at: datetime | None = None) -> Elsewhere:
    """What computes metrics over a lake by an engine: `local` (DuckDB), `local[N]` or `spark://HOST:PORT`.

    Metrics that read tables which the lake does not hold are left to the database.
    With `refreshed_at` the lake is brought up to date first, and made where there is none; without
    it, one that is older than the database raises `DatabaseError`, which says what to run. So does a
    Spark that cannot be reached.
    """

    def answers(engine: Engine, wanted: Sequence[Definition]) -> Iterator[Answer]:
        held = require_lake(engine, lake, wanted, refreshed_at)
        known = [each for each in wanted if tables_read(each.sql) <= held.manifest.tables.keys()]
        names = sorted({name for each in known for name in tables_read(each.sql)})
        asked: AbstractContextManager[Ask] = (
            _over_duckdb(held, names) if by == LOCAL else over_spark(by, held, names)
        )
        with asked as ask, ThreadPoolExecutor(1 if by == LOCAL else AT_ONCE) as pool:
            try:
                yield from pool.map(lambda each: _timed(ask, each), known)
            finally:
                # When one fails, or nobody waits any more, the others need not begin.
                pool.shutdown(cancel_futures=True)

    return answers


def require_lake(
    engine: Engine, lake: Path, wanted: Sequence[Definition], refreshed_at: datetime | None
) -> Snapshot:
    """The lake, which holds what the metrics read as the database does; with `refreshed_at` made so."""
    if refreshed_at is not None:
        held = current(lake)
        private = held is not None and held.manifest.private
        return export(engine, lake, now=refreshed_at, private=private).snapshot
    return require_current(engine, lake, {name for each in wanted for name in tables_read(each.sql)})


def _timed(ask: Ask, definition: Definition) -> Answer:
    began = time.perf_counter()
    rows = ask(definition)
    return Answer(definition.metric, rows, time.perf_counter() - began)


@contextmanager
def _over_duckdb(held: Snapshot, names: Sequence[str]) -> Iterator[Ask]:
    kept = {each.name: each for each in kept_tables(private=held.manifest.private, months_since=0)}
    with duckdb.connect(":memory:") as duck:
        for name in names:
            chosen = ", ".join(
                f'"{column.name}" AT TIME ZONE \'UTC\' AS "{column.name}"'
                if column.type.endswith("TIME ZONE")
                else f'"{column.name}"'
                for column in kept[name].described()
            )
            files = ", ".join(map(quoted, held.files(name)))
            duck.execute(
                f"CREATE VIEW {name} AS SELECT {chosen} "
                f"FROM read_parquet([{files}], hive_partitioning = false)"
            )
        yield lambda definition: duck.sql(definition.written_for("duckdb")).to_arrow_table()
