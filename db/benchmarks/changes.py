"""Change points as they are read: by size, with the commits between which they lie, and surroundings."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select
from sqlalchemy.orm import aliased

from db.benchmarks.detection import counted
from db.benchmarks.results import read
from db.schema.benchmarks import (
    BenchmarkCase,
    BenchmarkMetric,
    BenchmarkResult,
    BenchmarkSeries,
    BenchmarkSource,
    ChangePoint,
    Environment,
    Hardware,
)

#: What is shown when nobody asks for more: neither what is ignored nor what was withdrawn.
OPEN: Final = ("suspected", "confirmed", "acknowledged")
#: What can be called a regression: a suspicion is none yet.
BORNE_OUT: Final = ("confirmed", "acknowledged")
STATES: Final = (*OPEN, "ignored", "withdrawn")
Verdict = Literal["better", "worse"]
REPOSITORY: Final = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+")
COMMIT: Final = re.compile(r"[0-9a-f]{7,64}")


def changes(
    connection: Connection,
    *,
    states: Collection[str] = OPEN,
    verdict: Verdict | None = None,
    since: date | None = None,
    until: date | None = None,
    suite: str | None = None,
    series_id: int | None = None,
) -> pd.DataFrame:
    """Change points, the largest first (by the per cent, whichever way they point).

    Columns: `change_point_id`, `series_id`, `suite`, `case`, `scenario`,
    `division`, `metric`, `unit`, `direction`, `hardware_class`, `family`,
    `model`, `count`, `host`, `environment_key`, `framework`, `compiler`,
    `precision`, `state`, `verdict` (better or worse, by the metric's direction),
    `percent`, `before`, `after` (medians, in `unit`), `probability`,
    `values_before`, `values_after`, `measured_at` and `day` of the first result
    after the step, `previous_at` of the last one before it, `revision_before`
    and `revision_after` (the last one before and the first after: what made the
    step lies after the one and up to the other), `range_link` (where the commits
    between them can be read, or NULL), `version_before`, `version_after` (of the
    framework), `together` (how many series of the same source step at the same
    revision and moment: many at once speak for a change of the machine),
    `note`, `link`, `algorithm`, `source`.

    `since` and `until` are days of the first result after the step, both included.
    """
    frame = read(connection, _joined(), times=("measured_at", "previous_at"))
    moment = ["source", "revision_after", "measured_at"]
    alive = frame["state"].isin(OPEN)
    frame["together"] = alive.groupby([frame[name] for name in moment], dropna=False).transform("sum")
    frame["together"] = frame["together"].astype(int).clip(lower=1)
    frame["day"] = frame["measured_at"].dt.date
    rises, higher = frame["percent"] > 0, frame["direction"] == "higher"
    frame["verdict"] = np.where(rises == higher, "better", "worse")
    frame["range_link"] = [
        commits_between(*between)
        for between in zip(frame["source"], frame["revision_before"], frame["revision_after"], strict=True)
    ]
    wanted = frame["state"].isin(list(states))
    for column, value in (("verdict", verdict), ("suite", suite), ("series_id", series_id)):
        if value is not None:
            wanted &= frame[column] == value
    if since is not None:
        wanted &= frame["day"] >= since
    if until is not None:
        wanted &= frame["day"] <= until
    frame = frame.loc[wanted]
    order = frame["percent"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def regressions(
    connection: Connection, *, since: date, until: date | None = None, **narrowed: Any
) -> pd.DataFrame:
    """What became worse since a day, and between which commits: confirmed and acknowledged changes.

    All columns and the order of `changes`, and its arguments.
    """
    return changes(connection, states=BORNE_OUT, verdict="worse", since=since, until=until, **narrowed)


def surroundings(connection: Connection, change_point_id: int, *, around: int = 30) -> pd.DataFrame:
    """The results of a change's series on both sides of it, oldest first: at most `around` a side.

    Columns: `result_id`, `measured_at`, `revision`, `version`, `value`, `low`, `high`, `spread`, `after`
    (True from the first result after the step on). Empty when there is no such change point.
    """
    first = connection.execute(
        select(ChangePoint.series_id, ChangePoint.result_id).where(
            ChangePoint.change_point_id == change_point_id
        )
    ).one_or_none()
    statement = (
        select(
            BenchmarkResult.result_id,
            BenchmarkResult.measured_at,
            BenchmarkResult.revision,
            Environment.version,
            BenchmarkResult.value,
            BenchmarkResult.low,
            BenchmarkResult.high,
            BenchmarkResult.spread,
        )
        .join(Environment, Environment.environment_id == BenchmarkResult.environment_id)
        .where(BenchmarkResult.series_id == (first.series_id if first else None), counted())
        .order_by(BenchmarkResult.measured_at, BenchmarkResult.result_id)
    )
    frame = read(connection, statement, times=("measured_at",))
    places = np.flatnonzero(frame["result_id"] == (first.result_id if first else None))
    at = int(places[0]) if len(places) else 0
    frame["after"] = frame.index >= at
    return frame.iloc[max(0, at - around) : at + around if len(places) else 0].reset_index(drop=True)


def commits_between(source: Any, before: Any, after: Any) -> str | None:
    """Where GitHub shows the commits after one revision and up to another; None where it cannot."""
    texts = [text if isinstance(text, str) else "" for text in (source, before, after)]
    repository = REPOSITORY.match(texts[0])
    if repository is None or texts[1] == texts[2] or not all(map(COMMIT.fullmatch, texts[1:])):
        return None
    return f"{repository[0]}/compare/{texts[1]}...{texts[2]}"


def _joined() -> Any:
    last, software_before = aliased(BenchmarkResult), aliased(Environment)
    return (
        select(
            ChangePoint.change_point_id,
            ChangePoint.series_id,
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
            Hardware.host,
            BenchmarkSeries.environment_key,
            Environment.framework,
            Environment.compiler,
            Environment.precision,
            ChangePoint.state,
            ChangePoint.percent,
            ChangePoint.before,
            ChangePoint.after,
            ChangePoint.probability,
            ChangePoint.values_before,
            ChangePoint.values_after,
            BenchmarkResult.measured_at,
            last.measured_at.label("previous_at"),
            last.revision.label("revision_before"),
            BenchmarkResult.revision.label("revision_after"),
            software_before.version.label("version_before"),
            Environment.version.label("version_after"),
            ChangePoint.note,
            ChangePoint.link,
            ChangePoint.algorithm,
            BenchmarkSource.location.label("source"),
        )
        .select_from(ChangePoint)
        .join(BenchmarkSeries, BenchmarkSeries.series_id == ChangePoint.series_id)
        .join(BenchmarkCase, BenchmarkCase.case_id == BenchmarkSeries.case_id)
        .join(BenchmarkMetric, BenchmarkMetric.metric_id == BenchmarkSeries.metric_id)
        .join(Hardware, Hardware.hardware_id == BenchmarkSeries.hardware_id)
        .join(BenchmarkResult, BenchmarkResult.result_id == ChangePoint.result_id)
        .join(Environment, Environment.environment_id == BenchmarkResult.environment_id)
        .join(BenchmarkSource, BenchmarkSource.source_id == BenchmarkResult.source_id)
        .outerjoin(last, last.result_id == ChangePoint.previous_result_id)
        .outerjoin(software_before, software_before.environment_id == last.environment_id)
        .order_by(ChangePoint.change_point_id)
    )
