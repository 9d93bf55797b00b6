"""How long training to the target quality takes: by hardware class, round and case (MLPerf training)."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection, or_, select

from db.benchmarks.results import AVAILABLE, REFERENCE, matching, read, results
from db.schema.benchmarks import BenchmarkCase, BenchmarkMetric, BenchmarkResult, BenchmarkSeries

#: Name of the metric that MLPerf training scores are kept under; canonical unit seconds.
METRIC = "time_to_train"


def training_cases(connection: Connection) -> list[str]:
    """Names of the cases that have a time to train, most results first: `resnet`, `bert` …"""
    rows = connection.execute(
        select(BenchmarkCase.name)
        .join(BenchmarkSeries, BenchmarkSeries.case_id == BenchmarkCase.case_id)
        .join(BenchmarkResult, BenchmarkResult.series_id == BenchmarkSeries.series_id)
        .join(BenchmarkMetric, BenchmarkMetric.metric_id == BenchmarkSeries.metric_id)
        .where(BenchmarkMetric.name == METRIC)
    ).scalars()
    return [str(name) for name in pd.Series(list(rows), dtype=object).value_counts(sort=True).index]


def time_to_train(
    connection: Connection,
    *,
    case: str = "resnet",
    division: str | None = "closed",
    available_only: bool = True,
    valid_only: bool = True,
    hardware_class: str | None = None,
    framework: str | None = None,
) -> pd.DataFrame:
    """One row a result, oldest first.

    Columns: `round` (such as v2.0), `measured_at`, `day`, `hardware_class`,
    `vendor`, `family` (A100, TPU v4 …), `model`, `count` (accelerators, or
    NULL), `nodes`, `host`, `submitter`, `system`, `framework`, `version`,
    `compiler`, `division`, `status`, `minutes`, `low_minutes`, `high_minutes`,
    `spread_minutes`, `samples`, `valid`, `invalid_reason`, `claim`,
    `source_format`, `source`, `series_id`, `result_id`.

    `division=None` takes both divisions; `available_only` leaves previews and
    research systems out (a system without a stated status stays in).
    A curated fact (`source_format` "reference") gives way to the logs of its own
    round, so that nothing counts twice once the logs are ingested.
    """
    statement = results().where(
        matching(
            case=case, division=division, metric=METRIC, hardware_class=hardware_class, framework=framework
        )
    )
    if available_only:
        statement = statement.where(
            or_(BenchmarkResult.status == AVAILABLE, BenchmarkResult.status.is_(None))
        )
    if valid_only:
        statement = statement.where(BenchmarkResult.valid)
    frame = read(connection, statement.order_by(BenchmarkResult.measured_at), times=("measured_at",))
    in_logs = set(frame.loc[frame["source_format"] != REFERENCE, "round"].dropna())
    superseded = (frame["source_format"] == REFERENCE) & frame["round"].isin(in_logs)
    frame = frame.loc[~superseded].reset_index(drop=True)
    frame["day"] = frame["measured_at"].dt.date
    for column, target in (
        ("value", "minutes"),
        ("low", "low_minutes"),
        ("high", "high_minutes"),
        ("spread", "spread_minutes"),
    ):
        frame[target] = pd.to_numeric(frame[column]) / 60
    return frame.drop(columns=["value", "low", "high", "spread"])


def time_to_train_by_hardware(
    connection: Connection,
    *,
    case: str = "resnet",
    division: str | None = "closed",
    available_only: bool = True,
    count: int | None = None,
    by: str = "hardware_class",
) -> pd.DataFrame:
    """The best and the typical time to train, one row a round and hardware class, oldest first.

    Columns: `round`, `day` (the last day measured in the round), `by`'s column
    (`hardware_class`, or `family` for A100 against V100), `best_minutes`,
    `typical_minutes` (median over the results), `results`, and of the best one
    `best_family`, `best_count`, `best_submitter`, `best_system`, `best_claim`.
    Only valid results take part. `count` keeps systems of exactly so many
    accelerators: sizes are mixed otherwise, and the best is the largest.
    """
    frame = time_to_train(connection, case=case, division=division, available_only=available_only)
    if count is not None:
        frame = frame.loc[frame["count"] == count]
    columns = ["round", "day", by, "best_minutes", "typical_minutes", "results"]
    best = ["best_family", "best_count", "best_submitter", "best_system", "best_claim"]
    rows = []
    for (round_name, kind), group in frame.groupby(["round", by], dropna=False):
        winner = group.sort_values(["minutes", "result_id"]).iloc[0]
        rows.append(
            [
                round_name,
                group["day"].max(),
                kind,
                float(winner["minutes"]),
                float(group["minutes"].median()),
                len(group),
                *(winner[name.removeprefix("best_")] for name in best),
            ]
        )
    table = pd.DataFrame(rows, columns=[*columns, *best])
    return table.sort_values(["day", by], ignore_index=True)
