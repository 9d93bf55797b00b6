"""Hours: which ones a span holds, and what GH Archive calls their files."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from collector.errors import CollectorError
from db.archive import HOUR

#: The first hour in the shapes that are read here; the years before have others.
FIRST = datetime(2015, 1, 1, tzinfo=UTC)
#: An hour's file is complete some minutes after its end.
SETTLED = timedelta(minutes=15)
FILE_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})-(\d{1,2})\.json\.gz")


def file_name(hour: datetime) -> str:
    """GH Archive's name for an hour's file; the hour has no leading zero."""
    return f"{hour:%Y-%m-%d}-{hour.hour}.json.gz"


def hour_key(hour: datetime) -> str:
    """How the lake writes an hour: 2015-01-01-05, in the order of time."""
    return f"{hour:%Y-%m-%d-%H}"


def hour_of_key(key: str) -> datetime:
    """The hour that the lake writes so."""
    return datetime.strptime(key, "%Y-%m-%d-%H").replace(tzinfo=UTC)


def span(first: datetime, last: datetime, now: datetime) -> list[datetime]:
    """The hours from `first` to the end of the day (or hour) `last` that have ended by `now`.

    `last` at midnight means its whole day. Raises `CollectorError` for a span that
    begins before 2015, or ends before it begins.
    """
    first, last = first.replace(tzinfo=UTC), last.replace(tzinfo=UTC)
    if first < FIRST:
        raise CollectorError(
            "begins before 2015, when GH Archive's events had other shapes",
            to=f"{first:%Y-%m-%d}",
            next_step="Begin at 2015-01-01 or later",
            retry=False,
        )
    if last < first:
        raise CollectorError(
            "ends before it begins",
            to=f"{first:%Y-%m-%dT%H} to {last:%Y-%m-%dT%H}",
            next_step="Give --from the earlier of the two",
            retry=False,
        )
    end = last + (timedelta(days=1) if last.hour == 0 else HOUR)
    found = []
    hour = first
    while hour < end and hour + HOUR + SETTLED <= now:
        found.append(hour)
        hour += HOUR
    return found
