"""Tables that are read beside, by another thread, while those that came before are taken in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
from sqlalchemy import Table

from db.metrics.reader import EVERYTHING, Reader


class ReadAhead:
    """A reader that goes on reading what will be asked; to be used as a context.

    Reading waits for the database, and taking rows in for DuckDB: neither keeps Python from going on. All
    reading is done by the one thread, in the order in which it was announced, within the transaction of the
    reader's connection, which nobody else may use meanwhile.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._announced: dict[tuple[Any, ...], Future[Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(cancel_futures=True)

    def announce(self, table: Table, columns: Sequence[str], where: str = EVERYTHING) -> None:
        """Have these lines read, since they will be asked for."""
        asked = ("lines", table, tuple(columns), where)
        self._announced[asked] = self._thread.submit(self._reader.lines, *asked[1:])

    def announce_count(self, table: Table) -> None:
        """Have the rows of a table counted, since their number will be asked for."""
        self._announced["count", table] = self._thread.submit(self._reader.count, table)

    def read(self, table: Table, columns: Sequence[str], where: str = EVERYTHING) -> pa.Table:
        """Rows of a table, as `Reader` gives them."""
        return self.parsed(table, columns, self.lines(table, columns, where))

    def lines(self, table: Table, columns: Sequence[str], where: str = EVERYTHING) -> bytes:
        """Rows of a table as CSV: those that were announced, or read by now."""
        found: bytes = self._found(self._reader.lines, "lines", table, tuple(columns), where)
        return found

    def parsed(self, table: Table, columns: Sequence[str], lines: bytes) -> pa.Table:
        """The rows that such lines hold."""
        return self._reader.parsed(table, columns, lines)

    def count(self, table: Table) -> int:
        """How many rows a table holds."""
        found: int = self._found(self._reader.count, "count", table)
        return found

    def counts(self, table: Table) -> pa.Table:
        """How many rows of a table lie on each day of each repository, as `Reader` gives them."""
        found: pa.Table = self._found(self._reader.counts, "counts", table)
        return found

    def _found(self, read: Callable[..., Any], *asked: Any) -> Any:
        announced = self._announced.pop(asked, None)
        return (announced or self._thread.submit(read, *asked[1:])).result()
