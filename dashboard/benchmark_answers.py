"""What the Performance page shows, kept until another result is held: pairing all results takes a second."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, func, select

from db import benchmarks
from db.schema import table

#: Systems of one size may be compared; so many accelerators are what most rounds have.
ONE_SIZE = 8


@dataclass(frozen=True)
class Benchmarks:
    """The frames of `db.benchmarks` that the page draws; `case` is the one with most results, or None."""

    case: str | None
    best: pd.DataFrame
    sized: pd.DataFrame
    pairs: pd.DataFrame
    medians: pd.DataFrame
    sources: pd.DataFrame


_kept: dict[str, tuple[tuple[object, ...], Benchmarks]] = {}
_lock = threading.Lock()


def held(connection: Connection) -> Benchmarks:
    """Everything that the page needs; read again only when results or sources changed."""
    database = connection.engine.url.render_as_string(hide_password=True)
    state = _state(connection)
    with _lock:
        kept = _kept.get(database)
        if kept is None or kept[0] != state:
            kept = (state, _read(connection))
            _kept[database] = kept
        return kept[1]


def _state(connection: Connection) -> tuple[object, ...]:
    """What changes whenever a result is added, changed or taken away by ingesting."""
    results, sources = table("benchmark_results"), table("benchmark_sources")
    count, newest = connection.execute(
        select(func.count(results.c.result_id), func.max(results.c.measured_at))
    ).one()
    files, sums = connection.execute(
        select(func.count(), func.sum(sources.c.results)).select_from(sources)
    ).one()
    last = connection.execute(
        select(sources.c.checksum).order_by(sources.c.ingested_at.desc(), sources.c.source_id).limit(1)
    ).scalar_one_or_none()
    return count, newest, files, sums, last


def _read(connection: Connection) -> Benchmarks:
    cases = benchmarks.training_cases(connection)
    case = cases[0] if cases else None
    none = pd.DataFrame()
    return Benchmarks(
        case=case,
        best=benchmarks.time_to_train_by_hardware(connection, case=case) if case else none,
        sized=benchmarks.time_to_train_by_hardware(connection, case=case, count=ONE_SIZE, by="family")
        if case
        else none,
        pairs=benchmarks.xla_pairs(connection),
        medians=benchmarks.xla_summary(connection),
        sources=benchmarks.source_summary(connection),
    )
