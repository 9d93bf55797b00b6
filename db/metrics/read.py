"""What pages, reports and the command line read: definitions, values, scopes and how fresh they are."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Text, func, select, type_coerce

from db.errors import DatabaseError
from db.metrics.calendar import period_before, period_containing, same_period_last_year
from db.schema import table
from db.schema.answers import GRAINS

#: The week of TensorFlow 1.0: growth is shown as an index with this period = 100.
BASELINE = date(2017, 2, 13)
COLUMNS = ("period", "segment", "value", "sample_size", "complete")


@dataclass(frozen=True)
class MetricText:
    """A metric's definition as pages show it; the fields are those of `metric_definitions`."""

    metric: str
    goal: str
    title: str
    meaning: str
    unit: str
    direction: str
    segments: str
    headline: str
    figure: str
    source: str
    leaves_out: str
    coverage: str
    sql: str
    rows: str = ""
    rows_sql: str = ""

    @property
    def has_parts(self) -> bool:
        """Whether its values are told apart by segment."""
        return bool(self.segments)


@dataclass(frozen=True)
class ScopeText:
    """A scope to choose from: `name` goes into URLs, `title` is what people read."""

    scope_id: int
    name: str
    kind: str
    title: str
    position: int


@dataclass(frozen=True)
class Latest:
    """The last complete period of a metric, and what it is compared with; what is not held is None.

    `index` is the value with the baseline period = 100. `partial` says that no
    period is complete yet, so that the running one is given.
    """

    metric: str
    scope: str
    grain: str
    segment: str
    period: date
    value: float
    sample_size: int
    before: float | None
    last_year: float | None
    baseline: float | None
    index: float | None
    partial: bool


@dataclass(frozen=True)
class AsOf:
    """How fresh the answers are: the latest day among the facts, and when values were last computed (UTC)."""

    facts_until: date | None
    refreshed_at: datetime | None


def definitions(connection: Connection) -> dict[str, MetricText]:
    """Every metric that was computed at least once, by name, in the order of goals and names."""
    held = table("metric_definitions")
    columns = [held.c[name] for name in MetricText.__dataclass_fields__]
    rows = connection.execute(select(*columns).order_by(held.c.goal, held.c.metric))
    return {row.metric: MetricText(**row._mapping) for row in rows}


def scopes(connection: Connection) -> list[ScopeText]:
    """Every scope, in the order of lists: the project, its repositories, then the roles."""
    held = table("scopes")
    columns = [held.c[name] for name in ScopeText.__dataclass_fields__]
    rows = connection.execute(select(*columns).order_by(held.c.position, held.c.name))
    return [ScopeText(**row._mapping) for row in rows]


def values(
    connection: Connection,
    metric: str,
    scope: str | int,
    grain: str,
    first: date | None = None,
    last: date | None = None,
    segments: Collection[str] | None = None,
) -> pd.DataFrame:
    """A metric's values in a scope by period, as a frame ordered by period and segment.

    Columns: `period` (datetime64, first day of the period), `segment`, `value`
    (float, in the metric's unit), `sample_size` (int; for a ratio its
    denominator), `complete` (bool). `first` and `last` bound the periods by their
    first day, both included. Without `segments` a metric that is told apart gives
    its parts (a total only where its header lists one) and one that is not gives
    `all`; `segments=["all"]` gives the total of one that is told apart, where it has
    one. A period without facts has no row. Raises `DatabaseError` for a metric, scope or
    grain that does not exist.
    """
    held = table("metric_values")
    scope_id = _scope_id(connection, scope)
    check_grain(grain)
    definition = table("metric_definitions")
    parts = connection.execute(
        select(definition.c.segments).where(definition.c.metric == metric)
    ).scalar_one_or_none()
    if parts is None:
        raise _unknown("metric", metric, connection.execute(select(definition.c.metric)).scalars())
    # Dates come as the driver gives them (text or date): numpy takes both, faster than row by row.
    period = type_coerce(held.c.period, Text)
    query = select(period, held.c.segment, held.c.value, held.c.sample_size, held.c.complete).where(
        held.c.metric == metric, held.c.scope_id == scope_id, held.c.grain == grain
    )
    if first is not None:
        query = query.where(held.c.period >= first)
    if last is not None:
        query = query.where(held.c.period <= last)
    if segments is not None:
        query = query.where(held.c.segment.in_(list(segments)))
    elif parts and "all" not in [name.strip() for name in parts.split(",")]:
        query = query.where(held.c.segment != "all")
    rows = connection.execute(query.order_by(held.c.period, held.c.segment)).all()
    lanes = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    return pd.DataFrame(
        {
            "period": np.array(lanes[0], dtype="datetime64[s]"),
            "segment": pd.Series(lanes[1], dtype="str"),
            "value": np.array(lanes[2], dtype=float),
            "sample_size": np.array(lanes[3], dtype=np.int64),
            "complete": np.array(lanes[4], dtype=bool),
        }
    )


def grains_held(connection: Connection, metric: str, scope: str | int) -> tuple[str, ...]:
    """The grains by which a metric has values in a scope, from the finest; some are told by month only."""
    held = table("metric_values")
    found = set(
        connection.execute(
            select(held.c.grain)
            .where(held.c.metric == metric, held.c.scope_id == _scope_id(connection, scope))
            .distinct()
        ).scalars()
    )
    return tuple(grain for grain in GRAINS if grain in found)


def latest(
    connection: Connection,
    metric: str,
    scope: str | int,
    grain: str,
    segment: str | None = None,
    *,
    baseline: date = BASELINE,
) -> Latest | None:
    """The last complete period with the one before, the same of last year, and the index since the baseline.

    Without `segment` it is the metric's own headline segment. While no period is
    complete it is the running one, marked `partial`. None when nothing is held.
    Raises `DatabaseError` like `values`.
    """
    scope_id = _scope_id(connection, scope)
    check_grain(grain)
    definition = table("metric_definitions")
    headline = connection.execute(
        select(definition.c.headline).where(definition.c.metric == metric)
    ).scalar_one_or_none()
    if headline is None:
        raise _unknown("metric", metric, connection.execute(select(definition.c.metric)).scalars())
    chosen = segment if segment is not None else headline
    held = table("metric_values")
    series = select(held.c.period, held.c.value, held.c.sample_size, held.c.complete).where(
        held.c.metric == metric,
        held.c.scope_id == scope_id,
        held.c.grain == grain,
        held.c.segment == chosen,
    )
    newest = held.c.period.desc()
    row = (
        connection.execute(series.where(held.c.complete).order_by(newest).limit(1)).first()
        or connection.execute(series.order_by(newest).limit(1)).first()
    )
    if row is None:
        return None
    start = period_containing(baseline, grain)
    compared = {
        "before": period_before(row.period, grain),
        "last_year": same_period_last_year(row.period, grain),
        "baseline": start,
    }
    found = {
        other.period: float(other.value)
        for other in connection.execute(series.where(held.c.period.in_(list(compared.values()))))
    }
    base = found.get(start)
    return Latest(
        metric=metric,
        scope=str(scope),
        grain=grain,
        segment=chosen,
        period=row.period,
        value=float(row.value),
        sample_size=int(row.sample_size),
        before=found.get(compared["before"]),
        last_year=found.get(compared["last_year"]),
        baseline=base,
        index=100.0 * float(row.value) / base if base else None,
        partial=not row.complete,
    )


def as_of(connection: Connection) -> AsOf:
    """How fresh the answers are; both parts are None before the first refresh."""
    held = table("metric_refreshes")
    row = connection.execute(select(func.max(held.c.facts_until), func.max(held.c.refreshed_at))).one()
    return AsOf(facts_until=row[0], refreshed_at=row[1])


def check_grain(grain: str) -> None:
    """Raises `DatabaseError` when there is no such grain."""
    if grain not in GRAINS:
        raise _unknown("grain", grain, GRAINS)


def _scope_id(connection: Connection, scope: str | int) -> int:
    held = table("scopes")
    if isinstance(scope, int):
        return scope
    found = connection.execute(select(held.c.scope_id).where(held.c.name == scope)).scalar_one_or_none()
    if found is None:
        raise _unknown("scope", scope, connection.execute(select(held.c.name)).scalars())
    return int(found)


def _unknown(what: str, name: str, known: Iterable[str]) -> DatabaseError:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3) or names[:8]
    hint = f"Choose one like {', '.join(near)}" if near else "None is held yet: run flowmeter metrics refresh"
    return DatabaseError(f"there is no such {what}", to=name or "(empty)", next_step=hint)
