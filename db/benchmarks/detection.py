"""Change points of all series that changed: looked for, held against those that are known, written.

What is held afterwards is what the results say, whatever the order in which they came, and what people
said of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, and_, delete, func, select, text

from db.benchmarks.known_changes import Known, Point, Row, settled
from db.benchmarks.steps import ALGORITHM, RULES, find_steps
from db.engine import writing
from db.schema import table
from db.schema.benchmarks import BenchmarkResult
from db.upsert import upsert

#: Series looked at in one transaction: other writers are never kept for long.
SERIES_AT_ONCE: Final = 100
#: PostgreSQL: writers of change points wait for each other under this number (any that nothing else uses).
LOCK: Final = 7_115_220_319
#: A series with fewer results has no past that a step could be told from.
LEAST: Final = RULES.suspected_from + 1


@dataclass(frozen=True)
class Detected:
    """What a detection came to: series looked at, and change points by what became of them."""

    series: int = 0
    suspected: int = 0
    confirmed: int = 0
    withdrawn: int = 0


@dataclass(frozen=True)
class _Seen:
    """What a series looks like from afar."""

    results: int
    newest_at: datetime | None
    total: float

    def like(self, other: _Seen) -> bool:
        """Whether both are the same; sums of the same numbers may differ in the last digits."""
        apart = abs(self.total - other.total)
        same = (self.results, self.newest_at) == (other.results, other.newest_at)
        return same and apart <= 1e-9 * max(abs(self.total), abs(other.total))


def counted() -> Any:
    """The condition on results that are a history: valid, and neither a competition's nor second-hand.

    A round's entries are by many on many systems; what moves from one to the next is no step.
    """
    return and_(
        BenchmarkResult.valid,
        BenchmarkResult.round.is_(None),
        BenchmarkResult.claim.in_(("measured", "published")),
    )


def detect_changes(engine: Engine, *, everything: bool = False) -> Detected:
    """Look at every series that is not as it was when it was last looked at, and write what is found.

    A change that was known keeps its number, state, note and link when its place
    moves by a few results; a suspected one that is confirmed becomes so; one that
    is not found any more goes, unless somebody said something of it. The same
    results again change nothing. `everything` looks at all series.
    """
    with engine.connect() as connection:
        looks = _series(connection)
        known = {} if everything else _examined(connection)
        connection.rollback()
    wanted = [
        series_id
        for series_id, seen in looks.items()
        if series_id not in known or not seen.like(known[series_id])
    ]
    found: Counter[str] = Counter()
    for start in range(0, len(wanted), SERIES_AT_ONCE):
        found += _detect(engine, wanted[start : start + SERIES_AT_ONCE], looks)
    return Detected(
        series=len(wanted),
        suspected=found["suspected"],
        confirmed=found["confirmed"],
        withdrawn=found["withdrawn"],
    )


def alone(connection: Connection) -> None:
    """Wait until nobody else writes change points; until the end of the transaction nobody else does."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})


def forget_examination(connection: Connection, series_id: int) -> None:
    """Have the next detection look at a series whatever it looks like."""
    examinations = table("series_examinations")
    connection.execute(delete(examinations).where(examinations.c.series_id == series_id))


def _series(connection: Connection) -> dict[int, _Seen]:
    """How the series look that have enough results, or had so."""
    rows = connection.execute(
        select(
            BenchmarkResult.series_id,
            func.count().label("results"),
            func.max(BenchmarkResult.measured_at).label("newest_at"),
            func.sum(BenchmarkResult.value).label("total"),
        )
        .where(counted())
        .group_by(BenchmarkResult.series_id)
        .having(func.count() >= LEAST)
    )
    looks = {row.series_id: _Seen(row.results, row.newest_at, row.total) for row in rows}
    examinations, changes = table("series_examinations"), table("change_points")
    of_change = select(BenchmarkResult.series_id).join(
        changes, changes.c.result_id == BenchmarkResult.result_id
    )
    for series_id in connection.execute(select(examinations.c.series_id).union(of_change)).scalars():
        looks.setdefault(series_id, _Seen(0, None, 0.0))
    return looks


def _examined(connection: Connection) -> dict[int, _Seen]:
    examinations = table("series_examinations")
    rows = connection.execute(select(examinations).where(examinations.c.algorithm == ALGORITHM))
    return {row.series_id: _Seen(row.results, row.newest_at, row.total) for row in rows}


def _detect(engine: Engine, wanted: Sequence[int], looks: Mapping[int, _Seen]) -> Counter[str]:
    with engine.connect() as connection:
        histories = _histories(connection, wanted)
        connection.rollback()
    steps = {
        series_id: find_steps([point.value for point in points]) if len(points) >= LEAST else []
        for series_id, points in histories.items()
    }
    with writing(engine).begin() as connection:
        alone(connection)
        held = _held(connection, wanted)
        news: Counter[str] = Counter()
        fresh: list[Row] = []
        gone: list[int] = []
        for series_id, points in histories.items():
            before = {each.row["change_point_id"]: each.row for each in held[series_id]}
            rows = settled(series_id, points, steps[series_id], held[series_id])
            gone += before.keys() - {row["change_point_id"] for row in rows}
            for row in rows:
                was = before.get(row["change_point_id"])
                if row != was:
                    fresh.append(row)
                if was is None or was["state"] != row["state"]:
                    news[row["state"]] += 1
        changes = table("change_points")
        if gone:
            connection.execute(delete(changes).where(changes.c.change_point_id.in_(gone)))
        upsert(connection, changes, fresh)
        upsert(connection, table("series_examinations"), [_examination(each, looks[each]) for each in wanted])
    news["withdrawn"] += len(gone)
    return news


def _examination(series_id: int, seen: _Seen) -> Row:
    return {"series_id": series_id, "algorithm": ALGORITHM, **vars(seen)}


def _histories(connection: Connection, wanted: Sequence[int]) -> dict[int, list[Point]]:
    """The results of each series in order of time."""
    histories: dict[int, list[Point]] = {series_id: [] for series_id in wanted}
    rows = connection.execute(
        select(
            BenchmarkResult.series_id,
            BenchmarkResult.result_id,
            BenchmarkResult.measured_at,
            BenchmarkResult.value,
        )
        .where(BenchmarkResult.series_id.in_(wanted), counted())
        .order_by(BenchmarkResult.series_id, BenchmarkResult.measured_at, BenchmarkResult.result_id)
    )
    for row in rows:
        histories[row.series_id].append(Point(row.result_id, row.measured_at, row.value))
    return histories


def _held(connection: Connection, wanted: Sequence[int]) -> dict[int, list[Known]]:
    """The change points of each series; one whose result was moved to another series goes with it."""
    changes, results = table("change_points"), table("benchmark_results")
    rows = connection.execute(
        select(changes, results.c.series_id.label("now_of"), results.c.measured_at)
        .join(results, results.c.result_id == changes.c.result_id)
        .where(results.c.series_id.in_(wanted))
        .order_by(results.c.measured_at, changes.c.change_point_id)
    ).mappings()
    held: dict[int, list[Known]] = {series_id: [] for series_id in wanted}
    for row in rows:
        known = Known({name: row[name] for name in changes.c.keys()}, row["measured_at"])  # noqa: SIM118
        held[row["now_of"]].append(known)
    return held
