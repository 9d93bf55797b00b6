"""What devices reach: throughput, latency, and how well more devices help."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection

from db.benchmarks.results import matching, read, results
from db.schema.benchmarks import BenchmarkResult


def throughput(
    connection: Connection,
    *,
    case: str | None = None,
    hardware_class: str | None = None,
    suite: str | None = None,
) -> pd.DataFrame:
    """Valid results whose metric is `throughput`, oldest first: all columns of `results`.

    `value` is in `unit` (image/second, sample/second …): compare only rows of
    one unit and one case.
    """
    return _metric(connection, "throughput", case=case, hardware_class=hardware_class, suite=suite)


def latency(
    connection: Connection,
    *,
    case: str | None = None,
    hardware_class: str | None = None,
    suite: str | None = None,
) -> pd.DataFrame:
    """Valid results whose metric is `latency`, oldest first: all columns of `results`, and `milliseconds`."""
    frame = _metric(connection, "latency", case=case, hardware_class=hardware_class, suite=suite)
    frame["milliseconds"] = pd.to_numeric(frame["value"]) * 1_000
    return frame


def scaling(connection: Connection, *, case: str | None = None) -> pd.DataFrame:
    """Throughput on n devices against one of the same kind.

    Columns: `suite`, `case`, `scenario`, `unit`, `hardware_class`, `family`,
    `framework`, `version`, `compiler`, `precision`, `measured_at`, `count`,
    `value`, `single` (value on one device), `speed_up` (value / single),
    `efficiency` (speed_up / count: 1 is perfect), `claim`, `source`. The one and
    the many stand in the same source, software and moment.
    """
    frame = throughput(connection, case=case)
    together = ["suite", "case", "scenario", "unit", "hardware_class", "family", "framework", "version"]
    together += ["compiler", "precision", "measured_at", "source"]
    shown = frame[[*together, "count", "value", "claim"]]
    single = shown.loc[shown["count"] == 1].drop(columns=["count", "claim"])
    many = shown.loc[shown["count"] > 1]
    pairs = many.merge(single.rename(columns={"value": "single"}), on=together, how="inner")
    pairs["speed_up"] = pairs["value"] / pairs["single"]
    pairs["efficiency"] = pairs["speed_up"] / pairs["count"]
    return pairs


def _metric(connection: Connection, metric: str, **wanted: str | None) -> pd.DataFrame:
    statement = results().where(matching(metric=metric, **wanted), BenchmarkResult.valid)
    return read(
        connection,
        statement.order_by(BenchmarkResult.measured_at, BenchmarkResult.result_id),
        times=("measured_at",),
    )
