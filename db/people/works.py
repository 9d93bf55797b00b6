"""The very things that people did on some days: commits, pull requests, issues, reviews, comments."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, text

#: Kind of contribution → the SELECT of its facts, with what says where they are on GitHub.
_FACTS = {
    "pull_request": (
        "SELECT i.person_id, r.full_name, f.day, f.number, NULL AS sha, NULL AS github_id, f.title, "
        "f.created_at AS at FROM pull_requests f"
    ),
    "commit": (
        "SELECT i.person_id, r.full_name, f.day, NULL AS number, f.sha, NULL AS github_id, "
        "f.subject AS title, f.committed_at AS at FROM commits f"
    ),
    "issue": (
        "SELECT i.person_id, r.full_name, f.day, f.number, NULL AS sha, NULL AS github_id, f.title, "
        "f.created_at AS at FROM issues f"
    ),
    "review": (
        "SELECT i.person_id, r.full_name, f.day, f.number, NULL AS sha, f.github_id, g.title, "
        "f.submitted_at AS at FROM reviews f "
        "LEFT JOIN pull_requests g ON g.repository_id = f.repository_id AND g.number = f.number"
    ),
    "comment": (
        "SELECT i.person_id, r.full_name, f.day, f.number, f.sha, f.github_id, "
        "COALESCE(g.title, h.title) AS title, f.created_at AS at FROM comments f "
        "LEFT JOIN pull_requests g ON g.repository_id = f.repository_id AND g.number = f.number "
        "LEFT JOIN issues h ON h.repository_id = f.repository_id AND h.number = f.number"
    ),
}
#: Kinds of contribution that are shown as things, those that tell most of a newcomer first.
KINDS = tuple(_FACTS)


@dataclass(frozen=True)
class Day:
    """Somebody's day of one kind of contribution in a repository."""

    person_id: int
    repository_id: int
    kind: str
    day: date


@dataclass(frozen=True)
class Work:
    """One thing that somebody did: kind, title and place; `address` follows OWNER/NAME on GitHub."""

    person_id: int
    kind: str
    repository: str
    day: date
    title: str
    address: str


def latest_days(connection: Connection, person_id: int, limit: int) -> list[Day]:
    """The latest days of a person, one for each kind and repository."""
    statement = text(
        "SELECT repository_id, kind, day FROM contributions WHERE person_id = :person AND kind IN :kinds "
        "ORDER BY day DESC, repository_id, kind LIMIT :limit"
    ).bindparams(bindparam("kinds", expanding=True))
    rows = connection.execute(statement, {"person": person_id, "kinds": KINDS, "limit": limit})
    return [Day(person_id, row.repository_id, row.kind, _day(row.day)) for row in rows]


def first_days(
    connection: Connection, people: Collection[int], scope_id: int, first: date, last: date
) -> list[Day]:
    """Of each of the people the day in the bounds that tells most: the first of the foremost kind."""
    statement = text(
        "SELECT person_id, repository_id, kind, day FROM contributions WHERE person_id IN :people "
        "AND kind IN :kinds AND day BETWEEN :first AND :last AND repository_id IN "
        "(SELECT s.repository_id FROM scope_repositories s WHERE s.scope_id = :scope) "
        "ORDER BY day, repository_id"
    ).bindparams(bindparam("people", expanding=True), bindparam("kinds", expanding=True))
    values = {"people": list(people), "kinds": KINDS, "scope": scope_id}
    found: dict[int, Day] = {}
    for row in connection.execute(statement, values | bounds(connection, first, last)):
        held = found.get(row.person_id)
        if held is None or KINDS.index(row.kind) < KINDS.index(held.kind):
            found[row.person_id] = Day(row.person_id, row.repository_id, row.kind, _day(row.day))
    return list(found.values())


def works(connection: Connection, days: Sequence[Day]) -> list[Work]:
    """What was done on these days, latest first."""
    found: list[tuple[Any, Work]] = []
    for kind in {day.kind for day in days}:
        asked = [day for day in days if day.kind == kind]
        places = {(day.repository_id, day.day): None for day in asked}
        values: dict[str, Any] = {"people": sorted({day.person_id for day in asked})}
        for number, (repository_id, day) in enumerate(places):
            sent = day.isoformat() if connection.dialect.name == "sqlite" else day
            values |= {f"repository_{number}": repository_id, f"day_{number}": sent}
        within = " OR ".join(
            f"f.repository_id = :repository_{number} AND f.day = :day_{number}"
            for number in range(len(places))
        )
        statement = text(
            f"{_FACTS[kind]} JOIN repositories r ON r.repository_id = f.repository_id "
            "JOIN identities i ON i.identity_id = f.author_id "
            f"WHERE ({within}) AND i.person_id IN :people"
        ).bindparams(bindparam("people", expanding=True))
        for row in connection.execute(statement, values):
            work = Work(
                row.person_id, kind, row.full_name, _day(row.day), row.title or "", _address(kind, row)
            )
            found.append((str(row.at), work))
    return [work for _at, work in sorted(found, key=lambda each: each[0], reverse=True)]


def bounds(connection: Connection, first: date, last: date) -> dict[str, Any]:
    """`first` and `last` as the database takes them in a statement of its own words."""
    if connection.dialect.name == "sqlite":
        return {"first": first.isoformat(), "last": last.isoformat()}
    return {"first": first, "last": last}


def _address(kind: str, row: Any) -> str:
    match kind:
        case "commit":
            return f"/commit/{row.sha}"
        case "pull_request":
            return f"/pull/{row.number}"
        case "review":
            return f"/pull/{row.number}#pullrequestreview-{row.github_id}"
        case "comment" if row.sha:
            return f"/commit/{row.sha}"
        case _:
            return f"/issues/{row.number}"


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
