"""The Mann–Whitney test against counting all arrangements, and against the textbook's formula."""

from __future__ import annotations

import math
from itertools import combinations
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.benchmarks.ranks import rank_probability, standard_score, two_sided


def counted(before: list[float], after: list[float]) -> float:
    """Of all ways to choose who came after: the share that is at least as uneven, by pairs won."""
    together = before + after

    def won(chosen: tuple[int, ...]) -> float:
        rest = [i for i in range(len(together)) if i not in chosen]
        pairs = [(together[i], together[j]) for i in chosen for j in rest]
        return sum((a > b) + (a == b) / 2 for a, b in pairs) - len(pairs) / 2

    seen = abs(won(tuple(range(len(before), len(together)))))
    ways = list(combinations(range(len(together)), len(after)))
    return sum(abs(won(way)) >= seen - 1e-9 for way in ways) / len(ways)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 6).map(float), min_size=1, max_size=6),
    st.lists(st.integers(2, 8).map(float), min_size=1, max_size=5),
)
def test_small_groups_are_counted_exactly_with_equal_values_too(
    before: list[float], after: list[float]
) -> None:
    found = rank_probability(np.array(before), np.array(after))
    assert found == pytest.approx(counted(before, after))
    assert found == rank_probability(np.array(after), np.array(before))


def test_five_values_beyond_twenty_are_the_rarest_of_all_arrangements() -> None:
    assert rank_probability(np.arange(20.0), np.arange(20.0, 25)) == pytest.approx(2 / math.comb(25, 5))


def test_large_groups_follow_the_textbook() -> None:
    random = np.random.default_rng(5)
    before, after = random.normal(0, 1, 40), random.normal(0.6, 1, 30)
    won = sum(a > b for a in after for b in before)
    score = (abs(won - 600) - 0.5) / math.sqrt(40 * 30 * 71 / 12)
    assert rank_probability(before, after) == pytest.approx(2 * (1 - NormalDist().cdf(score)))
    # Values rounded to tens of a deviation: 12 of a kind and 3 of another take t³ - t each from the variance.
    before, after = np.repeat([1.0, 2.0], [12, 9]), np.repeat([2.0, 3.0], [3, 9])
    won = 12 * 12 + 9 * (3 / 2 + 9)
    ties = sum(t**3 - t for t in (12, 12, 9))
    score = (abs(won - 21 * 6) - 0.5) / math.sqrt(21 * 12 / 12 * (34 - ties / (33 * 32)))
    assert rank_probability(before, after) == pytest.approx(2 * (1 - NormalDist().cdf(score)))


def test_nothing_to_compare_proves_nothing() -> None:
    assert rank_probability(np.array([]), np.arange(9.0)) == 1
    assert rank_probability(np.ones(20), np.ones(20)) == 1
    assert rank_probability(np.ones(20), np.ones(3)) == 1


@given(st.floats(1e-12, 1))
def test_scores_and_probabilities_are_each_others_inverse(probability: float) -> None:
    assert two_sided(standard_score(probability)) == pytest.approx(probability)
