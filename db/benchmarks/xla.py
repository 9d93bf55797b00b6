"""XLA on against off: pairs of results that differ in nothing but the compiler."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from sqlalchemy import Connection, or_

from db.benchmarks.results import matching, read, results
from db.schema.benchmarks import BenchmarkResult, Environment

#: What the two results of a pair have in common.
TOGETHER: Final = (
    "suite",
    "case",
    "scenario",
    "division",
    "metric",
    "unit",
    "hardware_id",
    "framework",
    "precision",
    "os",
    "measured_at",
    "source",
)
SHOWN: Final = (
    "suite",
    "case",
    "scenario",
    "metric",
    "unit",
    "direction",
    "hardware_class",
    "vendor",
    "family",
    "model",
    "count",
    "framework",
    "precision",
    "compiler",
    "measured_at",
    "revision",
    "off",
    "on",
    "off_spread",
    "on_spread",
    "off_samples",
    "on_samples",
    "off_version",
    "on_version",
    "claim",
    "source",
    "off_series_id",
    "on_series_id",
)
#: How the compiler is written when it is XLA, alone or with its pass pipeline.
XLA, PIPELINE = "xla", "xla:"


def xla_pairs(
    connection: Connection,
    *,
    suite: str | None = None,
    case: str | None = None,
    hardware_class: str | None = None,
    framework: str | None = None,
    pipeline: str | None = None,
) -> pd.DataFrame:
    """One row a pair, oldest first: the same case, hardware, metric, precision and OS at the same moment.

    Columns: `suite`, `case`, `scenario`, `metric`, `unit`, `direction`,
    `hardware_class`, `vendor`, `family`, `model`, `count`, `framework`,
    `precision`, `compiler` (xla or xla:PIPELINE), `measured_at`, `revision`,
    `off`, `on` (canonical unit), `speed_up` (above 1: XLA is better, whichever
    way the metric points), `low`, `high` (the speed-up at one standard deviation
    of both sides, to first order; NaN where the source gives no spread),
    `off_samples`, `on_samples`, `off_version`, `on_version`, `same_version`
    (False where the framework's version differs, so that XLA is not the only
    difference; NULL where it is not stated), `claim`, `source`, `off_series_id`,
    `on_series_id`.

    `pipeline` keeps one pass pipeline, such as `Default`; "" keeps plain `xla`.
    """
    frame = _joined(
        connection, pipeline, suite=suite, case=case, hardware_class=hardware_class, framework=framework
    )
    ratio = pd.to_numeric(frame["on"]) / pd.to_numeric(frame["off"]).replace(0, np.nan)
    frame["speed_up"] = ratio.where(frame["direction"] == "higher", 1 / ratio.replace(0, np.nan))
    relative = np.sqrt(
        (pd.to_numeric(frame["on_spread"]) / pd.to_numeric(frame["on"])) ** 2
        + (pd.to_numeric(frame["off_spread"]) / pd.to_numeric(frame["off"])) ** 2
    )
    frame["low"] = frame["speed_up"] * (1 - relative)
    frame["high"] = frame["speed_up"] * (1 + relative)
    known = frame["off_version"].notna() & frame["on_version"].notna()
    same = (frame["off_version"] == frame["on_version"]).astype(object)
    frame["same_version"] = same.where(known, None)
    return frame.drop(columns=["on_spread", "off_spread"])


def _joined(connection: Connection, pipeline: str | None, **wanted: str | None) -> pd.DataFrame:
    """Results without a compiler beside those with XLA; a result is paired within its own source."""
    compiled = or_(Environment.compiler == XLA, Environment.compiler.startswith(PIPELINE, autoescape=True))
    if pipeline is not None:
        compiled = Environment.compiler == (f"{PIPELINE}{pipeline}" if pipeline else XLA)
    statement = results().where(
        matching(**wanted), BenchmarkResult.valid, or_(Environment.compiler == "none", compiled)
    )
    # Few columns of many rows: half the time of reading all of them.
    needed = [*TOGETHER, *SHOWN, "value", "spread", "samples", "version", "series_id"]
    columns = [column for column in statement.selected_columns if column.name in needed]
    frame = read(connection, statement.with_only_columns(*columns), times=("measured_at",))
    sides = {"value", "spread", "samples", "version", "series_id", "claim"}
    off = frame.loc[frame["compiler"] == "none", [*TOGETHER, *sides]]
    on = frame.loc[frame["compiler"] != "none"]
    pairs = on.merge(
        off.rename(columns={name: f"off_{name}" for name in sides}), on=list(TOGETHER), how="inner"
    )
    pairs = pairs.rename(columns={name: f"on_{name}" for name in sides}).rename(
        columns={"on_value": "on", "off_value": "off"}
    )
    # A pair is as sure as the less sure of the two.
    weaker = pairs["off_claim"] != "measured"
    pairs["claim"] = pairs["on_claim"].where(~weaker, pairs["off_claim"])
    pairs.loc[pairs["on_claim"] == "second-hand", "claim"] = "second-hand"
    return pairs.sort_values(["measured_at", "case", "compiler"], ignore_index=True)[list(SHOWN)]
