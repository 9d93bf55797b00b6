"""Rows that differ, from DuckDB back into the database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import Boolean, Column, Connection, Date, Table

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


def fill(connection: Connection, table: Table, duck: duckdb.DuckDBPyConnection, rows: str) -> None:
    """Put rows (a DuckDB SELECT of the table's columns, in its order) where none of their keys is held."""
    columns = list(table.columns)
    if connection.dialect.name == "sqlite":
        _execute(connection, duck, f"INSERT INTO {_into(table)}", rows, columns)
    else:
        _copy_in(connection, duck, rows, f"{table.name} ({_listed(columns)})")


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
