"""What a series does just before each of its values: level, noise, trend, correlation of neighbours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from db.benchmarks.ranks import Values

#: Standard deviations of a normal distribution in one median absolute deviation.
MAD_TO_DEVIATION: Final = 1.4826
#: Residuals count up to so many deviations: a spike tells nothing about trend and correlation.
CLIPPED: Final = 3.0
#: Below so many values a correlation is all chance.
CORRELATED_FROM: Final = 12
MOST_CORRELATED: Final = 0.95
#: A correlation is taken to be higher than it looks by so many of its own deviations: what is taken for
#: independent and is not makes false steps.
DOUBT: Final = 0.5
#: The least noise that is believed, as a share of the level: clocks and counters have some too.
LEAST_NOISE: Final = 1e-5


@dataclass(frozen=True)
class Past:
    """One array entry a row: what the values up to and with that row look like.

    `count` values; `level` their median; `noise` a robust standard deviation
    about it; `slope` per value; `correlation` of neighbours, 0 to 0.95.
    """

    count: Values
    level: Values
    noise: Values
    slope: Values
    correlation: Values


def past(values: Values, start: int, rows: range, longest: int) -> Past:
    """The past of each of the rows: its value and those before it, at most `longest`, none before `start`.

    Spikes weigh little in all of it: level and noise are medians, trend and
    correlation are taken from residuals that are clipped.
    """
    first, last = rows.start - longest + 1, rows.stop
    part = np.full(last - first, np.nan)
    begin = max(first, start)
    part[begin - first :] = values[begin:last]
    windows = sliding_window_view(part, longest)
    count = np.minimum(np.arange(rows.start, rows.stop) - start + 1, longest).astype(float)
    ordered = np.sort(windows, axis=1)
    level = _middle(ordered, count)
    away = windows - level[:, None]
    spread = _middle(np.sort(np.abs(away), axis=1), count) * MAD_TO_DEVIATION * count / (count - 0.8)
    noise = np.maximum(np.maximum(spread, _step_of_scale(ordered) / 2), LEAST_NOISE * np.abs(level))
    noise = np.where(noise > 0, noise, 1e-12)
    place = np.arange(longest, dtype=float) - (longest - 1) + ((count - 1) / 2)[:, None]
    with np.errstate(invalid="ignore"):
        residuals = np.clip(away / noise[:, None], -CLIPPED, CLIPPED)
    known = np.nan_to_num(residuals)
    squares = count * (count**2 - 1) / 12
    slope = (known * place).sum(axis=1) / np.maximum(squares, 1)
    known = np.where(np.isnan(residuals), 0.0, known - slope[:, None] * place)
    return Past(count, level, noise, slope * noise, _correlation(known, count))


def _middle(ordered: Values, count: Values) -> Values:
    """The median of the first `count` values of each ordered row."""
    rows = np.arange(len(ordered))
    low, high = ((count - 1) // 2).astype(int), (count // 2).astype(int)
    return np.asarray((ordered[rows, low] + ordered[rows, high]) / 2)


def _step_of_scale(ordered: Values) -> Values:
    """The smallest difference between values of a row: what the source rounds to. 0 where all are equal."""
    steps = np.diff(ordered, axis=1)
    real = steps > 1e-9 * np.abs(ordered[:, :1])
    smallest = np.where(real, steps, np.inf).min(axis=1, initial=np.inf)
    return np.where(np.isfinite(smallest), smallest, 0.0)


def _correlation(residuals: Values, count: Values) -> Values:
    together = (residuals[:, 1:] * residuals[:, :-1]).sum(axis=1)
    squares = np.maximum((residuals**2).sum(axis=1), 1e-12)
    return doubted(together / squares, count)


def doubted(correlation: Values, count: Values) -> Values:
    """A lag-1 correlation without what few values take from it, and with some doubt on top.

    M. G. Kendall's first-order bias, -(1 + 3 r) / n (Biometrika 41 (1954), p. 403); the deviation of a
    correlation of independent values is 1 / √n.
    """
    corrected = correlation + (1 + 3 * correlation) / count
    corrected = np.where(count < CORRELATED_FROM, 0.0, corrected + DOUBT / np.sqrt(count))
    return np.asarray(np.clip(corrected, 0.0, MOST_CORRELATED))


def inflation(correlation: Values | float, count: Values | float) -> Values:
    """By how much correlation of neighbours raises the variance of a mean of `count` values."""
    rho, many = np.asarray(correlation, dtype=float), np.asarray(count, dtype=float)
    return np.asarray(
        (1 + rho) / (1 - rho) - 2 * rho * (1 - rho**many) / (many * (1 - rho) ** 2), dtype=float
    )


def median_variance(correlation: Values | float, count: Values | float) -> Values:
    """The variance of a median of so many values, in variances of one value."""
    return np.asarray(inflation(correlation, count) * (math.pi / 2 - (math.pi / 2 - 1) / count) / count)
