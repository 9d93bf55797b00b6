"""Columns out of the database, into Arrow: whole tables, or some of their days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import pyarrow as pa
from pyarrow import csv
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Float,
    Integer,
    Table,
    Text,
    func,
    select,
)

from db.faults import driver_of
from db.schema.columns import Record, UtcDateTime

#: The condition that every row meets.
EVERYTHING = "TRUE"
#: Rows that SQLite is asked for at once.
AT_ONCE = 50_000
#: Bytes that Arrow takes at once; no row may be longer.
BLOCK = 1 << 24
#: Blocks (its pages) of a table that PostgreSQL is asked for at once: a few tens of megabytes.
PAGES = 4_000


def column_type(column: Column[Any]) -> str:
    """How DuckDB calls a column's type; instants are in UTC and carry no zone."""
    match column.type:
        case UtcDateTime():
            return "TIMESTAMP"
        case Date():
            return "DATE"
        case Boolean():
            return "BOOLEAN"
        case Float():
            return "DOUBLE"
        case BigInteger() | Integer():
            return "BIGINT"
        case Text():
            return "VARCHAR"
        case other:
            raise TypeError(f"{column}: {other!r} has no counterpart in DuckDB")


class Reader:
    """Whole columns of tables, within the transaction of the connection given.

    Both databases write rows as lines of text faster than a driver makes Python's
    objects of them, and Arrow reads such lines as fast: rows travel as CSV, many
    in one text, since every row that a driver hands over has its price.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sqlite = connection.dialect.name == "sqlite"

    def read(self, table: Table, columns: Sequence[str], where: str = EVERYTHING) -> pa.Table:
        """Rows of a table, instants in UTC and without a zone."""
        return self.parsed(table, columns, self.lines(table, columns, where))

    def lines(self, table: Table, columns: Sequence[str], where: str = EVERYTHING) -> bytes:
        """Rows of a table as CSV: the same text as long as nobody has touched the table."""
        return self._lines(table.name, [table.c[name] for name in columns], where)

    def parsed(self, table: Table, columns: Sequence[str], lines: bytes) -> pa.Table:
        """The rows that such lines hold."""
        return _parsed([table.c[name] for name in columns], lines)

    def batches(
        self, table: Table, columns: Sequence[str], where: str = EVERYTHING, at_once: int = AT_ONCE
    ) -> Iterator[pa.Table]:
        """The same rows, so many at a time, so that memory does not grow with the table."""
        chosen = [table.c[name] for name in columns]
        parts = self._parts_of_sqlite if self._sqlite else self._parts_of_postgresql
        for lines in parts(table.name, chosen, where, at_once):
            yield _parsed(chosen, lines)

    def count(self, table: Table) -> int:
        """How many rows a table holds."""
        return self._connection.execute(select(func.count()).select_from(table)).scalar_one()

    def counts(self, table: Table) -> pa.Table:
        """How many rows (`rows`) of a table lie on each `day` of each `repository_id`."""
        counted = (
            f"(SELECT repository_id, day, COUNT(*) AS rows FROM {table.name} GROUP BY repository_id, day) n"
        )
        columns = [table.c.repository_id, table.c.day, Column("rows", BigInteger, nullable=False)]
        return _parsed(columns, self._lines(counted, columns, EVERYTHING))

    def _lines(self, source: str, columns: Sequence[Column[Any]], where: str) -> bytes:
        lines = self._of_sqlite if self._sqlite else self._of_postgresql
        return lines(source, columns, where)

    def _of_sqlite(self, source: str, columns: Sequence[Column[Any]], where: str) -> bytes:
        return b"".join(self._parts_of_sqlite(source, columns, where, AT_ONCE))

    def _parts_of_sqlite(
        self, source: str, columns: Sequence[Column[Any]], where: str, at_once: int
    ) -> Iterator[bytes]:
        line = " || ',' || ".join(_written_by_sqlite(column) for column in columns)
        held = Record.metadata.tables.get(source)
        # Arrow takes an empty value at the very end for none only when the line is ended.
        if where == EVERYTHING and held is not None and held.dialect_options["sqlite"]["with_rowid"]:
            for part in self._all_of_sqlite(source, [column.name for column in columns], line, at_once):
                yield f"{part}\n".encode()
            return
        found = self._connection.exec_driver_sql(f"SELECT {line} FROM {source} WHERE {where}")
        while rows := found.fetchmany(at_once):
            yield "".join([f"{row[0]}\n" for row in rows]).encode()

    def _all_of_sqlite(self, name: str, columns: Sequence[str], line: str, at_once: int) -> Iterator[str]:
        """All lines of a table, joined by SQLite itself: in half the time that an object for each takes."""
        read = ", ".join(f'"{column}"' for column in columns)
        last = -(1 << 63)
        while True:
            text, last_read, rows = self._connection.exec_driver_sql(
                f"SELECT group_concat({line}, char(10)), MAX(at_row), COUNT(*) FROM ("
                f"SELECT {read}, rowid AS at_row FROM {name} WHERE rowid > ? ORDER BY rowid LIMIT ?)",
                (last, at_once),
            ).one()
            if rows:
                yield text
            if rows < at_once:
                return
            last = last_read

    def _of_postgresql(self, source: str, columns: Sequence[Column[Any]], where: str) -> bytes:
        line = f"concat_ws(',', {', '.join(map(_written_by_postgresql, columns))})"
        parts = [where]
        if where == EVERYTHING and source in Record.metadata.tables:
            # The server makes a text in memory: of a whole table it makes one after the other.
            blocks = self._connection.exec_driver_sql(
                f"SELECT pg_relation_size('{source}') / CAST(current_setting('block_size') AS bigint)"
            ).scalar_one()
            parts = [
                f"ctid >= '({first},0)' AND ctid < '({first + PAGES},0)'" for first in range(0, blocks, PAGES)
            ]
        # The transaction has to have begun by SQLAlchemy's count too.
        self._connection.exec_driver_sql("SELECT 1")
        texts = []
        with driver_of(self._connection) as driver, driver.cursor(binary=True) as cursor:
            for part in parts:
                cursor.execute(f"SELECT string_agg({line}, chr(10)) FROM {source} WHERE {part}")
                texts += [f"{text}\n" for (text,) in cursor if text is not None]
        return "".join(texts).encode()

    def _parts_of_postgresql(
        self, source: str, columns: Sequence[Column[Any]], where: str, at_once: int
    ) -> Iterator[bytes]:
        chosen = ", ".join(
            f"\"{column.name}\" AT TIME ZONE 'UTC'"
            if isinstance(column.type, UtcDateTime)
            else f'"{column.name}"'
            for column in columns
        )
        self._connection.exec_driver_sql("SELECT 1")
        query = f"COPY (SELECT {chosen} FROM {source} WHERE {where}) TO STDOUT WITH (FORMAT csv)"
        with driver_of(self._connection) as driver, driver.cursor() as cursor, cursor.copy(query) as copy:
            lines = iter(copy)
            while part := b"".join(islice(lines, at_once)):
                yield part


def _parsed(columns: Sequence[Column[Any]], lines: bytes) -> pa.Table:
    types = {column.name: _arrow_type(column) for column in columns}
    if not lines:
        # `empty_table` would load all of pandas, which takes a second.
        return pa.Table.from_batches([], schema=pa.schema(list(types.items())))
    return csv.read_csv(
        pa.BufferReader(lines),
        read_options=csv.ReadOptions(column_names=list(types), block_size=BLOCK),
        parse_options=csv.ParseOptions(newlines_in_values="string" in map(str, types.values())),
        convert_options=csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            true_values=["1", "t"],
            false_values=["0", "f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _arrow_type(column: Column[Any]) -> pa.DataType:
    match column_type(column):
        case "TIMESTAMP":
            return pa.timestamp("us")
        case "DATE":
            return pa.date32()
        case "BOOLEAN":
            return pa.bool_()
        case "DOUBLE":
            return pa.float64()
        case "VARCHAR":
            return pa.string()
        case _:
            return pa.int64()


def _written_by_sqlite(column: Column[Any]) -> str:
    name = f'"{column.name}"'
    match column_type(column):
        case "VARCHAR":
            name = f"""'"' || replace({name}, '"', '""') || '"'"""
        case "DOUBLE":
            # More digits than tell any two numbers apart: SQLite's own are not exact to the last.
            name = (
                f"printf('%!.20g', {name})"
                if not column.nullable
                else f"CASE WHEN {name} IS NOT NULL THEN printf('%!.20g', {name}) END"
            )
        case _:
            pass
    return f"COALESCE({name}, '')" if column.nullable else name


def _written_by_postgresql(column: Column[Any]) -> str:
    name = f'"{column.name}"'
    match column_type(column):
        case "VARCHAR":
            # What is not known is an empty value without quotation marks.
            return f"""COALESCE('"' || replace({name}, '"', '""') || '"', '')"""
        case "TIMESTAMP":
            return f"concat({name} AT TIME ZONE 'UTC')"
        case _:
            return f"concat({name})"
