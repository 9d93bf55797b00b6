"""The two sides of a possible step held against each other: by size, beside a trend, and by ranks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np

from db.benchmarks.moving import CLIPPED, DOUBT, MAD_TO_DEVIATION, doubted, inflation, median_variance
from db.benchmarks.ranks import Values, rank_probability, standard_score, two_sided

#: With how many values' weight the noise of one side is drawn to that of both.
DRAWN: Final = 5
#: The normal approximation to a p-value is never so many times too large where the exact one matters.
HOPELESS: Final = 20


@dataclass(frozen=True)
class Side:
    """Values in order of time, their median and a robust standard deviation about it."""

    values: Values
    level: float
    noise: float

    @classmethod
    def of(cls, values: Values) -> Self:
        """The side that these values are; at least one."""
        level = median(values)
        return cls(values, level, MAD_TO_DEVIATION * median(np.abs(values - level)))

    @cached_property
    def clipped(self) -> Values:
        """Differences from the median, spikes cut off."""
        limit = CLIPPED * self.noise
        return np.clip(self.values - self.level, -limit, limit)


@dataclass(frozen=True)
class Sides:
    """What comes before a possible step and what comes after it."""

    before: Side
    after: Side

    @property
    def share(self) -> float:
        """The change as a share of the level before; of a level of 0 there is none (`ZeroDivisionError`)."""
        return (self.after.level - self.before.level) / abs(self.before.level)

    def score(self) -> float:
        """How many deviations the medians are apart, each side with its own noise."""
        sides, count = (self.before, self.after), len(self.before.values) + len(self.after.values)
        # The noise of few values is itself uncertain: it is drawn to that of both.
        shared = sum(side.noise**2 * len(side.values) for side in sides) / count
        variance = 0.0
        for side in sides:
            many = len(side.values)
            own = (side.noise**2 * many + shared * DRAWN) / (many + DRAWN)
            variance += own * float(median_variance(self.correlation, many))
        apart = abs(self.after.level - self.before.level)
        return apart / math.sqrt(variance) if variance > 0 else math.inf

    def beside_trend(self) -> float:
        """How many deviations the step is off 0 when both sides are also given one common trend.

        Least squares over clipped values; negative when the trend explains more than the step.
        """
        first, second = self.before.clipped + self.before.level, self.after.clipped + self.after.level
        values = np.concatenate([first, second]) - self.before.level
        count = len(values)
        columns = np.ones((count, 3))
        columns[:, 1] = np.linspace(-1, 1, count)
        columns[: len(first), 2] = 0
        inverse = np.linalg.inv(columns.T @ columns)
        found = inverse @ (columns.T @ values)
        left = values - columns @ found
        variance = float(left @ left) / max(count - 3, 1) * float(inverse[2, 2])
        variance *= float(inflation(self.correlation, min(len(first), len(second))))
        step = float(found[2]) * math.copysign(1, self.after.level - self.before.level)
        return step / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, step)

    def probability(self, enough: float = 1.0) -> float:
        """The p-value of the ranks, with correlated neighbours counted for as few as they are.

        It is exact where it may be below `enough`. A correlation within its own
        uncertainty is taken for none.
        """
        small, large = sorted((len(self.before.values), len(self.after.values)))
        correlation = max(0.0, self.correlation - (1 + DOUBT) / math.sqrt(small + large))
        found = rank_probability(self.before.values, self.after.values, hopeless=HOPELESS * enough)
        return two_sided(max(standard_score(found), 0.0) / math.sqrt(float(inflation(correlation, small))))

    @cached_property
    def correlation(self) -> float:
        """The lag-1 correlation within both sides together, on the safe side."""
        together = squares = 0.0
        for side in (self.before, self.after):
            if side.noise > 0:
                residuals = side.clipped / side.noise
                together += float(residuals[1:] @ residuals[:-1])
                squares += float(residuals @ residuals)
        count = np.asarray(float(len(self.before.values) + len(self.after.values)))
        return float(doubted(np.asarray(together / squares if squares else 0.0), count))


def median(values: Values) -> float:
    """The middle value; NumPy's own takes ten times as long for few values."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
