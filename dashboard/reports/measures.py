"""Metrics as a report reads them: the period's value beside earlier ones, and whether it is unusual."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pandas as pd
from sqlalchemy import Connection

from dashboard import periods, wording
from dashboard.language import ENGLISH, _, current
from dashboard.reports.layout import noun_of
from dashboard.reports.window import Window
from dashboard.rows import Value
from db.metrics import read
from db.metrics.read import MetricText
from db.schema.answers import GRAINS

#: What is usual is told from so many periods before, of which so many must be held and complete.
USUAL, ENOUGH = 8, 6
#: Beyond the usual range a value is told only when it lies so many deviations from the median: below
#: that, chance alone makes a small count leave the range of eight weeks every month or so.
UNUSUAL = 3.0
BOTS = ("bot", "bots")
#: How far back a report reads: the eight periods before the same period a year ago.
PERIODS_READ = {"week": 62, "month": 26}


@dataclass(frozen=True)
class Standing:
    """A value against the range of the complete periods before it.

    `direction` is +1 above the range, −1 below it, and 0 within it or too near
    to tell. `strength` is its distance from the median in deviations.
    `seasonal` says that the same period a year ago left its own range the same way.
    """

    low: float
    high: float
    median: float
    count: int
    direction: int
    strength: float
    seasonal: bool = False


@dataclass(frozen=True)
class Measure:
    """A metric in a period; what is not held is None.

    `value` is the headline segment's, `without_bots` the same less the segment
    of bots where the metric has one (None where it has none). `standing` judges
    the value without bots, `standing_with_bots` the whole. `grains` are those that are held, where
    the window's own is not.
    """

    metric: MetricText
    value: float | None
    sample_size: int
    complete: bool
    before: float | None
    last_year: float | None
    newest: tuple[date, float] | None
    without_bots: float | None
    standing: Standing | None
    standing_with_bots: Standing | None
    year: tuple[int, float] | None = None
    grains: tuple[str, ...] = ()

    @property
    def judged(self) -> float | None:
        """The value that the sentences are about: without bots where they can be told apart."""
        return self.value if self.without_bots is None else self.without_bots

    @property
    def noun(self) -> str:
        """The metric as a noun: `New contributors`."""
        return _(noun_of(self.metric.metric))

    @property
    def small_noun(self) -> str:
        """The same within a sentence: `new contributors`."""
        words = self.noun
        # Other languages write names of metrics as they are, and so are abbreviations written.
        return words if current() != ENGLISH or words[1:2].isupper() else words[:1].lower() + words[1:]

    @property
    def says_unit(self) -> bool:
        """Whether the noun says the unit already, as `Stars` does; told from the English words of both."""
        noun = noun_of(self.metric.metric).casefold()
        words = self.metric.unit.casefold().split()
        telling = [word for word in words if len(word) > 3 and word not in wording.SHARES]
        return bool(telling) and all(word in noun for word in telling)

    def written(self, value: float) -> str:
        """A value with its unit's words: `31 people`, `8.2% of commits`."""
        return wording.with_unit(value, self.metric.unit)

    def beside(self, value: float) -> str:
        """The same behind the noun: without a unit that the noun says already."""
        if self.says_unit or wording.is_percentage(self.metric.unit):
            return wording.amount(value, self.metric.unit)
        return self.written(value)


@dataclass(frozen=True)
class Series:
    """A metric's headline series and its bots' part, by the first day of the period."""

    values: Mapping[date, float]
    sizes: Mapping[date, int]
    complete: Mapping[date, bool]
    bots: Mapping[date, float] = field(default_factory=dict)

    def without_bots(self) -> dict[date, float]:
        """The series less its bots."""
        return {day: value - self.bots.get(day, 0.0) for day, value in self.values.items()}


def measures(connection: Connection, scope: str, window: Window) -> dict[str, Measure]:
    """Every metric of the catalogue in the window's period, by name.

    Raises `DatabaseError` for a scope that does not exist.
    """
    found = {}
    for name, metric in read.definitions(connection).items():
        series = series_of(connection, metric, scope, window)
        year = _last_full_year(connection, metric, scope, window)
        grains = () if series.values else read.grains_held(connection, name, scope)
        found[name] = replace(measure(metric, series, window, year), grains=grains)
    return found


def series_of(connection: Connection, metric: MetricText, scope: str, window: Window) -> Series:
    """The periods up to the window that judging it needs."""
    wanted = [metric.headline, *(BOTS if metric.headline == "all" else ())]
    first = window.back(PERIODS_READ.get(window.grain, USUAL))
    frame = read.values(connection, metric.metric, scope, window.grain, first, window.first, wanted)
    values: dict[date, float] = {}
    sizes: dict[date, int] = {}
    complete: dict[date, bool] = {}
    bots: dict[date, float] = {}
    for row in rows(frame):
        day = row.period
        if row.segment == metric.headline:
            values[day], sizes[day], complete[day] = row.value, row.sample_size, row.complete
        else:
            bots[day] = bots.get(day, 0.0) + row.value
    return Series(values, sizes, complete, bots)


def rows(frame: pd.DataFrame) -> list[Value]:
    """The rows of `read.values`, with their periods as days."""
    lanes = (frame[name].tolist() for name in ("segment", "value", "sample_size", "complete"))
    days = (stamp.date() for stamp in frame["period"].dt.to_pydatetime().tolist()) if len(frame) else ()
    return [Value(*row) for row in zip(days, *lanes, strict=True)]


def measure(
    metric: MetricText, series: Series, window: Window, year: tuple[int, float] | None = None
) -> Measure:
    """What a report says of one metric, from its series."""
    period = window.first
    newest = max(series.values, default=None)
    judged = series.without_bots() if series.bots else series.values
    return Measure(
        metric=metric,
        value=series.values.get(period),
        sample_size=series.sizes.get(period, 0),
        complete=series.complete.get(period, False),
        before=series.values.get(window.before),
        last_year=series.values.get(window.last_year),
        newest=None if newest is None else (newest, series.values[newest]),
        without_bots=judged[period] if series.bots and period in judged else None,
        standing=_judged(judged, series, metric.unit, window),
        standing_with_bots=_judged(series.values, series, metric.unit, window),
        year=year,
    )


def _judged(values: Mapping[date, float], series: Series, unit: str, window: Window) -> Standing | None:
    now = _standing(values, series, unit, window.grain, window.first)
    if now is None or now.direction == 0:
        return now
    then = _standing(values, series, unit, window.grain, window.last_year)
    if then is None or then.direction != now.direction:
        return now
    return Standing(now.low, now.high, now.median, now.count, now.direction, now.strength, seasonal=True)


def _standing(
    values: Mapping[date, float], series: Series, unit: str, grain: str, period: date
) -> Standing | None:
    """A period against the eight before it; None when it is not complete or fewer than six are held."""
    if not series.complete.get(period, False):
        return None
    before = [periods.moved(period, grain, -step) for step in range(1, USUAL + 1)]
    earlier = [values[day] for day in before if series.complete.get(day, False)]
    if len(earlier) < ENOUGH:
        return None
    value, low, high, median = values[period], min(earlier), max(earlier), statistics.median(earlier)
    sizes = [max(series.sizes.get(day, 0), 1) for day in before if series.complete.get(day, False)]
    strength, beyond = _strength(value, series.sizes.get(period, 0), earlier, sizes, unit)
    side = (value > high) - (value < low)
    told = strength >= UNUSUAL and beyond >= 1
    return Standing(low, high, median, len(earlier), side if told else 0, strength)


def _strength(
    value: float, size: int, earlier: Sequence[float], sizes: Sequence[int], unit: str
) -> tuple[float, float]:
    """How many deviations a value lies from the middle of earlier ones, and how many of chance beyond them.

    Counts vary as their root and shares by how many they are of (Anscombe 1948), so that their roots
    and arcs of sines vary alike, whatever they are. The middle of few is itself not well known: its
    own deviation is added. The median of few values varies by about one over the root of their number,
    and a tenth is let pass in any case. A larger spread of the earlier values counts in its place.
    """
    few = max(size, 1)
    if wording.is_share(unit):
        held = [_arc(share, of) for share, of in zip(earlier, sizes, strict=True)]
        together = sum(share * of for share, of in zip(earlier, sizes, strict=True)) / sum(sizes)
        chance, known = 1 / (2 * math.sqrt(few)), 1 / (2 * math.sqrt(sum(sizes)))
        now, middle = _arc(value, few), _arc(together, sum(sizes))
    elif all(number == int(number) for number in (value, *earlier)) and min(value, *earlier) >= 0:
        held = [math.sqrt(number + 3 / 8) for number in earlier]
        chance, known = 0.5, 0.5 / math.sqrt(len(earlier))
        now, middle = math.sqrt(value + 3 / 8), math.sqrt(statistics.fmean(earlier) + 3 / 8)
    else:
        held = list(earlier)
        now, middle = value, statistics.median(earlier)
        chance, known = max(0.1, 1 / math.sqrt(few)) * abs(middle), 0.0
    center = statistics.median(held)
    spread = max(chance, 1.4826 * statistics.median(abs(each - center) for each in held))
    outside = max(now - max(held), min(held) - now, 0.0)
    if not spread:
        return (0.0, 0.0) if now == middle else (math.inf, math.inf)
    return abs(now - middle) / math.hypot(spread, known), outside / chance


def _arc(share: float, of: int) -> float:
    return math.asin(math.sqrt((min(max(share, 0.0), 1.0) * of + 3 / 8) / (of + 3 / 4)))


def _last_full_year(
    connection: Connection, metric: MetricText, scope: str, window: Window
) -> tuple[int, float] | None:
    """The newest year that was over by the window's end, where complete: targets are held against it."""
    last = date(window.last.year - (window.last < date(window.last.year, 12, 31)), 1, 1)
    frame = read.values(connection, metric.metric, scope, GRAINS[-1], last, last, [metric.headline])
    held = [row.value for row in rows(frame) if row.complete]
    return (last.year, held[0]) if held else None
