"""What a table holds, in one number that is the same on every database and in every order of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from db.errors import DatabaseError
from db.schema import Record

#: Who is at work in a database at the moment: nothing that another database should believe.
LEFT_BEHIND = frozenset({"leases"})
#: Rows that are fetched at a time.
_PAGE = 5000
#: Sums of hashes are kept to as many bits as a hash has.
_MODULUS = 1 << 128


@dataclass(frozen=True)
class Contents:
    """A table's number of rows, and the sum of its rows' hashes as 32 hexadecimal digits."""

    rows: int
    fingerprint: str


class Tally:
    """Counts rows and adds up their hashes: addition knows no order, so neither does the sum.

    Two rows that are the same count twice, which XOR would not see.
    """

    def __init__(self) -> None:
        self._rows = 0
        self._sum = 0

    def add(self, row: tuple[Any, ...]) -> None:
        """One row more, its values in the order of the table's columns."""
        digest = hashlib.blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        self._rows += 1
        self._sum = (self._sum + int.from_bytes(digest)) % _MODULUS

    def contents(self) -> Contents:
        """What was added so far."""
        return Contents(self._rows, f"{self._sum:032x}")


def tables() -> list[Table]:
    """The tables that a copy takes along, each after those that it refers to."""
    return [table for table in Record.metadata.sorted_tables if table.name not in LEFT_BEHIND]


def rows(connection: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    """A table's rows as Python values, a page at a time, so that memory does not grow with the table.

    A value that is not of its column's type raises `DatabaseError`: SQLite takes any text for a day.
    """
    result = connection.execution_options(yield_per=_PAGE).execute(select(*table.columns))
    try:
        for page in result.partitions():
            for row in page:
                yield tuple(row)
    except (TypeError, ValueError) as error:
        raise DatabaseError(
            f"holds a value that is not of its column's type ({error})",
            to=f"table {table.name}",
            next_step="Mend or delete that row, or restore a backup",
        ) from error
    finally:
        result.close()


def contents(connection: Connection, table: Table) -> Contents:
    """What the table holds now."""
    tally = Tally()
    for row in rows(connection, table):
        tally.add(row)
    return tally.contents()
