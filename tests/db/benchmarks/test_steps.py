"""The step detector: noise of many kinds is none, steps are found in time, and the figures are right."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from db.benchmarks.steps import Step, find_steps

Random = np.random.Generator
Values = NDArray[np.float64]


def correlated(random: Random, count: int, correlation: float) -> Values:
    """Normal values of deviation 1, each of which goes along with the one before."""
    values = random.normal(0, 1, count)
    for place in range(1, count):
        values[place] = correlation * values[place - 1] + (1 - correlation**2) ** 0.5 * values[place]
    return values


STATIONARY: dict[str, Callable[[Random, int], Values]] = {
    "normal": lambda r, n: 100 * (1 + r.normal(0, 0.02, n)),
    "lognormal": lambda r, n: 100 * np.exp(r.normal(0, 0.05, n)),
    "spikes": lambda r, n: 100 * (1 + r.normal(0, 0.02, n)) * np.where(r.random(n) < 0.03, 1.5, 1),
    "bimodal": lambda r, n: 100 * (1 + r.normal(0, 0.01, n)) * np.where(r.random(n) < 0.5, 1.08, 1),
    "correlated": lambda r, n: 100 * (1 + 0.02 * correlated(r, n, 0.7)),
    "drift": lambda r, n: 100 * (1 + r.normal(0, 0.02, n) + 0.1 * np.arange(n) / n),
    "quantised": lambda r, n: np.round(20 * (1 + r.normal(0, 0.02, n))) * 5,
}


@pytest.mark.parametrize("kind", STATIONARY)
def test_noise_is_hardly_ever_confirmed_as_a_step(kind: str) -> None:
    # 0.05 a series are allowed: of 40 series more than 6 would have a chance of 0.5%.
    random = np.random.default_rng(20170213)
    found = [find_steps(STATIONARY[kind](random, 300)) for _ in range(40)]
    assert sum(step.confirmed for steps in found for step in steps) <= 6


@pytest.mark.parametrize("factor", [1.1, 0.9])
def test_steps_of_ten_percent_are_confirmed_within_five_values(factor: float) -> None:
    random = np.random.default_rng(7)
    found = 0
    for _ in range(100):
        values = STATIONARY["normal"](random, 65)
        values[60:] *= factor
        steps = find_steps(values)
        found += any(step.confirmed and abs(step.at - 60) <= 1 for step in steps)
    assert found >= 90  # 95% are promised: of 100 fewer than 90 would have a chance of 1.1%


def zigzag(count: int) -> Values:
    """99, 101, 100, 99 …: no noise that a seed could change."""
    return np.resize([99.0, 101.0, 100.0], count)


def test_a_step_is_suspected_at_once_and_confirmed_with_its_fifth_value() -> None:
    values = np.concatenate([zigzag(40), zigzag(10) * 1.2])
    seen = [find_steps(values[:known]) for known in range(35, 51)]
    assert [[(step.at, step.confirmed) for step in steps] for steps in seen] == (
        [[]] * 6 + [[(40, False)]] * 4 + [[(40, True)]] * 6
    )
    assert seen[6][0].values_after == 1


def test_a_spike_is_suspected_and_no_more_when_the_next_value_is_back() -> None:
    values = zigzag(60)
    values[40] = 150
    assert [step.at for step in find_steps(values[:41])] == [40]
    for known in range(42, 61):
        assert find_steps(values[:known]) == []


def test_medians_per_cent_and_probability_are_those_of_the_two_sides() -> None:
    random = np.random.default_rng(3)
    values = np.concatenate([random.normal(200, 2, 50), random.normal(150, 2, 30), random.normal(180, 2, 30)])
    first, second = find_steps(values)
    assert (first.at, second.at, first.confirmed, second.confirmed) == (50, 80, True, True)
    assert first.before == np.median(values[:50])
    assert first.after == second.before == np.median(values[50:80])
    assert second.after == np.median(values[80:])
    assert first.percent == pytest.approx(100 * (first.after / first.before - 1))
    assert (first.percent < 0, second.percent > 0) == (True, True)
    assert (first.values_before, first.values_after, second.values_after) == (50, 30, 30)
    # Complete separation of 50 and 30: U is 0, and the textbook's score is 7.5.
    assert first.probability < 1e-12


def test_small_steps_are_told_where_the_noise_is_small() -> None:
    random = np.random.default_rng(4)
    quiet = np.concatenate([random.normal(1, 0.0004, 40), random.normal(1.005, 0.0004, 10)])
    loud = np.concatenate([random.normal(1, 0.12, 40), random.normal(1.1, 0.12, 10)])
    assert [step.at for step in find_steps(quiet)] == [40]
    assert find_steps(loud) == []


def test_the_start_of_a_drift_and_its_end_do_not_hide_a_step_on_it() -> None:
    random = np.random.default_rng(11)
    values = 100 + 0.05 * np.arange(200) + random.normal(0, 1, 200)
    assert find_steps(values) == []
    values[120:] += 15
    assert [step.at for step in find_steps(values)] == [120]


def test_constant_values_and_counters_are_taken_as_they_are() -> None:
    assert find_steps(np.full(100, 7.0)) == []
    (step,) = find_steps([7.0] * 40 + [8.0] * 10)
    assert (step.at, step.before, step.after, step.confirmed) == (40, 7, 8, True)
    assert find_steps([0.0] * 40 + [5.0] * 10) == []
    (step,) = find_steps([5.0] * 40 + [0.0] * 10)
    assert step.percent == -100
    (step,) = find_steps([-5.0] * 40 + [-4.0] * 10)
    assert step.percent == 20


def test_values_that_are_missing_are_passed_over() -> None:
    values = np.concatenate([zigzag(40), zigzag(10) * 1.2])
    holes = np.insert(values, [3, 20, 40, 45], [np.nan, np.inf, np.nan, -np.inf])
    (whole,), (step,) = find_steps(values), find_steps(holes)
    assert holes[step.at] == values[40]
    assert step == Step(**{**vars(whole), "at": step.at})
    assert find_steps([]) == find_steps([np.nan] * 50) == find_steps([1.0]) == []


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=80),
    st.lists(st.sampled_from([0.0, 1.0, 2.0, -1.0]), max_size=80),
)
def test_whatever_the_values_there_is_an_answer(wild: list[float], coarse: list[float]) -> None:
    for values in (wild, coarse, wild + coarse):
        steps = find_steps(values)
        assert [step.at for step in steps] == sorted({step.at for step in steps})
        assert all(np.isfinite(values[step.at]) for step in steps)
        assert all(step.confirmed for step in steps[:-1])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(sorted(STATIONARY)), st.sampled_from([0.7, 0.9, 1.1, 1.5]))
def test_a_confirmed_step_stays_whatever_comes_after(seed: int, kind: str, factor: float) -> None:
    random = np.random.default_rng(seed)
    values = STATIONARY[kind](random, 120)
    values[70:] *= factor
    before: list[int] = []
    for known in range(70, 121, 5):
        now = [step.at for step in find_steps(values[:known]) if step.confirmed]
        assert len(now) >= len(before)
        assert all(abs(a - b) <= 5 for a, b in zip(before, now, strict=False))
        before = now


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1e-9, 0.25, 1024.0, 1e12]))
def test_the_unit_changes_nothing_but_the_medians(seed: int, scale: float) -> None:
    random = np.random.default_rng(seed)
    values = STATIONARY["spikes"](random, 100)
    values[60:] *= 1.2
    plain, scaled = find_steps(values), find_steps(values * scale)
    assert [step.at for step in plain] == [step.at for step in scaled]
    assert [step.after * scale for step in plain] == pytest.approx([step.after for step in scaled])


def test_a_thousand_values_take_less_than_fifty_milliseconds() -> None:
    random = np.random.default_rng(1)
    values = STATIONARY["normal"](random, 1_000)
    values[250:] *= 1.1
    values[700:] *= 0.9
    spent = []
    for _ in range(5):
        began = time.process_time()
        find_steps(values)
        spent.append(time.process_time() - began)
    assert min(spent) < 0.05
