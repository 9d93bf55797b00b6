"""Dates as commits carry them, and commit dates that cannot be, repaired from history."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

#: No history that is kept in git goes further back, imports from CVS and RCS included.
EARLIEST = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp())
#: A commit may come from a clock that runs this far ahead.
AHEAD = timedelta(days=1)
#: The zones of the world lie within this many minutes of UTC.
WIDEST_ZONE = 14 * 60
_LAST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())


def written_instant(date: bytes) -> int | None:
    """The seconds since 1970 of git's `SECONDS ZONE`; None when it is none that a calendar holds."""
    try:
        seconds = int(date.partition(b" ")[0])
    except ValueError:
        return None
    return seconds if 0 <= seconds < _LAST else None


def written_zone(date: bytes) -> int:
    """The minutes east of UTC of git's `SECONDS ZONE`; 0 when the zone is none of this world's."""
    return _zone(date.partition(b" ")[2])


@lru_cache(maxsize=1024)
def _zone(written: bytes) -> int:
    try:
        zone = int(written)
    except ValueError:
        return 0
    hours, minutes = divmod(abs(zone), 100)
    offset = hours * 60 + minutes
    if minutes > 59 or offset > WIDEST_ZONE:
        return 0
    return offset if zone >= 0 else -offset


class CommitDates:
    """Commit dates along a walk that shows every commit after at least one of its children.

    A date before 1990 or more than a day ahead cannot be. Its commit takes the date of its
    earliest child that was shown, so that it keeps its place in history. The walk's first commit has
    no child: it takes `before_the_first()`, the newest sound date among its ancestors.
    Only the dates of commits that are still to be shown are held.
    """

    def __init__(self, now: datetime, before_the_first: Callable[[], int | None]) -> None:
        self._latest = int((now + AHEAD).timestamp())
        self._before_the_first = before_the_first
        self._children: dict[str, int] = {}

    def sound(self, seconds: int | None) -> bool:
        """Whether the instant can be the date of a commit."""
        return seconds is not None and EARLIEST <= seconds <= self._latest

    def place(self, sha: str, parents: Iterable[str], written: int | None) -> tuple[int, bool]:
        """The commit's date in seconds since 1970, and whether it had to be repaired."""
        children = self._children
        child = children.pop(sha, None)
        repaired = written is None or not EARLIEST <= written <= self._latest
        seconds = written if not repaired else child if child is not None else self._before_the_first()
        if seconds is None:
            # Nothing in this history has a date: it stands at the beginning of time, marked.
            seconds = EARLIEST
        for parent in parents:
            known = children.get(parent)
            if known is None or seconds < known:
                children[parent] = seconds
        return seconds, repaired
