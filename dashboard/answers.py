"""What a page shows, read at once: the catalogue, the scope, how fresh it all is, and metrics' values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    Text,
    exists,
    or_,
    select,
    true,
    type_coerce,
)

from dashboard.rows import Value
from db.metrics import read
from db.metrics.calendar import period_end
from db.metrics.read import AsOf, MetricText, ScopeText
from db.schema import table

#: The segment under which a metric's total is held, beside its parts.
TOTAL = "all"


@dataclass(frozen=True)
class Catalogue:
    """What can be shown: metrics by name, scopes in order, how fresh they are, whether simulated."""

    metrics: dict[str, MetricText]
    scopes: tuple[ScopeText, ...]
    as_of: AsOf
    simulated: bool

    def scope_title(self, name: str) -> str:
        """What people call the scope of that name; the name itself when there is none."""
        return next((scope.title for scope in self.scopes if scope.name == name), name)

    def of_goal(self, goal: str) -> list[str]:
        """Names of a goal's metrics, in the catalogue's order."""
        return [name for name, metric in self.metrics.items() if metric.goal == goal]


@dataclass(frozen=True)
class Answer:
    """A metric's values in a scope, at a grain: its parts, and its total where it has one.

    `chosen` are the segments that the view asks for; `beside` are the values
    of the scope that it is compared with.
    """

    metric: MetricText
    grain: str
    rows: tuple[Value, ...]
    chosen: tuple[str, ...] = ()
    beside: tuple[Value, ...] = ()

    @property
    def parts(self) -> list[Value]:
        """What a figure draws: the parts of a metric that is told apart, else its only series.

        A total is a part of its own where the metric's header lists it among them.
        Of a metric that has some of the chosen segments, only these are drawn.
        """
        chosen = [row for row in self.rows if row.segment in self.chosen]
        return chosen or self._all_parts()

    def _all_parts(self) -> list[Value]:
        listed = [name.strip() for name in self.metric.segments.split(",")]
        if TOTAL in listed:
            return list(self.rows)
        parts = [row for row in self.rows if row.segment != TOTAL]
        total = [row for row in self.rows if row.segment == TOTAL]
        return parts if parts and (self.metric.segments or not total) else total

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments that there are to choose from, in order; none of a metric that is not told apart."""
        found = {row.segment: None for row in self._all_parts()}
        return tuple(sorted(found)) if len(found) > 1 else ()

    @property
    def subject(self) -> str:
        """The segment that speaks for the metric: the only one that is chosen, else its own headline."""
        held = [name for name in self.chosen if any(row.segment == name for row in self.rows)]
        return held[0] if len(held) == 1 else self.metric.headline

    @property
    def headline(self) -> list[Value]:
        """The one series that scorecards show, oldest first; empty when it is not held."""
        subject = self.subject
        return [row for row in self.rows if row.segment == subject]

    def within(self, first: date | None, last: date | None) -> Answer:
        """The same for periods that begin within the two days, both included."""
        kept = tuple(
            row
            for row in self.rows
            if (first is None or row.period >= first) and (last is None or row.period <= last)
        )
        return replace(self, rows=kept)


def catalogue(connection: Connection) -> Catalogue:
    """Everything that can be shown; raises SQLAlchemy's errors when the database is away."""
    repositories = table("repositories")
    simulated = connection.execute(select(exists().where(repositories.c.simulated))).scalar_one()
    return Catalogue(
        metrics=read.definitions(connection),
        scopes=tuple(read.scopes(connection)),
        as_of=read.as_of(connection),
        simulated=bool(simulated),
    )


def answers(
    connection: Connection,
    known: Catalogue,
    metrics: Iterable[str],
    scope: str,
    grain: str,
    whole_until: date | None = None,
    *,
    in_short: Collection[str] = (),
    chosen: Collection[str] = (),
) -> dict[str, Answer]:
    """The named metrics' values over all periods, in one statement by the table's own key.

    Metrics that are not in the catalogue are left out; those without a value
    in the scope have no rows. Periods that end after `whole_until` are not complete.
    Of the metrics `in_short` only the headline series is read, and the `chosen` segments.
    """
    wanted = [name for name in dict.fromkeys(metrics) if name in known.metrics]
    scope_id = next((held.scope_id for held in known.scopes if held.name == scope), None)
    found: dict[str, list[Value]] = {name: [] for name in wanted}
    if wanted and scope_id is not None:
        statement = _statement(known, wanted, scope_id, grain, in_short, chosen)
        # Some ten thousand rows over some hundred periods: a period is looked at once.
        days: dict[object, tuple[date, bool]] = {}
        make = tuple.__new__  # What a named tuple does at last, without a call between.
        for metric, period, segment, value, sample_size, complete in connection.execute(statement).all():
            held = days.get(period)
            if held is None:
                day = period if isinstance(period, date) else date.fromisoformat(period)
                held = days[period] = day, whole_until is None or period_end(day, grain) <= whole_until
            whole = held[1] and bool(complete)
            found[metric].append(make(Value, (held[0], segment, value, sample_size, whole)))
    return {name: Answer(known.metrics[name], grain, tuple(rows)) for name, rows in found.items()}


def _statement(
    known: Catalogue,
    wanted: Sequence[str],
    scope_id: int,
    grain: str,
    in_short: Collection[str],
    chosen: Collection[str],
) -> Select[Any]:
    held = table("metric_values")
    by_headline: dict[str, list[str]] = {}
    for name in wanted:
        if name in in_short:
            by_headline.setdefault(known.metrics[name].headline, []).append(name)
    parts: list[ColumnElement[bool]] = [
        held.c.metric.in_(names) & held.c.segment.in_([headline, *chosen])
        for headline, names in by_headline.items()
    ]
    whole = [name for name in wanted if name not in in_short]
    if whole and parts:
        parts.append(held.c.metric.in_(whole))
    return (
        select(
            held.c.metric,
            # As the driver gives them: text or days, numbers or truth.
            type_coerce(held.c.period, Text),
            held.c.segment,
            held.c.value,
            held.c.sample_size,
            type_coerce(held.c.complete, Integer),
        )
        .where(
            held.c.metric.in_(wanted),
            held.c.scope_id == scope_id,
            held.c.grain == grain,
            or_(*parts) if parts else true(),
        )
        .order_by(held.c.metric, held.c.period, held.c.segment)
    )


def with_coverage(metrics: Collection[str], known: Catalogue) -> list[str]:
    """The metrics, and those that tell which share of their facts is known."""
    stated = (known.metrics[name].coverage for name in metrics if name in known.metrics)
    return [*metrics, *(name for name in stated if name)]


def segments_held(connection: Connection, known: Catalogue, scope: str) -> frozenset[str]:
    """Every segment that some metric has in the scope: what a view may choose from."""
    scope_id = next((held.scope_id for held in known.scopes if held.name == scope), None)
    held = table("metric_values")
    return frozenset(
        connection.execute(
            select(held.c.segment)
            .where(held.c.metric.in_(list(known.metrics)), held.c.scope_id == scope_id)
            # Whatever has a value in a period has one in its year, and years are few.
            .where(held.c.grain == "year")
            .distinct()
        ).scalars()
    )
