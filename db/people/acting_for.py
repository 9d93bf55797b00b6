"""Organisations and who acted for them in a scope, as lists: from sums that the refresh keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from db.listing import Field, Kind, Source
from db.people.contributors import COUNTED, counted_fields
from db.schema.sums import COUNTS

ROLES = ("steward", "peer", "other")

ORGANIZATIONS = Kind(
    ("organization_id",),
    "JOIN organizations o ON o.organization_id = b.organization_id",
    "",
    (
        Field("organisation", "o.name", "text", "Its name."),
        Field(
            "kind",
            "o.kind",
            "text",
            "company, university, institute or community.",
            choices=("company", "university", "institute", "community"),
        ),
        Field(
            "role",
            "CASE WHEN o.steward THEN 'steward' WHEN o.peer THEN 'peer' ELSE 'other' END",
            "text",
            "steward (owns the project), peer (a rival that the Research goal watches) or other.",
            choices=ROLES,
        ),
        Field("people", "b.people", "whole", "People who acted for it, bots and proxies left out."),
        *counted_fields(),
        Field("first", "b.first_day", "day", "Day of the first contribution for it."),
        Field("last", "b.last_day", "day", "Day of the last contribution for it."),
    ),
    "-contributions",
    carried=("people", *COUNTED, "first_day", "last_day"),
)
ORGANIZATION_PEOPLE = Kind(
    ("organization_id", "person_id"),
    "JOIN people p ON p.person_id = b.person_id "
    "JOIN organizations o ON o.organization_id = b.organization_id",
    "",
    (
        Field("name", "p.display_name", "text", "The name that is shown."),
        Field("login", "p.login", "text", "The GitHub login, when known."),
        Field("organisation", "o.name", "text", "For whom they acted.", shown=False),
        Field(
            "kind",
            "b.person_kind",
            "text",
            "human, bot or proxy (an account that carries other people’s work).",
            choices=("human", "bot", "proxy"),
        ),
        Field("first", "b.first_day", "day", "Day of their first contribution for it in the scope."),
        Field("last", "b.last_day", "day", "Day of their last contribution for it in the scope."),
        *counted_fields(),
        Field(
            "person",
            "CAST(b.person_id AS VARCHAR)",
            "text",
            "Number of the person’s page.",
            sortable=False,
            shown=False,
        ),
    ),
    "-contributions",
    carried=("person_kind", "first_day", "last_day", *COUNTED),
)
_SCOPE = "(SELECT s.repository_id FROM scope_repositories s WHERE s.scope_id = :scope)"
_PEOPLE = "COUNT(DISTINCT CASE WHEN c.person_kind = 'human' THEN c.person_id END) AS people"


def organizations(scope_id: int, first: date | None, last: date | None) -> Source:
    """The organisations that anybody acted for in a scope, in a period; None leaves an end open."""
    if first is None and last is None:
        sums = ", ".join(f"CAST(SUM(c.{name}) AS BIGINT) AS {name}" for name in COUNTED)
        return Source(
            f"SELECT c.organization_id, {_PEOPLE}, {sums}, MIN(c.first_day) AS first_day, "
            "MAX(c.last_day) AS last_day FROM organization_people c WHERE c.scope_id = :scope "
            "GROUP BY c.organization_id",
            {"scope": scope_id},
        )
    # The sum keeps databases from reading all days of the repositories, which another index offers.
    within = f"c.organization_id <> 0 AND c.repository_id + 0 IN {_SCOPE} AND c.day BETWEEN :first AND :last"
    sums = ", ".join(
        f"CAST(SUM(CASE WHEN d.kind = '{kind}' THEN d.quantity ELSE 0 END) AS BIGINT) AS {name}"
        for name, kind in COUNTS.items()
    )
    # Both parts are read from an index alone, in its order.
    return Source(
        f"SELECT d.organization_id, CAST(SUM(d.people) AS BIGINT) AS people, {sums}, "
        "CAST(SUM(d.quantity) AS BIGINT) AS contributions, MIN(d.first_day) AS first_day, "
        "MAX(d.last_day) AS last_day FROM ("
        "SELECT c.organization_id, c.kind, 0 AS people, SUM(c.quantity) AS quantity, "
        "MIN(c.day) AS first_day, MAX(c.day) AS last_day FROM contributions c "
        f"WHERE {within} GROUP BY c.organization_id, c.kind UNION ALL "
        "SELECT e.organization_id, '' AS kind, COUNT(*) AS people, 0 AS quantity, NULL AS first_day, "
        f"NULL AS last_day FROM (SELECT DISTINCT c.organization_id, c.person_id FROM contributions c "
        f"WHERE {within}) e JOIN people p ON p.person_id = e.person_id AND p.kind = 'human' "
        "GROUP BY e.organization_id) d GROUP BY d.organization_id",
        {"scope": scope_id, "first": first or date(1900, 1, 1), "last": last or date(9999, 12, 31)},
    )


def everybody(scope_id: int) -> Source:
    """Who ever acted for which organisation in a scope."""
    columns = ", ".join(("organization_id", "person_id", "person_kind", "first_day", "last_day", *COUNTED))
    return Source(f"SELECT {columns} FROM organization_people WHERE scope_id = :scope", {"scope": scope_id})


@dataclass(frozen=True)
class Organization:
    """An organisation: its name, kind and role, and the domains that are its own (from, to; None is open)."""

    organization_id: int
    name: str
    kind: str
    role: str
    domains: tuple[tuple[str, date | None, date | None], ...]


def organization(connection: Connection, named: str) -> Organization | None:
    """The organisation of a name or a number; None when there is none."""
    number = int(named) if named.isascii() and named.isdigit() and len(named) < 19 else 0
    row = connection.execute(
        text(
            "SELECT organization_id, name, kind, steward, peer FROM organizations "
            "WHERE name = :name OR organization_id = :number ORDER BY name = :name DESC LIMIT 1"
        ),
        {"name": named, "number": number},
    ).one_or_none()
    if row is None:
        return None
    domains = connection.execute(
        text(
            "SELECT domain, from_day, to_day FROM organization_domains WHERE organization_id = :number "
            "ORDER BY domain, from_day"
        ),
        {"number": row.organization_id},
    )
    return Organization(
        row.organization_id,
        row.name,
        row.kind,
        "steward" if row.steward else "peer" if row.peer else "other",
        tuple(
            (
                each.domain,
                None if _day(each.from_day).year == 1900 else _day(each.from_day),
                None if _day(each.to_day).year == 9999 else _day(each.to_day),
            )
            for each in domains
        ),
    )


def done_for(
    connection: Connection, organization_id: int, scope_id: int, grain: str
) -> list[tuple[date, str, int]]:
    """(Period, kind of contribution, how many) for an organisation in a scope, oldest first."""
    rows = connection.execute(
        text(
            "SELECT k.period, c.kind, SUM(c.quantity) AS quantity FROM ("
            "SELECT c.day, c.kind, SUM(c.quantity) AS quantity FROM contributions c "
            "WHERE c.organization_id = :organization AND c.organization_id <> 0 "
            f"AND c.repository_id IN {_SCOPE} GROUP BY c.kind, c.day) c "
            "JOIN calendar k ON k.day = c.day AND k.grain = :grain "
            "GROUP BY k.period, c.kind ORDER BY k.period, c.kind"
        ),
        {"organization": organization_id, "scope": scope_id, "grain": grain},
    )
    return [(_day(row.period), row.kind, int(row.quantity)) for row in rows]


def done_where(
    connection: Connection, organization_id: int, scope_id: int
) -> list[tuple[str, int, dict[str, int]]]:
    """(Repository, people, how many of each kind) for an organisation over all time, most first.

    Every repository is a scope of its own.
    """
    sums = ", ".join(f"CAST(SUM(c.{name}) AS BIGINT) AS {name}" for name in COUNTED)
    rows = connection.execute(
        text(
            f"SELECT x.name, {_PEOPLE}, {sums} FROM scope_repositories m "
            "JOIN scope_repositories n ON n.repository_id = m.repository_id "
            "JOIN scopes x ON x.scope_id = n.scope_id AND x.kind = 'repository' "
            "JOIN organization_people c ON c.scope_id = x.scope_id AND c.organization_id = :organization "
            "WHERE m.scope_id = :scope GROUP BY x.name ORDER BY contributions DESC, x.name"
        ),
        {"organization": organization_id, "scope": scope_id},
    )
    return [(row.name, row.people, {name: int(getattr(row, name)) for name in COUNTS}) for row in rows]


def known_by(connection: Connection, organization_id: int) -> list[tuple[str, int]]:
    """(Source, people) of the affiliations with an organisation, most first."""
    rows = connection.execute(
        text(
            "SELECT source, COUNT(DISTINCT person_id) AS people FROM affiliations "
            "WHERE organization_id = :organization GROUP BY source ORDER BY people DESC, source"
        ),
        {"organization": organization_id},
    )
    return [(row.source, row.people) for row in rows]


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
