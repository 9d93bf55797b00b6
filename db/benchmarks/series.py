"""Series of results: which there are, and one of them point by point."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import BigInteger, Connection, cast, func, or_, select
from sqlalchemy.orm import aliased

from db.benchmarks.results import matching, read, results
from db.schema.benchmarks import (
    BenchmarkCase,
    BenchmarkMetric,
    BenchmarkResult,
    BenchmarkSeries,
    BenchmarkSource,
    Hardware,
)


def series_list(
    connection: Connection,
    *,
    suite: str | None = None,
    hardware_class: str | None = None,
    text: str | None = None,
    at_least: int = 1,
    limit: int = 1_000,
) -> pd.DataFrame:
    """The series with at least so many results, longest first.

    Columns: `series_id`, `suite`, `case`, `scenario`, `division`, `metric`,
    `unit`, `direction`, `hardware_class`, `family`, `model`, `count`,
    `environment_key`, `results`, `first_at`, `last_at`, `newest` (the last
    value, in `unit`). `text` is looked for in suite, case and model, whatever
    the case of letters.
    """
    of_series = aliased(BenchmarkResult)
    newest = (
        select(of_series.value)
        .where(of_series.series_id == BenchmarkSeries.series_id)
        .order_by(of_series.measured_at.desc(), of_series.result_id.desc())
        .limit(1)
        .correlate(BenchmarkSeries)
        .scalar_subquery()
    )
    statement = (
        select(
            BenchmarkSeries.series_id,
            BenchmarkCase.suite,
            BenchmarkCase.name.label("case"),
            BenchmarkCase.scenario,
            BenchmarkCase.division,
            BenchmarkMetric.name.label("metric"),
            BenchmarkMetric.canonical_unit.label("unit"),
            BenchmarkMetric.direction,
            Hardware.hardware_class,
            Hardware.family,
            Hardware.model,
            Hardware.count,
            BenchmarkSeries.environment_key,
            func.count(BenchmarkResult.result_id).label("results"),
            func.min(BenchmarkResult.measured_at).label("first_at"),
            func.max(BenchmarkResult.measured_at).label("last_at"),
            newest.label("newest"),
        )
        .join(BenchmarkCase, BenchmarkCase.case_id == BenchmarkSeries.case_id)
        .join(BenchmarkMetric, BenchmarkMetric.metric_id == BenchmarkSeries.metric_id)
        .join(Hardware, Hardware.hardware_id == BenchmarkSeries.hardware_id)
        .join(BenchmarkResult, BenchmarkResult.series_id == BenchmarkSeries.series_id)
        .where(matching(suite=suite, hardware_class=hardware_class))
        .group_by(BenchmarkSeries.series_id, BenchmarkCase.case_id, BenchmarkMetric.metric_id)
        .group_by(Hardware.hardware_id)
        .having(func.count(BenchmarkResult.result_id) >= at_least)
        .order_by(func.count(BenchmarkResult.result_id).desc(), BenchmarkCase.suite, BenchmarkCase.name)
        .order_by(BenchmarkSeries.series_id)
        .limit(limit)
    )
    if text:
        statement = statement.where(
            or_(
                *(
                    column.icontains(text, autoescape=True)
                    for column in (BenchmarkCase.suite, BenchmarkCase.name, Hardware.model)
                )
            )
        )
    return read(connection, statement, times=("first_at", "last_at"))


def series_values(connection: Connection, series_id: int) -> pd.DataFrame:
    """One series' results, oldest first: all columns of `db.benchmarks.results.results`."""
    statement = results().where(BenchmarkResult.series_id == series_id)
    return read(
        connection,
        statement.order_by(BenchmarkResult.measured_at, BenchmarkResult.result_id),
        times=("measured_at",),
    )


def source_summary(connection: Connection) -> pd.DataFrame:
    """What was read, one row a format: `format`, `sources`, `results`, `rejected`, `last_ingested_at`."""
    statement = (
        select(
            BenchmarkSource.format,
            func.count(BenchmarkSource.source_id).label("sources"),
            cast(func.sum(BenchmarkSource.results), BigInteger).label("results"),
            cast(func.sum(BenchmarkSource.rejected), BigInteger).label("rejected"),
            func.max(BenchmarkSource.ingested_at).label("last_ingested_at"),
        )
        .group_by(BenchmarkSource.format)
        .order_by(BenchmarkSource.format)
    )
    return read(connection, statement, times=("last_ingested_at",))
