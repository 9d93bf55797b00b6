"""What goes into a lake: which tables and columns, and how the rows of a table are split into files."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
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
VERSION = 2
#: How a process keeps house at this moment: nothing that a copy should hold.
NEVER = frozenset({"leases", "refresh_marks", "fact_changes", "lake_marks"})
#: The day that splits a table, the first that it has; NULL is in no year.
SPLIT_BY = ("day", "period")
#: Split into so many files, the calendar would be read more slowly.
WHOLE = frozenset({"calendar"})
#: Rows that hold whole pages of text are read so many at once.
LONG, FEW = frozenset({"reports", "deliveries"}), 50
_MODULUS = 1 << 128
#: What makes files: the hashes in their names are DuckDB's.
MADE_BY = f"{VERSION} {duckdb.__version__}"


@dataclass(frozen=True)
class Content:
    """How many rows are in a part of a table, and the sum of their hashes, which knows no order."""

    rows: int
    sum: int


@dataclass(frozen=True)
class Kept:
    """A table as a lake holds it: its columns, and the day by which it is split (None: it is one file).

    A part is a year, as 202400, or from the year `months_since` on a month, as 202403: where most
    is new, little is read and written again. A table in one file is the part 0.
    """

    table: Table
    columns: tuple[str, ...]
    split: str | None
    months_since: int

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
        """DuckDB's words for the part that a row is in."""
        if not self.split:
            return "0"
        day = f'"{self.split}"'
        return f"YEAR({day}) * 100 + IF(YEAR({day}) >= {self.months_since}, MONTH({day}), 0)"

    def part_of(self, month: int) -> int:
        """The part that a month (202403) is in."""
        return month if not self.split or month // 100 >= self.months_since else month // 100 * 100

    def days_of(self, part: int) -> tuple[str, str]:
        """The first and the last day of a part."""
        year, month = divmod(part, 100)
        if not month:
            return f"{year:04d}-01-01", f"{year:04d}-12-31"
        return f"{year:04d}-{month:02d}-01", f"{year:04d}-{month:02d}-{monthrange(year, month)[1]}"

    def path(self, part: int, content: Content) -> str:
        """Where a part lies within a snapshot: the same path means the same rows."""
        columns = [(column.name, column.type) for column in self.described()]
        told = repr((MADE_BY, self.name, columns, part, content))
        name = f"{blake2b(told.encode(), digest_size=10).hexdigest()}.parquet"
        # A table without rows has its columns still.
        within = f"{self.name}/year={part // 100}" if self.split and content.rows else self.name
        return f"{within}/{name}"


def lake_type(held: str) -> str:
    """A column's type in a lake, by its type in the copy in columns."""
    return "TIMESTAMP WITH TIME ZONE" if held == "TIMESTAMP" else held


def kept_tables(*, private: bool, months_since: int) -> list[Kept]:
    """The tables that a lake holds: what is public, or all but how processes keep house."""
    if private:
        named = {each.name: list(each.c.keys()) for each in Record.metadata.sorted_tables}
    else:
        named = public_columns()
    return [_kept(table(name), named[name], months_since) for name in sorted(named) if name not in NEVER]


def _kept(held: Table, columns: Sequence[str], months_since: int) -> Kept:
    days = [
        name
        for name in SPLIT_BY
        if name in columns and isinstance(held.c[name].type, Date) and not held.c[name].nullable
    ]
    split = days[0] if days and held.name not in WHOLE and "year" not in columns else None
    return Kept(held, tuple(columns), split, months_since)


def batches(connection: Connection, kept: Kept, parts: Iterable[int] | None = None) -> Iterator[pa.Table]:
    """The rows of a table, of some parts or all, so many at a time that memory stays flat."""
    where = EVERYTHING
    if parts is not None and kept.split:
        spans = [kept.days_of(part) for part in sorted(parts)]
        where = " OR ".join(f"\"{kept.split}\" BETWEEN '{first}' AND '{last}'" for first, last in spans)
    at_once = FEW if kept.name in LONG else AT_ONCE
    return Reader(connection).batches(kept.table, kept.columns, where, at_once)


class Tally:
    """Adds up what the parts of a table hold."""

    def __init__(self, duck: duckdb.DuckDBPyConnection, kept: Kept) -> None:
        self._duck = duck
        listed = ", ".join(f'"{name}"' for name in kept.columns)
        self._asked = f"SELECT {kept.part()}, COUNT(*), SUM(CAST(HASH({listed}) AS HUGEINT))"
        #: Part → what it holds, of those with rows.
        self.found: dict[int, Content] = {}

    def add(self, batch: pa.Table) -> None:
        """Some rows more."""
        self._duck.register("batch", batch)
        self.add_from("batch")
        self._duck.unregister("batch")

    def add_from(self, source: str) -> None:
        """The same of what DuckDB knows by a name or a SELECT in brackets."""
        for part, rows, hashes in self._duck.execute(f"{self._asked} FROM {source} GROUP BY ALL").fetchall():
            if not rows:
                continue
            held = self.found.get(int(part), Content(0, 0))
            self.found[int(part)] = Content(held.rows + rows, (held.sum + int(hashes)) % _MODULUS)

    def contents(self) -> dict[int, Content]:
        """The same; one empty part of a table without rows."""
        return self.found or {0: Content(0, 0)}


def contents(
    connection: Connection,
    duck: duckdb.DuckDBPyConnection,
    kept: Kept,
    read: Callable[[int], None] = lambda _: None,
) -> dict[int, Content]:
    """What the parts of a table hold now; `read` hears how many rows were read."""
    tally = Tally(duck, kept)
    for batch in batches(connection, kept):
        tally.add(batch)
        read(batch.num_rows)
    return tally.contents()
