"""What is held of a repository, as GitHub would count and order it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, select

from collector.github.connected import holding
from collector.jobs import Source
from db.schema import table

#: GitHub's state → what `reconciliations` calls those of them.
ISSUES = {"OPEN": "open issues", "CLOSED": "closed issues"}
PULL_REQUESTS = {
    "OPEN": "open pull requests",
    "CLOSED": "closed pull requests",
    "MERGED": "merged pull requests",
}
#: Subject → the job that collects it.
COLLECTED_BY = {
    **dict.fromkeys(ISSUES.values(), "issues"),
    **dict.fromkeys(PULL_REQUESTS.values(), "pull_requests"),
    "releases": "releases",
    "commits": "commits",
}


@dataclass(frozen=True)
class Item:
    """An issue or pull request that is held and, as far as is known, listed: its subject and its times."""

    number: int
    subject: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Held:
    """What is held at one moment.

    `complete` names the jobs whose first collection is over: what others collect
    cannot be compared yet. `cursors` holds where each job stands, and `head` the
    commit from which all commits held are reachable.
    """

    counts: Mapping[str, int]
    issues: Mapping[int, Item]
    cursors: Mapping[str, Mapping[str, Any]]
    complete: Collection[str]
    head: str | None


def read(source: Source) -> Held:
    """All that is compared. About 120,000 items are read in under a second, and not kept for long."""
    repository_id, target = source.target.repository_id, source.target.name
    if repository_id is None:
        raise ValueError("a reconciliation was started without a repository")
    with holding(source) as connection:
        before = _cursors(connection, target)
        issues = {item.number: item for item in _issues(connection, repository_id)}
        counts = {
            **dict.fromkeys(ISSUES.values(), 0),
            **_pull_request_counts(connection, repository_id),
            "releases": _count(connection, "releases", repository_id),
            "commits": _count(connection, "commits", repository_id),
        }
        for item in issues.values():
            counts[item.subject] += 1
        cursors = _cursors(connection, target)
    # While the clone is read, how many commits are held says nothing.
    commits = cursors.get("commits", {})
    standing = commits == before.get("commits", {}) and not commits.get("target")
    complete = {name for name in cursors if _is_over(name, cursors[name])}
    head = commits.get("head") if "commits" in complete and standing else None
    return Held(counts, issues, cursors, complete - (set() if head else {"commits"}), head)


def pull_requests(source: Source) -> dict[int, Item]:
    """Pull requests by number, all that GitHub is thought to list."""
    pulls = table("pull_requests")
    with holding(source) as connection:
        rows = connection.execute(
            select(pulls.c.number, _pull_request_subject(), pulls.c.created_at, pulls.c.updated_at).where(
                pulls.c.repository_id == source.target.repository_id, pulls.c.gone_at.is_(None)
            )
        )
        return {row.number: Item(*row) for row in rows}


def whole_rows(source: Source, name: str, numbers: Collection[int]) -> list[dict[str, Any]]:
    """The rows of some issues or pull requests as they are held, every column."""
    chosen = table(name)
    with holding(source) as connection:
        found = connection.execute(
            select(chosen)
            .where(chosen.c.repository_id == source.target.repository_id, chosen.c.number.in_(numbers))
            .order_by(chosen.c.number)
        )
        return [dict(row) for row in found.mappings()]


def release_tags(source: Source) -> set[str]:
    """Tags of the releases held."""
    releases = table("releases")
    with holding(source) as connection:
        chosen = releases.c.repository_id == source.target.repository_id
        return set(connection.execute(select(releases.c.tag).where(chosen)).scalars())


def _issues(connection: Connection, repository_id: int) -> list[Item]:
    """An issue that became a discussion is still listed by GitHub, as closed, until it is found not to be."""
    issues = table("issues")
    subject = case((issues.c.state == "open", ISSUES["OPEN"]), else_=ISSUES["CLOSED"])
    rows = connection.execute(
        select(issues.c.number, subject, issues.c.created_at, issues.c.updated_at).where(
            issues.c.repository_id == repository_id, issues.c.gone_at.is_(None)
        )
    )
    return [Item(*row) for row in rows]


def _pull_request_subject() -> Any:
    """What GitHub calls merged is so by its own flag; what landed otherwise is closed to it."""
    pulls = table("pull_requests")
    return case(
        (pulls.c.state == "open", PULL_REQUESTS["OPEN"]),
        ((pulls.c.state == "merged") & (pulls.c.merge_evidence == "github"), PULL_REQUESTS["MERGED"]),
        else_=PULL_REQUESTS["CLOSED"],
    ).label("subject")


def _pull_request_counts(connection: Connection, repository_id: int) -> dict[str, int]:
    pulls = table("pull_requests")
    rows = connection.execute(
        select(_pull_request_subject(), func.count())
        .where(pulls.c.repository_id == repository_id, pulls.c.gone_at.is_(None))
        .group_by("subject")
    )
    return dict.fromkeys(PULL_REQUESTS.values(), 0) | {row[0]: row[1] for row in rows}


def _count(connection: Connection, name: str, repository_id: int) -> int:
    chosen = table(name)
    counted = select(func.count()).select_from(chosen).where(chosen.c.repository_id == repository_id)
    return connection.execute(counted).scalar_one()


def _cursors(connection: Connection, target: str) -> dict[str, Mapping[str, Any]]:
    """Cursors of the jobs that came to their end at least once."""
    cursors = table("cursors")
    rows = connection.execute(
        select(cursors.c.job, cursors.c.cursor).where(
            cursors.c.target == target,
            cursors.c.job.in_(set(COLLECTED_BY.values())),
            cursors.c.finished_at.is_not(None),
        )
    )
    return {row.job: json.loads(row.cursor) for row in rows}


def _is_over(job: str, cursor: Mapping[str, Any]) -> bool:
    """Whether a job has everything: no older part is left, no page, no part of a shallow clone."""
    left = {"issues": ("older",), "pull_requests": ("older",), "releases": ("next",)}
    return not any(cursor.get(name) for name in left.get(job, ("target", "boundary")))
