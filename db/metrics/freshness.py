"""Up to which day the facts go: by scope, and over all."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import Connection, func, select

from db.schema import table

#: Tables whose newest `day` shows how far a repository's facts go.
DATED = ("commits", "issues", "pull_requests", "comments", "reviews", "releases", "popularity")
#: Jobs that ask GitHub about everything up to their end: a quiet repository is known to have been quiet.
#: The job `commits` is not among them, since a clone may be old and says nothing of the days after it.
ASKING = ("issues", "pull_requests")


def repository_days(connection: Connection, *, now: datetime) -> dict[int, date]:
    """Repository → the latest day that its facts speak of, never later than today.

    That is the newest fact, or the day on which GitHub was last asked about all
    of the repository, whichever is later. A repository without any is left out.
    """
    found: dict[int, date] = {}

    def note(repository: int, day: date | None) -> None:
        if day is not None and (repository not in found or found[repository] < day):
            found[repository] = day

    today = now.astimezone(UTC).date()
    for name in DATED:
        facts = table(name)
        for repository, day in connection.execute(
            select(facts.c.repository_id, func.max(facts.c.day))
            .where(facts.c.day <= today)
            .group_by(facts.c.repository_id)
        ):
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


def scope_days(connection: Connection, *, now: datetime) -> dict[int, date]:
    """Scope → the latest day that the facts of any of its repositories speak of.

    A period is over when it ended before that day: the day itself may not be
    collected to its end. The project also knows of use cases up to the last search.
    """
    by_repository = repository_days(connection, now=now)
    found: dict[int, date] = {}
    members = table("scope_repositories")
    for scope, repository in connection.execute(select(members.c.scope_id, members.c.repository_id)):
        day = by_repository.get(repository)
        if day is not None and (scope not in found or found[scope] < day):
            found[scope] = day
    searched = connection.execute(select(func.max(table("use_cases").c.found_at))).scalar()
    if searched is not None:
        scopes = table("scopes")
        for scope in connection.execute(
            select(scopes.c.scope_id).where(scopes.c.kind == "project")
        ).scalars():
            found[scope] = max(found.get(scope, searched.date()), searched.date())
    return found


def facts_until(connection: Connection, *, now: datetime) -> date | None:
    """The latest day among the facts of all repositories; None when there are none."""
    today = now.astimezone(UTC).date()
    days = [
        connection.execute(select(func.max(table(name).c.day)).where(table(name).c.day <= today)).scalar()
        for name in DATED
    ]
    return max((day for day in days if day is not None), default=None)
