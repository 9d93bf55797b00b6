"""Identities → people: merged by evidence, with kind, affiliation and the reason for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Text, bindparam, delete, select, type_coerce, update

from db.people.affiliations import Evidence, always, write_affiliations
from db.people.kinds import Rule, kind_of, read_rules
from db.people.organizations import Directory, organization_id, read_directory, write_organizations
from db.schema import stable_id, table
from db.upsert import upsert

#: A reason that begins so was given by hand and is never overruled.
BY_HAND = "manual"


@dataclass(frozen=True)
class PeopleRefresh:
    """What a refresh of people found: how many, of which kind, and what it changed.

    `changed` counts rows. `changed_people` holds everybody whose contributions have to be computed
    anew: whose kind, independence, identities, affiliations or addresses' organisations changed,
    with those who are new and those who are gone.
    """

    people: int
    bots: int
    proxies: int
    changed: int
    changed_people: frozenset[int] = frozenset()


class Seen(NamedTuple):
    """An identity as the refresh reads it; days as ISO texts, which sort."""

    identity_id: int
    kind: str
    github_user_id: int | None
    login: str | None
    account_type: str | None
    name: str | None
    company: str | None
    domain: str | None
    first: str
    last: str
    person_id: int | None
    person_reason: str | None


def refresh_people(
    connection: Connection,
    *,
    steward: str = "Google",
    directory: Directory | None = None,
    rules: Sequence[Rule] | None = None,
) -> PeopleRefresh:
    """Bring people, organisations and affiliations to what the identities say.

    Two identities are one person when they carry the same numeric GitHub id (a
    noreply address and a login), or when a hand has said so; names and logins
    never merge anybody, since they are shared and reused. A person that is held
    keeps its id. Writes only what changed. Raises `DatabaseError` for a data
    file that is wrong and for a steward that it does not name.
    """
    directory = directory or read_directory()
    rules = read_rules() if rules is None else rules
    identities = _identities(connection)
    domains = {each.domain for each in identities if each.domain}
    moved_organizations = write_organizations(connection, directory, domains, steward=steward)
    people, reasons, merged = _merged(identities)
    held = {row.person_id: row for row in connection.execute(select(*table("people").c))}
    rows = {
        person: _person(person, members, rules, directory, held.get(person))
        for person, members in people.items()
    }
    fresh = [row for person, row in rows.items() if person not in held or dict(held[person]._mapping) != row]
    upsert(connection, table("people"), fresh)
    moved = _assign(connection, identities, reasons)
    evidence = {
        person: found
        for person, members in people.items()
        if rows[person]["kind"] == "human" and (found := _evidence(members, directory))
    }
    _follow(connection, merged)
    changed = write_affiliations(connection, evidence)
    gone = [person for person in held if person not in people]
    _remove(connection, gone)
    kinds = [row["kind"] for row in rows.values()]
    touched = changed | set(gone) | _counted_otherwise(fresh, held)
    touched |= {each.person_id for each in moved if each.person_id is not None}
    touched |= {reasons[each.identity_id][0] for each in moved}
    if moved_organizations.everywhere:
        touched |= people.keys()
    touched |= {
        reasons[each.identity_id][0] for each in identities if each.domain in moved_organizations.domains
    }
    return PeopleRefresh(
        people=len(rows),
        bots=kinds.count("bot"),
        proxies=kinds.count("proxy"),
        changed=len(fresh) + len(moved) + len(changed) + len(gone),
        changed_people=frozenset(touched),
    )


def _counted_otherwise(rows: Iterable[Mapping[str, Any]], held: Mapping[int, Any]) -> set[int]:
    """Those of the changed people whose contributions change with them: a new name alone changes none."""
    counted = ("kind", "independent")
    return {
        row["person_id"]
        for row in rows
        if row["person_id"] not in held
        or any(row[name] != held[row["person_id"]]._mapping[name] for name in counted)
    }


def _identities(connection: Connection) -> list[Seen]:
    c = table("identities").c
    # Instants come as the driver gives them: only their day is looked at, and 50,000 parses cost a second.
    rows = connection.execute(
        select(
            c.identity_id,
            c.kind,
            c.github_user_id,
            c.login,
            c.account_type,
            c.name,
            c.company,
            c.domain,
            type_coerce(c.first_seen, Text),
            type_coerce(c.last_seen, Text),
            c.person_id,
            c.person_reason,
        )
    )
    found = [
        Seen._make((*row[:8], str(row[8] or "")[:10], str(row[9] or "")[:10], *row[10:])) for row in rows
    ]
    found.sort(key=lambda each: (each.first or "9999", each.identity_id))
    return found


def _merged(
    identities: Sequence[Seen],
) -> tuple[dict[int, list[Seen]], dict[int, tuple[int, str]], dict[int, int]]:
    """Person → identities, identity → (person, reason), and person that is gone → person it went into."""
    groups: dict[tuple[str, int], list[Seen]] = defaultdict(list)
    for each in identities:
        if each.person_id is not None and (each.person_reason or "").startswith(BY_HAND):
            key = ("person", each.person_id)
        elif each.github_user_id is not None:
            key = ("account", each.github_user_id)
        else:
            key = ("identity", each.identity_id)
        groups[key].append(each)
    people: dict[int, list[Seen]] = defaultdict(list)
    reasons: dict[int, tuple[int, str]] = {}
    merged: dict[int, int] = {}
    for (what, number), members in groups.items():
        held = [each.person_id for each in members if each.person_id is not None]
        person = held[0] if held else stable_id("person", members[0].identity_id)
        merged |= {other: person for other in held if other != person}
        people[person] += members
        reason = (
            f"same GitHub user id {number}" if len(members) > 1 and what == "account" else "its own identity"
        )
        for each in members:
            given = each.person_reason if what == "person" and each.person_reason else reason
            reasons[each.identity_id] = (person, given)
    return people, reasons, {old: new for old, new in merged.items() if old not in people}


def _person(
    person: int, members: Sequence[Seen], rules: Sequence[Rule], directory: Directory, held: Any
) -> dict[str, Any]:
    newest = sorted(members, key=lambda each: each.last, reverse=True)
    accounts = [each for each in newest if each.kind == "login"]
    login = next((each.login for each in (*accounts, *newest) if each.login), None)
    name = next((each.name for each in (*accounts, *newest) if each.name), None)
    if held is not None and held.kind_reason.startswith(BY_HAND):
        kind, reason = held.kind, held.kind_reason
    else:
        kind, reason = kind_of(rules, members)
    mails = [each.domain for each in members if each.kind == "email"]
    free = bool(mails) and all(domain and directory.tenures(domain) == () for domain in mails)
    employer_named = any(each.company and each.company.strip() for each in members)
    return {
        "person_id": person,
        "display_name": name or login or "(no name)",
        "login": login,
        "kind": kind,
        "kind_reason": reason,
        "independent": kind == "human" and free and not employer_named,
    }


def _evidence(members: Sequence[Seen], directory: Directory) -> list[Evidence]:
    found = []
    for each in members:
        if each.domain and each.first:
            tenures = directory.tenures(each.domain)
            if tenures:
                first, last = date.fromisoformat(each.first), date.fromisoformat(each.last or each.first)
                found += [
                    Evidence(
                        max(first, tenure.from_day),
                        min(last, tenure.to_day),
                        organization_id(tenure.organization),
                        "domain",
                    )
                    for tenure in tenures
                    if tenure.from_day <= last and tenure.to_day >= first
                ]
        if each.company:
            named = directory.organization_of_profile(each.company)
            if named:
                found.append(always(organization_id(named)))
    return found


def _assign(
    connection: Connection, identities: Sequence[Seen], reasons: dict[int, tuple[int, str]]
) -> list[Seen]:
    """Write to whom each identity belongs and why; returns those that changed."""
    moved = [each for each in identities if (each.person_id, each.person_reason) != reasons[each.identity_id]]
    changed = [
        {
            "identity": each.identity_id,
            "person": reasons[each.identity_id][0],
            "why": reasons[each.identity_id][1],
        }
        for each in moved
    ]
    if changed:
        held = table("identities")
        connection.execute(
            update(held)
            .where(held.c.identity_id == bindparam("identity"))
            .values(person_id=bindparam("person"), person_reason=bindparam("why")),
            changed,
        )
    return moved


def _follow(connection: Connection, merged: dict[int, int]) -> None:
    """Affiliations kept by hand go along with a person who turns out to be another one."""
    held = table("affiliations")
    for old, new in merged.items():
        taken = select(held.c.from_day).where(held.c.person_id == new).scalar_subquery()
        connection.execute(
            update(held)
            .where(
                held.c.person_id == old, held.c.source.in_(("manual", "map")), held.c.from_day.not_in(taken)
            )
            .values(person_id=new)
        )


def _remove(connection: Connection, gone: Sequence[int]) -> None:
    for person in gone:
        for name in ("affiliations", "people"):
            connection.execute(delete(table(name)).where(table(name).c.person_id == person))
