"""How long training to the target quality takes: by hardware class, round and case (MLPerf training)."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection, or_

from db.benchmarks.results import AVAILABLE, REFERENCE, matching, read, results
from db.schema.benchmarks import BenchmarkResult

#: Name of the metric that MLPerf training scores are kept under; canonical unit seconds.
METRIC = "time_to_train"


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
