"""What a picture shows, in words, for those who do not see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from dashboard import periods, wording
from dashboard.language import _, mark
from dashboard.reports.layout import Picture
from dashboard.reports.plain import one_line
from db.metrics.read import MetricText

BY = {
    "week": mark(
        "{title} {unit}, by week, {first} to {last}: newest {newest}, lowest {low}, highest {high}."
    ),
    "month": mark(
        "{title} {unit}, by month, {first} to {last}: newest {newest}, lowest {low}, highest {high}."
    ),
}
WITHOUT_UNIT = {
    "week": mark("{title} By week, {first} to {last}: newest {newest}, lowest {low}, highest {high}."),
    "month": mark("{title} By month, {first} to {last}: newest {newest}, lowest {low}, highest {high}."),
}


def named(period: date, grain: str) -> str:
    """A week by its first day, another period by its name."""
    return periods.day_named(period) if grain == "week" else periods.named(period, grain)


def alternative(
    metric: MetricText,
    picture: Picture,
    shown: Sequence[date],
    totals: Mapping[date, float],
    missing: int,
) -> str:
    """The text beside a picture: its span, its newest, lowest and highest value, and how many are missing."""
    low, high = min(totals, key=lambda day: totals[day]), max(totals, key=lambda day: totals[day])
    newest = max(totals)
    unit = wording.unit_words(metric.unit)

    def told(day: date) -> str:
        return f"{wording.amount(totals[day], metric.unit)} ({named(day, picture.grain)})"

    words = _((BY if unit else WITHOUT_UNIT)[picture.grain]).format(
        title=_(metric.title),
        unit=unit[:1].upper() + unit[1:],
        first=named(shown[0], picture.grain),
        last=named(shown[-1], picture.grain),
        newest=told(newest),
        low=told(low),
        high=told(high),
    )
    return one_line(f"{words} {_without_data(picture.grain, missing)}" if missing else words, 400)


def _without_data(grain: str, count: int) -> str:
    if grain == "week":
        return wording.counted(count, "{count} week without data.", "{count} weeks without data.")
    return wording.counted(count, "{count} month without data.", "{count} months without data.")
