"""One person as anybody may see them: what they did, when, where and for whom; public work only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, text

from db.metrics.calendar import period_containing
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
    identities: tuple[Joined, ...]
    first_day: date | None
    last_day: date | None
    counts: dict[str, int]
    repositories: tuple[InRepository, ...]


@dataclass(frozen=True)
class Joined:
    """A login or an address (`email`) of somebody, and the evidence for it, as the refresh wrote it."""

    kind: str
    login: str | None
    domain: str | None
    reason: str


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


def is_shown(connection: Connection, person_id: int) -> bool:
    """Whether there is a person of that number who was not forgotten."""
    row = connection.execute(
        text("SELECT display_name FROM people WHERE person_id = :person"), {"person": person_id}
    ).one_or_none()
    return row is not None and row.display_name != FORGOTTEN


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
            "SELECT kind, login, domain, person_reason FROM identities WHERE person_id = :person "
            "ORDER BY first_seen, identity_id"
        ),
        {"person": person_id},
    ).all()
    done = _in_repositories(connection, person_id)
    return Profile(
        person_id,
        row.display_name,
        row.login,
        row.kind,
        row.kind_reason,
        tuple(dict.fromkeys(each.login for each in identities if each.login)),
        tuple(dict.fromkeys(each.domain for each in identities if each.domain)),
        tuple(Joined(each.kind, each.login, each.domain, each.person_reason or "") for each in identities),
        min((each.first_day for each in done), default=None),
        max((each.last_day for each in done), default=None),
        {name: sum(each.counts[name] for each in done) for name in COUNTS},
        tuple(done),
    )


def _in_repositories(connection: Connection, person_id: int) -> list[InRepository]:
    """Where they did what, most first: every repository is a scope of its own."""
    counts = ", ".join(f"t.{name}" for name in COUNTS)
    rows = connection.execute(
        text(
            f"SELECT s.name, t.first_day, t.last_day, {counts} FROM person_totals t "
            "JOIN scopes s ON s.scope_id = t.scope_id AND s.kind = 'repository' "
            "WHERE t.person_id = :person ORDER BY t.contributions DESC, s.name"
        ),
        {"person": person_id},
    )
    return [
        InRepository(
            row.name,
            _day(row.first_day),
            _day(row.last_day),
            {name: int(getattr(row, name)) for name in COUNTS},
        )
        for row in rows
    ]


def over_time(connection: Connection, found: Profile, grain: str) -> list[tuple[date, str, int]]:
    """(Period, kind of contribution, how many) of a person, everywhere, oldest first."""
    if not found.first_day or not found.last_day:
        return []
    if grain in ("day", "week"):
        return _by_day(connection, found.person_id, grain)
    held = "year" if grain == "year" else "month"
    first, last = period_containing(found.first_day, held), period_containing(found.last_day, held)
    sums = ", ".join(f"CAST(SUM({name}) AS BIGINT) AS {name}" for name in COUNTS)
    # Each period of each repository is looked up by the key: those of one person are no index's.
    statement = text(
        f"SELECT period, {sums} FROM person_periods WHERE repository_id IN ("
        "SELECT m.repository_id FROM person_totals t "
        "JOIN scopes s ON s.scope_id = t.scope_id AND s.kind = 'repository' "
        "JOIN scope_repositories m ON m.scope_id = s.scope_id WHERE t.person_id = :person) "
        "AND grain = :grain AND period IN :periods AND person_id = :person GROUP BY period"
    ).bindparams(bindparam("periods", expanding=True))
    periods = _periods(first, last, held)
    sent = [each.isoformat() for each in periods] if connection.dialect.name == "sqlite" else periods
    done: dict[tuple[date, str], int] = {}
    for row in connection.execute(statement, {"person": found.person_id, "grain": held, "periods": sent}):
        period = period_containing(_day(row.period), grain)
        for name, kind in COUNTS.items():
            if quantity := int(getattr(row, name)):
                done[period, kind] = done.get((period, kind), 0) + quantity
    return [(period, kind, quantity) for (period, kind), quantity in sorted(done.items())]


def _periods(first: date, last: date, grain: str) -> list[date]:
    """The months or years from the one to the other."""
    months = 12 if grain == "year" else 1
    count = ((last.year - first.year) * 12 + last.month - first.month) // months + 1
    places = [first.year * 12 + first.month - 1 + months * place for place in range(count)]
    return [date(place // 12, place % 12 + 1, 1) for place in places]


def _by_day(connection: Connection, person_id: int, grain: str) -> list[tuple[date, str, int]]:
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
