"""What goes into a lake: which tables and columns, and how the rows of a table are split into files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import duckdb
import pyarrow as pa
from sqlalchemy import Connection, Date, Table

from db.adhoc.public import public_columns
from db.lake.snapshot import LakeColumn
from db.metrics.reader import AT_ONCE, EVERYTHING, Reader, column_type
from db.schema import Record, table

#: Part of every file's name: another number writes all files anew.
VERSION = 1
#: How a process keeps house at this moment: nothing that a copy should hold.
NEVER = frozenset({"leases", "refresh_marks", "fact_changes"})
#: The day that splits a table by years, the first that it has; NULL is in no year.
SPLIT_BY = ("day", "period")
#: Split into so many files, the calendar would be read more slowly.
WHOLE = frozenset({"calendar"})
#: Rows that hold whole pages of text are read so many at once.
LONG, FEW = frozenset({"reports", "deliveries"}), 50
_MODULUS = 1 << 128


@dataclass(frozen=True)
class Content:
    """How many rows are in a part of a table, and the sum of their hashes, which knows no order."""

    rows: int
    sum: int


@dataclass(frozen=True)
class Kept:
    """A table as a lake holds it: its columns, and the one whose years split it (None: it is one file)."""

    table: Table
    columns: tuple[str, ...]
    split: str | None

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    def described(self) -> tuple[LakeColumn, ...]:
        """Its columns, as a manifest tells of them; instants are in UTC."""
        return tuple(
            LakeColumn(
                name, lake_type(column_type(self.table.c[name])), str(self.table.c[name].comment or "")
            )
            for name in self.columns
        )

    def part(self) -> str:
        """DuckDB's words for the part that a row is in: its year, or 0."""
        return f'YEAR("{self.split}")' if self.split else "0"

    def path(self, year: int, content: Content) -> str:
        """Where a part lies within a snapshot: the same path means the same rows."""
        columns = [(column.name, column.type) for column in self.described()]
        told = repr((VERSION, duckdb.__version__, self.name, columns, year, content))
        name = f"{blake2b(told.encode(), digest_size=10).hexdigest()}.parquet"
        # A table without rows has its columns still.
        return f"{self.name}/year={year}/{name}" if self.split and content.rows else f"{self.name}/{name}"


def lake_type(held: str) -> str:
    """A column's type in a lake, by its type in the copy in columns."""
    return "TIMESTAMP WITH TIME ZONE" if held == "TIMESTAMP" else held


def kept_tables(*, private: bool) -> list[Kept]:
    """The tables that a lake holds: what is public, or all but how processes keep house."""
    if private:
        named = {each.name: list(each.c.keys()) for each in Record.metadata.sorted_tables}
    else:
        named = public_columns()
    return [_kept(table(name), named[name]) for name in sorted(named) if name not in NEVER]


def _kept(held: Table, columns: Sequence[str]) -> Kept:
    days = [
        name
        for name in SPLIT_BY
        if name in columns and isinstance(held.c[name].type, Date) and not held.c[name].nullable
    ]
    split = days[0] if days and held.name not in WHOLE and "year" not in columns else None
    return Kept(held, tuple(columns), split)


def batches(connection: Connection, kept: Kept, years: Iterable[int] | None = None) -> Iterator[pa.Table]:
    """The rows of a table, of some years or all, so many at a time that memory stays flat."""
    where = EVERYTHING
    if years is not None and kept.split:
        where = " OR ".join(
            f"\"{kept.split}\" BETWEEN '{year:04d}-01-01' AND '{year:04d}-12-31'" for year in sorted(years)
        )
    at_once = FEW if kept.name in LONG else AT_ONCE
    return Reader(connection).batches(kept.table, kept.columns, where, at_once)


class Tally:
    """Adds up what the parts of a table hold."""

    def __init__(self, duck: duckdb.DuckDBPyConnection, kept: Kept) -> None:
        self._duck = duck
        listed = ", ".join(f'"{name}"' for name in kept.columns)
        self._asked = (
            f"SELECT {kept.part()}, COUNT(*), SUM(CAST(HASH({listed}) AS HUGEINT)) FROM batch GROUP BY ALL"
        )
        self._found: dict[int, Content] = {}

    def add(self, batch: pa.Table) -> None:
        """Some rows more."""
        self._duck.register("batch", batch)
        for year, rows, hashes in self._duck.execute(self._asked).fetchall():
            held = self._found.get(int(year), Content(0, 0))
            self._found[int(year)] = Content(held.rows + rows, (held.sum + int(hashes)) % _MODULUS)
        self._duck.unregister("batch")

    def contents(self) -> dict[int, Content]:
        """Year (0 of a table that is not split) → what it holds; one empty part of an empty table."""
        return self._found or {0: Content(0, 0)}


def contents(connection: Connection, duck: duckdb.DuckDBPyConnection, kept: Kept) -> dict[int, Content]:
    """What the parts of a table hold now."""
    tally = Tally(duck, kept)
    for batch in batches(connection, kept):
        tally.add(batch)
    return tally.contents()
