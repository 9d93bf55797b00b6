"""Rows that differ, from DuckDB back into the database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

import duckdb
from sqlalchemy import Boolean, Column, Connection, Date, Engine, Table, func, select, text
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex

from db.errors import DatabaseError
from db.faults import driver_of
from db.literals import quoted

#: Rows that SQLite's driver is handed at once.
BATCH = 100_000
#: Memory that PostgreSQL may sort an index in: a table's keys fit.
SORTING = "256MB"
#: Bytes of a file that PostgreSQL is handed at once.
BLOCK = 1 << 20


def write_difference(
    connection: Connection, table: Table, duck: duckdb.DuckDBPyConnection, *, gone: str, fresh: str
) -> None:
    """Take rows out of a table and put others in, within the transaction given.

    `gone` is a DuckDB SELECT of primary keys, `fresh` one of whole rows, in the
    order of the table's columns; a fresh row replaces one with its key.
    """
    keys = list(table.primary_key.columns)
    columns = list(table.columns)
    if connection.dialect.name == "sqlite":
        matches = " AND ".join(f'"{column.name}" = ?' for column in keys)
        _execute(connection, duck, f"DELETE FROM {table.name} WHERE {matches}", gone, keys)
        _execute(connection, duck, f"INSERT OR REPLACE INTO {_into(table)}", fresh, columns)
        return
    matches = " AND ".join(f't."{column.name}" = s."{column.name}"' for column in keys)
    _staged(connection, duck, table, f"DELETE FROM {table.name} t USING staged s WHERE {matches}", gone, keys)
    changes = ", ".join(
        f'"{column.name}" = excluded."{column.name}"' for column in columns if not column.primary_key
    )
    put = (
        f"INSERT INTO {table.name} ({_listed(columns)}) SELECT {_listed(columns)} FROM staged "
        f"ON CONFLICT ({_listed(keys)}) DO UPDATE SET {changes}"
    )
    _staged(connection, duck, table, put, fresh, columns)


class Filler:
    """Puts rows into tables that hold none, beside what else goes on; to be used as a context.

    SQLite takes each part in a transaction of its own, so that nobody waits for
    long. PostgreSQL takes all of a table in one, without keys and indexes, which it makes
    anew of all rows at once in a third of the time that row by row takes; who asks meanwhile waits.
    It does so while the refresh computes on: a thread hands it table after table.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._folder = tempfile.TemporaryDirectory(prefix="flowmeter-")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="filling")
        self._waiting: list[Future[None]] = []
        self._files = 0
        #: Tables that were filled, and are known to PostgreSQL's planner.
        self.filled: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(cancel_futures=kind is not None)
        self._folder.cleanup()

    def fill(self, table: Table, duck: duckdb.DuckDBPyConnection, parts: Sequence[str]) -> None:
        """Take rows for a table: `parts` are DuckDB SELECTs of its columns, in its order."""
        self.filled.add(table.name)
        if self._engine.dialect.name == "sqlite":
            columns = list(table.columns)
            for part in parts:
                with self._engine.begin() as connection:
                    _execute(connection, duck, f"INSERT INTO {_into(table)}", part, columns)
            return
        files: SimpleQueue[Path | None] = SimpleQueue()
        self._waiting.append(self._thread.submit(_load, self._engine, table, files, len(parts)))
        try:
            for part in parts:
                self._files += 1
                path = Path(self._folder.name) / f"{self._files}.csv"
                _write_file(duck, part, path)
                files.put(path)
        finally:
            # Whoever has not got all parts by now gets no more.
            files.put(None)

    def wait(self) -> None:
        """Return when all rows are in their tables; raises what went wrong with any."""
        for each in self._waiting:
            each.result()
        self._waiting.clear()


def _load(engine: Engine, table: Table, files: SimpleQueue[Path | None], count: int) -> None:
    """PostgreSQL: rows out of so many files into a bare table, which is known to its planner then."""
    with engine.begin() as connection:
        with _without_keys(connection, table):
            for _ in range(count):
                path = files.get()
                if path is None:
                    raise DatabaseError(
                        "did not get all its rows",
                        to=table.name,
                        next_step="The next refresh computes everything",
                    )
                _copy_in(connection, path, f"{table.name} ({_listed(list(table.columns))})")
                path.unlink()
        connection.exec_driver_sql(f"ANALYZE {table.name}")


def analyze(engine: Engine, names: Iterable[str]) -> None:
    """Let PostgreSQL's planner know what tables hold by now."""
    if engine.dialect.name != "postgresql":
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in names:
            connection.execute(text(f"ANALYZE {name}"))


@contextmanager
def _without_keys(connection: Connection, table: Table) -> Iterator[None]:
    """PostgreSQL: the table without keys and indexes, which are back at the end; as it is for a role that
    does not own it."""
    owned = select(func.pg_has_role(text("relowner"), "USAGE")).where(
        text("oid = CAST(:name AS regclass)").bindparams(name=table.name)
    )
    if not connection.execute(owned.select_from(text("pg_class"))).scalar_one():
        yield
        return
    connection.exec_driver_sql(f"SET LOCAL maintenance_work_mem = '{SORTING}'")
    keys = [*table.foreign_key_constraints, table.primary_key]
    for index in table.indexes:
        connection.execute(DropIndex(index))
    for key in keys:
        connection.execute(DropConstraint(key))
    yield
    for key in reversed(keys):
        connection.execute(AddConstraint(key, isolate_from_table=False))
    for index in table.indexes:
        connection.execute(CreateIndex(index))


def _execute(
    connection: Connection,
    duck: duckdb.DuckDBPyConnection,
    statement: str,
    select: str,
    columns: Sequence[Column[Any]],
) -> None:
    """SQLite: a statement once for each row of a SELECT, days as text and truth values as numbers."""
    sent = ", ".join(
        f'CAST("{column.name}" AS VARCHAR)' if isinstance(column.type, Date)
        else f'CAST("{column.name}" AS INTEGER)' if isinstance(column.type, Boolean)
        else f'"{column.name}"'
        for column in columns
    )  # fmt: skip
    for batch in duck.sql(f"SELECT {sent} FROM ({select})").to_arrow_reader(BATCH):
        rows = list(zip(*(lane.to_pylist() for lane in batch.columns), strict=True))
        if rows:
            connection.exec_driver_sql(statement, rows)


def _staged(
    connection: Connection,
    duck: duckdb.DuckDBPyConnection,
    table: Table,
    statement: str,
    select: str,
    columns: Sequence[Column[Any]],
) -> None:
    """PostgreSQL: a statement that reads the rows of a SELECT from the temporary table `staged`."""
    if not duck.execute(f"SELECT EXISTS ({select})").fetchall()[0][0]:
        return
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE staged ON COMMIT DROP AS "
        f"SELECT {_listed(columns)} FROM {table.name} WITH NO DATA"
    )
    with tempfile.TemporaryDirectory(prefix="flowmeter-") as folder:
        path = Path(folder) / "rows.csv"
        _write_file(duck, select, path)
        _copy_in(connection, path, f"staged ({_listed(columns)})")
    connection.exec_driver_sql(statement)
    connection.exec_driver_sql("DROP TABLE staged")


def _copy_in(connection: Connection, path: Path, into: str) -> None:
    with (
        path.open("rb") as file,
        driver_of(connection) as driver,
        driver.cursor() as cursor,
        cursor.copy(f"COPY {into} FROM STDIN WITH (FORMAT csv)") as copy,
    ):
        while block := file.read(BLOCK):
            copy.write(block)


def _write_file(duck: duckdb.DuckDBPyConnection, select: str, path: Path) -> None:
    duck.execute(f"COPY ({select}) TO {quoted(path)} (FORMAT csv, HEADER false)")


def _into(table: Table) -> str:
    return f"{table.name} ({_listed(list(table.columns))}) VALUES ({', '.join('?' * len(table.columns))})"


def _listed(columns: Sequence[Column[Any]]) -> str:
    return ", ".join(f'"{column.name}"' for column in columns)
