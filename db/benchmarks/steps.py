"""Where a series of values takes a step: suspected at once, confirmed after enough values.

The series is read from its beginning, value by value, and the newest values (its tail) are held
against those before them. A step is told from chance by three tests that all have to agree:

- **size**: the medians differ by several times the series' own noise, correlated neighbours allowed for;
- **trend**: they still do when the trend before is carried on, so that a slow drift is no step;
- **ranks**: an exact Mann–Whitney test, which asks nothing of the shape of the noise, so that spikes and
  values that jump between two levels are none either.

A confirmed step begins a new past: nothing before it is looked at again. What is said of a series is so
the same whether its values came one by one or all at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from db.benchmarks.moving import Past, inflation, median_variance, past
from db.benchmarks.ranks import Values
from db.benchmarks.sides import Side, Sides

#: The detector and its version; a new one has every series looked at again.
ALGORITHM: Final = "flowmeter-steps 1"


@dataclass(frozen=True)
class Bar:
    """What a step has to clear: deviations without and with the trend carried on, and the p-value."""

    score: float
    beside_trend: float
    probability: float


@dataclass(frozen=True)
class Rules:
    """How much of a series is looked at, and what a step has to clear to be confirmed or suspected.

    `longest` values before and at most the last of `tails` after are compared.
    `smallest` is the least change that is told, as a share of the level before.
    """

    confirmed: Bar = Bar(score=5.0, beside_trend=4.0, probability=1e-4)
    suspected: Bar = Bar(score=3.5, beside_trend=2.5, probability=0.1)
    longest: int = 100
    least_before: int = 5
    least_after: int = 5
    suspected_from: int = 10
    tails: tuple[int, ...] = (5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50)
    smallest: float = 0.002


RULES: Final = Rules()


@dataclass(frozen=True)
class Step:
    """A step of a series: the place of the first value after it, and the medians of both sides.

    `percent` is the change in per cent of the median before; `probability` is the p-value that the
    two sides come from one source; `values_before` and `values_after` are how many were compared.
    """

    at: int
    confirmed: bool
    before: float
    after: float
    percent: float
    probability: float
    values_before: int
    values_after: int


def find_steps(values: ArrayLike, rules: Rules = RULES) -> list[Step]:
    """The steps of a series in order of its values; at most the last one is only suspected.

    `values` are in order of time; those that are not finite are passed over, and
    `Step.at` counts them. A change from a level of 0 has no per cent and is not told.
    """
    given = np.asarray(values, dtype=float).ravel()
    places = np.flatnonzero(np.isfinite(given))
    if len(places) < rules.least_before + 1:
        return []
    with np.errstate(over="ignore", invalid="ignore"):
        # Numbers near the largest there are become infinite on the way, and compare as no step.
        return [replace(step, at=int(places[step.at])) for step in _Series(given[places], rules).steps()]


class _Series:
    """One series on its way through the detector."""

    def __init__(self, values: Values, rules: Rules) -> None:
        self._values = values
        self._rules = rules

    def steps(self) -> Iterator[Step]:
        begins = [0]
        seen = 0
        while (found := self._next(begins[-1], seen)) is not None:
            begin, seen = found
            begins.append(begin)
        suspected = self._suspected(begins[-1])
        ends = [*begins[1:], suspected if suspected is not None else len(self._values)]
        places = self._settled(begins, ends)
        for number, at in enumerate(places[1:], 1):
            until = places[number + 1] if number + 1 < len(places) else ends[-1]
            yield from self._told(places[number - 1], at, until, confirmed=True)
        if suspected is not None:
            yield from self._told(places[-1], suspected, len(self._values), confirmed=False)

    def _next(self, begin: int, seen: int) -> tuple[int, int] | None:
        """The next confirmed step from `begin` on, once more than `seen` values are known; and how many were.

        The tails that clear the bar by size and trend are found for all moments at
        once; ranks and place are looked at for these alone.
        """
        scores = self._whole_scores
        if begin:
            # Only the first hundred values after a step have another past than in the whole series.
            until = min(len(self._values), begin + self._rules.longest)
            anew = past(self._values, begin, range(begin, until), self._rules.longest)
            scores = scores.copy()
            self._score_tails(scores, anew, begin)
        for last in (seen + np.flatnonzero((scores[:, seen:] > 0).any(axis=0))).tolist():
            tail = self._rules.tails[int(scores[:, last].argmax())]
            at = self._judged(
                begin, last + 1 - tail, last + 1, self._rules.confirmed, self._rules.least_after
            )
            if at is not None:
                return at, last + 1
        return None

    @cached_property
    def _whole_scores(self) -> Values:
        """As if there were no steps: a row a length of tail, an entry a last value; 0 below the bar."""
        whole = past(self._values, 0, range(len(self._values)), self._rules.longest)
        scores = np.zeros((len(self._rules.tails), len(self._values)))
        self._score_tails(scores, whole, 0)
        return scores

    def _score_tails(self, scores: Values, known: Past, begin: int) -> None:
        """Enter the scores of tails after the values from `begin` on of which the past is known."""
        bar, least = self._rules.confirmed, self._rules.least_before
        for row, (tail, medians) in enumerate(zip(self._rules.tails, self._tails, strict=True)):
            scores[row, : begin + least + tail - 1] = 0
            after = medians[begin + least + tail - 1 : begin + len(known.count) + tail]
            before = Past(*(array[least - 1 : least - 1 + len(after)] for array in vars(known).values()))
            score, beside = _scores(before, after, tail)
            enough = np.abs(after - before.level) >= self._rules.smallest * np.abs(before.level)
            clears = (score >= bar.score) & (beside >= bar.beside_trend) & enough
            first = begin + least + tail - 1
            scores[row, first : first + len(after)] = np.where(clears, score, 0)

    def _suspected(self, begin: int) -> int | None:
        """Where the newest values leave what was before them, if they do."""
        rules, end = self._rules, len(self._values)
        best: tuple[float, int] | None = None
        for tail in (*range(1, rules.tails[0]), *rules.tails):
            split = end - tail
            if split - begin < rules.suspected_from:
                break
            before = past(self._values, begin, range(split - 1, split), rules.longest)
            medians = np.array([np.median(self._values[split:])])
            score, beside = _scores(before, medians, tail)
            clears = score[0] >= rules.suspected.score and beside[0] >= rules.suspected.beside_trend
            if clears and (best is None or score[0] > best[0]):
                at = self._judged(begin, split, end, rules.suspected, 1)
                best = best if at is None else (float(score[0]), at)
        return None if best is None else best[1]

    def _judged(self, begin: int, split: int, end: int, bar: Bar, least_after: int) -> int | None:
        """Where exactly the step is, when both sides of `split` clear the bar in every way; else None."""
        at = self._moved(begin, split, end, (begin + self._rules.least_before, end - least_after))
        sides = self._sides(begin, at, end)
        clears = (
            sides.before.level != 0
            and abs(sides.share) >= self._rules.smallest
            and sides.score() >= bar.score
            and sides.beside_trend() >= bar.beside_trend
            and sides.probability(bar.probability) <= bar.probability
        )
        return at if clears else None

    def _moved(self, begin: int, split: int, end: int, within: tuple[int, int]) -> int:
        """The place within bounds (both included) where values cease to be nearer to the median before.

        Every value votes for its side, half-way values less, and none more than once over: a spike does
        not draw the place to itself.
        """
        sides = self._sides(begin, split, end)
        low, high = sides.before.level, sides.after.level
        first, last = within
        if high == low or first > last:
            return split
        votes = np.clip((2 * self._values[first:last] - low - high) / (high - low), -1, 1)
        return first + int(np.concatenate([[0.0], np.cumsum(votes)]).argmin())

    def _settled(self, begins: Sequence[int], ends: Sequence[int]) -> list[int]:
        """The places of the confirmed steps by all that is known now, each between its neighbours."""
        rules, places = self._rules, list(begins)
        for number in range(1, len(begins)):
            at, end = begins[number], ends[number]
            within = (
                max(places[number - 1] + rules.least_before, at - rules.least_after),
                min(end - 1, at + rules.least_after),
            )
            places[number] = self._moved(places[number - 1], at, end, within)
        return places

    def _told(self, begin: int, at: int, end: int, *, confirmed: bool) -> Iterator[Step]:
        sides = self._sides(begin, at, end)
        if sides.before.level == 0:
            return
        yield Step(
            at=at,
            confirmed=confirmed,
            before=sides.before.level,
            after=sides.after.level,
            percent=100 * sides.share,
            probability=sides.probability(),
            values_before=len(sides.before.values),
            values_after=len(sides.after.values),
        )

    def _sides(self, begin: int, split: int, end: int) -> Sides:
        longest = self._rules.longest
        before = self._values[max(begin, split - longest) : split]
        return Sides(Side.of(before), Side.of(self._values[split : min(end, split + longest)]))

    @cached_property
    def _tails(self) -> list[Values]:
        """For every length of tail the median of the tail that ends with each value."""
        return [
            np.concatenate(
                [
                    np.full(min(tail - 1, len(self._values)), np.nan),
                    np.median(sliding_window_view(self._values, tail), axis=1)
                    if len(self._values) >= tail
                    else [],
                ]
            )
            for tail in self._rules.tails
        ]


def _scores(before: Past, after: Values, tail: int) -> tuple[Values, Values]:
    """How many deviations medians of `tail` values lie off the level before, and off its trend carried on.

    The second is 0 where the two disagree about the direction.
    """
    shift = after - before.level
    correlation = before.correlation
    variance = median_variance(correlation, before.count) + median_variance(correlation, tail)
    distance = (before.count + tail) / 2
    squares = before.count * (before.count**2 - 1) / 12
    carried = inflation(correlation, before.count) * distance**2 / squares
    score = np.abs(shift) / (before.noise * np.sqrt(variance))
    left = (shift - before.slope * distance) * np.sign(shift)
    return score, np.maximum(left, 0) / (before.noise * np.sqrt(variance + carried))
