"""When a report's issues are due: a weekday or day and an hour in a zone of its own, summer time or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dashboard import periods
from dashboard.language import _
from dashboard.reports.settings import ReportSettings
from dashboard.reports.window import Window, last_over
from db.metrics.calendar import period_end

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: An issue that is made or sent so long after it was due says so.
LATE_AFTER = timedelta(hours=6)
#: After a pause so many issues that were missed are made up for; older ones are let go.
MOST_MISSED = 4


@dataclass(frozen=True)
class Due:
    """An issue that is to be made: its period, and when it was due (UTC)."""

    window: Window
    at: datetime


def due_at(report: ReportSettings, window: Window) -> datetime:
    """When the issue of a period is due, in UTC.

    The first such weekday (or day of the month) at that hour in the report's
    zone after the period; never before the period is over in UTC, which is what
    numbers are counted by. An hour that summer time skips is the first instant
    after the gap; one that comes twice is the first of the two.
    """
    first = window.last + timedelta(days=1)
    if report.period == "week":
        day = first + timedelta(days=(WEEKDAYS.index(report.weekday) - first.weekday()) % 7)
    else:
        day = first + timedelta(days=report.day - 1)
    local = datetime.combine(day, time(report.hour), ZoneInfo(report.time_zone))
    return max(local.astimezone(UTC), datetime.combine(first, time(), UTC))


def due(report: ReportSettings, last: date | None, now: datetime, *, force: bool = False) -> list[Due]:
    """The issues that are due and not made, oldest first; `last` is the newest period with an issue.

    Without any issue yet only the newest is; after a pause those that were
    missed come too. `force` does not wait for the hour, only for the period to be over.
    """
    window = last_over(report.period, now)
    found = []
    for _step in range(MOST_MISSED + 1):
        at = due_at(report, window)
        if last is not None and window.first <= last:
            break
        if force or at <= now:
            found.append(Due(window, at))
            if last is None:
                break
        window = earlier(window)
    return found[::-1][-MOST_MISSED:]


def earlier(window: Window) -> Window:
    """The period before."""
    return Window(window.grain, window.before, period_end(window.before, window.grain))


def following(report: ReportSettings, now: datetime) -> Due:
    """The next issue that will be due after now."""
    window = earlier(last_over(report.period, now))
    while (at := due_at(report, window)) <= now:
        first = periods.moved(window.first, window.grain, 1)
        window = Window(window.grain, first, period_end(first, window.grain))
    return Due(window, at)


def local(at: datetime, zone: str) -> str:
    """An instant as people of a zone write it: `Mon 22 Jun 2026, 07:00 (Europe/Berlin)`."""
    here = at.astimezone(ZoneInfo(zone))
    return _("{weekday} {day}, {time} ({zone})").format(
        weekday=periods.weekday_named(here.date()),
        day=periods.day_named(here.date()),
        time=f"{here:%H:%M}",
        zone=zone,
    )
