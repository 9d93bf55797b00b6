"""Periods: stepping through them, and what people call them in their language."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from babel.dates import format_date

from dashboard.language import _, current, locale, mark
from db.metrics.calendar import period_containing

#: How a value of each grain is told.
EACH = {
    "day": mark("{unit} a day"),
    "week": mark("{unit} a week"),
    "month": mark("{unit} a month"),
    "quarter": mark("{unit} a quarter"),
    "year": mark("{unit} a year"),
}
#: How a period of each grain is written, in the letters of Unicode's date patterns.
PATTERNS = {"day": mark("d MMM y"), "month": mark("MMM y"), "quarter": mark("QQQ y"), "year": mark("y")}
_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


@lru_cache(maxsize=8192)
def moved(period: date, grain: str, steps: int) -> date:
    """The period `steps` periods later (earlier when negative).

    Beyond the calendar's ends the nearest representable period is given.
    """
    try:
        if grain in ("day", "week"):
            return period + timedelta(days=steps * (7 if grain == "week" else 1))
        month = period.year * 12 + period.month - 1 + steps * _MONTHS_OF[grain]
        return date(month // 12, month % 12 + 1, 1)
    except (ValueError, OverflowError):
        return period_containing(date.max if steps > 0 else date.min + timedelta(days=7), grain)


@lru_cache(maxsize=8192)
def written(day: date) -> str:
    """The day as programs write it: `2024-03-27`."""
    return day.isoformat()


def named(period: date, grain: str) -> str:
    """What people call the period: `27 Mar 2024`, `week of 25 Mar 2024`, `Mar 2024`, `Q1 2024`, `2024`."""
    return _named(period, grain, current())


def day_named(day: date) -> str:
    """A day as people write it: `27 Mar 2024`."""
    return _named(day, "day", current())


def weekday_named(day: date) -> str:
    """The day of the week as people write it in short: `Mon`."""
    return format_date(day, "EEE", locale=locale())


@lru_cache(maxsize=8192)
def _named(period: date, grain: str, _language: str) -> str:
    """As `named`; a page names the same periods many times over."""
    if grain == "week":
        return _("week of {day}").format(day=day_named(period))
    return format_date(period, _(PATTERNS.get(grain, "y")), locale=locale())
