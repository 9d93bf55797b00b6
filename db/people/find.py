"""Finding the person that somebody names on the command line, and what is held of people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from db.errors import DatabaseError
from db.people.affiliations import INDEPENDENT
from db.people.identities import address_hash
from db.people.seen import Seen, read_identities, reference
from db.schema import table

WAYS = "a login, a full name, an e-mail address, github:NUMBER, email:HASH or a person's number"
#: So many candidates of an ambiguous name are listed.
LISTED = 10


@dataclass(frozen=True)
class Named:
    """A person that was found, with the identities held."""

    person_id: int
    name: str
    login: str | None
    kind: str
    identities: Sequence[Seen]

    @property
    def reference(self) -> str:
        """What decisions call the person by: the account, or else the address with the lowest id."""
        return min((each.kind != "login", each.identity_id, reference(each)) for each in self.identities)[2]

    @property
    def shown(self) -> str:
        """Name, login and number, to tell people of one name apart."""
        login = f" @{self.login}" if self.login else ""
        return f"{self.name}{login} ({self.person_id})"


def find_person(connection: Connection, named: str) -> Named:
    """The one person that a text names.

    Raises `DatabaseError` when it names nobody, or several: those are listed.
    """
    people = table("people").c
    found = [
        person
        for (person,) in connection.execute(_matches(named.strip()).order_by("person_id"))
        if person is not None
    ]
    if not found:
        raise DatabaseError(
            "is nobody that is held",
            to=repr(named),
            next_step=f"Name {WAYS}; `flowmeter people list` shows who is held after a refresh",
        )
    if len(found) > 1:
        rows = connection.execute(
            select(people.person_id, people.display_name, people.login).where(
                people.person_id.in_(found[:LISTED])
            )
        )
        shown = "; ".join(
            f"{r.person_id}: {r.display_name}" + (f" @{r.login}" if r.login else "") for r in rows
        )
        more = f" and {len(found) - LISTED} more" if len(found) > LISTED else ""
        raise DatabaseError(
            f"names {len(found)} people: {shown}{more}", to=repr(named), next_step="Give the person's number"
        )
    return person_held(connection, found[0])


def person_held(connection: Connection, person_id: int) -> Named:
    """A person by number, with all identities."""
    c = table("people").c
    row = connection.execute(select(c.display_name, c.login, c.kind).where(c.person_id == person_id)).one()
    members = [each for each in read_identities(connection) if each.person_id == person_id]
    members.sort(key=lambda each: (each.kind != "login", each.identity_id))
    return Named(person_id, row.display_name, row.login, row.kind, members)


def _matches(named: str) -> Select[Any]:
    """People that a text may name, most exact first: by form, then by login, then by name."""
    i, p = table("identities").c, table("people").c
    if re.fullmatch(r"-?\d{9,}", named):
        return select(p.person_id).where(p.person_id == int(named))
    if form := re.fullmatch(r"github:(\d+)", named):
        return select(i.person_id.label("person_id")).where(i.github_user_id == int(form[1])).distinct()
    if form := re.fullmatch(r"email:([0-9a-f]{8,32})", named):
        hashed = i.address_hash.startswith(form[1], autoescape=True)
        return select(i.person_id.label("person_id")).where(hashed).distinct()
    if re.fullmatch(r"[^@\s]+@[^@\s]+", named):
        return select(i.person_id.label("person_id")).where(i.address_hash == address_hash(named)).distinct()
    login = named.removeprefix("@").lower()
    accounts = select(i.person_id.label("person_id")).where(func.lower(i.login) == login, i.kind == "login")
    if named.startswith("@"):
        return accounts.distinct()
    people = select(p.person_id).where(
        or_(func.lower(p.display_name) == named.lower(), func.lower(p.login) == login)
    )
    return select(accounts.union(people).subquery().c.person_id)


def people_rows(
    connection: Connection, *, kind: str | None, organization: str | None, on: date, limit: int
) -> list[tuple[Any, ...]]:
    """(number, name, login, kind, why, organisation on that day, identities) of people, by name."""
    p, a, o, i = (table(name).c for name in ("people", "affiliations", "organizations", "identities"))
    count = select(i.person_id, func.count().label("identities")).group_by(i.person_id).subquery()
    query = (
        select(p.person_id, p.display_name, p.login, p.kind, p.kind_reason, o.name, count.c.identities)
        .select_from(
            table("people")
            .outerjoin(
                table("affiliations"),
                (a.person_id == p.person_id) & (a.from_day <= on) & (a.to_day >= on),
            )
            .outerjoin(table("organizations"), o.organization_id == a.organization_id)
            .outerjoin(count, count.c.person_id == p.person_id)
        )
        .order_by(func.lower(p.display_name), p.person_id)
        .limit(limit)
    )
    if kind is not None:
        query = query.where(p.kind == kind)
    if organization is not None:
        query = query.where(func.lower(o.name) == organization.lower())
    return [tuple(row) for row in connection.execute(query)]


def affiliation_rows(connection: Connection, person_id: int) -> list[tuple[Any, ...]]:
    """(organisation, first day, last day, source) of a person, in order."""
    a, o = table("affiliations").c, table("organizations").c
    query = (
        select(func.coalesce(o.name, INDEPENDENT), a.from_day, a.to_day, a.source)
        .select_from(
            table("affiliations").outerjoin(table("organizations"), o.organization_id == a.organization_id)
        )
        .where(a.person_id == person_id)
        .order_by(a.from_day)
    )
    return [tuple(row) for row in connection.execute(query)]


def role_rows(connection: Connection, person_id: int) -> list[tuple[Any, ...]]:
    """(intern or student, programme, first day, last day, source) of a person, in order."""
    c = table("person_roles").c
    query = select(c.kind, c.programme, c.from_day, c.to_day, c.source).where(c.person_id == person_id)
    return [tuple(row) for row in connection.execute(query.order_by(c.from_day, c.kind, c.programme))]


def suggestion_rows(connection: Connection, least: float = 0.0) -> list[tuple[Any, ...]]:
    """(number, score, one, other, reason) of the suggestions, the best first."""
    s = table("people_suggestions").c
    one, other = table("identities").alias("one"), table("identities").alias("other")
    this, that = table("people").alias("this"), table("people").alias("that")
    query = (
        select(
            s.suggestion_id, s.score, this.c.person_id, this.c.display_name, this.c.login,
            that.c.person_id, that.c.display_name, that.c.login, s.reason,
        )
        .select_from(
            table("people_suggestions")
            .join(one, one.c.identity_id == s.identity_id)
            .join(other, other.c.identity_id == s.other_identity_id)
            .join(this, this.c.person_id == one.c.person_id)
            .join(that, that.c.person_id == other.c.person_id)
        )
        .where(s.score >= least)
        .order_by(s.score.desc(), s.suggestion_id)
    )  # fmt: skip

    def shown(number: int, name: str, login: str | None) -> str:
        return f"{name}{f' @{login}' if login else ''} ({number})"

    return [(row[0], row[1], shown(*row[2:5]), shown(*row[5:8]), row[8]) for row in connection.execute(query)]
