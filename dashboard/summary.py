"""A metric in one line: its last complete period, how it moved, its index, target and coverage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dashboard.answers import Answer
from db.metrics.calendar import period_before, period_containing, same_period_last_year


@dataclass(frozen=True)
class Summary:
    """The last complete period of a metric's headline series, beside others; what is not held is None.

    `index` is the value with the baseline's period = 100; `coverage` a share
    between 0 and 1; `trend` the complete periods, oldest first; `segment` is
    told when it is another than the metric's own headline.
    """

    period: date
    value: float
    sample_size: int
    before: float | None
    last_year: float | None
    index: float | None
    coverage: float | None
    partial: bool
    trend: tuple[tuple[date, float], ...]
    segment: str = ""


def summarise(
    answer: Answer, held: Mapping[str, Answer], baseline: date, until: date | None = None
) -> Summary | None:
    """The summary up to a day (None: to the end), or None when nothing is held.

    While no period is complete the newest one is given, marked `partial`.
    `held` is where the metric that tells the coverage is looked up.
    """
    series = [row for row in answer.headline if until is None or row.period <= until]
    complete = [row for row in series if row.complete]
    last = (complete or series)[-1] if series else None
    if last is None:
        return None
    by_period = {row.period: row.value for row in series}
    base = by_period.get(period_containing(baseline, answer.grain))
    return Summary(
        period=last.period,
        value=last.value,
        sample_size=last.sample_size,
        before=by_period.get(period_before(last.period, answer.grain)),
        last_year=by_period.get(same_period_last_year(last.period, answer.grain)),
        index=100 * last.value / base if base and last.period > baseline else None,
        coverage=coverage(answer, held, last.period),
        partial=not last.complete,
        trend=tuple((row.period, row.value) for row in complete),
        segment=answer.subject if answer.subject != answer.metric.headline else "",
    )


def coverage(answer: Answer, held: Mapping[str, Answer], period: date) -> float | None:
    """The known share of the facts behind a metric in a period; None where it is not stated."""
    telling = held.get(answer.metric.coverage)
    if telling is None:
        return None
    return next((row.value for row in telling.headline if row.period == period), None)
