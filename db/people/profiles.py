"""One person as anybody may see them: what they did, when, where and for whom; public work only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from db.people.forgetting import FORGOTTEN
from db.schema.sums import COUNTS

#: The days that stand for no beginning and no end.
NO_BEGINNING, NO_END = date(1900, 1, 1), date(9999, 12, 31)


@dataclass(frozen=True)
class Profile:
    """A person: name, login, kind and the rule that decided it.

    `accounts` are the logins, `domains` the domains of the addresses that are joined to them; addresses
    themselves are not held.
    """

    person_id: int
    name: str
    login: str | None
    kind: str
    kind_reason: str
    accounts: tuple[str, ...]
    domains: tuple[str, ...]
    first_day: date | None
    last_day: date | None
    counts: dict[str, int]


@dataclass(frozen=True)
class Held:
    """For whom somebody acted from a day to a day (None for an open end), and what says so.

    Without an organisation they were independent.
    """

    organization: str | None
    organization_kind: str | None
    first: date | None
    last: date | None
    source: str
    confidence: float


@dataclass(frozen=True)
class InRepository:
    """What somebody did in a repository, by the names of `COUNTS`, and from when to when."""

    repository: str
    first_day: date
    last_day: date
    counts: dict[str, int]


def profile(connection: Connection, person_id: int) -> Profile | None:
    """The person of that number; None when there is none, or they were forgotten."""
    row = connection.execute(
        text("SELECT display_name, login, kind, kind_reason FROM people WHERE person_id = :person"),
        {"person": person_id},
    ).one_or_none()
    if row is None or row.display_name == FORGOTTEN:
        return None
    identities = connection.execute(
        text(
            "SELECT login, domain FROM identities WHERE person_id = :person ORDER BY first_seen, identity_id"
        ),
        {"person": person_id},
    ).all()
    done = in_repositories(connection, person_id)
    return Profile(
        person_id,
        row.display_name,
        row.login,
        row.kind,
        row.kind_reason,
        tuple(dict.fromkeys(each.login for each in identities if each.login)),
        tuple(dict.fromkeys(each.domain for each in identities if each.domain)),
        min((each.first_day for each in done), default=None),
        max((each.last_day for each in done), default=None),
        {name: sum(each.counts[name] for each in done) for name in COUNTS},
    )


_SUMS = ", ".join(
    f"CAST(SUM(CASE WHEN c.kind = '{kind}' THEN c.quantity ELSE 0 END) AS BIGINT) AS {name}"
    for name, kind in COUNTS.items()
)


def in_repositories(connection: Connection, person_id: int) -> list[InRepository]:
    """Where they did what, most first."""
    rows = connection.execute(
        text(
            f"SELECT r.full_name, MIN(c.day) AS first_day, MAX(c.day) AS last_day, {_SUMS}, "
            "SUM(c.quantity) AS quantity FROM contributions c "
            "JOIN repositories r ON r.repository_id = c.repository_id WHERE c.person_id = :person "
            "GROUP BY r.full_name ORDER BY quantity DESC, r.full_name"
        ),
        {"person": person_id},
    )
    return [
        InRepository(
            row.full_name,
            _day(row.first_day),
            _day(row.last_day),
            {name: int(getattr(row, name)) for name in COUNTS},
        )
        for row in rows
    ]


def over_time(connection: Connection, person_id: int, grain: str) -> list[tuple[date, str, int]]:
    """(Period, kind of contribution, how many), everywhere, oldest first."""
    rows = connection.execute(
        text(
            "SELECT k.period, c.kind, SUM(c.quantity) AS quantity FROM contributions c "
            "JOIN calendar k ON k.day = c.day AND k.grain = :grain WHERE c.person_id = :person "
            "GROUP BY k.period, c.kind ORDER BY k.period, c.kind"
        ),
        {"person": person_id, "grain": grain},
    )
    return [(_day(row.period), row.kind, int(row.quantity)) for row in rows]


def firsts(connection: Connection, person_id: int) -> dict[str, date]:
    """Kind of contribution → the day of their first one, oldest first."""
    rows = connection.execute(
        text(
            "SELECT kind, MIN(day) AS day FROM contributions WHERE person_id = :person "
            "GROUP BY kind ORDER BY day, kind"
        ),
        {"person": person_id},
    )
    return {row.kind: _day(row.day) for row in rows}


def affiliations(connection: Connection, person_id: int) -> list[Held]:
    """For whom they acted, latest first."""
    rows = connection.execute(
        text(
            "SELECT o.name, o.kind, a.from_day, a.to_day, a.source, a.confidence FROM affiliations a "
            "LEFT JOIN organizations o ON o.organization_id = a.organization_id "
            "WHERE a.person_id = :person ORDER BY a.from_day DESC"
        ),
        {"person": person_id},
    )
    return [
        Held(
            row.name,
            row.kind,
            None if _day(row.from_day) == NO_BEGINNING else _day(row.from_day),
            None if _day(row.to_day) == NO_END else _day(row.to_day),
            row.source,
            row.confidence,
        )
        for row in rows
    ]


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
