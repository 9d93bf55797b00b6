"""The period that an issue of a report is about: the last one that is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from dashboard import periods
from dashboard.language import _
from db.metrics.calendar import period_before, period_containing, period_end, same_period_last_year


@dataclass(frozen=True)
class Window:
    """A week or month: its grain, its first and last day, and what people call it."""

    grain: str
    first: date
    last: date

    @property
    def words(self) -> str:
        """What a sentence calls it: `the week of 18 Mar 2024`, `Mar 2024`."""
        name = periods.named(self.first, self.grain)
        return _("the {week}").format(week=name) if self.grain == "week" else name

    @property
    def days(self) -> str:
        """Its first and last day: `18 Mar 2024 to 24 Mar 2024`."""
        first, last = periods.day_named(self.first), periods.day_named(self.last)
        return _("{first} to {last}").format(first=first, last=last)

    @property
    def length(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> date:
        """First day of the period before."""
        return period_before(self.first, self.grain)

    @property
    def last_year(self) -> date:
        """First day of the same period a year ago; for weeks the one 52 weeks ago."""
        return same_period_last_year(self.first, self.grain)

    def back(self, count: int) -> date:
        """First day of the period so many periods earlier."""
        return periods.moved(self.first, self.grain, -count)


def last_over(grain: str, now: datetime) -> Window:
    """The last period of that grain that was over at that time (UTC)."""
    first = period_before(period_containing(now.astimezone(UTC).date(), grain), grain)
    return Window(grain, first, period_end(first, grain))
