"""Rows that differ, from DuckDB back into the database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import Boolean, Column, Connection, Date, Engine, Table, func, select, text
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex

#: Rows that SQLite's driver is handed at once.
BATCH = 100_000
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


def fill(engine: Engine, table: Table, duck: duckdb.DuckDBPyConnection, parts: Sequence[str]) -> None:
    """Put rows into a table that holds none: `parts` are DuckDB SELECTs of its columns, in its order.

    SQLite takes each part in a transaction of its own, so that nobody waits for
    long. PostgreSQL takes all of them in one, without keys and indexes, which it makes
    anew of all rows at once in a third of the time that row by row takes; who asks meanwhile waits.
    """
    columns = list(table.columns)
    if engine.dialect.name == "sqlite":
        for part in parts:
            with engine.begin() as connection:
                _execute(connection, duck, f"INSERT INTO {_into(table)}", part, columns)
        return
    with engine.begin() as connection, _without_keys(connection, table):
        for part in parts:
            _copy_in(connection, duck, part, f"{table.name} ({_listed(columns)})")


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
    _copy_in(connection, duck, select, f"staged ({_listed(columns)})")
    connection.exec_driver_sql(statement)
    connection.exec_driver_sql("DROP TABLE staged")


def _copy_in(connection: Connection, duck: duckdb.DuckDBPyConnection, select: str, into: str) -> None:
    driver: Any = connection.connection.driver_connection
    with (
        _as_file(duck, select) as path,
        path.open("rb") as file,
        driver.cursor() as cursor,
        cursor.copy(f"COPY {into} FROM STDIN WITH (FORMAT csv)") as copy,
    ):
        while block := file.read(BLOCK):
            copy.write(block)


@contextmanager
def _as_file(duck: duckdb.DuckDBPyConnection, select: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="flowmeter-") as folder:
        path = Path(folder) / "rows.csv"
        duck.execute(f"COPY ({select}) TO '{path}' (FORMAT csv, HEADER false)")
        yield path


def _into(table: Table) -> str:
    return f"{table.name} ({_listed(list(table.columns))}) VALUES ({', '.join('?' * len(table.columns))})"


def _listed(columns: Sequence[Column[Any]]) -> str:
    return ", ".join(f'"{column.name}"' for column in columns)
