"""Time as the simulated GitHub keeps it: whole seconds since 1970, UTC, and the text it writes them in."""

from collections.abc import Callable
from datetime import UTC, date, datetime

MINUTE = 60
HOUR = 3_600
DAY = 86_400
YEAR = 31_557_600
NEVER = 2**62
"""The moment of what does not happen, later than any other."""

Clock = Callable[[], int]
"""Tells the present second."""


def seconds(moment: datetime | date) -> int:
    """Seconds since 1970 of an aware time, or of a day's first instant in UTC."""
    if isinstance(moment, datetime):
        return int(moment.timestamp())
    return int(datetime(moment.year, moment.month, moment.day, tzinfo=UTC).timestamp())


def iso(second: int) -> str:
    """A second as GitHub writes it: 2017-02-13T09:30:00Z."""
    return datetime.fromtimestamp(second, UTC).isoformat()[:19] + "Z"


def from_iso(text: str) -> int:
    """The second a GitHub or git time names; a bare date is its first instant. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp())


def present() -> int:
    """The actual present second."""
    return int(datetime.now(UTC).timestamp())


def frozen(moment: datetime) -> Clock:
    """A clock that stands still at a moment."""
    second = seconds(moment)
    return lambda: second


def horizon(now: int) -> int:
    """The second up to which a community is generated: far enough ahead of now for a server to keep living.

    It is the same for every now before 2028, so that a later now shows the same community, further on.
    """
    year = max(2029, datetime.fromtimestamp(now, UTC).year + 2)
    return seconds(date(year, 1, 1))
