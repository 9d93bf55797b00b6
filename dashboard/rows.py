"""A metric's rows, by segment and period, and how they are to be drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from dashboard import periods
from dashboard.missing_hours import Missing
from dashboard.releases import Released


class Value(NamedTuple):
    """One value of a metric: a row of `metric_values` without its metric, scope and grain."""

    period: date
    segment: str
    value: float
    sample_size: int
    complete: bool


class Definition(NamedTuple):
    """What a figure needs to know of a metric: its header's unit, figure, segments and headline."""

    metric: str
    unit: str
    figure: str
    segments: str = ""
    headline: str = "all"

    @property
    def adds_up(self) -> bool:
        """Whether its parts are parts of a whole: a metric that one part speaks for has no sum."""
        return self.headline not in [name.strip() for name in self.segments.split(",")]


@dataclass(frozen=True)
class Options:
    """How a figure is to be drawn.

    `subject` is the project, whose own segment has the accent; `milestones` are
    (day, title); `compared` are rows moved onto the periods that they are
    compared with, drawn as one line called `compared_title`; `releases` are
    marked on the time axis; hours that are `missing` are shaded; `target` is in the
    metric's unit; `height` is in pixels.
    """

    grain: str = "month"
    steward: str = "The steward"
    subject: str = ""
    milestones: Sequence[tuple[date, str]] = ()
    compared: Sequence[Value] = ()
    compared_title: str = ""
    releases: Sequence[Released] = ()
    missing: Sequence[Missing] = ()
    target: float | None = None
    height: int = 260


@dataclass(frozen=True)
class Table:
    """A metric's rows by segment and period, and which periods are over.

    `folded` is how many segments the one called `folding.FOLDED` is the sum of.
    """

    periods: tuple[date, ...]
    segments: tuple[str, ...]
    values: Mapping[str, Mapping[date, float]]
    totals: Mapping[date, float]
    open_periods: frozenset[date] = field(default_factory=frozenset)
    folded: int = 0

    def value(self, segment: str, period: date) -> float | None:
        """The value, or None where there is none: missing is never zero."""
        return self.values[segment].get(period)

    def series(self, segment: str, periods: Iterable[date]) -> list[float | None]:
        """The values of these periods, as `value` gives them."""
        return list(map(self.values[segment].get, periods))

    def total(self, period: date) -> float:
        """Sum over the segments of a period."""
        return self.totals.get(period, 0.0)


def tabulate(rows: Sequence[Value]) -> Table:
    """Rows by segment and period; segments in the order in which they are stacked.

    The steward comes first (at the bottom), then the unknown, then the others by
    their latest sums, so that what the page is about lies on top.
    """
    # Some ten thousand rows make a page: each is looked at once here.
    values: dict[str, dict[date, float]] = defaultdict(dict)
    open_periods: set[date] = set()
    for period, segment, value, _sample_size, complete in rows:
        values[segment][period] = value
        if not complete:
            open_periods.add(period)
    sums = {segment: sum(held.values()) for segment, held in values.items()}
    totals: dict[date, float] = {}
    for held in values.values():
        for period, value in held.items():
            totals[period] = totals.get(period, 0.0) + value
    low = {"steward": 0, "proxy": 1, "unknown": 2, "independent": 3}

    def place(segment: str) -> tuple[int, float, str]:
        return low.get(segment.casefold(), 4), -sums[segment], segment

    return Table(
        periods=tuple(sorted(totals)),
        segments=tuple(sorted(sums, key=place)),
        values=dict(values),
        totals=totals,
        open_periods=frozenset(open_periods),
    )


def runs_of(table: Table, grain: str) -> list[tuple[date, ...]]:
    """The periods cut into stretches without a gap, periods that are not over in stretches of their own."""
    runs: list[list[date]] = []
    for period in table.periods:
        last = runs[-1][-1] if runs else None
        follows = last is not None and periods.moved(last, grain, 1) == period
        same_state = last is not None and (last in table.open_periods) == (period in table.open_periods)
        if follows and same_state:
            runs[-1].append(period)
        else:
            runs.append([period])
    return [tuple(run) for run in runs]


def joined(runs: Sequence[tuple[date, ...]], place: int, table: Table, grain: str) -> tuple[date, ...]:
    """A stretch of open periods, begun at the last closed one so that its line is not torn off."""
    run = runs[place]
    if place == 0 or run[0] not in table.open_periods:
        return run
    last = runs[place - 1][-1]
    return (last, *run) if periods.moved(last, grain, 1) == run[0] else run
