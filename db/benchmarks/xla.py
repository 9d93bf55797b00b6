"""XLA on against off: pairs of results that differ in nothing but the compiler."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Select, and_, case, or_, select

from db.benchmarks.results import matching, read, results

#: How the compiler is written when it is XLA, alone or with its pass pipeline.
XLA, PIPELINE = "xla", "xla:"


def xla_pairs(
    connection: Connection,
    *,
    suite: str | None = None,
    case: str | None = None,
    hardware_class: str | None = None,
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
    off = results().where(matching(suite=suite, case=case, hardware_class=hardware_class)).subquery("off")
    on = results().where(matching(suite=suite, case=case, hardware_class=hardware_class)).subquery("on")
    frame = read(connection, _joined(off, on, pipeline), times=("measured_at",))
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


def xla_summary(connection: Connection, **narrowed: str | None) -> pd.DataFrame:
    """What XLA gives, one row a hardware class, family, compiler and year.

    Columns: `year`, `hardware_class`, `family`, `compiler`, `pairs`, `cases`,
    `median`, `lower_quartile`, `upper_quartile` (of the speed-up), `slower`
    (share of pairs where XLA is slower). Each case counts once: by the median
    of its pairs. Arguments as for `xla_pairs`.
    """
    pairs = xla_pairs(connection, **narrowed)
    pairs["year"] = pairs["measured_at"].dt.year
    group = ["year", "hardware_class", "family", "compiler"]
    by_case = (
        pairs.groupby([*group, "suite", "case", "scenario", "metric", "count"], dropna=False)["speed_up"]
        .agg(["median", "size"])
        .reset_index()
    )
    rows = []
    for key, part in by_case.groupby(group, dropna=False):
        gains = part["median"].dropna()
        rows.append(
            [
                *key,
                int(part["size"].sum()),
                len(part),
                gains.median(),
                gains.quantile(0.25),
                gains.quantile(0.75),
                float((gains < 1).mean()) if len(gains) else np.nan,
            ]
        )
    return pd.DataFrame(
        rows, columns=[*group, "pairs", "cases", "median", "lower_quartile", "upper_quartile", "slower"]
    )


def _joined(off: Any, on: Any, pipeline: str | None) -> Select[*tuple[Any, ...]]:
    """The join of results without a compiler and with XLA; a result is paired within its own source."""
    compiled = or_(on.c.compiler == XLA, on.c.compiler.startswith(PIPELINE, autoescape=True))
    if pipeline is not None:
        compiled = on.c.compiler == (f"{PIPELINE}{pipeline}" if pipeline else XLA)
    together = and_(
        on.c.suite == off.c.suite,
        on.c.case == off.c.case,
        on.c.scenario.is_not_distinct_from(off.c.scenario),
        on.c.division.is_not_distinct_from(off.c.division),
        on.c.metric == off.c.metric,
        on.c.unit == off.c.unit,
        on.c.hardware_id == off.c.hardware_id,
        on.c.framework.is_not_distinct_from(off.c.framework),
        on.c.precision.is_not_distinct_from(off.c.precision),
        on.c.os.is_not_distinct_from(off.c.os),
        on.c.measured_at == off.c.measured_at,
        on.c.source == off.c.source,
    )
    second_hand = case(
        (off.c.claim == on.c.claim, on.c.claim), (off.c.claim == "measured", on.c.claim), else_=off.c.claim
    )
    return (
        select(
            *(on.c[name] for name in ("suite", "case", "scenario", "metric", "unit", "direction")),
            *(on.c[name] for name in ("hardware_class", "vendor", "family", "model", "count")),
            *(on.c[name] for name in ("framework", "precision", "compiler", "measured_at", "revision")),
            off.c.value.label("off"),
            on.c.value.label("on"),
            off.c.spread.label("off_spread"),
            on.c.spread.label("on_spread"),
            off.c.samples.label("off_samples"),
            on.c.samples.label("on_samples"),
            off.c.version.label("off_version"),
            on.c.version.label("on_version"),
            second_hand.label("claim"),
            on.c.source,
            off.c.series_id.label("off_series_id"),
            on.c.series_id.label("on_series_id"),
        )
        .select_from(on)
        .join(off, together)
        .where(off.c.compiler == "none", compiled, on.c.valid, off.c.valid)
        .order_by(on.c.measured_at, on.c.case, on.c.compiler)
    )
