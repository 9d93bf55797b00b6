"""The calendar: every day once per grain, and the arithmetic of periods."""

from __future__ import annotations

import calendar as months
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, func, select

from db.schema import table
from db.schema.answers import GRAINS
from db.upsert import upsert

#: Facts before this day are kept in their tables but lie in no period.
EARLIEST = date(1991, 1, 1)
USUAL_START = date(2008, 1, 1)
DAY = timedelta(days=1)


def period_containing(day: date, grain: str) -> date:
    """First day of the period of that grain that a day lies in; weeks begin on Monday."""
    match grain:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "year":
            return day.replace(month=1, day=1)
    raise ValueError(f"grain {grain!r} is not one of {', '.join(GRAINS)}")


def period_end(period: date, grain: str) -> date:
    """Last day of the period that begins on that day."""
    match grain:
        case "day":
            return period
        case "week":
            return period + timedelta(days=6)
        case "month" | "quarter":
            last = period.month + (2 if grain == "quarter" else 0)
            return period.replace(month=last, day=months.monthrange(period.year, last)[1])
        case "year":
            return period.replace(month=12, day=31)
    raise ValueError(f"grain {grain!r} is not one of {', '.join(GRAINS)}")


def period_before(period: date, grain: str) -> date:
    """First day of the period before the one that begins on that day."""
    return period_containing(period - DAY, grain)


def same_period_last_year(period: date, grain: str) -> date:
    """First day of the period a year earlier; for weeks the one 52 weeks earlier."""
    if grain == "week":
        return period - timedelta(weeks=52)
    if (period.month, period.day) == (2, 29):
        return period.replace(year=period.year - 1, day=28)
    return period.replace(year=period.year - 1)


def fill_calendar(connection: Connection, *, now: datetime) -> int:
    """Make sure that the calendar spans all facts, from 2008 at the latest to the end of next year.

    Returns how many rows were added; none when it spans them already.
    """
    last = date(now.astimezone(UTC).year + 1, 12, 31)
    first = min([USUAL_START, *(day for day in _earliest_days(connection) if day is not None)])
    first = max(period_containing(first, "year"), EARLIEST)
    held = table("calendar")
    bounds = connection.execute(
        select(func.min(held.c.day), func.max(held.c.day)).where(held.c.grain == "year")
    ).one()
    if bounds[0] is not None and bounds[0] <= first and bounds[1] >= last:
        return 0
    rows = []
    day = first
    while day <= last:
        for grain in GRAINS:
            period = period_containing(day, grain)
            rows.append(
                {"day": day, "grain": grain, "period": period, "period_end": period_end(period, grain)}
            )
        day += DAY
    return upsert(connection, held, rows)


def _earliest_days(connection: Connection) -> list[date | None]:
    # Of facts a glance at the index for each repository that has any, not one at each of the facts.
    tracked = select(table("repositories").c.repository_id).where(table("repositories").c.role != "use_case")
    repository = tracked.subquery("tracked").c.repository_id
    found: list[date | None] = []
    for name in ("commits", "issues", "pull_requests", "history_counts", "paper_mentions"):
        facts = table(name).c
        earliest = select(func.min(facts.day)).where(facts.repository_id == repository).scalar_subquery()
        found.append(connection.execute(select(func.min(earliest)).select_from(repository.table)).scalar())
    found.append(connection.execute(select(func.min(table("use_cases").c.day))).scalar())
    return found
