"""Metrics computed slice by slice, by two threads: most of them keep no more than one core busy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self

from db.metrics import compute
from db.metrics.catalogue import Definition
from db.metrics.column_copy import ColumnCopy
from db.metrics.columns import tables_read
from db.metrics.compute import Columns
from db.metrics.touched import Slice

#: Metrics that go together where all is shown: few, so that neither thread waits long for the other.
TOGETHER = 5

#: Called with a metric that is done, and how many seconds its computing took.
Done = Callable[[str, float], None]


@dataclass(frozen=True)
class _Share:
    """Metrics that one thread computes of one slice."""

    part: Slice
    definitions: Sequence[Definition]


class _Beside:
    """The copy as it was settled, with temporary tables of its own."""

    def __init__(self, copy: ColumnCopy) -> None:
        self.duck = copy.duck.cursor()
        self.days = copy.days

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        """The rows of a SELECT over the copy."""
        return self.duck.execute(select).fetchall()


class SideBySide:
    """Computes metrics in a thread beside, the first from the start on; to be used as a context.

    Settles the copy whenever metrics are given. `finish` has the thread that calls it help, and lays aside in
    the copy's temporary tables what differs.
    """

    def __init__(self, copy: ColumnCopy, parts: Mapping[Slice, Sequence[Definition]]) -> None:
        copy.settle()
        self._copy = copy
        self._left: SimpleQueue[_Share] = SimpleQueue()
        self._done: SimpleQueue[tuple[str, float]] = SimpleQueue()
        self._ended = threading.Event()
        self._beside = _Beside(copy)
        compute.prepare(self._beside)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="computing")
        self._work: list[Future[None]] = []
        self._begin(parts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.shutdown()
        self._beside.duck.close()

    def add(self, parts: Mapping[Slice, Sequence[Definition]]) -> None:
        """Have more metrics computed, of what has been brought up to date by now."""
        self._copy.settle()
        self._begin(parts)

    def _begin(self, parts: Mapping[Slice, Sequence[Definition]]) -> None:
        for share in _shares(parts):
            self._left.put(share)
        self._work.append(
            self._thread.submit(
                self._compute, self._beside, lambda metric, seconds: self._done.put((metric, seconds))
            )
        )

    def finish(self, done: Done) -> None:
        """Compute what is left, and wait for the other thread; raises what went wrong in either.

        `done` is called by this thread alone, for each slice of a metric.
        """

        def told(metric: str, seconds: float) -> None:
            done(metric, seconds)
            self._tell(done)

        self._compute(self._copy, told)
        for each in self._work:
            each.result()
        self._tell(done)
        for name in compute.DIFFERING:
            self._copy.duck.register("beside", self._beside.duck.sql(f"FROM {name}").to_arrow_table())
            self._copy.duck.execute(f"INSERT INTO {name} FROM beside")
            self._copy.duck.unregister("beside")

    def _tell(self, done: Done) -> None:
        try:
            while True:
                done(*self._done.get_nowait())
        except Empty:
            return

    def _compute(self, columns: Columns, done: Done) -> None:
        """Take share after share until none is left."""
        while not self._ended.is_set():
            try:
                share = self._left.get_nowait()
            except Empty:
                return
            reads = {name for each in share.definitions for name in tables_read(each.sql)}
            shown = compute.show(columns, share.part, reads)
            for definition in share.definitions:
                if self._ended.is_set():
                    return
                done(definition.metric, compute.compute(columns, definition))
            compute.compare(columns, [each.metric for each in share.definitions], share.part)
            compute.hide(columns, shown)


def _shares(parts: Mapping[Slice, Sequence[Definition]]) -> Iterator[_Share]:
    """The large ones first: what is small fills the end."""
    sliced = [part for part in parts if part.scopes is not None]
    for part in sorted(sliced, key=lambda part: len(parts[part]), reverse=True):
        yield _Share(part, parts[part])
    for part in parts.keys() - sliced:
        together = parts[part]
        for start in range(0, len(together), TOGETHER):
            yield _Share(part, together[start : start + TOGETHER])
