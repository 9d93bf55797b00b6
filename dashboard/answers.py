"""What a page shows, read at once: the catalogue, the scope, how fresh it all is, and metrics' values."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, exists, select

from dashboard import periods
from dashboard.filters import Filters
from dashboard.rows import Value
from db.metrics import read
from db.metrics.calendar import period_end, same_period_last_year
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
    """A metric's values in a scope, at a grain: its parts, and its total where it has one."""

    metric: MetricText
    grain: str
    rows: tuple[Value, ...]

    @property
    def parts(self) -> list[Value]:
        """What a figure draws: the parts of a metric that is told apart, else its only series.

        A total is a part of its own where the metric's header lists it among them.
        """
        listed = [name.strip() for name in self.metric.segments.split(",")]
        if TOTAL in listed:
            return list(self.rows)
        parts = [row for row in self.rows if row.segment != TOTAL]
        total = [row for row in self.rows if row.segment == TOTAL]
        return parts if parts and (self.metric.segments or not total) else total

    @property
    def headline(self) -> list[Value]:
        """The one series that scorecards show, oldest first; empty when it is not held."""
        return [row for row in self.rows if row.segment == self.metric.headline]

    def within(self, first: date | None, last: date | None) -> Answer:
        """The same for periods that begin within the two days, both included."""
        kept = tuple(
            row
            for row in self.rows
            if (first is None or row.period >= first) and (last is None or row.period <= last)
        )
        return Answer(self.metric, self.grain, kept)


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
) -> dict[str, Answer]:
    """The named metrics' values over all periods, in one statement by the table's own key.

    Metrics that are not in the catalogue are left out; those without a value
    in the scope have no rows. Periods that end after `whole_until` are not complete.
    """
    wanted = [name for name in dict.fromkeys(metrics) if name in known.metrics]
    scope_id = next((held.scope_id for held in known.scopes if held.name == scope), None)
    found: dict[str, list[Value]] = {name: [] for name in wanted}
    if wanted and scope_id is not None:
        held = table("metric_values")
        statement = (
            select(
                held.c.metric,
                held.c.period,
                held.c.segment,
                held.c.value,
                held.c.sample_size,
                held.c.complete,
            )
            .where(held.c.metric.in_(wanted), held.c.scope_id == scope_id, held.c.grain == grain)
            .order_by(held.c.metric, held.c.period, held.c.segment)
        )
        for metric, *row in connection.execute(statement):
            value = Value(*row)
            if whole_until is not None and value.complete:
                value = value._replace(complete=period_end(value.period, grain) <= whole_until)
            found[metric].append(value)
    return {name: Answer(known.metrics[name], grain, tuple(rows)) for name, rows in found.items()}


def with_coverage(metrics: Collection[str], known: Catalogue) -> list[str]:
    """The metrics, and those that tell which share of their facts is known."""
    stated = (known.metrics[name].coverage for name in metrics if name in known.metrics)
    return [*metrics, *(name for name in stated if name)]


def compared(answer: Answer, filters: Filters) -> list[Value]:
    """The headline series moved onto the shown periods from those that they are compared with.

    `year` moves by a year, `previous` by the length of what is shown. Only
    complete periods are compared; without a headline series there is nothing.
    """
    shown = answer.within(filters.start, filters.end)
    if filters.compare == "none" or not shown.rows:
        return []
    periods_shown = sorted({row.period for row in shown.rows})
    held = {row.period: row for row in answer.headline if row.complete}
    if filters.compare == "year":
        pairs = [(day, same_period_last_year(day, answer.grain)) for day in periods_shown]
    else:
        span = 1
        while periods.moved(periods_shown[0], answer.grain, span) <= periods_shown[-1]:
            span += 1
        pairs = [(day, periods.moved(day, answer.grain, -span)) for day in periods_shown]
    return [held[before]._replace(period=day) for day, before in pairs if before in held]
