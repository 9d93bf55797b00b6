"""The one join that every read starts from: a result with its series, hardware, software, case and metric."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
from sqlalchemy import Connection, Select, and_, select
from sqlalchemy.orm import aliased

from db.schema.benchmarks import (
    BenchmarkCase,
    BenchmarkMetric,
    BenchmarkResult,
    BenchmarkSeries,
    BenchmarkSource,
    Environment,
    Hardware,
)

#: The statuses of MLPerf systems that anybody can buy or rent, and those that nobody can yet.
AVAILABLE: Final = "available"
#: Format of the source that the curated published facts are kept under.
REFERENCE: Final = "reference"
#: Formats of MLPerf's tables of results, and of the logs that such tables copy.
TABLES: Final = ("mlperf_result_json", "mlperf_submission_csv")
LOGS: Final = ("mlperf_training", "mlperf_inference")


def results() -> Select[*tuple[Any, ...]]:
    """Every result with all that is known of it; narrow it with `.where(...)`.

    A row of MLPerf's tables gives way where the logs of the same system in the
    same case and round are held: it copies them.
    """
    series, logged, source = aliased(BenchmarkSeries), aliased(BenchmarkResult), aliased(BenchmarkSource)
    in_logs = (
        select(logged.result_id)
        .join(series, series.series_id == logged.series_id)
        .join(source, source.source_id == logged.source_id)
        .where(series.case_id == BenchmarkSeries.case_id, source.format.in_(LOGS))
        .where(logged.round == BenchmarkResult.round, logged.system == BenchmarkResult.system)
        .exists()
    )
    return (
        select(
            BenchmarkResult.result_id,
            BenchmarkResult.series_id,
            BenchmarkCase.suite,
            BenchmarkCase.name.label("case"),
            BenchmarkCase.division,
            BenchmarkCase.scenario,
            BenchmarkMetric.name.label("metric"),
            BenchmarkMetric.canonical_unit.label("unit"),
            BenchmarkMetric.direction,
            Hardware.hardware_id,
            Hardware.hardware_class,
            Hardware.vendor,
            Hardware.family,
            Hardware.model,
            Hardware.count,
            Hardware.nodes,
            Hardware.host,
            Environment.framework,
            Environment.version,
            Environment.compiler,
            Environment.precision,
            Environment.os,
            BenchmarkResult.submitter,
            BenchmarkResult.system,
            BenchmarkResult.status,
            BenchmarkResult.round,
            BenchmarkResult.revision,
            BenchmarkResult.measured_at,
            BenchmarkResult.value,
            BenchmarkResult.low,
            BenchmarkResult.high,
            BenchmarkResult.samples,
            BenchmarkResult.spread,
            BenchmarkResult.valid,
            BenchmarkResult.invalid_reason,
            BenchmarkResult.claim,
            BenchmarkSource.format.label("source_format"),
            BenchmarkSource.location.label("source"),
        )
        .select_from(BenchmarkResult)
        .join(BenchmarkSeries, BenchmarkSeries.series_id == BenchmarkResult.series_id)
        .join(BenchmarkCase, BenchmarkCase.case_id == BenchmarkSeries.case_id)
        .join(BenchmarkMetric, BenchmarkMetric.metric_id == BenchmarkSeries.metric_id)
        .join(Hardware, Hardware.hardware_id == BenchmarkSeries.hardware_id)
        .join(Environment, Environment.environment_id == BenchmarkResult.environment_id)
        .join(BenchmarkSource, BenchmarkSource.source_id == BenchmarkResult.source_id)
        .where(~and_(BenchmarkSource.format.in_(TABLES), in_logs))
    )


def read(
    connection: Connection, statement: Select[*tuple[Any, ...]], *, times: tuple[str, ...] = ()
) -> pd.DataFrame:
    """A statement's rows as a frame; the named columns are aware UTC times, in an empty frame too."""
    answer = connection.execute(statement)
    frame = pd.DataFrame.from_records(answer.fetchall(), columns=list(answer.keys()))
    for column in times:
        frame[column] = pd.to_datetime(frame[column], utc=True)
    return frame


def matching(**wanted: Any) -> Any:
    """A condition for `results()`, by the names of its columns; None asks nothing."""
    columns: dict[str, Any] = {
        "hardware_class": Hardware.hardware_class,
        "family": Hardware.family,
        "case": BenchmarkCase.name,
        "suite": BenchmarkCase.suite,
        "division": BenchmarkCase.division,
        "metric": BenchmarkMetric.name,
        "framework": Environment.framework,
    }
    return and_(True, *(columns[name] == value for name, value in wanted.items() if value is not None))
