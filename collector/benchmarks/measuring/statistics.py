"""Medians with confidence intervals that assume no distribution."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import Final

#: How sure an interval is, at least.
CONFIDENCE: Final = 0.95
#: How many standard deviations the quartiles of a normal distribution lie apart.
QUARTILES_APART: Final = 2 * statistics.NormalDist().inv_cdf(0.75)
#: With fewer samples the whole range is less sure than `CONFIDENCE`.
FEWEST: Final = 6


@dataclass(frozen=True)
class Summary:
    """A median, its interval (None with fewer than `FEWEST` samples) and the standard deviation.

    The deviation is that of a normal distribution with the samples' quartiles: one sample that the
    machine held up does not make it large. None for a single sample.
    """

    median: float
    low: float | None
    high: float | None
    deviation: float | None


def summary(samples: Sequence[float]) -> Summary:
    """The median of one or more samples with its interval, in the samples' unit."""
    ordered = sorted(samples)
    rank = interval_rank(len(ordered))
    return Summary(
        statistics.median(ordered),
        None if rank is None else ordered[rank - 1],
        None if rank is None else ordered[-rank],
        _deviation(ordered) if len(ordered) > 1 else None,
    )


def _deviation(samples: Sequence[float]) -> float:
    lower, _, upper = statistics.quantiles(samples, n=4, method="inclusive")
    return (upper - lower) / QUARTILES_APART


def interval_rank(count: int) -> int | None:
    """Between which order statistics the median lies: the k-th smallest and the k-th largest of `count`.

    The largest k whose interval covers the true median with at least `CONFIDENCE`, whatever the
    distribution: each sample falls below it with probability 1/2, so the cover is
    1 - 2 P(Binomial(count, 1/2) < k) (W. J. Conover, Practical Nonparametric Statistics, 3.2).
    """
    best, below = None, 0
    for rank in range(1, count // 2 + 1):
        below += comb(count, rank - 1)
        if 1 - 2 * below / 2**count < CONFIDENCE:
            break
        best = rank
    return best
