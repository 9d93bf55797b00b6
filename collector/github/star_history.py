"""Stars a day since a repository was made, from GitHub's weekly history without names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any

from collector.github import errors
from collector.github.client import GitHub
from collector.github.connected import asking
from collector.github.reading import Unreadable, whole_number
from collector.jobs import Cursor, Page, Rejection, Source

WEEK = 7 * 24 * 3600
#: Accounts that take a star back vanish from past weeks too: the whole is read again this often.
WHOLE_AGAIN = timedelta(days=90)


@dataclass(frozen=True)
class Week:
    """Stars given on each day of a week that begins at a time (seconds since 1970)."""

    start: int
    days: tuple[int, ...]

    @classmethod
    def of(cls, told: object) -> Week:
        """A week as GitHub writes it; raises `Unreadable`: a week left out would spoil the sum after it."""
        if not isinstance(told, Mapping):
            raise Unreadable("a week", told, "object")
        days = told.get("days")
        if not isinstance(days, list) or len(days) != 7 or any(type(count) is not int for count in days):
            raise Unreadable("days", days, "list of seven numbers")
        return cls(whole_number(told, "week"), tuple(days))


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """One page of `popularity` rows (source `star_history`): the running sum at the end of each finished day.

    The first run, and one every 90 days, reads all weeks (30 a request); others read
    the newest 30 and add to the sum before them. No weeks at all means that GitHub
    does not tell, not that there are no stars: no row is written.
    """
    github, repository, repository_id = asking(source)
    today = source.now.date()
    pages = _pages(github, repository)
    weeks = next(pages)
    base = _base(cursor, weeks, today)
    if base is None:
        weeks, base, whole_on = [*weeks, *chain.from_iterable(pages)], 0, today
    else:
        whole_on = date.fromisoformat(cursor["whole_on"])
    if not weeks:
        why = "GitHub gives no star history of it"
        yield Page({}, {"unavailable": today.isoformat()}, rejections=[Rejection(repository, why)])
        return
    weeks = sorted(weeks, key=lambda week: week.start)
    rows = _rows(repository_id, weeks, base, today)
    yield Page({"popularity": rows}, _cursor(weeks, base, whole_on), expected_rows=len(rows))


def _pages(github: GitHub, repository: str) -> Iterator[Sequence[Week]]:
    """Thirty weeks at a time, newest first; nothing when GitHub does not tell at all.

    Raises `CollectorError` for a later page that is refused: the sum would begin in the middle.
    """
    path = f"/repos/{repository}/stargazers/history"
    for place, (answer, _) in enumerate(github.pages(path, {"per_page": 30})):
        if answer.status == 200 and isinstance(answer.data, list):
            yield [Week.of(told) for told in answer.data]
        elif place:
            raise errors.refused(path, answer.status, answer.message)
        else:
            yield []


def _base(cursor: Cursor, weeks: Sequence[Week], today: date) -> int | None:
    """The sum before the oldest of these weeks; None when it is not known or due to be read anew."""
    if "whole_on" not in cursor or today - date.fromisoformat(cursor["whole_on"]) > WHOLE_AGAIN:
        return None
    if not weeks:
        return None
    oldest = min(week.start for week in weeks)
    known: dict[str, int] = cursor["before"]
    return known.get(str(oldest))


def _rows(repository_id: int, weeks: Sequence[Week], base: int, today: date) -> list[dict[str, Any]]:
    rows = []
    stars = base
    for week in weeks:
        sunday = datetime.fromtimestamp(week.start, UTC).date()
        for place, count in enumerate(week.days):
            day = sunday + timedelta(days=place)
            stars += count
            if day >= today or not stars:
                continue  # today is not over; and before the first star there was no repository to star
            rows.append(
                {"repository_id": repository_id, "day": day, "source": "star_history", "stars": stars}
            )
    return rows


def _cursor(weeks: Sequence[Week], base: int, whole_on: date) -> dict[str, Any]:
    """Keeps the sums before each of the last 60 weeks: the next first page begins with one of them."""
    before: dict[str, int] = {}
    total = base
    for week in weeks:
        before[str(week.start)] = total
        total += sum(week.days)
    following = weeks[-1].start + WEEK
    before[str(following)] = total
    newest = sorted(before, key=int)[-60:]
    return {"whole_on": whole_on.isoformat(), "before": {week: before[week] for week in newest}}
