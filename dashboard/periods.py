"""Periods: stepping through them, and what people call them."""

from __future__ import annotations

from datetime import date, timedelta

from db.metrics.calendar import period_containing

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: What a stretch of each grain is called in a sentence.
EACH = {"day": "a day", "week": "a week", "month": "a month", "quarter": "a quarter", "year": "a year"}
_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


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


def named(period: date, grain: str) -> str:
    """What people call the period: `27 Mar 2024`, `week of 25 Mar 2024`, `Mar 2024`, `Q1 2024`, `2024`."""
    month = MONTHS[period.month - 1]
    match grain:
        case "day":
            return day_named(period)
        case "week":
            return f"week of {day_named(period)}"
        case "month":
            return f"{month} {period.year}"
        case "quarter":
            return f"Q{(period.month - 1) // 3 + 1} {period.year}"
        case _:
            return str(period.year)


def day_named(day: date) -> str:
    """A day as people write it: `27 Mar 2024`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
