"""Up to which day the facts go: by scope, and over all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
from sqlalchemy import Connection, func, select

from db.schema import table

#: Tables whose newest `day` shows how far a repository's facts go.
DATED = ("commits", "issues", "pull_requests", "comments", "reviews", "releases", "popularity")
#: Jobs that ask GitHub about everything up to their end: a quiet repository is known to have been quiet.
#: The job `commits` is not among them, since a clone may be old and says nothing of the days after it.
ASKING = ("issues", "pull_requests")
#: A repository with less of a scope's commits does not bend the scope's numbers.
LARGE = 0.2
#: So long without a commit may be quiet; longer is a repository that is not held any further.
SILENCE = timedelta(days=75)
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Facts:
    """How far facts go: by table the newest day of each repository until today, and commits by month."""

    newest: Mapping[str, Mapping[int, date]]
    months: Mapping[int, Mapping[date, int]]


def facts_held(connection: Connection, *, now: datetime) -> Facts:
    """How far the facts in the database go."""
    commits, calendar = table("commits"), table("calendar")
    return Facts(
        _newest(connection, now),
        _by_repository(
            connection.execute(
                select(commits.c.repository_id, calendar.c.period, func.count())
                .join(calendar, (calendar.c.day == commits.c.day) & (calendar.c.grain == "month"))
                .group_by(commits.c.repository_id, calendar.c.period)
            )
        ),
    )


def _newest(connection: Connection, now: datetime) -> dict[str, dict[int, date]]:
    today = now.astimezone(UTC).date()
    newest = {}
    for name in DATED:
        facts = table(name)
        newest[name] = {
            int(repository): day
            for repository, day in connection.execute(
                select(facts.c.repository_id, func.max(facts.c.day))
                .where(facts.c.day <= today)
                .group_by(facts.c.repository_id)
            )
        }
    return newest


def facts_in_columns(duck: duckdb.DuckDBPyConnection, *, now: datetime) -> Facts:
    """The same from the copy in columns."""
    today = now.astimezone(UTC).date()
    newest: dict[str, dict[int, date]] = {}
    for name in DATED:
        found = f"SELECT repository_id, MAX(day) FROM {name} WHERE day <= ? GROUP BY repository_id"
        newest[name] = dict(duck.execute(found, [today]).fetchall())
    months = duck.execute(
        "SELECT f.repository_id, c.period, COUNT(*) FROM commits f "
        "JOIN calendar c ON c.day = f.day AND c.grain = 'month' GROUP BY f.repository_id, c.period"
    )
    return Facts(newest, _by_repository(months.fetchall()))


def _by_repository(rows: Iterable[Any]) -> dict[int, dict[date, int]]:
    found: dict[int, dict[date, int]] = {}
    for repository, month, count in rows:
        found.setdefault(repository, {})[month] = count
    return found


def repository_days(connection: Connection, *, now: datetime, facts: Facts | None = None) -> dict[int, date]:
    """Repository → the latest day that its facts speak of, never later than today.

    That is the newest fact, or the day on which GitHub was last asked about all
    of the repository, whichever is later. A repository without any is left out.
    """
    found: dict[int, date] = {}

    def note(repository: int, day: date | None) -> None:
        if day is not None and (repository not in found or found[repository] < day):
            found[repository] = day

    today = now.astimezone(UTC).date()
    for newest in (facts or facts_held(connection, now=now)).newest.values():
        for repository, day in newest.items():
            note(repository, day)
    counts, repositories, cursors = table("history_counts"), table("repositories"), table("cursors")
    for repository, asked in connection.execute(
        select(counts.c.repository_id, func.max(counts.c.counted_at)).group_by(counts.c.repository_id)
    ):
        note(repository, asked.date())
    for repository, asked in connection.execute(
        select(repositories.c.repository_id, func.max(cursors.c.finished_at))
        .join(cursors, cursors.c.target == repositories.c.full_name)
        .where(cursors.c.job.in_(ASKING), cursors.c.finished_at.is_not(None))
        .group_by(repositories.c.repository_id)
    ):
        note(repository, asked.date())
    return {repository: min(day, today) for repository, day in found.items()}


def scope_days(connection: Connection, *, now: datetime, facts: Facts | None = None) -> dict[int, date]:
    """Scope → the latest day up to which the facts of its repositories are whole.

    That is the latest day that any of them speaks of, unless a large one among
    them is held less far (see `_held_back`): then it is that one's. A period is
    over when it ended before that day: the day itself may not be collected to its
    end. The project also knows of use cases up to the last search.
    """
    facts = facts or facts_held(connection, now=now)
    by_repository = repository_days(connection, now=now, facts=facts)
    members = table("scope_repositories")
    within: dict[int, list[int]] = {}
    for scope, repository in connection.execute(select(members.c.scope_id, members.c.repository_id)):
        if repository in by_repository:
            within.setdefault(scope, []).append(repository)
    found = {
        scope: _held_back(repositories, by_repository, facts.months)
        or max(by_repository[repository] for repository in repositories)
        for scope, repositories in within.items()
    }
    searched = connection.execute(select(func.max(table("use_cases").c.found_at))).scalar()
    if searched is not None:
        scopes = table("scopes")
        for scope in connection.execute(
            select(scopes.c.scope_id).where(scopes.c.kind == "project")
        ).scalars():
            if scope not in within:
                found[scope] = searched.date()
    return found


def repositories_behind(
    connection: Connection, scope_id: int, day: date, *, now: datetime
) -> list[tuple[str, date]]:
    """The scope's repositories whose facts end on that day or before, and the day on which they end.

    Those with the most commits come first: it is they that hold a scope back. A
    repository of which nothing at all is held is left out.
    """
    names, members, commits = table("repositories"), table("scope_repositories"), table("commits")
    days = repository_days(connection, now=now, facts=Facts(_newest(connection, now), {}))
    own = connection.execute(
        select(names.c.repository_id, names.c.full_name)
        .join(members, members.c.repository_id == names.c.repository_id)
        .where(members.c.scope_id == scope_id)
    )
    behind = {number: name for number, name in own if number in days and days[number] <= day}
    counted = connection.execute(
        select(commits.c.repository_id, func.count())
        .where(commits.c.repository_id.in_(behind))
        .group_by(commits.c.repository_id)
    )
    sizes = {int(number): int(count) for number, count in counted}
    largest = sorted(behind, key=lambda number: (-sizes.get(number, 0), days[number], behind[number]))
    return [(behind[number], days[number]) for number in largest]


def _held_back(
    repositories: list[int], days: dict[int, date], months: Mapping[int, Mapping[date, int]]
) -> date | None:
    """The earliest day up to which a large repository of a scope is held, when others go on without it.

    A clone says nothing of the days after it was made. A scope of several clones
    would go on with the newest of them as if the others had fallen silent, and its
    shares would turn into those of what is left. Large is a repository with at
    least a fifth of the scope's commits in its own last year.
    """
    newest = max(days[repository] for repository in repositories)
    early = []
    for repository in repositories:
        own, last = months.get(repository, {}), days[repository]
        if not own or newest - last <= SILENCE:
            continue
        window = [month for month in own if last - YEAR <= month <= last]
        scope = sum(
            count
            for other in repositories
            for month, count in months.get(other, {}).items()
            if last - YEAR <= month <= last
        )
        if scope and sum(own[month] for month in window) >= LARGE * scope:
            early.append(last)
    return min(early, default=None)


def facts_until(facts: Facts) -> date | None:
    """The latest day among the facts of all repositories; None when there are none."""
    return max((day for newest in facts.newest.values() for day in newest.values()), default=None)
