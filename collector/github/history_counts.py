"""Commits a month on the default branch by GitHub's own count, newest month first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from collector.github.client import GitHub, TooSlow
from collector.github.connected import asking
from collector.github.reading import part, total
from collector.jobs import Cursor, Page, Source

#: Nothing on GitHub is older; commits with bogus dates are.
FIRST_MONTH = date(1990, 1, 1)
AT_ONCE = 12
#: Merging brings commits of past months in: so many finished months are counted anew each time.
COUNTED_ANEW = 3


@dataclass
class _State:
    """How far counting has come: the oldest month counted, commits met, and empty months not yet written."""

    oldest: date | None = None
    newest: date | None = None
    met: int = 0
    whole: bool = False
    empty: list[date] = field(default_factory=list)

    @classmethod
    def of(cls, cursor: Cursor) -> _State:
        oldest, newest = cursor.get("oldest"), cursor.get("newest")
        return cls(
            date.fromisoformat(oldest) if oldest else None,
            date.fromisoformat(newest) if newest else None,
            cursor.get("met", 0),
            cursor.get("whole", False),
            [date.fromisoformat(month) for month in cursor.get("empty", ())],
        )

    def cursor(self) -> dict[str, Any]:
        return {
            "oldest": self.oldest.isoformat() if self.oldest else None,
            "newest": self.newest.isoformat() if self.newest else None,
            "met": self.met,
            "whole": self.whole,
            "empty": [month.isoformat() for month in self.empty],
        }


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Pages of `history_counts`, twelve months each.

    The first run goes back until every commit that GitHub counts has been met (or to
    1990, when some bear bogus dates). Later runs count the current month, those since
    the last run and the three before anew. Empty months are written only once an
    older one with commits is met, so a history does not begin with zeros.
    """
    github, repository, repository_id = asking(source)
    state = _State.of(cursor)
    this_month = source.now.date().replace(day=1)
    floor = source.since.date().replace(day=1) if source.since else FIRST_MONTH
    reader = _Reader(github, repository)

    def rows(counts: dict[date, int]) -> list[dict[str, Any]]:
        return [
            {
                "repository_id": repository_id,
                "day": month,
                "commits": commits,
                "counted_at": source.now,
            }
            for month, commits in counts.items()
        ]

    if state.newest is not None:
        again = _earlier(state.newest, COUNTED_ANEW)
        months = _months(this_month, max(again, state.oldest or again))
        for start in range(0, len(months), AT_ONCE):
            counted = reader.count(months[start : start + AT_ONCE])
            if counted is None:
                return
            if start + AT_ONCE >= len(months):
                state.newest = this_month
            state.empty = [month for month in state.empty if not counted[0].get(month)]
            written = {month: n for month, n in counted[0].items() if month not in state.empty}
            yield Page({"history_counts": rows(written)}, state.cursor())
    while not state.whole:
        newest = _earlier(state.oldest, 1) if state.oldest else this_month
        if newest < floor:
            return
        counted = reader.count(_months(newest, _earlier(newest, AT_ONCE - 1)))
        if counted is None:
            return
        counts, of_all_times = counted
        written = {}
        for month, commits in counts.items():
            state.met += commits
            if commits:
                written.update(dict.fromkeys(state.empty, 0))
                state.empty = []
                written[month] = commits
            else:
                state.empty.append(month)
        state.oldest = min(counts)
        state.newest = state.newest or this_month
        state.whole = state.met >= of_all_times or state.oldest <= FIRST_MONTH
        if state.whole:
            state.empty = []
        yield Page({"history_counts": rows(written)}, state.cursor())


class _Reader:
    """Counts twelve months at once, or month by month when that takes GitHub too long."""

    def __init__(self, github: GitHub, repository: str) -> None:
        self._github = github
        self._owner, _, self._name = repository.partition("/")
        self._slow = False

    def count(self, months: Sequence[date]) -> tuple[dict[date, int], int] | None:
        """Commits by month, and of all times; None when the repository is gone or empty."""
        if not self._slow:
            try:
                return self._ask(months, patient=False)
            except TooSlow:
                self._slow = True
        counts: dict[date, int] = {}
        of_all_times = 0
        for month in months:
            # The other eleven places of the document ask for one second, which costs GitHub next to nothing.
            found = self._ask([month], patient=True)
            if found is None:
                return None
            counts |= found[0]
            of_all_times = found[1]
        return counts, of_all_times

    def _ask(self, months: Sequence[date], *, patient: bool) -> tuple[dict[date, int], int] | None:
        variables: dict[str, Any] = {"owner": self._owner, "name": self._name}
        for place in range(AT_ONCE):
            month = months[min(place, len(months) - 1)]
            last = _later(month, 1) - timedelta(days=1) if place < len(months) else month
            time = "23:59:59" if place < len(months) else "00:00:00"
            variables[f"since{place}"] = f"{month}T00:00:00Z"
            variables[f"until{place}"] = f"{last}T{time}Z"
        data = self._github.graphql("history_counts", variables, patient=patient)
        target = part(part(part(data, "repository"), "defaultBranchRef"), "target")
        if not target:
            return None
        counts = {month: total(target, f"month{place}") for place, month in enumerate(months)}
        return counts, total(target, "history")


def _earlier(month: date, count: int) -> date:
    place = month.year * 12 + month.month - 1 - count
    return date(place // 12, place % 12 + 1, 1)


def _later(month: date, count: int) -> date:
    return _earlier(month, -count)


def _months(newest: date, oldest: date) -> list[date]:
    """First days of months, newest first, both ends included."""
    found = []
    while newest >= oldest:
        found.append(newest)
        newest = _earlier(newest, 1)
    return found
