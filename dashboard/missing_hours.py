"""Hours of GH Archive that a scope's numbers lack: figures mark them, cards say how many they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, exists, select

from dashboard.gaps import asked_of_github
from db.archive import gaps
from db.schema import table

#: Tables that the archive's events fill, or that are made of those.
FILLED = frozenset(
    {
        "comments",
        "contributions",
        "first_answers",
        "fork_counts",
        "issues",
        "open_threads",
        "person_totals",
        "pull_requests",
        "releases",
        "reviews",
    }
)
#: Contributions that clones tell of, and the archive does not.
OF_CLONES = frozenset({"commit", "coauthored_commit"})
_READ = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)", re.IGNORECASE)
_KIND = re.compile(r"'((?:coauthored_)?commit|(?:merged_)?pull_request|review|issue|comment)'")
#: Marks that would lie closer than this part of a figure's span are one.
CLOSE = 1 / 200


@dataclass(frozen=True)
class Missing:
    """A run of missing hours: from the start of the first one to the end of the last one (UTC)."""

    begin: datetime
    end: datetime
    hours: int


def missing_hours(connection: Connection, scope: str) -> tuple[Missing, ...]:
    """The hours that the scope's numbers lack, oldest first; none where GitHub itself was asked.

    They matter to scopes with a repository of which the archive alone tells.
    """
    scopes, members = table("scopes"), table("scope_repositories")
    repositories, days = table("repositories"), table("archive_days")
    of_archive = connection.execute(
        select(repositories.c.full_name)
        .join(members, members.c.repository_id == repositories.c.repository_id)
        .join(scopes, scopes.c.scope_id == members.c.scope_id)
        .where(scopes.c.name == scope, exists().where(days.c.repository_id == repositories.c.repository_id))
    ).scalars()
    if not {*of_archive} - asked_of_github(connection):
        return ()
    return tuple(Missing(gap.first, gap.last + timedelta(hours=1), gap.hours) for gap in gaps(connection))


def matters(sql: str) -> bool:
    """Whether a metric's SQL reads what the archive's events fill: clones tell of commits without it."""
    read = {name.casefold() for name in _READ.findall(sql)} & FILLED
    kinds = {*_KIND.findall(sql)}
    return bool(read - {"contributions"}) or ("contributions" in read and not (kinds and kinds <= OF_CLONES))


def within(held: Sequence[Missing], first: date, last: date) -> list[Missing]:
    """Those that touch the days from `first` to `last`."""
    return [one for one in held if one.begin.date() <= last and one.end.date() >= first]


def marked(held: Sequence[Missing], first: date, last: date) -> list[tuple[datetime, datetime]]:
    """Where a figure over those days marks them: what it could not show apart is one mark."""
    apart = timedelta(days=((last - first).days + 1) * CLOSE)
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    stop = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    marks: list[tuple[datetime, datetime]] = []
    for one in within(held, first, last):
        if marks and one.begin - marks[-1][1] < apart:
            marks[-1] = marks[-1][0], min(stop, one.end)
        else:
            marks.append((max(start, one.begin), min(stop, one.end)))
    return marks
