"""How much happens when: yearly amounts as a smooth daily rate with a weekly rhythm, holidays and spikes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from collector.simulator.clock import DAY, seconds

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

WEEKDAYS = np.array([1.09, 1.19, 1.20, 1.23, 1.11, 0.61, 0.57])
"""Monday to Sunday, as tensorflow/tensorflow's issues of 2015 to 2026 fall on them."""

HOURS = np.array([4, 4, 4, 4, 4, 5, 5, 6, 6, 6, 5, 5, 5, 6, 7, 8, 9, 9, 9, 8, 8, 7, 6, 5], dtype=np.float64)
"""Weight of each UTC hour: Europe's and Asia's day, then the Americas'."""

_HOUR_EDGES = np.concatenate([[0.0], np.cumsum(HOURS) / HOURS.sum()])


@dataclass(frozen=True)
class Spike:
    """A day on which the rate jumps `factor`-fold, fading over about `days`."""

    day: date
    factor: float
    days: float = 3.0


@dataclass(frozen=True)
class Curve:
    """What each calendar year holds at full size, from the first day on; the last year's amount goes on."""

    start: date
    years: Mapping[int, float]
    spikes: tuple[Spike, ...] = field(default=())

    def times(self, factor: float) -> "Curve":
        """The same shape, `factor` as high."""
        return Curve(self.start, {year: amount * factor for year, amount in self.years.items()}, self.spikes)


NOTHING = Curve(date(2015, 11, 9), {2016: 0.0})


def _day_number(day: date) -> int:
    return seconds(day) // DAY


def daily_rate(curve: Curve, end: int) -> tuple[int, Floats]:
    """The first day (days since 1970) and the expected amount of each day from it up to second `end`."""
    first = _day_number(curve.start)
    days = np.arange(first, end // DAY)
    middles: list[float] = []
    amounts: list[float] = []
    for year, amount in sorted(curve.years.items()):
        opening = max(_day_number(date(year, 1, 1)), first)
        closing = _day_number(date(year + 1, 1, 1))
        if closing <= first:
            continue
        middles.append((opening + closing) / 2)
        amounts.append(amount / (closing - opening))
    rate = np.interp(days, middles, amounts)
    rate *= WEEKDAYS[(days + 3) % 7]
    day_of_year = (days - 16_436) % 365.2425  # 16,436 is 2015-01-01
    rate *= np.where((day_of_year > 355) | (day_of_year < 1.5), 0.45, 1.0)
    rate *= 1 - 0.08 * np.exp(-(((day_of_year - 220) / 25) ** 2))  # the northern summer
    for spike in curve.spikes:
        since = days - _day_number(spike.day)
        rate *= np.where(since >= 0, 1 + (spike.factor - 1) * np.exp(-since / spike.days), 1.0)
    return first, rate


def moments(random: np.random.Generator, curve: Curve, scale: float, end: int, floor: int = 0) -> Integers:
    """Rising seconds at which a curve's events happen at `scale`, at least `floor` of them if it has any."""
    first, rate = daily_rate(curve, end)
    total = float(rate.sum())
    if total <= 0 or rate.size == 0:
        return np.empty(0, dtype=np.int64)
    count = max(min(floor, round(total)), round(total * scale))
    reached = np.concatenate([[0.0], np.cumsum(rate)])
    wanted = (np.arange(count) + random.random(count)) / count * total
    position = np.interp(wanted, reached, np.arange(reached.size, dtype=np.float64))
    day = np.minimum(np.floor(position), rate.size - 1)
    hour = np.interp(position - day, _HOUR_EDGES, np.arange(25, dtype=np.float64))
    result: Integers = ((first + day) * DAY + hour * 3_600).astype(np.int64)
    result.sort()
    return result


def daily_counts(random: np.random.Generator, curve: Curve, scale: float, end: int) -> tuple[int, Integers]:
    """The first day and how many events fall on each day from it, scattered as real days scatter."""
    first, rate = daily_rate(curve, end)
    swing = np.exp(random.normal(0.0, 0.15, rate.size))
    return first, random.poisson(rate * swing * scale).astype(np.int64)


def by_year(points: Mapping[int, float], when: Integers) -> Floats:
    """A yearly parameter at each second, joined up by straight lines between the years' middles."""
    years = sorted(points)
    middles = [seconds(date(year, 7, 1)) for year in years]
    return np.asarray(np.interp(when, middles, [points[year] for year in years]), dtype=np.float64)
