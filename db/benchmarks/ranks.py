"""How likely it is that two groups of values come from one source: the Mann–Whitney test."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
#: With so few values in the smaller group the normal approximation is far off, and the exact one is quick.
EXACT_UP_TO: Final = 8
#: No probability is told smaller: beyond this it is the tests' arithmetic that speaks.
LEAST: Final = 1e-300
_NORMAL: Final = NormalDist()


def doubled_ranks(values: Values) -> NDArray[np.int64]:
    """Twice the rank of each value, so that the middle ranks of equal values are whole numbers."""
    order = np.sort(values)
    below = np.searchsorted(order, values, side="left")
    upto = np.searchsorted(order, values, side="right")
    return np.asarray(below + upto + 1, dtype=np.int64)


def rank_probability(before: Values, after: Values, *, hopeless: float = 1.0) -> float:
    """Two-sided p-value of the Mann–Whitney test, equal values taken into account.

    Exact (over all ways to choose the smaller group among the values as they are)
    when the smaller group has up to `EXACT_UP_TO` values, else by the normal
    approximation with correction for ties and continuity. H. B. Mann and
    D. R. Whitney, Annals of Mathematical Statistics 18 (1947), p. 50. 1 when a
    group is empty or all values are equal. What the approximation puts above `hopeless`
    is not computed exactly.
    """
    small, large = sorted((before, after), key=len)
    if not len(small):
        return 1.0
    ranks = doubled_ranks(np.concatenate([small, large]))
    total, middle = int(ranks[: len(small)].sum()), len(small) * (len(ranks) + 1)
    probability = _approximate(ranks, len(small), abs(total - middle) / 2)
    if len(small) <= EXACT_UP_TO and probability <= hopeless:
        ways = _ways(ranks, len(small))
        sums = np.arange(len(ways))
        far = np.abs(sums - middle) >= abs(total - middle)
        return min(1.0, float(ways[far].sum() / ways.sum()))
    return probability


def standard_score(probability: float) -> float:
    """How many standard deviations from the middle a two-sided p-value stands for."""
    return -_NORMAL.inv_cdf(max(probability, LEAST) / 2)


def two_sided(score: float) -> float:
    """The two-sided p-value of a number of standard deviations."""
    return max(math.erfc(abs(score) / math.sqrt(2)), LEAST)


def _ways(ranks: NDArray[np.int64], size: int) -> NDArray[Any]:
    """In how many ways `size` of the ranks add up to 0, 1, 2 …"""
    largest = int(np.sort(ranks)[-size:].sum())
    ways = np.zeros((size + 1, largest + 1))
    ways[0, 0] = 1
    for rank in ranks.tolist():
        ways[1:, rank:] += ways[:-1, : largest + 1 - rank]
    return np.asarray(ways[size])


def _approximate(ranks: NDArray[np.int64], size: int, apart: float) -> float:
    count = len(ranks)
    _, ties = np.unique(ranks, return_counts=True)
    tied = float((ties.astype(float) ** 3 - ties).sum()) / (count * (count - 1))
    variance = size * (count - size) / 12 * (count + 1 - tied)
    if variance <= 0:
        return 1.0
    return min(1.0, two_sided(max(0.0, apart - 0.5) / math.sqrt(variance)))
